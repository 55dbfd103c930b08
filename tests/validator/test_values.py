"""Fixed values, patterns, ranges and lengths."""

from __future__ import annotations

import pytest

from conformance.validator.values import compared, equal, fitting


@pytest.mark.parametrize(
    ("wanted", "value", "same"),
    [
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1, 2], [2, 1], False),
        (True, 1, False),
        (1, True, False),
        ("x", "X", False),
        ({"a": {"b": [1]}}, {"a": {"b": [1]}}, True),
    ],
)
def test_fixed_is_deep_equality_without_anything_beside_it(wanted, value, same):
    assert equal(wanted, value) is same


@pytest.mark.parametrize(
    ("pattern", "value", "does"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ([{"x": 1}], [{"y": 0}, {"x": 1, "z": 2}], True),
        ([{"x": 1}, {"y": 2}], [{"y": 2}, {"x": 1}], True),
        ([{"x": 1}], [{"x": 2}], False),
        ({"a": {"b": 1}}, {"a": {}}, False),
        ({"a": 1}, ["a"], False),
    ],
)
def test_a_pattern_is_a_part_of_the_value_in_any_order(pattern, value, does):
    assert fitting(pattern)(value) is does


def test_a_fixed_value_of_an_absent_element_is_no_error(profile, judged, rules):
    table = profile("p", "Patient", {"id": "Patient.gender", "fixedCode": "female"})

    assert rules(judged({"resourceType": "Patient"}, table)) == set()
    assert rules(judged({"resourceType": "Patient", "gender": "male"}, table)) == {("fixed", "Patient.gender")}


def test_a_fixed_complex_value_allows_no_extension_beside_it(profile, judged, rules):
    table = profile("p", "Patient", {"id": "Patient.maritalStatus", "fixedCodeableConcept": {"text": "single"}})

    assert rules(judged({"resourceType": "Patient", "maritalStatus": {"text": "single"}}, table)) == set()
    extended = {"text": "single", "extension": [{"url": "https://x.example", "valueString": "y"}]}
    assert ("fixed", "Patient.maritalStatus") in rules(
        judged({"resourceType": "Patient", "maritalStatus": extended}, table)
    )


@pytest.mark.parametrize(
    ("value", "limit", "code", "order"),
    [
        (1, 2, "integer", -1),
        (2.0, 2, "decimal", 0),
        ("2026-01-02", "2026-01-01", "date", 1),
        ("2026", "2026-01-01", "date", None),
        ("2025", "2026-01-01", "date", -1),
        ("2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00Z", "dateTime", -1),
        ("08:00:00", "07:00:00", "time", 1),
        ({"value": 3, "system": "s", "code": "mg"}, {"value": 2, "system": "s", "code": "mg"}, "Quantity", 1),
        ({"value": 3, "system": "s", "code": "g"}, {"value": 2, "system": "s", "code": "mg"}, "Quantity", None),
        ({"code": "mg"}, {"value": 2, "code": "mg"}, "Quantity", None),
    ],
)
def test_values_compare_where_they_can(value, limit, code, order):
    assert compared(value, limit, code) == order


def test_a_value_outside_its_range_is_found(profile, judged, rules):
    dose = {"id": "Patient.multipleBirth[x]", "minValueInteger": 1, "maxValueInteger": 3}
    table = profile("p", "Patient", dose)

    def patient(number):
        return {"resourceType": "Patient", "multipleBirthInteger": number}

    assert rules(judged(patient(1), table)) == set()
    assert rules(judged(patient(0), table)) == {("minValue", "Patient.multipleBirth.ofType(integer)")}
    assert rules(judged(patient(4), table)) == {("maxValue", "Patient.multipleBirth.ofType(integer)")}


