"""Why the shared session has nothing of a type: the reason is the failed search, the advice only without one."""

from conformance.areas.scopes.probes.known import KnownRecords


def test_a_failed_search_is_named_instead_of_an_advice():
    known = KnownRecords("p", {}, failed={"Coverage": 500})

    failed = known.nothing_of("Coverage", "Coverage", advice="give a member who is covered")
    absent = known.nothing_of("document", "DocumentReference", advice="give members.a one")

    assert (str(failed), failed.blocked_by) == (
        "the search of Coverage was answered with HTTP 500, see PA-SRCH-001",
        "PA-SRCH-001",
    )
    assert (str(absent), absent.blocked_by) == ("member a has no document; give members.a one", "")
