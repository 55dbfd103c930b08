"""What a resource is judged by: its claims, what is asked for, what is imposed, what its codes imply."""

from __future__ import annotations

import pytest

from conformance.errors import ConfigError

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"


def patient(*claims, **parts):
    return {"resourceType": "Patient", "meta": {"profile": list(claims)}, **parts}


def test_a_claimed_profile_applies(validator, rules):
    assert ("cardinality.min", "Patient.gender") in rules(validator.check(patient(US_CORE)))


def test_an_unknown_claim_is_a_warning_and_the_rest_is_judged(validator):
    found = validator.check(patient("https://elsewhere.example/x", gender="?"))

    assert {(one.rule, one.severity) for one in found} == {
        ("profile.unknown", "warning"),
        ("binding.required", "error"),
    }


def test_a_version_that_is_not_at_hand_is_unknown(validator):
    assert [one.rule for one in validator.check(patient(f"{US_CORE}|0.0.9"))] == ["profile.unknown"]


@pytest.mark.parametrize(
    ("canonical", "where"),
    [
        (f"{US_CORE}|0.0.9", "not at hand at version 0.0.9,"),
        (US_CORE.replace("us-core-patient", "us-core-familymemberhistory"), "not at hand (us-core 9.0.0 defines it),"),
        (US_CORE.replace("us-core-patient", "us-core-made-up"), "not at hand,"),
    ],
)
def test_the_warning_says_where_a_profile_is_known_from(canonical, where, validator):
    (found,) = validator.check(patient(canonical))

    assert where in found.message


@pytest.mark.parametrize("version", ["3.1.1", "6.1.0", "7.0.0"])
def test_a_versioned_claim_means_exactly_that_version(version, validator):
    found = validator.check(patient(f"{US_CORE}|{version}"))

    assert {one.profile for one in found if one.path == "Patient.gender"} == {f"{US_CORE}|{version}"}


def test_an_unversioned_claim_means_the_selected_guide(validator):
    found = validator.check(patient(US_CORE))

    assert {one.profile for one in found if one.path == "Patient.gender"} == {f"{US_CORE}|6.1.0"}


def test_a_profile_of_another_type_is_an_error(validator, rules):
    other = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-careplan"

    assert rules(validator.check(patient(other))) == {("profile.type", "Patient.meta.profile[0]")}


def test_a_profile_that_is_asked_for_applies_or_is_refused(validator, rules):
    assert ("cardinality.min", "Patient.gender") in rules(validator.check({"resourceType": "Patient"}, [US_CORE]))
    with pytest.raises(ConfigError, match="elsewhere"):
        validator.check({"resourceType": "Patient"}, ["https://elsewhere.example/x"])


def test_a_claim_that_is_no_text_is_a_fault_of_its_own(validator, rules):
    assert ("type", "Patient.meta.profile[0]") in rules(validator.check(patient(7)))
    found = rules(validator.check({"resourceType": "Patient", "meta": {"profile": US_CORE}}))
    assert found == {("type", "Patient.meta.profile")}


def test_what_a_profile_imposes_applies_too(profile, judged, rules):
    named = profile("named", "Patient", {"id": "Patient.name", "min": 1})
    table = profile("p", "Patient", {"id": "Patient.gender", "min": 1}, imposeProfile=[named["url"]])

    found = judged({"resourceType": "Patient"}, table, named)

    assert rules(found) == {("cardinality.min", "Patient.gender"), ("cardinality.min", "Patient.name")}


def test_the_code_of_a_vital_sign_implies_its_profile(validator, rules):
    coding = {"system": "http://loinc.org", "code": "8867-4"}
    resource = {"resourceType": "Observation", "status": "final", "code": {"coding": [coding]}}

    found = rules(validator.check(resource))

    assert ("cardinality.min", "Observation.subject") in found
    assert ("cardinality.min", "Observation.category") in found


def test_several_profiles_are_judged_in_one_walk(profile, judged, rules):
    named = profile("named", "Patient", {"id": "Patient.name", "min": 1})
    table = profile("p", "Patient", {"id": "Patient.gender", "min": 1})

    found = judged(patient(named["url"]), table, named)

    assert rules(found) == {("cardinality.min", "Patient.gender"), ("cardinality.min", "Patient.name")}


def test_a_choice_of_profiles_is_met_by_any_of_them(profile, judged, rules):
    milligrams = profile("mg", "Quantity", {"id": "Quantity.code", "min": 1, "fixedCode": "mg"})
    grams = profile("g", "Quantity", {"id": "Quantity.code", "min": 1, "fixedCode": "g"})
    types = [{"code": "Quantity", "profile": [milligrams["url"], grams["url"]]}]
    table = profile("p", "Observation", {"id": "Observation.value[x]", "type": types})

    def found(code):
        value = {"value": 1, "system": "http://unitsofmeasure.org", "code": code}
        resource = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": value}
        return rules(judged(resource, table, milligrams, grams))

    assert found("g") == set()
    assert found("kg") == {("profile.none", "Observation.value.ofType(Quantity)")}
