"""Search: one question asked in several ways."""

import pytest

from conformance.areas.search.rules import requests


@pytest.mark.verifies("PA-SRCH-009")
def test_get_and_post_find_the_same(search_both_ways, judge):
    """Each required search finds the same resources by GET and by POST to _search."""
    searches = search_both_ways()

    judge(requests.ways_agree(searches), of=searches)


@pytest.mark.verifies("PA-SRCH-010")
def test_unknown_parameters_are_ignored_or_refused_as_preferred(search_with_unknown, judge):
    """An unknown parameter changes nothing and is not in the self link; under handling=strict it gives 400."""
    searches = search_with_unknown()

    judge(requests.unknown_is_ignored(searches), of=searches)


@pytest.mark.verifies("PA-SRCH-011")
def test_impossible_values_are_refused(search_impossible, search_negative_count, judge):
    """A date that is none gives 400 with an OperationOutcome and never data; a negative _count should too."""
    searches = search_impossible()

    judge(
        requests.invalid_is_refused(searches),
        requests.negative_count_is_refused(search_negative_count),
        of=searches,
    )


@pytest.mark.verifies("PA-SRCH-012")
def test_references_are_taken_in_each_form(search_reference_forms, judge):
    """Patient by id and by Patient/id find the same; an unknown id, a longer or a shorter one finds nothing."""
    forms = search_reference_forms()

    judge(requests.reference_forms_agree(forms), of=forms)


@pytest.mark.verifies("PA-SRCH-018")
def test_a_status_hides_nothing(search_by_status, judge):
    """Searches without status work or say that one is needed; every status together finds everything."""
    searches = search_by_status()

    judge(requests.status_rules(searches), of=searches)
