"""Scopes: what is requested, and what is granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.scopes.probes import grants
from conformance.areas.scopes.probes.writes import write
from conformance.areas.scopes.rules import enforcement, writes
from conformance.areas.scopes.rules import grants as granted

if TYPE_CHECKING:
    from conformance.areas.scopes.probes.known import KnownRecords
    from conformance.areas.scopes.probes.trials import ScopeTrials
    from conformance.areas.scopes.rules.grants import Grant
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.session import Session


@pytest.mark.verifies("PA-SCOP-001")
def test_the_required_scopes_are_granted_together(
    required_scopes: list[str], scopes_not_granted: list[str], session: Session, judge: Judge
) -> None:
    """The granted scope contains every required one, or its v2 form, separated by spaces."""
    raw, has_patient = session.scopes.raw, bool(session.patient.said.get("patient"))

    judge(
        granted.missing_scopes(required_scopes, scopes_not_granted, raw, has_patient=has_patient),
        granted.separated_by_spaces(raw),
    )


@pytest.mark.verifies("PA-SCOP-009")
def test_launch_patient_establishes_a_patient_in_context(scope_trials: ScopeTrials, judge: Judge) -> None:
    """A request for launch/patient and one resource scope returns a patient in the token response."""
    judge(granted.has_patient_context(grants.granted_alone(scope_trials, "Patient").grant))


@pytest.mark.verifies("PA-SCOP-010")
def test_openid_and_fhir_user_work_as_a_pair(shared_grant: Grant, run: Run, discovery: Discovery, judge: Judge) -> None:
    """openid and fhirUser are granted together, and the id_token names the user."""
    required = "sso-openid-connect" in discovery.capabilities or "carin-bb" in run.target.guides

    judge(granted.identity_pair_works(shared_grant, required=required))


@pytest.mark.verifies("PA-SCOP-010")
def test_fhir_user_without_openid_is_not_granted(scope_trials: ScopeTrials, judge: Judge) -> None:
    """fhirUser requested without openid is dropped or refused, unless an id_token is issued all the same (advisory)."""
    judge(granted.lone_fhir_user_is_dropped(grants.lone_fhir_user(scope_trials)))


@pytest.mark.verifies("PA-SCOP-011")
def test_offline_access_is_available(offline_grants: tuple[Grant, Grant | None], judge: Judge) -> None:
    """offline_access is granted on request, and a refresh token is issued."""
    judge(granted.offline_access_is_available(*offline_grants))


@pytest.mark.verifies("PA-SCOP-014")
def test_undefined_suffixes_never_grant_write_access(scope_trials: ScopeTrials, judge: Judge) -> None:
    """Letters out of order and unknown words are dropped, replaced or rejected, and never allow a write."""
    trial, attempts = grants.undefined(scope_trials)

    judge(granted.undefined_never_over_grants(trial.grant), writes.writes_are_refused(attempts))


@pytest.mark.verifies("PA-SCOP-015")
def test_the_grant_does_not_exceed_the_request(shared_grant: Grant, scope_trials: ScopeTrials, judge: Judge) -> None:
    """No scope for writing or beyond the member's record is granted without a request; more read access is advisory."""
    narrow = [grants.alone(scope_trials, name).grant for name in ("Patient", "Coverage", "ExplanationOfBenefit")]

    judge(granted.nothing_beyond([shared_grant, *narrow]))


@pytest.mark.writes
@pytest.mark.verifies("PA-SCOP-018")
def test_read_scopes_never_allow_a_write(
    run: Run, session: Session, fhir: FhirClient, known_records: KnownRecords, judge: Judge
) -> None:
    """Create, update, patch and delete with read scopes are refused, and the record does not change."""
    attempts, compared = write(run, session, fhir, known_records)

    judge(writes.writes_are_refused(attempts), writes.nothing_changed(compared), of=attempts)


@pytest.mark.verifies("PA-SCOP-019")
@pytest.mark.parametrize("type_name", ["AllergyIntolerance", "Immunization", "Procedure"])
def test_types_beyond_the_scope_table_can_be_obtained(
    scope_trials: ScopeTrials, session: Session, fhir: FhirClient, type_name: str, judge: Judge
) -> None:
    """A type of the profile table that is missing in the scope table can be granted and searched, or is not offered."""
    trial = grants.clinical_type(scope_trials, type_name, session=session, fhir=fhir)
    documented = grants.is_documented(scope_trials, type_name)

    judge(enforcement.type_can_be_reached(trial, type_name, documented=documented))


@pytest.mark.verifies("PA-SCOP-020")
def test_the_minimum_scopes_of_carin_are_supported(scope_trials: ScopeTrials, judge: Judge) -> None:
    """Organization, Practitioner and the user scopes that CARIN Blue Button lists can be granted, and work."""
    judge(enforcement.carin_minimum_is_granted(grants.carin(scope_trials)))
