"""Terminology: in, out, unknown; only out is an error."""

from __future__ import annotations

import pytest

from conformance.validator import Validator

ROUTE = "http://hl7.org/fhir/ValueSet/condition-clinical"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
LOINC_SET = "http://hl7.org/fhir/ValueSet/observation-codes"


@pytest.fixture
def bound(profile):
    """Observation.code bound to a value set."""

    def make(strength, value_set=ROUTE, **more):
        binding = {"strength": strength, "valueSet": value_set, **more}
        return profile("p", "Observation", {"id": "Observation.code", "binding": binding})

    return make


def observation(*codings, text=None):
    code = {"coding": list(codings)} if codings else {}
    return {"resourceType": "Observation", "status": "final", "code": {**code, **({"text": text} if text else {})}}


IN = {"system": CLINICAL, "code": "active"}
OUT = {"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}
FOREIGN = {"system": "http://snomed.info/sct", "code": "1"}
BARE = {"code": "active"}


def test_one_coding_in_the_set_is_enough(bound, judged):
    assert judged(observation(OUT, FOREIGN, IN), bound("required")) == []


@pytest.mark.parametrize(("strength", "severity"), [("required", "error"), ("extensible", "warning")])
def test_codings_all_outside_are_an_error_or_a_warning_by_strength(strength, severity, bound, judged):
    found = judged(observation(OUT, FOREIGN), bound(strength))

    assert [(one.rule, one.severity) for one in found] == [(f"binding.{strength}", severity)]


@pytest.mark.parametrize("strength", ["preferred", "example"])
def test_weaker_bindings_are_silent(strength, bound, judged):
    assert judged(observation(OUT), bound(strength)) == []


def test_the_right_code_of_the_wrong_system_is_outside(bound, judged, rules):
    wrong = {"system": "https://elsewhere.example", "code": "active"}

    assert rules(judged(observation(wrong), bound("required"))) == {("binding.required", "Observation.code")}
    assert rules(judged(observation(BARE), bound("required"))) == {("binding.required", "Observation.code")}


def test_text_alone_is_no_code_where_one_is_required(bound, judged, rules):
    assert rules(judged(observation(text="fine"), bound("required"))) == {("binding.required", "Observation.code")}
    assert judged(observation(text="fine"), bound("extensible")) == []


def test_the_maximum_set_is_a_limit(bound, judged, rules):
    table = bound("preferred", LOINC_SET, maxValueSet=ROUTE)

    assert rules(judged(observation(OUT), table)) == {("binding.max", "Observation.code")}
    assert judged(observation(IN), table) == []


def test_an_additional_binding_binds_unless_it_is_for_certain_uses(bound, judged, rules):
    more = {"purpose": "required", "valueSet": ROUTE}

    table = bound("preferred", LOINC_SET, additional=[more])
    assert rules(judged(observation(OUT), table)) == {("binding.required", "Observation.code")}
    assert judged(observation(OUT), bound("preferred", LOINC_SET, additional=[{**more, "usage": [{}]}])) == []


def test_a_code_that_cannot_be_decided_is_counted_by_system_and_no_error(bound, validator_with):
    table = bound("required", LOINC_SET)
    validator = validator_with(table)

    found = validator.check(observation({"system": "http://loinc.org", "code": "85354-9"}), [table["url"]])

    assert found == []
    assert validator.not_checked == {"http://loinc.org": 1}


def test_a_value_set_that_is_not_at_hand_decides_nothing(bound, validator_with):
    table = bound("required", "https://elsewhere.example/ValueSet/secret")
    validator = validator_with(table)

    assert validator.check(observation(OUT), [table["url"]]) == []
    assert validator.not_checked == {OUT["system"]: 1}


def test_each_undecided_place_is_reported_when_asked_for(bound, judged):
    table = bound("required", LOINC_SET)

    found = judged(observation({"system": "http://loinc.org", "code": "1-8"}), table, information=True)

    places = [(one.severity, one.path) for one in found if one.rule == "binding.unknown"]
    assert places == [("information", "Observation.code")]


def test_a_code_element_has_no_system_of_its_own(judged, rules):
    assert rules(judged({"resourceType": "Patient", "gender": "female"})) == set()
    assert rules(judged({"resourceType": "Patient", "gender": "F"})) == {("binding.required", "Patient.gender")}


def test_a_malformed_media_type_is_outside_whatever_types_there_are(judged, rules):
    def document(kind):
        return {
            "resourceType": "DocumentReference",
            "status": "current",
            "content": [{"attachment": {"contentType": kind, "url": "https://x.example"}}],
        }

    assert rules(judged(document("application/pdf"))) == set()
    path = "DocumentReference.content[0].attachment.contentType"
    assert rules(judged(document("pdf"))) == {("binding.required", path)}


def test_the_same_set_demanded_by_type_and_profile_is_one_finding(guides):
    name = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    found = Validator(guides).check({"resourceType": "Patient", "gender": "F", "meta": {"profile": [name]}})

    assert [one.rule for one in found if one.path == "Patient.gender"] == ["binding.required"]


def test_codes_that_the_guides_cannot_judge_are_looked_up(bound, validator_with):
    table = bound("required", LOINC_SET)
    answers = {"good": True, "bad": False}
    looking = Validator(validator_with(table).guides, lookup=lambda _set, _system, code: answers.get(code))

    found = {
        code: [
            one.rule for one in looking.check(observation({"system": "http://loinc.org", "code": code}), [table["url"]])
        ]
        for code in ("good", "bad", "unheard-of")
    }

    assert found == {"good": [], "bad": ["binding.required"], "unheard-of": []}
    assert looking.not_checked == {"http://loinc.org": 1}
