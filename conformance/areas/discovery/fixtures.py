"""The documents in which the deployment describes itself, each fetched once in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.discovery.probes.documents import content_of
from conformance.areas.shared.resource_types import PATIENT_ACCESS_TYPES
from conformance.errors import NotApplicable, Undecided
from conformance.fhir import FhirClient
from conformance.oauth.discovery import Discovery, discover
from conformance.oauth.scopes import parse_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.engine.run import Run
    from conformance.transport import Exchange


@pytest.fixture(scope="session")
def discovery(run: Run) -> Discovery:
    """SMART configuration, OpenID configuration and key set, each fetched once."""
    return discover(run.transport, run.target.deployment.fhir_base)


@pytest.fixture(scope="session")
def smart_configuration(discovery: Discovery) -> dict[str, Any]:
    """The SMART configuration as a JSON object."""
    return content_of(discovery.smart)


@pytest.fixture(scope="session")
def scope_is_listed() -> Callable[[str, Iterable[str]], bool]:
    """Whether a list of scopes has a scope, in any equivalent spelling or by a wider scope."""
    return lambda scope, listed: parse_scopes(list(listed)).allows(scope)


@pytest.fixture(scope="session")
def capability_statement_answer(run: Run) -> Exchange:
    """The exchange that fetched metadata, without a token."""
    return FhirClient(run.transport, run.target.deployment.fhir_base).capabilities(purpose="capability statement")


@pytest.fixture(scope="session")
def capability_statement(capability_statement_answer: Exchange) -> dict[str, Any]:
    """The CapabilityStatement as a JSON object."""
    try:
        value = capability_statement_answer.json() if capability_statement_answer.status == 200 else None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Undecided("the capability statement cannot be read, see PA-DISC-015", blocked_by="PA-DISC-015")
    return value


@pytest.fixture(scope="session")
def deployed_types(run: Run) -> tuple[str, ...]:
    """The Patient Access resource types that the target does not switch off."""
    types = tuple(name for name in PATIENT_ACCESS_TYPES if run.target.offers(name) is not False)
    if not types:
        raise NotApplicable("the target switches every resource type off")
    return types
