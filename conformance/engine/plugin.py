"""The pytest plugin of a conformance run.

It is inert for tests without the ``verifies`` marker. With ``--target`` it turns a pytest session over the suites into
a conformance run: fixtures for the deployment, a status per requirement, the run folder and the exit code.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKER = "verifies(*requirements): the ids of the requirements that this check judges"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options of a conformance run."""
    from conformance.engine.options import add_options  # noqa: PLC0415  inert sessions pay nothing

    add_options(parser.getgroup("conformance", "Patient Access conformance"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and with ``--target`` the run itself."""
    config.addinivalue_line("markers", MARKER)
    config.addinivalue_line("markers", "writes: tries to write, and comes after every other check")
    if config.getoption("conformance_target") is None:
        return
    if getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("conformance checks share one login and cannot be distributed: leave out -n")
    from conformance.engine import hooks  # noqa: PLC0415

    config.pluginmanager.register(hooks.start(config), "conformance-run")
    for name in fixture_modules():
        config.pluginmanager.register(import_module(name), name)


def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Refuse to run checks that have no deployment to judge."""
    if config.getoption("conformance_target") is None and any(item.get_closest_marker("verifies") for item in items):
        raise pytest.UsageError("these are conformance checks: name the deployment to judge with --target TARGET.yaml")


def fixture_modules() -> tuple[str, ...]:
    """The modules that hold fixtures, found by folder: the judge, and ``fixtures`` of every area."""
    areas = Path(__file__).parent.parent / "areas"
    found = sorted([*areas.glob("*/fixtures.py"), *areas.glob("*/*_fixtures.py"), *areas.glob("*/fixtures/*.py")])
    places = [path.relative_to(areas.parent.parent).with_suffix("") for path in found if path.name != "__init__.py"]
    return ("conformance.engine.judge", *(".".join(place.parts) for place in places))
