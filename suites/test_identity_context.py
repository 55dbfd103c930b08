"""Identity: who logged in, beside whose record is open."""

import pytest

from conformance.areas.identity.rules import context


@pytest.mark.verifies("PA-IDEN-008")
def test_fhir_user_resolves_to_a_readable_resource(fhir_user_read, judge):
    """Reading fhirUser, resolved against the FHIR base, answers the resource it names."""
    judge(context.user_is_readable(fhir_user_read))


@pytest.mark.verifies("PA-IDEN-009")
def test_a_member_who_opens_their_own_record_is_that_patient(fhir_user_of_member_a, patient_beside_the_token, judge):
    """For a member with their own record open, a fhirUser that is a Patient is the patient in context."""
    judge(context.user_is_the_patient(fhir_user_of_member_a, patient_beside_the_token))


@pytest.mark.verifies("PA-IDEN-010")
def test_a_representative_opens_the_chosen_dependent(patient_of_the_representative, chosen_dependent, judge):
    """The patient in context is the dependent that the representative chose, not the person who logged in."""
    judge(context.dependent_is_open(patient_of_the_representative, chosen_dependent))


@pytest.mark.verifies("PA-IDEN-010")
def test_the_user_of_a_representative_is_not_the_dependent(fhir_user_of_the_representative, chosen_dependent, judge):
    """FhirUser is the representative, as a RelatedPerson, a Person or another Patient."""
    judge(context.user_is_not_the_dependent(fhir_user_of_the_representative, chosen_dependent))


@pytest.mark.verifies("PA-IDEN-011")
def test_sub_is_no_other_patient(subject_of_member_a, subject_mode, judge):
    """Sub is never the id of another Patient, so that an app following the documentation reads the right record."""
    judge(context.subject_names_nobody_else(subject_of_member_a, mode=subject_mode))
