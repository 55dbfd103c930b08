"""Identity: who logged in, and whose record is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.identity.probes import users
from conformance.areas.identity.rules import context

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session


@pytest.mark.verifies("PA-IDEN-008")
def test_fhir_user_resolves_to_a_readable_resource(session: Session, fhir: FhirClient, judge: Judge) -> None:
    """Reading fhirUser, resolved against the FHIR base, returns the resource it names."""
    judge(context.user_is_readable(users.read_fhir_user(session, fhir)))


@pytest.mark.verifies("PA-IDEN-009")
def test_a_member_who_opens_their_own_record_is_that_patient(session: Session, judge: Judge) -> None:
    """For a member who opens their own record, a fhirUser that is a Patient is the patient in context."""
    judge(context.user_is_the_patient(users.patient_user(session), users.patient_of(session)))


@pytest.mark.verifies("PA-IDEN-010")
def test_a_representative_opens_the_chosen_dependent(
    representative_session: Session, authorizations: Authorizations, judge: Judge
) -> None:
    """The patient in context is the dependent whom the representative chose, not the representative."""
    patient = users.patient_of(representative_session)

    judge(context.dependent_is_open(patient, users.chosen_dependent(authorizations)))


@pytest.mark.verifies("PA-IDEN-010")
def test_the_user_of_a_representative_is_not_the_dependent(
    representative_session: Session, authorizations: Authorizations, judge: Judge
) -> None:
    """fhirUser is the representative, as a RelatedPerson, a Person or another Patient."""
    user = users.fhir_user(representative_session)

    judge(context.user_is_not_the_dependent(user, users.chosen_dependent(authorizations)))


@pytest.mark.verifies("PA-IDEN-011")
def test_sub_is_not_another_patient(run: Run, session: Session, fhir: FhirClient, judge: Judge) -> None:
    """sub is never the id of another Patient, so that an app that follows the documentation reads the right record."""
    judge(context.subject_names_no_other_patient(users.subject(run, session, fhir), mode=users.subject_mode(run)))
