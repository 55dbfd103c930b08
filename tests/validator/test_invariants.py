"""Invariants: where they apply, what surrounds them, and what an undecided one means."""

from __future__ import annotations

import pytest


def constraint(expression, key="t-1", severity="error"):
    return {"key": key, "severity": severity, "expression": expression, "source": "https://tests.example"}


@pytest.fixture
def asking(profile):
    """A Patient profile with constraints on one element."""

    def make(element, *expressions, severity="error"):
        rows = [constraint(text, f"t-{number}", severity) for number, text in enumerate(expressions, 1)]
        return profile("p", "Patient", {"id": element, "constraint": rows})

    return make


def patient(**parts):
    return {"resourceType": "Patient", "id": "p", **parts}


def test_a_false_condition_is_found_at_its_element(asking, judged, rules):
    table = asking("Patient.name", "family.exists()")

    found = judged(patient(name=[{"family": "Q"}, {"text": "Q"}]), table)

    assert rules(found) == {("invariant:t-1", "Patient.name[1]")}


def test_an_empty_result_is_a_violation(asking, judged, rules):
    assert rules(judged(patient(), asking("Patient", "birthDate < today()"))) == {("invariant:t-1", "Patient")}


def test_a_warning_stays_a_warning(asking, judged):
    found = judged(patient(), asking("Patient", "name.exists()", severity="warning"))

    assert [(one.rule, one.severity) for one in found] == [("invariant:t-1", "warning")]


def test_a_condition_on_a_primitive_sees_the_value(asking, judged, rules):
    table = asking("Patient.birthDate", "$this > @1900-01-01")

    assert rules(judged(patient(birthDate="1961-01-01"), table)) == set()
    assert rules(judged(patient(birthDate="1861-01-01"), table)) == {("invariant:t-1", "Patient.birthDate")}


def test_a_choice_is_seen_without_its_type(asking, judged, rules):
    table = asking("Patient", "deceased.exists() implies deceased = true")

    assert rules(judged(patient(deceasedBoolean=True), table)) == set()
    assert rules(judged(patient(deceasedBoolean=False), table)) == {("invariant:t-1", "Patient")}


@pytest.mark.parametrize(
    "expression",
    [
        "%resource.id = 'inner' and %rootResource.id = 'p'",
        "%context = $this",
        "%resource.ofType(Organization).exists()",
    ],
)
def test_a_contained_resource_is_the_resource_and_its_container_the_root(expression, profile, judged, rules):
    table = profile("o", "Organization", {"id": "Organization", "constraint": [constraint(expression)]})
    claim = {"profile": [table["url"]]}
    inner = {"resourceType": "Organization", "id": "inner", "name": "x", "meta": claim}
    resource = patient(contained=[inner], managingOrganization={"reference": "#inner"})
    anything = profile("p", "Patient", {"id": "Patient.id", "min": 1})

    assert rules(judged(resource, anything, table)) == set()


def test_an_entry_of_a_bundle_is_its_own_root(profile, judged, rules):
    table = profile("e", "Patient", {"id": "Patient", "constraint": [constraint("%rootResource = %resource")]})
    anything = profile("b", "Bundle", {"id": "Bundle.type", "min": 1})
    entry = {"fullUrl": "https://x.example/Patient/p", "resource": patient(meta={"profile": [table["url"]]})}

    assert rules(judged({"resourceType": "Bundle", "type": "collection", "entry": [entry]}, anything, table)) == set()


def test_a_target_that_is_not_at_hand_decides_nothing(asking, validator_with):
    table = asking("Patient", "generalPractitioner.resolve().active = true")
    validator = validator_with(table)

    assert validator.check(patient(generalPractitioner=[{"reference": "Practitioner/1"}]), [table["url"]]) == []
    assert sum(validator.not_checked.values()) == 1


def test_the_type_of_a_target_is_known_from_the_reference(asking, judged, rules):
    table = asking("Patient", "generalPractitioner.all(resolve() is Practitioner)")

    assert rules(judged(patient(generalPractitioner=[{"reference": "Practitioner/1"}]), table)) == set()
    found = judged(patient(generalPractitioner=[{"reference": "Organization/1"}]), table)
    assert rules(found) == {("invariant:t-1", "Patient")}


def test_membership_that_is_not_known_is_neither_true_nor_false(asking, validator_with):
    table = asking("Patient", "gender.memberOf('https://elsewhere.example/ValueSet/x')")
    validator = validator_with(table)

    assert validator.check(patient(gender="female"), [table["url"]]) == []
    assert sum(validator.not_checked.values()) == 1


def test_membership_is_judged_where_it_is_known(asking, judged, rules):
    table = asking("Patient", "maritalStatus.memberOf('http://hl7.org/fhir/ValueSet/condition-clinical')")
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"

    good = patient(maritalStatus={"coding": [{"system": system, "code": "active"}]})
    assert rules(judged(good, table)) == set()
    bad = patient(maritalStatus={"coding": [{"system": system, "code": "nonsense"}]})
    assert ("invariant:t-1", "Patient") in rules(judged(bad, table))


def test_conformance_to_a_profile_is_judged(profile, judged, rules):
    named = profile("named", "Patient", {"id": "Patient.name", "min": 1})
    expression = f"conformsTo('{named['url']}')"
    table = profile("p", "Patient", {"id": "Patient", "constraint": [constraint(expression)]})

    assert rules(judged(patient(name=[{"text": "x"}]), table, named)) == set()
    assert rules(judged(patient(), table, named)) == {("invariant:t-1", "Patient")}


def test_an_expression_that_cannot_be_read_is_counted(asking, validator_with):
    table = asking("Patient", "name.exists(")
    validator = validator_with(table)

    assert validator.check(patient(), [table["url"]]) == []
    assert validator.not_checked["invariant t-1: its expression cannot be read"] == 1


def test_what_several_definitions_repeat_is_said_once(profile, judged):
    row = constraint("name.exists()")
    first = profile("one", "Patient", {"id": "Patient", "constraint": [row]})
    second = profile("two", "Patient", {"id": "Patient", "constraint": [row]}, url="https://tests.example/two")

    found = judged(patient(meta={"profile": [second["url"]]}), first, second)

    assert [one.rule for one in found] == ["invariant:t-1"]


def test_the_constraints_of_a_type_hold_wherever_it_is_used(judged, rules):
    backwards = {"start": "2026-02-02", "end": "2026-02-01"}

    found = judged(patient(name=[{"text": "x", "period": backwards}], identifier=[{"period": backwards}]))

    assert rules(found) == {
        ("invariant:per-1", "Patient.name[0].period"),
        ("invariant:per-1", "Patient.identifier[0].period"),
    }


def test_best_practice_is_told_only_to_those_who_ask(judged):
    assert judged(patient()) == []
    found = judged(patient(), information=True)
    assert [(one.rule, one.severity) for one in found] == [("invariant:dom-6", "information")]


def test_times_of_different_precision_do_not_contradict_each_other(judged, rules):
    period = {"start": "2026-02-02T10:00:00Z", "end": "2026-02-02"}

    assert rules(judged(patient(identifier=[{"period": period}]))) == set()


def test_a_sentence_of_our_own_or_the_expression_is_shown(judged):
    found = judged(patient(contact=[{"gender": "male"}]))

    assert found[0].message
    assert "name.exists()" in found[0].expected
