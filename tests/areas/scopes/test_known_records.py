"""Why the shared session has nothing of a type: the reason is the failed search, the advice only without one."""

import pytest

from conformance.areas.scopes.probes.known import KnownRecords
from conformance.areas.scopes.probes.trials import ScopeTrials
from conformance.areas.scopes.rules.enforcement import AccessAttempt
from conformance.errors import Undecided


def test_a_failed_search_is_named_instead_of_an_advice():
    known = KnownRecords("p", {}, failed={"Coverage": 500})

    failed = known.nothing_of("Coverage", "Coverage", advice="give a member who is covered")
    absent = known.nothing_of("document", "DocumentReference", advice="give members.a one")

    assert (str(failed), failed.blocked_by) == (
        "the search of Coverage was answered with HTTP 500, see PA-SRCH-001",
        "PA-SRCH-001",
    )
    assert (str(absent), absent.blocked_by) == ("member a has no document; give members.a one", "")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_for_want_of_a_scope_says_something_of_the_scope(status):
    attempts = [AccessAttempt("search", "Coverage", "searching Coverage", None)]
    trials = ScopeTrials(None, None, KnownRecords("p", {}, failed={"Coverage": status}), None)

    assert trials._telling(attempts) == attempts


def test_a_search_that_breaks_for_every_grant_says_nothing_of_a_scope():
    attempts = [AccessAttempt("search", "Coverage", "searching Coverage", None)]
    trials = ScopeTrials(None, None, KnownRecords("p", {}, failed={"Coverage": 500}), None)

    with pytest.raises(Undecided) as reason:
        trials._telling(attempts)
    assert reason.value.blocked_by == "PA-SRCH-001"
