"""Scopes: what is granted of what was asked for."""

import pytest

from conformance.areas.scopes.rules import enforcement, grants, writes


@pytest.mark.verifies("PA-SCOP-001")
def test_the_required_scopes_are_granted_together(required_scopes, scopes_not_granted, granted_scope, judge):
    """The granted scope contains every required one, or its v2 form."""
    judge(grants.missing_scopes(required_scopes, scopes_not_granted, granted_scope))


@pytest.mark.verifies("PA-SCOP-009")
def test_launch_patient_yields_a_patient(single_scope, judge):
    """Asking for launch/patient and one resource scope yields a patient beside the token."""
    judge(grants.has_patient_context(single_scope("Patient").grant))


@pytest.mark.verifies("PA-SCOP-010")
def test_openid_and_fhir_user_work_as_a_pair(shared_grant, judge):
    """Openid and fhirUser are granted together, and the id_token names the user."""
    judge(grants.identity_pair_works(shared_grant))


@pytest.mark.verifies("PA-SCOP-010")
def test_fhir_user_alone_promises_nothing(lone_fhir_user, judge):
    """FhirUser asked for without openid is dropped, refused, or kept by an id_token (advisory)."""
    judge(grants.lone_fhir_user_is_no_promise(lone_fhir_user))


@pytest.mark.verifies("PA-SCOP-011")
def test_offline_access_is_available(offline_grants, judge):
    """Asking for offline_access is granted and brings a refresh token."""
    judge(grants.offline_access_is_available(*offline_grants))


@pytest.mark.verifies("PA-SCOP-014")
def test_undefined_suffixes_never_grant_writing(undefined_trial, judge):
    """Letters out of order and unknown words are dropped, replaced or rejected, and never allow a write."""
    trial, attempts = undefined_trial

    judge(grants.undefined_never_over_grants(trial.grant), writes.writes_are_refused(attempts))


@pytest.mark.verifies("PA-SCOP-015")
def test_nothing_is_granted_that_was_not_asked_for(shared_grant, single_scope_trial, judge):
    """Every granted resource scope is implied by one that was asked for, in wide requests and in narrow ones."""
    narrow = [single_scope_trial(name).grant for name in ("Patient", "Coverage", "ExplanationOfBenefit")]

    judge(grants.nothing_beyond([shared_grant, *narrow]))


@pytest.mark.verifies("PA-SCOP-018")
def test_reading_scopes_never_write(attempts_to_write, judge):
    """Creating, updating, patching and deleting with reading scopes is refused, and the record stays as it was."""
    attempts, compared = attempts_to_write

    judge(writes.writes_are_refused(attempts), writes.nothing_changed(compared), of=attempts)


@pytest.mark.verifies("PA-SCOP-019")
@pytest.mark.parametrize("type_name", ["AllergyIntolerance", "Immunization", "Procedure"])
def test_types_beyond_the_scope_table_can_be_reached(clinical_type_trial, type_is_documented, type_name, judge):
    """A type of the profile table that the scope table leaves out can be granted and searched, or is not offered."""
    trial = clinical_type_trial(type_name)

    judge(enforcement.type_can_be_reached(trial, type_name, documented=type_is_documented(type_name)))


@pytest.mark.verifies("PA-SCOP-020")
def test_the_minimum_scopes_of_carin_are_supported(carin_trial, judge):
    """Organization, Practitioner and the user scopes that CARIN Blue Button lists can be granted, and work."""
    judge(enforcement.carin_minimum_is_granted(carin_trial))
