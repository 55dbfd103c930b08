"""Elements: counts, types, choices, content by reference, ids, and objects nested in themselves."""

from __future__ import annotations

import pytest


def observation(**parts):
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **parts}


def test_a_profile_may_ask_for_more_and_allow_less(profile, judged, rules):
    table = profile("p", "Patient", {"id": "Patient.name", "min": 2, "max": "3"})

    def found(count):
        return rules(judged({"resourceType": "Patient", "name": [{"text": "x"}] * count}, table))

    assert found(1) == {("cardinality.min", "Patient.name")}
    assert found(2) == found(3) == set()
    assert found(4) == {("cardinality.max", "Patient.name")}


@pytest.mark.parametrize("element", ["Patient.photo", "Patient.birthDate", "Patient.deceased[x]"])
def test_a_profile_may_forbid_an_element(element, profile, judged, rules):
    table = profile("p", "Patient", {"id": element, "max": "0"})
    resource = {"resourceType": "Patient", "photo": [{"url": "https://x.example"}], "birthDate": "1961"}

    found = rules(judged({**resource, "deceasedBoolean": False}, table))

    place = element.replace("deceased[x]", "deceased.ofType(boolean)")
    assert found == {("cardinality.max", place)}


def test_an_element_that_a_profile_limits_to_one_stays_an_array(profile, judged, rules):
    table = profile("p", "Patient", {"id": "Patient.name", "max": "1"})

    assert rules(judged({"resourceType": "Patient", "name": [{"text": "x"}]}, table)) == set()
    assert rules(judged({"resourceType": "Patient", "name": {"text": "x"}}, table)) == {("type", "Patient.name")}


def test_a_profile_may_leave_types_out_of_a_choice(profile, judged, rules):
    table = profile("p", "Observation", {"id": "Observation.value[x]", "type": [{"code": "Quantity"}]})

    assert rules(judged(observation(valueQuantity={"value": 1}), table)) == set()
    found = judged(observation(valueString="x"), table)
    assert rules(found) == {("type", "Observation.value.ofType(string)")}


def test_a_required_choice_is_met_by_any_of_its_types(profile, judged, rules):
    table = profile("p", "Observation", {"id": "Observation.value[x]", "min": 1})

    assert rules(judged(observation(valueString="x"), table)) == set()
    assert rules(judged(observation(), table)) == {("cardinality.min", "Observation.value")}


def test_content_by_reference_is_that_of_the_base_not_of_the_profile(profile, judged, rules):
    low = {"id": "Observation.referenceRange.low", "min": 1, "max": "1"}
    table = profile("p", "Observation", low)
    own = observation(referenceRange=[{"text": "x"}])
    lent = observation(component=[{"code": {"text": "c"}, "referenceRange": [{"text": "x"}]}])

    assert rules(judged(own, table)) == {("cardinality.min", "Observation.referenceRange[0].low")}
    assert rules(judged(lent, table)) == set()
    wrong = observation(component=[{"code": {"text": "c"}, "referenceRange": [{}]}])
    assert ("invariant:obs-3", "Observation.component[0].referenceRange[0]") in rules(judged(wrong))


def test_content_by_reference_may_nest_in_itself(judged, rules):
    item = {"linkId": "0", "bogus": 1}
    for number in range(1, 6):
        item = {"linkId": str(number), "item": [item]}

    found = judged({"resourceType": "QuestionnaireResponse", "status": "completed", "item": [item]})

    place = "QuestionnaireResponse" + ".item[0]" * 6 + ".bogus"
    assert rules(found) == {("unknown-property", place)}


def test_an_id_stands_once_in_a_resource_and_starts_anew_in_a_contained_one(judged, rules):
    contained = {"resourceType": "Organization", "id": "o", "identifier": [{"id": "a", "value": "1"}]}
    resource = {
        "resourceType": "Patient",
        "contained": [contained],
        "managingOrganization": {"reference": "#o"},
        "name": [{"id": "a", "text": "x"}],
    }

    assert rules(judged(resource)) == set()
    resource["address"] = [{"id": "a", "text": "x"}]
    assert rules(judged(resource)) == {("id.duplicate", "Patient.address[0].id")}


@pytest.mark.parametrize("local", ["a b", "", 7])
def test_an_elements_id_is_text_without_blanks(local, judged):
    found = judged({"resourceType": "Patient", "name": [{"id": local, "text": "x"}]})

    assert [one.path for one in found] == ["Patient.name[0].id"]


def test_what_is_no_resource_is_said_to_be_none(validator):
    for value in ([], "Patient", 7, None, {}, {"resourceType": 7}):
        found = validator.check(value)
        assert [one.severity for one in found] == ["error"]


@pytest.mark.parametrize("strange", [None, 0, 7, True, "x", {}, [None], [[]]])
@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("explanation-of-benefit.json", ("type", "coding")),
        ("explanation-of-benefit.json", ("type", "coding", 0, "code")),
        ("explanation-of-benefit.json", ("item", 0, "adjudication", 0, "category", "coding")),
        ("questionnaire-response.json", ("item", 0, "answer")),
        ("patient.json", ("extension",)),
        ("patient.json", ("identifier", 0, "type", "coding")),
    ],
)
def test_values_of_another_shape_are_findings(file, path, strange, validator, example):
    resource = example(file)
    holder = resource
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = strange

    assert [finding for finding in validator.check(resource) if finding.severity == "error"]


def test_depth_beyond_reason_is_a_finding(validator):
    deep = {"linkId": "x"}
    for _ in range(2000):
        deep = {"linkId": "x", "item": [deep]}

    found = validator.check({"resourceType": "QuestionnaireResponse", "status": "completed", "item": [deep]})

    assert [one.rule for one in found] == ["depth"]


def test_the_finding_names_what_demands_it(profile, judged):
    table = profile("p", "Patient", {"id": "Patient.name", "min": 1})

    one = judged({"resourceType": "Patient", "id": "x"}, table)[0]

    assert one.profile == f"{table['url']}|1.0.0"
    assert one.resource == "Patient/x"
    assert (one.expected, one.found) == ("at least 1", "0")


def test_equal_content_in_other_dress_stays_clean(validator, example, rules):
    patient = example("patient.json")
    turned = dict(reversed(patient.items()))
    turned["name"] = [dict(reversed(one.items())) for one in patient["name"]]
    turned["telecom"] = [*patient["telecom"], {"system": "email", "value": "ä😀@x.example"}]
    turned["generalPractitioner"] = [{"reference": "https://payer.example/fhir/Practitioner/ward"}]

    assert rules(validator.check(turned)) == set()
