"""Fixtures for what comes with the matches, for searches of the member, and for ``$docref``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.search.rules.patients import PatientSearch, describing, not_describing, only_of
from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.compartment import target_of
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.fixtures.collection import opens
from conformance.areas.shared.fixtures.search import evidence_of
from conformance.areas.shared.search_includes import CLAIM_INCLUDES, Compared, Including, Reverse
from conformance.errors import Undecided
from conformance.fhir.capability import operations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.areas.search.fixtures import Prober
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

Resource = dict[str, Any]
CLAIM = "ExplanationOfBenefit"
MAX_PAGES_INCLUDED = 3
MAX_COMPARED = 40
_WITH_PROVENANCE = (
    *("AllergyIntolerance", "Condition", "Coverage", "DocumentReference", "Encounter", "Immunization"),
    *("MedicationRequest", "Observation", "Procedure"),
)


@pytest.fixture(scope="session")
def grant_opens(session: Session) -> Callable[[str], bool]:
    """Whether the shared grant opens reading a type."""
    return lambda type_name: opens(session.scopes, type_name, "r")


@pytest.fixture(scope="session")
def including(
    prober: Prober,
    whole_of: Callable[[str], list[Resource]],
    grant_opens: Callable[[str], bool],
    patient: str,
    fhir_base: str,
) -> Callable[..., Including]:
    """The claims of the patient with an include, some pages of them."""

    def ask(parameter: str, path: str, *more: tuple[str, str]) -> Including:
        whole_of(CLAIM)
        asked = (("patient", patient), ("_include", f"{CLAIM}:{parameter}"), *more, ("_count", "50"))
        search = prober.search(CLAIM, *asked, most=MAX_PAGES_INCLUDED)
        return Including(parameter, path, search, fhir_base, grant_opens)

    return ask


@pytest.fixture(scope="session")
def single_includes(including: Callable[..., Including]) -> list[Including]:
    """The claims with each include that CARIN BB asks for."""
    return [including(name, path) for name, path in CLAIM_INCLUDES.items()]


@pytest.fixture
def wildcard_include(including: Callable[..., Including]) -> Including:
    """The claims with everything they refer to."""
    return including("*", "")


@pytest.fixture
def payers_included(including: Callable[..., Including]) -> SearchEvidence:
    """The claims with their coverages, and the payers of these."""
    return including("coverage", CLAIM_INCLUDES["coverage"], ("_include:iterate", "Coverage:payor")).search


@pytest.fixture
def included_and_read(single_includes: list[Including], gatherer: Gatherer, fhir: FhirClient) -> list[Compared]:
    """Each included resource, some of each include, beside a direct read or a read of the version referred to."""
    wanted: dict[str, tuple[Resource, int, str]] = {}
    for each in single_includes:
        versions = _versions(each.search.matches)
        for resource in each.search.includes[: MAX_COMPARED // len(single_includes) + 1]:
            name = identity(resource)
            wanted.setdefault(name, (resource, each.search.first.number, versions.get(name, "")))
    if not wanted:
        raise Undecided("no include brought anything, see PA-SRCH-027", blocked_by="PA-SRCH-027")

    def read(name: str, version: str) -> Exchange:
        type_name, _, own = name.partition("/")
        if version:
            return fhir.vread(type_name, own, version, purpose="the version that a reference names")
        return gatherer.read(type_name, own, purpose="what a search included")

    answers = gatherer.parallel([partial(read, name, found[2]) for name, found in wanted.items()])
    return [
        Compared(resource, number, answer)
        for (resource, number, _), answer in zip(wanted.values(), answers, strict=True)
    ]


def _versions(node: Any) -> dict[str, str]:
    """``Type/id`` to the version that some reference to it names."""
    if isinstance(node, list):
        return {name: version for item in node for name, version in _versions(item).items()}
    if not isinstance(node, dict):
        return {}
    text = node.get("reference")
    own = {target_of(text): text.rpartition("/")[2]} if isinstance(text, str) and "/_history/" in text else {}
    return own | {name: version for value in node.values() for name, version in _versions(value).items()}


@pytest.fixture
def types_with_provenance(searched_types: Sequence[str], grant_opens: Callable[[str], bool]) -> list[str]:
    """The searched types of US Core; undecided when the grant opens no Provenance."""
    if not grant_opens("Provenance"):
        raise Undecided("no scope for Provenance was granted; add patient/Provenance.read to scopes")
    return [name for name in searched_types if name in _WITH_PROVENANCE]


@pytest.fixture
def with_provenance(
    prober: Prober,
    collection: Collection,
    search_by_patient: Callable[[str], SearchEvidence],
    types_with_provenance: Sequence[str],
    patient: str,
) -> list[Reverse]:
    """Each type of US Core with its Provenance, beside all Provenance that is known of the member."""
    known = collection.of("Provenance")
    asked = (("patient", patient), ("_revinclude", "Provenance:target"))
    plain = {name: search_by_patient(name) for name in types_with_provenance}
    return [Reverse(found, prober.search(name, *asked), known) for name, found in plain.items() if found.matches]


@pytest.fixture
def patient_searches(
    run: Run,
    prober: Prober,
    search_by_patient: Callable[[str], SearchEvidence],
    request: pytest.FixtureRequest,
    patient: str,
) -> list[PatientSearch]:
    """Searches that describe the member, nearly the member, and where there is one another member."""
    own = next((each for each in search_by_patient("Patient").matches if each.get("id") == patient), None)
    if own is None:
        raise Undecided("Patient?_id= does not find the member, see PA-SRCH-001", blocked_by="PA-SRCH-001")
    asked = [(pairs, True) for pairs in describing(own)] + [(pairs, False) for pairs in not_describing(own)]
    if "b" in run.target.members:
        other: FhirClient = request.getfixturevalue("fhir_b")
        stranger = request.getfixturevalue("session_b").patient.id
        answer = other.read("Patient", stranger, purpose="who is member b")
        run.redactor.learn(resource_of(answer))
        asked += [(pairs, False) for pairs in only_of(resource_of(answer), own)]
    searches = prober.searches("Patient", [pairs for pairs, _ in asked])
    return [PatientSearch(*each, search) for each, search in zip(asked, searches, strict=True)]


@pytest.fixture(scope="session")
def document_operations(capability_statement: dict[str, Any]) -> Mapping[str, str]:
    """The operations that the capability statement declares on DocumentReference, with those of the whole system."""
    return {**operations(capability_statement), **operations(capability_statement, "DocumentReference")}


@pytest.fixture
def documents_by_operation(
    gatherer: Gatherer, document_operations: Mapping[str, str], patient: str
) -> list[SearchEvidence]:
    """What ``$docref`` finds; nothing where it is not declared."""
    if "docref" not in document_operations:
        return []
    return [evidence_of(gatherer.operation("DocumentReference/$docref", {"patient": patient}))]
