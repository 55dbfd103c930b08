"""Isolation: documents, batches, families, caches, identity hints, and what refusals disclose."""

import pytest

from conformance.areas.isolation.probes import family, sharing
from conformance.areas.isolation.rules import paths, sessions


@pytest.mark.verifies("PA-ISO-010")
def test_documents_of_another_member_are_refused(as_member_a, pair, client_b, judge):
    """The content of another member's document is refused with the member's own token and without a token."""
    fetched = sharing.documents(as_member_a, pair, client_b)

    judge(paths.documents_are_protected(fetched), of=fetched)


@pytest.mark.verifies("PA-ISO-011")
@pytest.mark.parametrize("opened", ["a dependent's record", "the own record"])
def test_a_family_policy_exposes_only_the_open_record(run, authorizations, representative_session, opened, judge):
    """With one record of a family open, Coverage, claims and their includes are of that member."""
    judge(paths.household_is_apart(family.household(run, authorizations, representative_session, opened=opened)))


@pytest.mark.verifies("PA-ISO-012")
def test_a_batch_bypasses_nothing(as_member_a, pair, other_member, judge):
    """Each entry of a batch or transaction for another member's records is refused, or the whole batch is."""
    batches, reads = sharing.batches(as_member_a, pair)

    judge(paths.batch_is_checked(batches, reads, other_member, as_member_a.context))


@pytest.mark.verifies("PA-ISO-013")
def test_no_cache_mixes_sessions(as_member_a, gatherer, client_b, pair, judge):
    """The same URL requested by two members, in turn and in parallel, returns each member's own records."""
    replies = sharing.alternating(as_member_a, gatherer, client_b, pair)

    judge(sessions.kept_apart(replies), of=replies)


@pytest.mark.verifies("PA-ISO-014")
def test_identity_hints_in_headers_change_nothing(as_member_a, pair, session_b, other_member, judge):
    """A header that names another member, or a second Authorization value, opens nothing."""
    hinted = sharing.hinted(as_member_a, pair, session_b)

    judge(sessions.hints_are_ignored(hinted, other_member, as_member_a.context), of=hinted)


@pytest.mark.verifies("PA-ISO-015")
def test_a_refusal_does_not_disclose_that_a_record_exists(as_member_a, pair, judge):
    """The refusals of another member's id and of an unknown id do not differ in status, body, headers and time."""
    probes = sharing.existence(as_member_a, pair)

    judge(sessions.existence_is_hidden(probes), of=probes)
