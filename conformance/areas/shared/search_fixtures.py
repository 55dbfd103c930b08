"""Fixtures that ask the FHIR API: reads, searches followed to their last page, and $everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import NotDemonstrated
from conformance.rules.evidence import CategorySearches, CoverageSearches, Read, SearchEvidence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.collection import Gatherer, Listing
    from conformance.fhir import FhirClient
    from conformance.plugin.run import Run
    from conformance.transport import Exchange

MOST_PAGES_TURNED = 100

_CATEGORY_SYSTEMS = {
    "problem-list-item": "http://terminology.hl7.org/CodeSystem/condition-category",
    "health-concern": "http://hl7.org/fhir/us/core/CodeSystem/condition-category",
}


@pytest.fixture(scope="session")
def search(gatherer: Gatherer) -> Callable[..., SearchEvidence]:
    """Runs one search to its last page, each different one once in the run, those of the sweep among them."""

    def ask(type_name: str, **parameters: str) -> SearchEvidence:
        sent = {name.replace("__", ":").replace("_dash_", "-"): value for name, value in parameters.items()}
        return evidence_of(gatherer.search(type_name, sent))

    return ask


def evidence_of(found: Listing) -> SearchEvidence:
    """What a listing brought, as rules read it."""
    return SearchEvidence(
        found.what,
        found.first,
        tuple(page.matches for page in found.pages),
        tuple(found.includes),
        found.findings,
        found.type,
        found.parameters,
        tuple(page.bundle for page in found.pages),
    )


@pytest.fixture(scope="session")
def searched_types(deployed_types: Sequence[str], granted_types: Sequence[str]) -> tuple[str, ...]:
    """The deployed types whose search the grant opens."""
    types = tuple(name for name in deployed_types if name in granted_types)
    if not types:
        raise NotDemonstrated(
            "the grant opens the search of no deployed type, see PA-SCOP-001", blocked_by="PA-SCOP-001"
        )
    return types


@pytest.fixture(scope="session")
def search_by_patient(
    search: Callable[..., SearchEvidence], patient: str, granted_types: Sequence[str]
) -> Callable[[str], SearchEvidence]:
    """Everything of one type that belongs to the patient in context."""

    def ask(type_name: str) -> SearchEvidence:
        if type_name not in granted_types:
            raise NotDemonstrated(f"no scope for {type_name} was granted; add it to scopes in the target file")
        if type_name == "Patient":
            return search("Patient", _id=patient)
        return search(type_name, patient=patient)

    return ask


@pytest.fixture
def search_each_type(
    search_by_patient: Callable[[str], SearchEvidence], searched_types: Sequence[str]
) -> Callable[[], list[SearchEvidence]]:
    """One search by patient for every deployed type that the grant opens."""
    return lambda: [search_by_patient(name) for name in searched_types]


@pytest.fixture
def read_one_of_each_type(
    fhir: FhirClient, search_by_patient: Callable[[str], SearchEvidence], searched_types: Sequence[str]
) -> Callable[[], list[Read]]:
    """Reads the first instance that a search found, for every deployed type that has one."""

    def read() -> list[Read]:
        found = []
        for name in searched_types:
            ids = [match["id"] for match in search_by_patient(name).matches if isinstance(match.get("id"), str)]
            found += [Read(name, ids[0], fhir.read(name, ids[0], purpose="read what a search found"))] if ids else []
        return found

    return read


@pytest.fixture
def page_through(
    search: Callable[..., SearchEvidence],
    search_by_patient: Callable[[str], SearchEvidence],
    searched_types: Sequence[str],
    patient: str,
) -> Callable[[int], list[tuple[SearchEvidence, SearchEvidence]]]:
    """Pairs of a search in one go and the same with ``_count``, for the types with more matches than a page holds.

    A type whose matches would fill hundreds of such pages is left out.
    """

    def pairs(count: int) -> list[tuple[SearchEvidence, SearchEvidence]]:
        found = []
        for name in (name for name in searched_types if name != "Patient"):
            whole = search_by_patient(name)
            if count < len(whole.matches) <= count * MOST_PAGES_TURNED:
                found.append((whole, search(name, patient=patient, _count=str(count))))
        return found

    return pairs


@pytest.fixture(scope="session")
def promised_ids(run: Run) -> Callable[[str], list[str]]:
    """``Type/id`` of what the fixture manifest says member a has; nothing when the target has no manifest."""
    return lambda type_name: manifest_ids(run.target.manifest, "a", type_name)


def manifest_ids(manifest: Any, member: str, type_name: str) -> list[str]:
    """The ids a manifest lists for a member and type, as ``Type/id``."""
    members = manifest.get("members", {}) if isinstance(manifest, dict) else {}
    resources = (members.get(member) or {}).get("resources", {}) if isinstance(members, dict) else {}
    listed = resources.get(type_name, []) if isinstance(resources, dict) else []
    ids = [item.get("id") if isinstance(item, dict) else item for item in listed]
    return [f"{type_name}/{value}" for value in ids if isinstance(value, str)]


@pytest.fixture
def search_coverage(
    search: Callable[..., SearchEvidence], search_by_patient: Callable[[str], SearchEvidence]
) -> Callable[[], CoverageSearches]:
    """The searches that Coverage owes."""

    def ask() -> CoverageSearches:
        by_patient = search_by_patient("Coverage")
        ids = [match["id"] for match in by_patient.matches if isinstance(match.get("id"), str)]
        if by_patient.first.status == 200 and not ids:
            raise NotDemonstrated("member a has no Coverage; give a member who is covered")
        known = ids[0] if ids else "unknown"
        return CoverageSearches(
            identity=f"Coverage/{known}",
            by_patient=by_patient,
            by_id=search("Coverage", _id=known),
            with_payor=search("Coverage", _id=known, _include="Coverage:payor"),
            by_last_updated=search("Coverage", _id=known, _lastUpdated="ge2000-01-01"),
        )

    return ask


@pytest.fixture
def search_conditions(
    search: Callable[..., SearchEvidence], search_by_patient: Callable[[str], SearchEvidence], patient: str
) -> Callable[[], CategorySearches]:
    """Conditions by patient, and by each category as a code and as system|code."""

    def ask() -> CategorySearches:
        whole = search_by_patient("Condition")
        if whole.first.status == 200 and not whole.matches:
            raise NotDemonstrated("member a has no Condition; give a member with problems")
        tokens = [token for code, system in _CATEGORY_SYSTEMS.items() for token in (code, f"{system}|{code}")]
        searches = {token: search("Condition", patient=patient, category=token) for token in tokens}
        return CategorySearches(whole, searches, patient)

    return ask


@pytest.fixture(scope="session")
def patient_everything(run: Run, fhir: FhirClient, patient: str) -> Exchange:
    """The first answer of ``Patient/{id}/$everything``."""
    exchange = fhir.operation(f"Patient/{patient}/$everything", purpose="the whole record of the patient")
    for page in fhir.pages(exchange, limit=1):
        for resource in page.resources:
            run.redactor.learn(resource)
    return exchange
