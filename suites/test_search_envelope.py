"""Search: the Bundle around the matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.search.probes import envelopes
from conformance.areas.search.rules import links
from conformance.areas.shared import search_envelope as envelope

if TYPE_CHECKING:
    from conformance.areas.search.probes.prober import Prober
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.engine.judge import Judge
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session


@pytest.mark.verifies("PA-SRCH-002")
def test_the_self_link_states_the_search(searched_envelopes: list[SearchEvidence], judge: Judge) -> None:
    """The self link is the search as a GET address: the parameters applied, and no ignored ones."""
    judge(envelope.self_links(searched_envelopes), of=searched_envelopes)


@pytest.mark.verifies("PA-SRCH-003")
def test_the_total_counts_the_matches_of_all_pages(searched_envelopes: list[SearchEvidence], judge: Judge) -> None:
    """Bundle.total, where present, is the number of matches on all pages; includes and outcomes do not count."""
    searches = envelopes.with_totals(searched_envelopes)

    judge(envelope.totals(searches), of=searches)


@pytest.mark.verifies("PA-SRCH-004")
def test_every_full_url_names_its_resource(
    searched_envelopes: list[SearchEvidence], prober: Prober, judge: Judge
) -> None:
    """Every entry has a fullUrl: absolute, unversioned, its own in the Bundle, ending in its type and id."""
    judge(envelope.full_urls(searched_envelopes, prober.base), of=searched_envelopes)


@pytest.mark.verifies("PA-SRCH-005")
def test_entries_declare_what_they_are(searched_envelopes: list[SearchEvidence], judge: Judge) -> None:
    """Matches are of the searched type, includes belong to a match, and an OperationOutcome is an outcome."""
    searches = envelopes.with_includes(searched_envelopes)

    judge(envelope.modes(searches), of=searches)


@pytest.mark.verifies("PA-SRCH-006")
def test_no_results_is_an_empty_success(prober: Prober, answering_types: tuple[str, ...], judge: Judge) -> None:
    """A valid code or date that nothing matches gives 200, no match and no empty entry array."""
    searches = envelopes.unmatched(prober, answering_types)

    judge(envelope.empty_is_success(searches), of=searches)


@pytest.mark.verifies("PA-SRCH-008")
def test_page_links_are_usable_closed_and_clean(
    searched_envelopes: list[SearchEvidence], prober: Prober, fhir: FhirClient, session: Session, judge: Judge
) -> None:
    """Next links keep https, can be reached, carry no token, require the token and open no other patient's data."""
    found = envelopes.page_links(searched_envelopes, fhir)
    secrets = [session.access_token, session.refresh_token]
    names = links.member_names(prober.by_patient("Patient").matches)

    judge(
        links.links_are_clean(found, base=prober.base, secrets=secrets, names=names),
        links.links_are_closed(found, prober.patient),
        of=found,
    )
