"""The pytest plugin: the only room that knows pytest.

It is inert for tests without the ``verifies`` marker. With ``--target`` it turns a pytest session over the suites into
a conformance run: fixtures for the deployment, a status per requirement, the run folder and the exit code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

FIXTURES = (
    "judging",
    "validation",
    "discovery_fixtures",
    "session_fixtures",
    "authorization_fixtures",
    "token_fixtures",
    "collection_fixtures",
    "search_fixtures",
    "search_probe_fixtures",
    "search_envelope_fixtures",
    "search_request_fixtures",
    "search_include_fixtures",
    "everything_fixtures",
    "identity_context_fixtures",
    "isolation_fixtures",
    "isolation_session_fixtures",
    "scope_fixtures",
    "scope_variant_fixtures",
    "profile_fixtures",
    "rest_fixtures",
    "rest_refusal_fixtures",
    "transport_fixtures",
    "transport_pages_fixtures",
    "documentation_fixtures",
    "data_fixtures",
    "must_support_fixtures",
    "quickstart",
)
MARKER = "verifies(*requirements): the ids of the requirements that this check judges"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options of a conformance run."""
    from conformance.plugin.options import add_options  # noqa: PLC0415  inert sessions pay nothing

    add_options(parser.getgroup("conformance", "Patient Access conformance"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and with ``--target`` the run itself."""
    config.addinivalue_line("markers", MARKER)
    if config.getoption("conformance_target") is None:
        return
    if getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("conformance checks share one login and cannot be distributed: leave out -n")
    from conformance.plugin import session  # noqa: PLC0415

    config.pluginmanager.register(session.start(config), "conformance-run")
    for name in FIXTURES:
        config.pluginmanager.register(import_module(f"conformance.plugin.{name}"), f"conformance-{name}")


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Refuse to run checks that have no deployment to judge."""
    if config.getoption("conformance_target") is None and any(item.get_closest_marker("verifies") for item in items):
        raise pytest.UsageError("these are conformance checks: name the deployment to judge with --target TARGET.yaml")
