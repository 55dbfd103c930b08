"""Scopes: what each grant opens, and what it keeps closed, by every way to a resource."""

import pytest

from conformance.areas.scopes.rules import enforcement, grants


@pytest.mark.verifies("PA-SCOP-002")
def test_the_patient_scope_opens_patient_and_nothing_else(single_scope, judge):
    """With patient/Patient.read alone, Patient is open and no other type, by no way."""
    trial = single_scope("Patient")

    judge(
        enforcement.opens(trial, "Patient"),
        enforcement.opens_nothing_else(trial, "Patient"),
        of=trial.doors,
    )


@pytest.mark.verifies("PA-SCOP-003")
def test_the_coverage_scope_opens_coverage_and_nothing_else(single_scope, judge):
    """With patient/Coverage.read alone, Coverage is open and no other type, by no way."""
    trial = single_scope("Coverage")

    judge(
        enforcement.opens(trial, "Coverage"),
        enforcement.opens_nothing_else(trial, "Coverage"),
        of=trial.doors,
    )


@pytest.mark.verifies("PA-SCOP-004")
def test_the_claims_scope_opens_claims_and_nothing_else(single_scope, judge):
    """With patient/ExplanationOfBenefit.read alone, claims are open and no other type; includes have their own row."""
    trial = single_scope("ExplanationOfBenefit")

    judge(
        enforcement.opens(trial, "ExplanationOfBenefit"),
        enforcement.opens_nothing_else(trial, "ExplanationOfBenefit", includes=False),
        of=trial.doors,
    )


@pytest.mark.verifies("PA-SCOP-005")
def test_the_condition_scope_is_honoured_or_dropped(optional_scope, judge):
    """Granted, patient/Condition.read opens Condition and nothing else; without it Condition is refused."""
    judge(enforcement.honoured_or_dropped(optional_scope("Condition")))


@pytest.mark.verifies("PA-SCOP-006")
def test_the_medication_scope_is_honoured_or_dropped(
    optional_scope, medications_beside, medication_scope_is_published, judge
):
    """Granted, patient/MedicationRequest.read opens that type; what it points to can be read too."""
    optional = optional_scope("MedicationRequest", "Medication")

    judge(
        enforcement.honoured_or_dropped(optional),
        enforcement.medications_are_reachable(optional, medications_beside, documented=medication_scope_is_published),
    )


@pytest.mark.verifies("PA-SCOP-007")
def test_the_observation_scope_is_honoured_or_dropped(optional_scope, judge):
    """Granted, patient/Observation.read opens Observations of every category, the laboratory's among them."""
    judge(enforcement.honoured_or_dropped(optional_scope("Observation")))


@pytest.mark.verifies("PA-SCOP-008")
def test_the_document_scope_covers_the_content(optional_scope, documents_without_token, judge):
    """With patient/DocumentReference.read metadata and content are open; without it, or without a token, neither is."""
    optional = optional_scope("DocumentReference")

    judge(
        enforcement.honoured_or_dropped(optional),
        enforcement.content_follows_metadata(optional, documents_without_token),
    )


@pytest.mark.verifies("PA-SCOP-012")
def test_a_v1_read_scope_reads_and_searches(v1_trial, judge):
    """A .read scope allows reading by id and searching, and is granted in the spelling it was asked for."""
    type_name = v1_trial.doors[0].type

    judge(
        enforcement.opens(v1_trial, type_name),
        grants.spelling_is_kept(v1_trial.grant, v1_trial.grant.asked[-1]),
    )


@pytest.mark.verifies("PA-SCOP-013")
def test_v2_letters_are_kept_apart(letters_trial, judge):
    """With permission-v2 a .r scope does not search, and a .s scope does not read."""
    judge(
        *(grants.is_granted(letters_trial.grant, scope) for scope in letters_trial.grant.asked),
        grants.nothing_beyond([letters_trial.grant]),
        enforcement.letters_are_kept(letters_trial, "ExplanationOfBenefit", letter="r"),
        enforcement.letters_are_kept(letters_trial, "Coverage", letter="s"),
    )


@pytest.mark.verifies("PA-SCOP-013")
def test_v2_scopes_and_their_filters_are_honoured(granular_trial, laboratory_results, judge):
    """With permission-v2 a .rs scope opens its type, and a granted filter hides every row outside it."""
    judge(
        grants.is_granted(granular_trial.grant, granular_trial.grant.asked[1]),
        grants.nothing_beyond([granular_trial.grant]),
        enforcement.opens(granular_trial, "ExplanationOfBenefit"),
        enforcement.stays_within_filter(granular_trial, "Observation", laboratory_results),
    )


@pytest.mark.verifies("PA-SCOP-016")
def test_enforcement_follows_the_grant(partial_trial, judge):
    """A type that was asked for and taken away on the consent page answers 403."""
    judge(grants.consent_is_heeded(partial_trial.grant), enforcement.refusals_say_so(partial_trial))


@pytest.mark.verifies("PA-SCOP-017")
def test_a_missing_scope_is_told_as_such(single_scope, judge):
    """A type beyond the grant answers 403; an insufficient_scope challenge with it is advisory."""
    trial = single_scope("Patient")

    judge(enforcement.refusals_say_so(trial, "Patient"), of=trial.doors)


@pytest.mark.verifies("PA-SCOP-021")
def test_includes_show_nothing_that_a_read_refuses(single_scope, judge):
    """With the claims scope alone, what _include brings can also be read directly with the same token."""
    judge(enforcement.includes_follow_reads(single_scope("ExplanationOfBenefit")))
