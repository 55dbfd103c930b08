"""Isolation: documents, batches, families, caches, identity hints, and what refusals disclose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.isolation.probes import family, sharing
from conformance.areas.isolation.rules import paths, sessions

if TYPE_CHECKING:
    from conformance.areas.isolation.probes.requests import Pair
    from conformance.areas.isolation.probes.session import AsMemberA
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.other_member import OtherMember
    from conformance.collection import Gatherer
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session


@pytest.mark.verifies("PA-ISO-010")
def test_documents_of_another_member_are_refused(
    as_member_a: AsMemberA, pair: Pair, client_b: FhirClient, judge: Judge
) -> None:
    """The content of another member's document is refused with the member's own token and without a token."""
    fetched = sharing.documents(as_member_a, pair, client_b)

    judge(paths.documents_are_protected(fetched), of=fetched)


@pytest.mark.verifies("PA-ISO-011")
@pytest.mark.parametrize("opened", ["a dependent's record", "the own record"])
def test_a_family_policy_exposes_only_the_open_record(
    run: Run, authorizations: Authorizations, representative_session: Session, opened: str, judge: Judge
) -> None:
    """With one record of a family open, Coverage, claims and their includes are of that member."""
    judge(paths.household_is_apart(family.household(run, authorizations, representative_session, opened=opened)))


@pytest.mark.verifies("PA-ISO-012")
def test_a_batch_bypasses_nothing(as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, judge: Judge) -> None:
    """Each entry of a batch or transaction for another member's records is refused, or the whole batch is."""
    batches, reads = sharing.batches(as_member_a, pair)

    judge(paths.batch_is_checked(batches, reads, other_member, as_member_a.context))


@pytest.mark.verifies("PA-ISO-013")
def test_no_cache_mixes_sessions(
    as_member_a: AsMemberA, gatherer: Gatherer, client_b: FhirClient, pair: Pair, judge: Judge
) -> None:
    """The same URL requested by two members, in turn and in parallel, returns each member's own records."""
    replies = sharing.alternating(as_member_a, gatherer, client_b, pair)

    judge(sessions.kept_apart(replies), of=replies)


@pytest.mark.verifies("PA-ISO-014")
def test_identity_hints_in_headers_change_nothing(
    as_member_a: AsMemberA, pair: Pair, session_b: Session, other_member: OtherMember, judge: Judge
) -> None:
    """A header that names another member, or a second Authorization value, opens nothing."""
    hinted = sharing.hinted(as_member_a, pair, session_b)

    judge(sessions.hints_are_ignored(hinted, other_member, as_member_a.context), of=hinted)


@pytest.mark.verifies("PA-ISO-015")
def test_a_refusal_does_not_disclose_that_a_record_exists(as_member_a: AsMemberA, pair: Pair, judge: Judge) -> None:
    """The refusals of another member's id and of an unknown id do not differ in status, body, headers and time."""
    probes = sharing.existence(as_member_a, pair)

    judge(sessions.existence_is_hidden(probes), of=probes)
