"""Search: the Bundle around the matches."""

import pytest

from conformance.areas.search.rules import links
from conformance.areas.shared import search_envelope as envelope


@pytest.mark.verifies("PA-SRCH-002")
def test_the_self_link_states_the_search(searched_envelopes, judge):
    """The self link is the search as a GET address: the parameters applied, and no ignored ones."""
    judge(envelope.self_links(searched_envelopes), of=searched_envelopes)


@pytest.mark.verifies("PA-SRCH-003")
def test_the_total_counts_the_matches_of_all_pages(searches_with_total, judge):
    """Bundle.total, where it is there, is the number of matches on all pages; includes and outcomes do not count."""
    judge(envelope.totals(searches_with_total), of=searches_with_total)


@pytest.mark.verifies("PA-SRCH-004")
def test_every_full_url_names_its_resource(searched_envelopes, fhir_base, judge):
    """Every entry has a fullUrl: absolute, unversioned, its own in the Bundle, ending in its type and id."""
    judge(envelope.full_urls(searched_envelopes, fhir_base), of=searched_envelopes)


@pytest.mark.verifies("PA-SRCH-005")
def test_entries_declare_what_they_are(searches_with_includes, judge):
    """Matches are of the searched type, includes belong to a match, and an OperationOutcome is an outcome."""
    judge(envelope.modes(searches_with_includes), of=searches_with_includes)


@pytest.mark.verifies("PA-SRCH-006")
def test_no_results_is_an_empty_success(search_unmatched, judge):
    """A valid code or date that nothing has gives 200, no match and no empty entry array."""
    searches = search_unmatched()

    judge(envelope.empty_is_success(searches), of=searches)


@pytest.mark.verifies("PA-SRCH-008")
def test_page_links_are_usable_closed_and_clean(page_links, fhir_base, session_secrets, names_of_member, judge):
    """Next links stay on the public base, carry no token and no name, need the token and cannot be altered."""
    judge(
        links.links_are_clean(page_links, base=fhir_base, secrets=session_secrets, names=names_of_member),
        links.links_are_closed(page_links),
        of=page_links,
    )
