"""Fixtures for what the deployment says of itself, and for calling the endpoints it advertises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.discovery.rules.capability_statement import declared_resources, declared_search_parameters
from conformance.areas.shared.resource_types import PATIENT_ACCESS_TYPES
from conformance.errors import NotApplicable, Undecided
from conformance.fhir import FhirClient
from conformance.oauth.discovery import SMART_PATH, Discovery, discover, well_known
from conformance.oauth.scopes import parse_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Document
    from conformance.transport import Exchange

_PLAUSIBLE = {
    "date": "ge2016-01-01",
    "number": "1",
    "quantity": "1",
    "reference": "Patient/{patient}",
    "string": "a",
    "token": "a",
    "uri": "urn:oid:1.2.3",
}
_PER_LISTED_SCOPE = 12


@pytest.fixture(scope="session")
def discovery(run: Run) -> Discovery:
    """SMART configuration, OpenID configuration and key set, each fetched once."""
    return discover(run.transport, run.target.deployment.fhir_base)


def _answer(document: Document, row: str) -> Exchange:
    if document.exchange is None:
        raise Undecided(f"no address to fetch the {document.name} from, see {row}", blocked_by=row)
    return document.exchange


def _content(document: Document, row: str) -> dict[str, Any]:
    if not document.usable:
        raise Undecided(f"the {document.name} cannot be read ({document.problem}), see {row}", blocked_by=row)
    return dict(document.content)


@pytest.fixture(scope="session")
def smart_configuration_answer(discovery: Discovery) -> Exchange:
    """The exchange that fetched the SMART configuration."""
    return _answer(discovery.smart, "PA-DISC-001")


@pytest.fixture(scope="session")
def smart_configuration(discovery: Discovery) -> dict[str, Any]:
    """The SMART configuration as a JSON object."""
    return _content(discovery.smart, "PA-DISC-001")


@pytest.fixture(scope="session")
def openid_configuration_answer(discovery: Discovery) -> Exchange:
    """The exchange that fetched the OpenID configuration."""
    return _answer(discovery.openid, "PA-DISC-008")


@pytest.fixture(scope="session")
def openid_configuration(discovery: Discovery) -> dict[str, Any]:
    """The OpenID configuration as a JSON object."""
    return _content(discovery.openid, "PA-DISC-021")


@pytest.fixture(scope="session")
def key_set_answer(discovery: Discovery) -> Exchange:
    """The exchange that fetched the key set."""
    return _answer(discovery.jwks, "PA-DISC-008")


@pytest.fixture(scope="session")
def issuer(discovery: Discovery) -> str:
    """The advertised issuer."""
    return discovery.issuer


@pytest.fixture(scope="session")
def smart_version(run: Run) -> str:
    """The version of SMART App Launch that the target claims."""
    return run.target.deployment.smart_version


@pytest.fixture
def fetch_smart_configuration(run: Run) -> Callable[..., Exchange]:
    """Fetches the SMART configuration with a given Accept header, or with none."""
    url = well_known(run.target.deployment.fhir_base, SMART_PATH)

    def fetch(*, accept: str) -> Exchange:
        headers = {"Accept": accept} if accept else {"Accept": ""}
        return run.transport.request("GET", url, headers=headers, purpose=f"Accept: {accept or '(none)'}")

    return fetch


@pytest.fixture
def probe_authorization_endpoint(run: Run, authorizations: Authorizations) -> Callable[[], Exchange]:
    """Sends a well-formed authorization request without a browser, to see whether anything answers there."""

    def probe() -> Exchange:
        request = authorizations.request()
        return run.transport.request(
            "GET", request.url, follow_redirects=False, purpose="is anything there", endpoint="authorization"
        )

    return probe


@pytest.fixture
def probe_token_endpoint(authorizations: Authorizations) -> Callable[[], Exchange]:
    """Sends a token request without parameters."""

    def probe() -> Exchange:
        answer = authorizations.endpoint().raw({}, purpose="is anything there")
        return answer.exchange

    return probe


@pytest.fixture
def probe_advertised_endpoints(
    run: Run, discovery: Discovery, authorizations: Authorizations
) -> Callable[[], dict[str, Exchange]]:
    """Calls each optional endpoint that is advertised with a well-formed request about a token nobody issued."""

    def probe() -> dict[str, Exchange]:
        endpoint = authorizations.endpoint()
        answers: dict[str, Exchange] = {}
        if discovery.introspection_endpoint:
            answers["introspection_endpoint"] = endpoint.introspect("not-a-token").exchange
        if discovery.revocation_endpoint:
            answers["revocation_endpoint"] = endpoint.revoke("not-a-token").exchange
        management = discovery.endpoint("management_endpoint")
        if management:
            answers["management_endpoint"] = run.transport.request("GET", management, purpose="is anything there")
        return answers

    return probe


@pytest.fixture(scope="session")
def documented_token_path(run: Run) -> str:
    """The path of the token endpoint in the payer's documentation; empty when the target gives none."""
    return run.target.documentation.token_path


@pytest.fixture(scope="session")
def promised_scopes(run: Run) -> tuple[str, ...]:
    """The required scopes, and the optional ones that are offered."""
    target = run.target
    offered = [scope for scope in target.scopes.optional if target.offers(_type_of(scope)) is not False]
    return (*target.scopes.required, *offered)


def _type_of(scope: str) -> str:
    return scope.partition("/")[2].partition(".")[0]


@pytest.fixture(scope="session")
def scope_is_listed() -> Callable[[str, Iterable[str]], bool]:
    """Whether a scope is in a list, in any equivalent spelling or by a wider scope."""
    return lambda scope, listed: parse_scopes(list(listed)).allows(scope)


@pytest.fixture(scope="session")
def listed_patient_scopes(discovery: Discovery) -> list[str]:
    """A bounded sample of the plain patient-level resource scopes in scopes_supported."""
    listed = parse_scopes(list(discovery.scopes_supported))
    plain = [scope.raw for scope in listed if scope.context == "patient" and scope.type != "*" and not scope.query]
    readable = [raw for raw in plain if raw.endswith((".read", ".rs", ".r", ".s"))]
    if not readable:
        raise Undecided("scopes_supported lists no patient-level scope, see PA-DISC-010", blocked_by="PA-DISC-010")
    return readable[:_PER_LISTED_SCOPE]


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
    """The resource types of the mission that the target does not switch off."""
    types = tuple(name for name in PATIENT_ACCESS_TYPES if run.target.offers(name) is not False)
    if not types:
        raise NotApplicable("the target switches every resource type off")
    return types


@pytest.fixture
def try_declared_parameters(
    granted_types: Sequence[str], deployed_types: Sequence[str], patient: str, fhir: FhirClient
) -> Callable[[dict[str, Any]], dict[str, Exchange]]:
    """Uses every declared search parameter of the types the grant opens once, with a plausible value."""

    def probe(statement: dict[str, Any]) -> dict[str, Exchange]:
        answers: dict[str, Exchange] = {}
        declared = declared_resources(statement)
        for name in (name for name in deployed_types if name in granted_types and name in declared):
            for parameter, kind in declared_search_parameters(declared[name]).items():
                answers[f"{name}?{parameter}"] = fhir.search(
                    name, _query(name, parameter, kind, patient), purpose=f"declared parameter {parameter}"
                )
        return answers

    return probe


def _query(name: str, parameter: str, kind: str, patient: str) -> dict[str, str]:
    value = _PLAUSIBLE.get(kind, "a").format(patient=patient)
    if parameter == "_id":
        value = patient
    anchor = {"_id": patient} if name == "Patient" else {"patient": patient}
    return {**anchor, parameter: value}