def test_quantities_that_cannot_be_compared_are_counted(profile, validator_with):
    limit = {"value": 1, "system": "http://unitsofmeasure.org", "code": "g"}
    table = profile("p", "Observation", {"id": "Observation.value[x]", "minValueQuantity": limit})
    validator = validator_with(table)

    value = {"value": 1, "system": "http://unitsofmeasure.org", "code": "mL"}
    resource = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": value}

    assert validator.check(resource, [table["url"]]) == []
    assert validator.not_checked["comparison of values"] == 1


def test_a_text_without_the_form_of_its_own_expression_is_found(profile, judged, rules):
    table = profile("p", "Patient", {"id": "Patient.name.family", "regex": "[A-Z][a-z]+", "type": [{"code": "string"}]})

    assert rules(judged({"resourceType": "Patient", "name": [{"family": "Lee"}]}, table)) == set()
    found = judged({"resourceType": "Patient", "name": [{"family": "lee"}]}, table)
    assert rules(found) == {("regex", "Patient.name[0].family")}


def test_an_expression_that_cannot_be_used_is_counted(profile, validator_with):
    broken = profile("b", "Patient", {"id": "Patient.name.family", "regex": "(", "type": [{"code": "string"}]})
    sound = profile("s", "Patient", {"id": "Patient.name.family", "regex": "x+", "type": [{"code": "string"}]})
    validator = validator_with(broken, sound)

    validator.check({"resourceType": "Patient", "name": [{"family": "Lee"}]}, [broken["url"]])
    validator.check({"resourceType": "Patient", "name": [{"family": "x" * 20_000}]}, [sound["url"]])

    assert validator.not_checked == {"regular expression (": 1, "regular expression x+": 1}


def test_a_text_longer_than_allowed_is_found(profile, judged, rules):
    table = profile("p", "Patient", {"id": "Patient.name.family", "maxLength": 3, "type": [{"code": "string"}]})

    assert rules(judged({"resourceType": "Patient", "name": [{"family": "Lee"}]}, table)) == set()
    found = judged({"resourceType": "Patient", "name": [{"family": "Quill"}]}, table)
    assert rules(found) == {("maxLength", "Patient.name[0].family")}


def test_a_pinned_version_of_a_code_system_that_alone_is_missing_is_a_warning(profile, judged):
    pinned = {"coding": [{"system": "https://x.example/a", "version": "1.0.0", "code": "b"}]}
    slicing = {"discriminator": [{"type": "pattern", "path": "type"}], "rules": "closed"}
    table = profile(
        "p",
        "Patient",
        {"id": "Patient.identifier", "slicing": slicing},
        {"id": "Patient.identifier:own", "sliceName": "own", "min": 1, "max": "1"},
        {"id": "Patient.identifier:own.type", "min": 1, "patternCodeableConcept": pinned},
    )

    def found(**coding):
        type_ = {"coding": [{"system": "https://x.example/a", **coding}]}
        findings = judged({"resourceType": "Patient", "identifier": [{"type": type_, "value": "1"}]}, table)
        return {(one.rule, one.severity) for one in findings}

    assert found(code="b", version="1.0.0") == set()
    assert found(code="b") == {("pattern.version", "warning")}
    assert found(code="b", version="2.0.0") == {("pattern.version", "warning")}
    assert ("slicing.closed", "error") in found(code="c")


@pytest.mark.parametrize(
    ("unit", "amount", "is_fine"),
    [("kg", 2, True), ("kg", 4, False), ("g", 2500, True), ("g", 3500, False), ("[lb_av]", 1, True), ("cm", 9, True)],
)
def test_limits_hold_across_units_that_can_be_compared(unit, amount, is_fine, profile, judged, rules):  # noqa: PLR0917 - fixtures
    most = {"value": 3, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
    table = profile("p", "Observation", {"id": "Observation.value[x]", "maxValueQuantity": most})
    value = {"value": amount, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": value}

    path = "Observation.value.ofType(Quantity)"
    assert rules(judged(observation, table)) == (set() if is_fine else {("maxValue", path)})
