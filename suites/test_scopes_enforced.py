"""Scopes: which resources a grant opens, and that it opens no others, by every way to a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.scopes.probes import grants, requests
from conformance.areas.scopes.rules import enforcement
from conformance.areas.scopes.rules import grants as granted

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.areas.scopes.probes.trials import ScopeTrials
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.engine.judge import Judge
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.session import Session


@pytest.mark.verifies("PA-SCOP-002")
def test_the_patient_scope_opens_patient_and_nothing_else(scope_trials: ScopeTrials, judge: Judge) -> None:
    """patient/Patient.read alone opens Patient, and no other type in any way."""
    trial = grants.granted_alone(scope_trials, "Patient")

    judge(
        enforcement.opens(trial, "Patient"),
        enforcement.opens_nothing_else(trial, "Patient"),
        of=trial.attempts,
    )


@pytest.mark.verifies("PA-SCOP-003")
def test_the_coverage_scope_opens_coverage_and_nothing_else(scope_trials: ScopeTrials, judge: Judge) -> None:
    """patient/Coverage.read alone opens Coverage, and no other type in any way."""
    trial = grants.granted_alone(scope_trials, "Coverage")

    judge(
        enforcement.opens(trial, "Coverage"),
        enforcement.opens_nothing_else(trial, "Coverage"),
        of=trial.attempts,
    )


@pytest.mark.verifies("PA-SCOP-004")
def test_the_claims_scope_opens_claims_and_nothing_else(scope_trials: ScopeTrials, judge: Judge) -> None:
    """patient/ExplanationOfBenefit.read alone opens claims, and no other type; includes are judged by PA-SCOP-021."""
    trial = grants.granted_alone(scope_trials, "ExplanationOfBenefit")

    judge(
        enforcement.opens(trial, "ExplanationOfBenefit"),
        enforcement.opens_nothing_else(trial, "ExplanationOfBenefit", includes=False),
        of=trial.attempts,
    )


@pytest.mark.verifies("PA-SCOP-005")
def test_the_condition_scope_is_honoured_or_dropped(scope_trials: ScopeTrials, judge: Judge) -> None:
    """If patient/Condition.read is granted, it opens Condition and nothing else; without it Condition is refused."""
    judge(enforcement.honoured_or_dropped(grants.optional(scope_trials, "Condition")))


@pytest.mark.verifies("PA-SCOP-006")
def test_the_medication_scope_is_honoured_or_dropped(
    scope_trials: ScopeTrials, session: Session, fhir: FhirClient, discovery: Discovery, judge: Judge
) -> None:
    """If patient/MedicationRequest.read is granted, it opens that type and the Medications that it references."""
    optional = grants.optional(scope_trials, "MedicationRequest", "Medication")

    judge(
        enforcement.honoured_or_dropped(optional),
        enforcement.medications_are_reachable(
            optional,
            requests.medications(scope_trials, session, fhir),
            documented=requests.medication_scope_is_published(scope_trials.run, discovery),
        ),
    )


@pytest.mark.verifies("PA-SCOP-007")
def test_the_observation_scope_is_honoured_or_dropped(scope_trials: ScopeTrials, judge: Judge) -> None:
    """If patient/Observation.read is granted, it opens Observations of every category, laboratory included."""
    judge(enforcement.honoured_or_dropped(grants.optional(scope_trials, "Observation")))


@pytest.mark.verifies("PA-SCOP-008")
def test_the_document_scope_is_honoured_or_dropped(scope_trials: ScopeTrials, judge: Judge) -> None:
    """If patient/DocumentReference.read is granted, it opens that type alone; without it the type is refused."""
    judge(enforcement.honoured_or_dropped(grants.optional(scope_trials, "DocumentReference")))


@pytest.mark.verifies("PA-SCOP-008")
def test_the_document_scope_covers_the_content(
    scope_trials: ScopeTrials, fhir: FhirClient, discovery: Discovery, judge: Judge
) -> None:
    """patient/DocumentReference.read opens the content of documents; without it, or without a token, it is refused."""
    anonymous = requests.documents_without_token(scope_trials, fhir)
    opened, closed = grants.document_content(scope_trials, discovery)

    judge(enforcement.content_follows_metadata(opened, closed, anonymous), of=[*opened, *closed, *anonymous])


@pytest.mark.verifies("PA-SCOP-012")
def test_a_v1_read_scope_reads_and_searches(scope_trials: ScopeTrials, discovery: Discovery, judge: Judge) -> None:
    """A .read scope is granted where permission-v1 is advertised, allows read and search, and keeps its spelling."""
    trial = grants.v1(scope_trials, discovery)
    scope = trial.grant.asked[-1]

    judge(
        granted.is_granted(trial.grant, scope, rule="scope.v1-not-granted"),
        enforcement.opens(trial, trial.attempts[0].type if trial.attempts else ""),
        granted.spelling_is_kept(trial.grant, scope),
    )


@pytest.mark.verifies("PA-SCOP-013")
def test_v2_scopes_are_advertised(discovery: Discovery, judge: Judge) -> None:
    """permission-v2 is among the capabilities (advisory)."""
    judge(enforcement.v2_is_advertised(discovery.capabilities))


@pytest.mark.verifies("PA-SCOP-013")
def test_v2_letters_are_kept_apart(scope_trials: ScopeTrials, discovery: Discovery, judge: Judge) -> None:
    """With permission-v2 a .r scope does not allow search, and a .s scope does not allow read."""
    trial = grants.letters(scope_trials, discovery)

    judge(
        *(granted.is_granted(trial.grant, scope) for scope in trial.grant.asked[1:]),
        granted.nothing_beyond([trial.grant]),
        enforcement.letters_are_kept(trial, "ExplanationOfBenefit", letter="r"),
        enforcement.letters_are_kept(trial, "Coverage", letter="s"),
    )


@pytest.mark.verifies("PA-SCOP-013")
def test_v2_scopes_and_their_filters_are_honoured(
    scope_trials: ScopeTrials, discovery: Discovery, search: Callable[..., SearchEvidence], judge: Judge
) -> None:
    """With permission-v2 a .rs scope opens its type, and a granted filter hides every resource outside it."""
    trial = grants.granular(scope_trials, discovery)
    inside = requests.laboratory_results(scope_trials.run, scope_trials.known, search)

    judge(
        granted.is_granted(trial.grant, trial.grant.asked[1]),
        granted.nothing_beyond([trial.grant]),
        enforcement.opens(trial, "ExplanationOfBenefit"),
        enforcement.stays_within_filter(trial, "Observation", inside),
    )


@pytest.mark.verifies("PA-SCOP-016")
def test_enforcement_follows_the_grant(scope_trials: ScopeTrials, judge: Judge) -> None:
    """A type that was requested and removed on the consent page is refused with 403."""
    trial = grants.partial(scope_trials)

    judge(enforcement.refusals_say_so(trial), of=trial.attempts)


@pytest.mark.verifies("PA-SCOP-017")
def test_insufficient_scope_is_refused_with_403(scope_trials: ScopeTrials, judge: Judge) -> None:
    """A request for a type beyond the grant is refused with 403; an insufficient_scope challenge is advisory."""
    trial = grants.granted_alone(scope_trials, "Patient")

    judge(enforcement.refusals_say_so(trial, "Patient"), of=trial.attempts)


@pytest.mark.verifies("PA-SCOP-021")
def test_includes_show_nothing_that_a_read_refuses(scope_trials: ScopeTrials, judge: Judge) -> None:
    """With the claims scope alone, a resource that _include returns can also be read directly with the same token."""
    judge(enforcement.includes_follow_reads(grants.granted_alone(scope_trials, "ExplanationOfBenefit")))
