"""Must-support bookkeeping."""

from __future__ import annotations

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
CARIN = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/"


def test_the_elements_a_profile_wants_supported(validator):
    found = {one.id: one for one in validator.must_support(f"{US_CORE}us-core-patient")}

    assert {"Patient.identifier", "Patient.name.family", "Patient.birthDate"} <= set(found)
    assert not found["Patient.name.family"].uscdi
    assert found["Patient.extension:race"].uscdi
    assert "Patient.photo" not in found


def test_types_marked_one_by_one(validator):
    found = {one.id: one for one in validator.must_support(f"{US_CORE}us-core-blood-pressure")}

    assert found["Observation.effective[x]"].types == ("dateTime",)


def test_what_a_resource_shows(validator, example):
    shown = validator.shown(f"{US_CORE}us-core-blood-pressure", example("blood-pressure.json"))

    assert shown["Observation.component:systolic.value[x].code"] == {"code"}
    assert shown["Observation.effective[x]"] == {"dateTime"}
    assert shown["Observation.subject"] == {"Reference", "Patient"}
    assert "Observation.dataAbsentReason" not in shown


def test_slices_of_extensions_and_of_backbone_elements_are_told_apart(validator, example):
    patient = validator.shown(f"{US_CORE}us-core-patient", example("patient.json"))
    claim = validator.shown(
        f"{CARIN}C4BB-ExplanationOfBenefit-Professional-NonClinician", example("explanation-of-benefit.json")
    )

    assert "Patient.extension:race" in patient
    assert "Patient.extension:ethnicity" not in patient
    assert "ExplanationOfBenefit.supportingInfo:clmrecvddate" in claim
    assert "ExplanationOfBenefit.supportingInfo:servicefacility" not in claim
