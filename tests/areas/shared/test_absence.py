"""An advice is given only where following it would help."""

from conformance.areas.shared.absence import nothing_of
from conformance.collection.evidence import Collection, Unfinished


def collection(*unfinished):
    return Collection("a", "1", {}, (), unfinished=unfinished)


FAILED = Unfinished("search", "Coverage", "Coverage?patient=…: The page was answered with 500 instead of 200.")
EVERYTHING = Unfinished("operation", "Patient", "Patient $everything: The page was answered with 500 instead of 200.")


def test_a_failed_search_names_the_row_that_owns_searching_and_gives_no_advice():
    reason = nothing_of(collection(EVERYTHING, FAILED), "Coverage", "Coverage", advice="give a member who is covered")
    assert reason.blocked_by == "PA-SRCH-001"
    assert str(reason) == f"no Coverage was found ({FAILED.reason}), see PA-SRCH-001"


def test_a_search_that_found_nothing_gives_the_advice():
    reason = nothing_of(collection(EVERYTHING, FAILED), "Condition", "Condition", advice="give a member with problems")
    assert reason.blocked_by == ""
    assert str(reason) == "no Condition was found for member a; give a member with problems"


def test_of_all_types_any_failed_search_counts():
    assert nothing_of(collection(EVERYTHING, FAILED), "record", advice="give data").blocked_by == "PA-SRCH-001"
    assert nothing_of(collection(EVERYTHING), "record", advice="give data").blocked_by == ""
