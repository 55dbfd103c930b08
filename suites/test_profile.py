"""Profiles: each of the member's resources conforms to the profile of its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.profile.probes import hrex
from conformance.areas.profile.rules import codes
from conformance.areas.profile.rules import declarations as profiles
from conformance.areas.profile.rules.owners import LABORATORY, PROBLEMS
from conformance.areas.shared import claims as claim_rules
from conformance.areas.shared.canonicals import C4BB, HREX, US_CORE
from conformance.areas.shared.evidence import each
from conformance.areas.shared.routing import ABSTRACT_EOB, CLAIM_KINDS

if TYPE_CHECKING:
    from conformance.areas.profile.probes.profiled import ProfiledRecords
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.transport import Exchange


@pytest.mark.verifies("PA-PROF-001")
def test_the_patient_conforms_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """The Patient in context conforms to us-core-patient."""
    found = profiled.judged(profiled.of_type("Patient"))

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-002")
def test_race_ethnicity_and_sex_are_well_formed(profiled: ProfiledRecords, judge: Judge) -> None:
    """The US Core extensions of Patient have their canonical urls, their parts and the right value types."""
    found = profiled.judged(profiled.of_type("Patient"))

    judge(profiles.below(found.findings, "Patient.extension"), profiles.us_core_extensions(found.resources))


@pytest.mark.verifies("PA-PROF-003")
def test_the_patient_conforms_to_carin(profiled: ProfiledRecords, judge: Judge) -> None:
    """The Patient in context conforms to C4BB-Patient."""
    found = profiled.judged(profiled.of_type("Patient"), f"{C4BB}C4BB-Patient")

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-004")
def test_coverage_conforms_to_hrex(
    run: Run, profiled: ProfiledRecords, capability_statement_answer: Exchange, judge: Judge
) -> None:
    """Every Coverage conforms to hrex-coverage; an error only where the deployment or PDex 2.0.0 commits to it."""
    found = profiled.judged(profiled.of_type("Coverage"), f"{HREX}hrex-coverage")

    judge(profiles.demanded(found.findings, by=hrex.demanded_by(run, capability_statement_answer)), of=found.resources)


@pytest.mark.verifies("PA-PROF-005")
def test_coverage_conforms_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every Coverage conforms to us-core-coverage."""
    found = profiled.judged(profiled.of_type("Coverage"), f"{US_CORE}us-core-coverage")

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-006")
def test_coverage_conforms_to_carin(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every Coverage that a claim names as focal insurance conforms to C4BB-Coverage."""
    found = profiled.judged(profiled.focal_coverages(), f"{C4BB}C4BB-Coverage")

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-007")
def test_every_claim_meets_the_common_constraints(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every claim conforms to the parent of the five C4BB profiles."""
    found = profiled.judged(profiled.claims(), ABSTRACT_EOB)

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-008")
def test_every_claim_declares_the_profile_of_its_kind(profiled: ProfiledRecords, judge: Judge) -> None:
    """The type and subType of each claim name its kind, and meta.profile the concrete profile of that kind."""
    claims = profiled.claims()

    judge(each(profiles.declares_its_kind, claims), of=claims)


@pytest.mark.verifies("PA-PROF-009")
def test_declared_profiles_carry_the_version_of_the_guide(profiled: ProfiledRecords, judge: Judge) -> None:
    """meta.profile carries the version suffix that the selected CARIN version requires."""
    claims = profiled.claims()

    judge(each(profiles.version_suffix, claims, carin_version=profiled.carin_version), of=claims)


@pytest.mark.verifies("PA-PROF-010")
def test_inpatient_claims_conform_to_their_profile(profiled: ProfiledRecords, judge: Judge) -> None:
    """Inpatient institutional claims conform to their profile."""
    found = profiled.judged(profiled.claims("inpatient"), CLAIM_KINDS["inpatient"])

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-011")
def test_outpatient_claims_conform_to_their_profile(profiled: ProfiledRecords, judge: Judge) -> None:
    """Outpatient institutional claims conform to their profile."""
    found = profiled.judged(profiled.claims("outpatient"), CLAIM_KINDS["outpatient"])

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-012")
@pytest.mark.parametrize("kind", ["inpatient", "outpatient"])
def test_institutional_amounts_are_in_one_place(profiled: ProfiledRecords, kind: str, judge: Judge) -> None:
    """An institutional claim has its amounts in the header or in the lines, never in both and never in neither."""
    found = profiled.claims(kind)

    judge(each(claim_rules.amounts_in_one_place, found), of=found)


@pytest.mark.verifies("PA-PROF-013")
def test_professional_claims_conform_to_their_profile(profiled: ProfiledRecords, judge: Judge) -> None:
    """Professional and vision claims conform to their profile."""
    found = profiled.judged(profiled.claims("professional"), CLAIM_KINDS["professional"])

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-014")
def test_pharmacy_claims_conform_to_their_profile(profiled: ProfiledRecords, judge: Judge) -> None:
    """Pharmacy claims conform to their profile."""
    found = profiled.judged(profiled.claims("pharmacy"), CLAIM_KINDS["pharmacy"])

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-015")
def test_oral_claims_conform_to_their_profile(profiled: ProfiledRecords, judge: Judge) -> None:
    """Oral claims conform to their profile."""
    found = profiled.judged(profiled.claims("oral"), CLAIM_KINDS["oral"])

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-016")
def test_money_and_insurance_of_claims_are_sound(profiled: ProfiledRecords, judge: Judge) -> None:
    """At most one insurance is focal, payees have a party where they must, amounts are numbers with a currency."""
    claims = profiled.financial_claims()
    found = profiled.judged(claims, ABSTRACT_EOB)

    judge(
        each(claim_rules.one_focal_insurance, claims),
        each(claim_rules.money_has_currency, claims),
        profiles.below(found.findings, "ExplanationOfBenefit.payee", "ExplanationOfBenefit.total"),
        of=claims,
    )


@pytest.mark.verifies("PA-PROF-017")
def test_prior_authorizations_conform_to_pdex(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every prior authorization declares the PDex profile and conforms to it, and no claim declares that profile."""
    found = profiled.authorizations_judged()

    judge(
        found.findings,
        each(profiles.authorization_profile, found.resources),
        each(profiles.uses_are_known, profiled.claims_if_any()),
        of=found.resources,
    )


@pytest.mark.verifies("PA-PROF-018")
def test_problems_and_concerns_conform_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """Problems and health concerns conform to their profile; encounter diagnoses have a profile of their own."""
    found = profiled.judged(profiled.of_profile(PROBLEMS, f"{US_CORE}us-core-condition"), profiled.condition_profile)

    judge(found.findings, each(profiles.condition_canonical, found.resources), of=found.resources)


@pytest.mark.verifies("PA-PROF-019")
def test_medication_requests_conform_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every MedicationRequest conforms to us-core-medicationrequest."""
    found = profiled.judged(profiled.of_type("MedicationRequest"))

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-020")
def test_laboratory_results_conform_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """Laboratory observations conform to us-core-observation-lab."""
    found = profiled.judged(profiled.of_profile(LABORATORY), LABORATORY)

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-021")
def test_document_references_conform_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every DocumentReference conforms to us-core-documentreference."""
    found = profiled.judged(profiled.of_type("DocumentReference"))

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-022")
def test_allergies_conform_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every AllergyIntolerance conforms to us-core-allergyintolerance."""
    found = profiled.judged(profiled.of_type("AllergyIntolerance"))

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-023")
def test_immunizations_conform_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every Immunization conforms to us-core-immunization; a vaccine that is not coded in CVX is a warning."""
    found = profiled.judged(profiled.of_type("Immunization"))

    judge(found.findings, each(profiles.vaccine_code, found.resources), of=found.resources)


@pytest.mark.verifies("PA-PROF-024")
def test_procedures_conform_to_us_core(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every Procedure conforms to us-core-procedure."""
    found = profiled.judged(profiled.of_type("Procedure"))

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-025")
def test_referenced_resources_conform_to_their_profiles(profiled: ProfiledRecords, judge: Judge) -> None:
    """Organizations, practitioners and provenance conform to their profiles, and NPIs have a valid check digit."""
    found = profiled.referenced_judged()

    judge(found.findings, each(codes.national_provider_id, found.resources), of=found.resources)


@pytest.mark.verifies("PA-PROF-026")
def test_code_systems_and_codes_are_valid(profiled: ProfiledRecords, judge: Judge) -> None:
    """Coding.system is the canonical URI of the code system, codes have its form and belong to the bound value sets."""
    found = profiled.judged(profiled.all())

    judge(
        each(codes.code_systems, found.resources),
        codes.bindings(found.findings),
        codes.extensible(found.unbound),
        of=found.resources,
    )


@pytest.mark.verifies("PA-PROF-027")
def test_all_other_resources_conform_to_their_profiles(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every resource conforms to the profiles of the selected guides that it claims or that its kind calls for."""
    found = profiled.others_judged()

    judge(found.findings, of=found.resources)


@pytest.mark.verifies("PA-PROF-028")
def test_resources_conform_to_further_profiles_they_claim(profiled: ProfiledRecords, judge: Judge) -> None:
    """Every resource conforms to the profiles it claims of other versions and guides, and its canonicals exist."""
    found, resources = profiled.claimed_judged(), profiled.all()

    judge(found.findings, each(profiles.canonicals_exist, resources, is_defined=profiled.is_defined), of=resources)
