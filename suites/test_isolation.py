"""Isolation: requests with one member's token for the records of another, by every path of the FHIR API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.isolation.probes import records, requests
from conformance.areas.isolation.rules import disclosure as isolation
from conformance.areas.shared.resource_types import PATIENT_ACCESS_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from conformance.areas.isolation.probes.requests import Pair
    from conformance.areas.isolation.probes.session import AsMemberA
    from conformance.areas.shared.other_member import OtherMember
    from conformance.collection import Collection
    from conformance.engine.judge import Judge
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session


@pytest.mark.verifies("PA-ISO-001")
def test_another_members_patient_cannot_be_read(
    as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, patient: str, judge: Judge
) -> None:
    """Reading the Patient of another member is refused, and the refusal discloses nothing about that person."""
    judge(isolation.refused(records.patient(as_member_a, pair), other_member, patient, rule="isolation.read"))


@pytest.mark.verifies("PA-ISO-002")
@pytest.mark.parametrize("type_name", PATIENT_ACCESS_TYPES)
def test_another_members_records_cannot_be_read(
    as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, type_name: str, judge: Judge
) -> None:
    """Reading a resource of another member by its id is refused, for every type."""
    probes, judged = records.of_type(as_member_a, pair, other_member, type_name)

    judge(isolation.refused(probes, other_member, as_member_a.context, rule="isolation.read"), judged=judged)


@pytest.mark.verifies("PA-ISO-003")
def test_naming_another_patient_finds_nothing(
    as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, patient: str, judge: Judge
) -> None:
    """A search that names another patient, alone or with the member's own, returns and counts none of their records."""
    found = as_member_a.searches(requests.by_patient(pair))

    judge(
        isolation.stays_in_context(found, other_member, patient, rule="isolation.search"),
        isolation.counts_nothing(found),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-004")
def test_searches_without_a_patient_stay_in_context(
    as_member_a: AsMemberA,
    compartment_types: tuple[str, ...],
    session: Session,
    other_member_if_any: OtherMember,
    judge: Judge,
) -> None:
    """A search that names no patient returns the records of the patient in context, or an error."""
    types = requests.searched_without_patient(compartment_types, session)
    found = as_member_a.searches(requests.without_patient(types))

    judge(
        isolation.stays_in_context(found, other_member_if_any, as_member_a.context, rule="isolation.search"),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-004")
def test_every_gathered_record_is_of_the_patient(collection: Collection, patient: str, judge: Judge) -> None:
    """Every record that the grant opens, by search, operation or reference, is of the patient in context."""
    judge(isolation.all_of_context(collection.seen(), patient), of=collection)


@pytest.mark.verifies("PA-ISO-005")
def test_numbers_names_and_ids_find_no_other_member(
    as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, patient: str, judge: Judge
) -> None:
    """A search by another member's claim number, member number, name or ids returns none of their records."""
    found = as_member_a.searches(requests.by_identity(pair))

    judge(
        isolation.stays_in_context(found, other_member, patient, rule="isolation.search"),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-006")
def test_posted_searches_are_isolated(
    as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, patient: str, judge: Judge
) -> None:
    """The same searches by POST return none of their records, even where URL and body name different patients."""
    found = as_member_a.searches(requests.posted(pair))

    judge(
        isolation.stays_in_context(found, other_member, patient, rule="isolation.search"),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-007")
@pytest.mark.parametrize("path", [requests.chained, requests.included, requests.compartment_urls, requests.operations])
def test_no_indirect_path_leads_to_another_member(
    as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, path: Callable[[Pair], Any], judge: Judge
) -> None:
    """Chains, reverse chains, includes, compartment URLs and operations return no record of another member."""
    found = as_member_a.searches(path(pair))

    judge(
        isolation.stays_in_context(found, other_member, as_member_a.context, rule="isolation.search"),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-008")
def test_page_links_are_bound_to_the_session(
    as_member_a: AsMemberA, pair: Pair, client_b: FhirClient, other_member: OtherMember, judge: Judge
) -> None:
    """A page link issued to another member is refused with the member's own token and without a token."""
    probes = records.pages(as_member_a, pair, client_b)

    judge(isolation.pages_are_bound(probes, other_member, as_member_a.context), of=probes)


@pytest.mark.verifies("PA-ISO-009")
def test_history_and_version_reads_are_isolated(
    as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, judge: Judge
) -> None:
    """History and version reads of another member's resources are refused."""
    probes, judged = records.versions(as_member_a, pair, other_member)

    judge(isolation.refused(probes, other_member, as_member_a.context, rule="isolation.history"), judged=judged)


@pytest.mark.verifies("PA-ISO-009")
def test_wide_histories_stay_in_context(
    as_member_a: AsMemberA, pair: Pair, other_member: OtherMember, judge: Judge
) -> None:
    """The history of a type or of the system, where supported, holds only records of the patient in context."""
    found = records.wide_histories(as_member_a, pair)

    judge(isolation.stays_in_context(found, other_member, as_member_a.context, rule="isolation.history"))
