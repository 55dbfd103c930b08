"""Profiles: what the member's resources must look like."""

import pytest

from conformance.areas.profile.rules import declarations as profiles
from conformance.areas.shared import claims as claim_rules
from conformance.areas.shared.canonicals import C4BB, US_CORE
from conformance.areas.shared.routing import has_category


@pytest.mark.verifies("PA-PROF-001")
def test_the_patient_meets_us_core(profiled_type, judge):
    """The Patient in context is valid against us-core-patient."""
    found = profiled_type("Patient")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-002")
def test_race_ethnicity_and_sex_are_well_formed(profiled_type, judge):
    """The US Core extensions of Patient have the right urls, parts and value types."""
    found = profiled_type("Patient")

    judge(profiles.below(found.findings, "Patient.extension"), profiles.us_core_extensions(found.resources))


@pytest.mark.verifies("PA-PROF-003")
def test_the_patient_meets_carin(profiled_type, judge):
    """The Patient in context is valid against C4BB-Patient."""
    found = profiled_type("Patient", f"{C4BB}C4BB-Patient")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-004")
def test_coverage_meets_hrex(profiled_type, judge):
    """Every Coverage is valid against hrex-coverage."""
    found = profiled_type("Coverage")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-005")
def test_coverage_meets_us_core(profiled_type, judge):
    """Every Coverage is valid against us-core-coverage."""
    found = profiled_type("Coverage", f"{US_CORE}us-core-coverage")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-006")
def test_coverage_meets_carin(profiled_type, judge):
    """Every Coverage that claims point to is valid against C4BB-Coverage."""
    found = profiled_type("Coverage", f"{C4BB}C4BB-Coverage")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-007")
def test_every_claim_meets_the_common_constraints(claims_as_common, judge):
    """Every claim is valid against the parent of the five C4BB kinds."""
    judge(claims_as_common.findings, judged=claims_as_common.judged)


@pytest.mark.verifies("PA-PROF-008")
def test_every_claim_claims_the_profile_of_its_kind(claims, each, judge):
    """Each claim can be classified by type and subType and claims the concrete profile of that kind."""
    judge(each(profiles.claims_its_kind, claims), of=claims)


@pytest.mark.verifies("PA-PROF-009")
def test_claimed_profiles_carry_the_guides_version(claims, carin_version, each, judge):
    """meta.profile carries the version suffix that the selected CARIN version asks for."""
    judge(each(profiles.version_suffix, claims, carin_version=carin_version), of=claims)


@pytest.mark.verifies("PA-PROF-010")
def test_inpatient_claims_meet_their_profile(profiled_claims, judge):
    """Inpatient institutional claims are valid against their profile."""
    found = profiled_claims("inpatient")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-011")
def test_outpatient_claims_meet_their_profile(profiled_claims, judge):
    """Outpatient institutional claims are valid against their profile."""
    found = profiled_claims("outpatient")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-012")
@pytest.mark.parametrize("kind", ["inpatient", "outpatient"])
def test_institutional_amounts_stand_in_one_place(claims_of, each, kind, judge):
    """Amounts of an institutional claim stand at its header or at its lines, not at both and not at neither."""
    found = claims_of(kind)

    judge(each(claim_rules.amounts_in_one_place, found), of=found)


@pytest.mark.verifies("PA-PROF-013")
def test_professional_claims_meet_their_profile(profiled_claims, judge):
    """Professional and vision claims are valid against their profile."""
    found = profiled_claims("professional")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-014")
def test_pharmacy_claims_meet_their_profile(profiled_claims, judge):
    """Pharmacy claims are valid against their profile; the rule published wrongly only warns."""
    found = profiled_claims("pharmacy")

    judge(profiles.softened(found.findings), judged=found.judged)


@pytest.mark.verifies("PA-PROF-015")
def test_oral_claims_meet_their_profile(profiled_claims, judge):
    """Oral claims are valid against their profile."""
    found = profiled_claims("oral")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-016")
def test_money_and_insurance_of_claims_are_sound(claims, claims_as_common, each, judge):
    """At most one insurance is focal, payees have a party where they must, amounts are numbers with a currency."""
    judge(
        each(claim_rules.one_focal_insurance, claims),
        each(claim_rules.money_has_currency, claims),
        profiles.below(claims_as_common.findings, "ExplanationOfBenefit.payee", "ExplanationOfBenefit.total"),
        of=claims,
    )


@pytest.mark.verifies("PA-PROF-017")
def test_prior_authorizations_meet_pdex(authorizations_found, claims, profiled, each, judge):
    """Every prior authorization claims the PDex profile and is valid against it, and no claim carries that profile."""
    found = profiled(authorizations_found, what="prior authorization")

    judge(
        found.findings,
        each(profiles.authorization_profile, authorizations_found),
        each(profiles.uses_are_known, claims),
        judged=found.judged,
    )


@pytest.mark.verifies("PA-PROF-018")
def test_problems_and_concerns_meet_us_core(profiled_type, each, judge):
    """Problems and health concerns are valid against their profile; encounter diagnoses are judged by their own."""
    found = profiled_type("Condition", only=has_category("problem-list-item", "health-concern"))

    judge(found.findings, each(profiles.condition_canonical, found.resources), judged=found.judged)


@pytest.mark.verifies("PA-PROF-020")
def test_laboratory_results_meet_us_core(profiled_type, judge):
    """Laboratory observations are valid against us-core-observation-lab; others are judged by their own profile."""
    found = profiled_type("Observation", only=has_category("laboratory"))

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-019")
def test_medication_requests_meet_us_core(profiled_type, judge):
    """Every MedicationRequest is valid against us-core-medicationrequest."""
    found = profiled_type("MedicationRequest")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-021")
def test_document_references_meet_us_core(profiled_type, judge):
    """Every DocumentReference is valid against us-core-documentreference."""
    found = profiled_type("DocumentReference")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-022")
def test_allergies_meet_us_core(profiled_type, judge):
    """Every AllergyIntolerance is valid against us-core-allergyintolerance."""
    found = profiled_type("AllergyIntolerance")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-023")
def test_immunizations_meet_us_core(profiled_type, each, judge):
    """Every Immunization is valid against us-core-immunization, its vaccine coded in CVX."""
    found = profiled_type("Immunization")

    judge(found.findings, each(profiles.vaccine_code, found.resources), judged=found.judged)


@pytest.mark.verifies("PA-PROF-024")
def test_procedures_meet_us_core(profiled_type, judge):
    """Every Procedure is valid against us-core-procedure."""
    found = profiled_type("Procedure")

    judge(found.findings, judged=found.judged)


@pytest.mark.verifies("PA-PROF-025")
def test_referenced_resources_meet_their_profiles(referenced_resources, profiled, each, judge):
    """Organizations, practitioners and provenance of claims are valid, and their NPIs have a check digit."""
    found = profiled(referenced_resources, what="referenced resource")

    judge(found.findings, each(profiles.national_provider_id, referenced_resources), judged=found.judged)


@pytest.mark.verifies("PA-PROF-026")
def test_code_systems_and_codes_are_right(everything_found, profiled, each, judge):
    """Code systems are named by their canonical URI, codes have the form of their system and are of the bound sets."""
    found = profiled(everything_found, what="resource")

    judge(
        each(profiles.code_systems, everything_found),
        profiles.bindings(found.findings),
        profiles.extensible(found.unbound),
        judged=found.judged,
    )
