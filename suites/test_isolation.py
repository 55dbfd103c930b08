"""Isolation: what belongs to another member, tried with a member's own token on every path of the FHIR API."""

import pytest

from conformance.areas.isolation.rules import disclosure as isolation
from conformance.areas.shared.resource_types import PATIENT_ACCESS_TYPES


@pytest.mark.verifies("PA-ISO-001")
def test_another_members_patient_cannot_be_read(reads_of_the_other_patient, stranger, patient, judge):
    """Reading the Patient of another member is refused, and the refusal says nothing of that person."""
    judge(isolation.refused(reads_of_the_other_patient, stranger, patient, rule="isolation.read"))


@pytest.mark.verifies("PA-ISO-002")
@pytest.mark.parametrize("type_name", PATIENT_ACCESS_TYPES)
def test_another_members_records_cannot_be_read(reads_of_the_other_member, stranger, patient, type_name, judge):
    """Reading a resource of another member by its id is refused, for every type."""
    probes, judged = reads_of_the_other_member(type_name)

    judge(isolation.refused(probes, stranger, patient, rule="isolation.read"), judged=judged)


@pytest.mark.verifies("PA-ISO-003")
def test_naming_another_patient_finds_nothing(searches_for_the_other_member, stranger, patient, judge):
    """A search that names another patient, in any form or beside the own one, brings and counts nothing of theirs."""
    found = searches_for_the_other_member

    judge(
        isolation.stays_in_context(found, stranger, patient, rule="isolation.search"),
        isolation.counts_nothing(found),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-004")
def test_searches_without_a_patient_stay_in_context(searches_without_a_patient, stranger_if_any, patient, judge):
    """A search that names nobody brings the records of the patient in context, or an error."""
    found = searches_without_a_patient

    judge(
        isolation.stays_in_context(found, stranger_if_any, patient, rule="isolation.search"),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-004")
def test_everything_gathered_is_the_patients(collection, patient, judge):
    """Whatever the grant opens, by search, operation or reference, belongs to the patient in context."""
    judge(isolation.all_of_context(collection.seen(), patient), of=collection)


@pytest.mark.verifies("PA-ISO-005")
def test_numbers_names_and_ids_find_nobody_else(searches_by_identity, stranger, patient, judge):
    """Searching by another member's claim number, member number, name or ids brings nothing of theirs."""
    found = searches_by_identity

    judge(
        isolation.stays_in_context(found, stranger, patient, rule="isolation.search"),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-006")
def test_posted_searches_are_isolated_too(posted_searches, stranger, patient, judge):
    """The same searches as form posts bring nothing of theirs, also where address and body name different patients."""
    found = posted_searches

    judge(
        isolation.stays_in_context(found, stranger, patient, rule="isolation.search"),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-007")
def test_no_winding_path_leads_to_another_member(winding_searches, stranger, patient, judge):
    """Chains, reverse chains, includes, compartment addresses and operations bring nothing of another member."""
    found = winding_searches

    judge(
        isolation.stays_in_context(found, stranger, patient, rule="isolation.search"),
        of=found,
    )


@pytest.mark.verifies("PA-ISO-008")
def test_page_links_are_bound_to_the_session(stolen_pages, stranger, patient, judge):
    """A page link given to another member is refused, with the own token and with none."""
    judge(isolation.pages_are_bound(stolen_pages, stranger, patient), of=stolen_pages)


@pytest.mark.verifies("PA-ISO-009")
def test_history_and_version_reads_are_isolated(versions_of_the_other_member, stranger, patient, judge):
    """History and version reads of another member's resources are refused."""
    probes, judged = versions_of_the_other_member

    judge(isolation.refused(probes, stranger, patient, rule="isolation.history"), judged=judged)


@pytest.mark.verifies("PA-ISO-009")
def test_wide_histories_stay_in_context(wide_histories, stranger, patient, judge):
    """The history of a type or of the system, where there is one, holds the records of the patient in context only."""
    judge(isolation.stays_in_context(wide_histories, stranger, patient, rule="isolation.history"))
