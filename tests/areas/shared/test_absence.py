"""An advice is given only where following it would help."""

from conformance.areas.shared.absence import nothing_of
from conformance.collection.evidence import Collection, Request


def collection(*requests):
    return Collection("a", "1", {}, requests)


FAILED = Request("search", "Coverage?patient=…", 7, 500)
ANSWERED = Request("search", "Condition?patient=…", 8, 200)


def test_a_failed_search_names_the_row_that_owns_searching_and_gives_no_advice():
    reason = nothing_of(collection(ANSWERED, FAILED), "Coverage", "Coverage", advice="give a member who is covered")
    assert reason.blocked_by == "PA-SRCH-001"
    assert str(reason) == "no Coverage was found: the search of Coverage was answered HTTP 500, see PA-SRCH-001"


def test_a_search_that_found_nothing_gives_the_advice():
    reason = nothing_of(collection(ANSWERED, FAILED), "Condition", "Condition", advice="give a member with problems")
    assert reason.blocked_by == ""
    assert str(reason) == "no Condition was found for member a; give a member with problems"


def test_of_all_types_any_failed_search_counts():
    assert nothing_of(collection(ANSWERED, FAILED), "record", advice="give data").blocked_by == "PA-SRCH-001"
    assert nothing_of(collection(ANSWERED), "record", advice="give data").blocked_by == ""
