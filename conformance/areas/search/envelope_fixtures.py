"""Fixtures for the Bundles around matches: searches in pages and with includes, searches for nothing, page links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.search.rules.links import PageLink, altered, member_names, next_links
from conformance.areas.shared.fixtures.collection import searched_by
from conformance.areas.shared.search_envelope import answered, with_total
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.areas.search.fixtures import Prober
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session

_PAGED = ("ExplanationOfBenefit", "Observation")
_MAX_PAGES = 30
_INCLUDING = (
    (
        "ExplanationOfBenefit",
        ("_include", "ExplanationOfBenefit:coverage"),
        ("_include", "ExplanationOfBenefit:insurer"),
    ),
    ("Coverage", ("_include", "Coverage:payor")),
)
_UNMATCHED = (
    ("ExplanationOfBenefit", "type", "http://terminology.hl7.org/CodeSystem/claim-type|no-such-type"),
    ("ExplanationOfBenefit", "service-date", "lt1900-01-02"),
    ("Condition", "category", "http://terminology.hl7.org/CodeSystem/condition-category|no-such-category"),
    ("Observation", "code", "http://loinc.org|0-0"),
    ("DocumentReference", "type", "http://loinc.org|0-0"),
    ("Procedure", "date", "lt1900-01-02"),
)


@pytest.fixture(scope="session")
def searched_envelopes(
    prober: Prober,
    search_by_patient: Callable[[str], SearchEvidence],
    searched_types: Sequence[str],
    patient: str,
) -> list[SearchEvidence]:
    """Every deployed type by patient, some in small pages, some with includes: those that brought a searchset."""
    found = [search_by_patient(name) for name in searched_types]
    own = ("patient", patient)
    for name in (name for name in _PAGED if name in searched_types):
        count = max(2, len(search_by_patient(name).matches) // _MAX_PAGES)
        found.append(prober.search(name, own, ("_count", str(count))))
    for name, *includes in _INCLUDING:
        if name in searched_types:
            found.append(prober.search(name, own, *includes, ("_count", "20"), most=_MAX_PAGES))
    usable = answered(found)
    if not usable:
        raise Undecided("no search brought a searchset, see PA-SRCH-001", blocked_by="PA-SRCH-001")
    return usable


@pytest.fixture(scope="session")
def searches_with_total(searched_envelopes: list[SearchEvidence]) -> list[SearchEvidence]:
    """The searches whose answers claim a total; to leave it out is legal."""
    found = with_total(searched_envelopes)
    if not found:
        raise NotApplicable("no answer claims a total, which a server may leave out")
    return found


@pytest.fixture(scope="session")
def searches_with_includes(searched_envelopes: list[SearchEvidence]) -> list[SearchEvidence]:
    """All of them; undecided when none of those with includes was answered."""
    if not any(name == "_include" for each in searched_envelopes for name, _ in each.asked):
        raise Undecided("no search with includes was answered, see PA-SRCH-027", blocked_by="PA-SRCH-027")
    return searched_envelopes


@pytest.fixture
def search_unmatched(prober: Prober, searched_types: Sequence[str], patient: str) -> Callable[[], list[SearchEvidence]]:
    """Searches by valid codes and dates that nothing of anybody has."""

    def ask() -> list[SearchEvidence]:
        return [
            prober.search(type_name, *searched_by(type_name, patient).items(), (name, value))
            for type_name, name, value in _UNMATCHED
            if type_name in searched_types
        ]

    return ask


@pytest.fixture
def page_links(searched_envelopes: list[SearchEvidence], fhir: FhirClient) -> list[PageLink]:
    """Every next link seen; the first of each type is asked for without a token and with another paging id."""
    probed: set[str] = set()
    found = []
    for each, url in next_links(searched_envelopes):
        if each.type in probed:
            found.append(PageLink(each.what, url, each.first.number))
            continue
        probed.add(each.type)
        closed = fhir.with_token(None).get(url, purpose="a page without a token", endpoint="page without token")
        spoilt = fhir.get(altered(url, each.asked), purpose="a page of an altered link", endpoint="altered page link")
        found.append(PageLink(each.what, url, each.first.number, closed, spoilt))
    if not found:
        raise Undecided("no search has a second page; give member a enough claims for two, or pages by _count")
    return found


@pytest.fixture(scope="session")
def session_secrets(session: Session) -> list[str]:
    """The tokens of the shared session, to be looked for where none may be."""
    return [session.access_token, session.refresh_token]


@pytest.fixture(scope="session")
def names_of_member(search_by_patient: Callable[[str], SearchEvidence]) -> list[str]:
    """Family and given names of member a, as the Patient resource has them."""
    return [name for patient in search_by_patient("Patient").matches for name in member_names(patient)]


@pytest.fixture(scope="session")
def fhir_base(run: Run) -> str:
    """The public address of the FHIR API."""
    return run.target.deployment.fhir_base
