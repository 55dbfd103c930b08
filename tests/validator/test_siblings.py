"""Primitives that have an id or extensions beside or instead of their value."""

from __future__ import annotations

import pytest

CLINICAL = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"

REASON = {
    "extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"},
    ]
}


def patient(**parts):
    return {"resourceType": "Patient", **parts}


def test_an_extension_alone_counts_as_there(profile, judged, rules):
    table = profile("p", "Patient", {"id": "Patient.birthDate", "min": 1})

    assert rules(judged(patient(_birthDate=REASON), table)) == set()
    assert rules(judged(patient(), table)) == {("cardinality.min", "Patient.birthDate")}


def test_an_extension_cannot_stand_for_a_required_code(judged, rules):
    assert rules(judged(patient(_gender=REASON))) == {("binding.required", "Patient.gender")}


def test_an_extension_cannot_stand_for_a_value_that_is_asked_for(profile, judged, rules):
    table = profile("p", "Patient", {"id": "Patient.birthDate.value", "min": 1, "max": "1"})

    assert rules(judged(patient(_birthDate=REASON), table)) == {("cardinality.min", "Patient.birthDate.value")}
    assert rules(judged(patient(birthDate="1961", _birthDate=REASON), table)) == set()


def test_both_arrays_run_in_step(judged, rules):
    good = patient(name=[{"given": ["A", None, "C"], "_given": [None, REASON, {"id": "c"}]}])
    short = patient(name=[{"given": ["A", "B"], "_given": [REASON]}])
    hole = patient(name=[{"given": ["A", None], "_given": [REASON, None]}])

    assert rules(judged(good)) == set()
    assert rules(judged(short)) == {("alignment", "Patient.name[0].given")}
    assert rules(judged(hole)) == {("null", "Patient.name[0].given[1]")}


def test_an_array_of_extensions_alone_is_fine(judged, rules):
    assert rules(judged(patient(name=[{"_given": [REASON]}]))) == set()
    assert rules(judged(patient(name=[{"_given": [None]}]))) == {("null", "Patient.name[0].given[0]")}


@pytest.mark.parametrize(
    ("beside", "rule", "path"),
    [
        ({}, "invariant:ele-1", "Patient.birthDate"),
        ([], "type", "Patient.birthDate"),
        ("x", "type", "Patient.birthDate"),
        (None, "null", "Patient.birthDate"),
        ({"value": "1961"}, "unknown-property", "Patient.birthDate.value"),
        ({"extension": []}, "empty", "Patient.birthDate.extension"),
    ],
)
def test_what_stands_beside_is_an_id_and_extensions(beside, rule, path, judged, rules):
    assert (rule, path) in rules(judged(patient(birthDate="1961", _birthDate=beside)))


def test_an_id_alone_is_neither_value_nor_extension(judged, rules):
    assert rules(judged(patient(_birthDate={"id": "b"}))) == {("invariant:ele-1", "Patient.birthDate")}


def test_a_complex_element_has_nothing_beside_it(judged, rules):
    assert rules(judged(patient(_maritalStatus={"id": "m"}))) == {("unknown-property", "Patient._maritalStatus")}


def test_a_choice_pairs_with_its_own_name(judged, rules):
    assert rules(judged(patient(deceasedBoolean=True, _deceasedBoolean={"id": "d"}))) == set()
    found = judged(patient(deceasedBoolean=True, _deceasedDateTime=REASON))
    assert rules(found) == {("choice", "Patient.deceased")}


def test_no_extension_stands_for_a_required_code_one_or_several(judged, rules):
    absent = {"extension": [{"url": "https://x.example", "valueString": "x"}]}
    allergy = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/1"}}
    allergy |= {"clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]}}

    assert rules(judged({**allergy, "_criticality": absent})) == {
        ("binding.required", "AllergyIntolerance.criticality")
    }
    several = {"category": ["food", None], "_category": [None, absent]}
    assert rules(judged({**allergy, **several})) == {("binding.required", "AllergyIntolerance.category[1]")}
    assert rules(judged({**allergy, "_category": [absent]})) == {("binding.required", "AllergyIntolerance.category[0]")}
