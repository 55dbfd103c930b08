"""Isolation: documents, batches, families, caches, identity hints, and what refusals tell."""

import pytest

from conformance.areas.isolation.rules import paths, sessions


@pytest.mark.verifies("PA-ISO-010")
def test_documents_of_another_member_are_refused(documents_of_the_other_member, judge):
    """The bytes of another member's document are refused, with the own token and with none."""
    judge(paths.documents_kept(documents_of_the_other_member), of=documents_of_the_other_member)


@pytest.mark.verifies("PA-ISO-011")
def test_a_family_policy_exposes_only_the_open_record(household, judge):
    """With one record of a family open, Coverage, claims and whatever they include are of that member."""
    judge(paths.household_is_apart(household))


@pytest.mark.verifies("PA-ISO-012")
def test_a_batch_bypasses_nothing(batches_for_the_other_member, stranger, patient, judge):
    """Each entry of a batch or transaction for another member's records is refused, or the whole is."""
    batches, reads = batches_for_the_other_member

    judge(paths.batch_is_checked(batches, reads, stranger, patient))


@pytest.mark.verifies("PA-ISO-013")
def test_no_cache_mixes_sessions(alternating_replies, judge):
    """The same address asked for by two members, in turn and at once, answers each with their own records."""
    judge(sessions.kept_apart(alternating_replies), of=alternating_replies)


@pytest.mark.verifies("PA-ISO-014")
def test_identity_hints_in_headers_change_nothing(hinted_requests, stranger, patient, judge):
    """A header that names another member, or a second Authorization value, changes nothing in the answer."""
    judge(sessions.hints_are_ignored(hinted_requests, stranger, patient), of=hinted_requests)


@pytest.mark.verifies("PA-ISO-015")
def test_a_refusal_does_not_tell_that_a_record_exists(twin_reads, judge):
    """Reading another member's id and an id nobody has is refused alike: status, words, headers and time."""
    judge(sessions.existence_is_hidden(twin_reads), of=twin_reads)
