"""Paths through resources: choices, primitives with extensions, types, references, terminology and profiles."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.validator.fhirpath import (
    Environment,
    Item,
    NotEvaluated,
    StructureTypes,
    TypeModel,
    compile_expression,
    value_of,
)

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "meta": {"profile": ["http://example.org/a|2.0.1", "http://example.org/b"]},
    "contained": [{"resourceType": "Organization", "id": "org", "name": "Clinic"}],
    "active": True,
    "name": [
        {"use": "official", "family": "Doe", "given": ["Ann", "Bea"]},
        {"use": "nickname", "given": ["Annie", None], "_given": [None, {"id": "g2"}]},
    ],
    "gender": "female",
    "birthDate": "1974-12-25",
    "_birthDate": {"extension": [{"url": "http://example.org/time", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
    "deceasedBoolean": False,
    "multipleBirthInteger": 2,
    "_maritalText": None,
    "contact": [{"name": {"_family": {"extension": [{"url": "http://example.org/absent", "valueCode": "unknown"}]}}}],
    "managingOrganization": {"reference": "#org"},
    "generalPractitioner": [{"reference": "Practitioner/1"}, {"reference": "urn:uuid:0", "type": "Practitioner"}],
    "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en"}]}, "preferred": True}],
}

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    "effectivePeriod": {"start": "2020-01-01", "end": "2020-01-01T10:00:00-05:00"},
    "valueQuantity": {"value": 120.50, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    "extension": [
        {"url": "http://example.org/age", "valueAge": {"value": 3, "system": "http://unitsofmeasure.org", "code": "a"}}
    ],
    "component": [
        {"code": {"text": "a"}, "valueString": "x"},
        {"code": {"text": "b"}, "valueQuantity": {"value": 1, "unit": "g"}},
    ],
}

WITH_AND_WITHOUT_TYPES = [
    ("name.given", ["Ann", "Bea", "Annie", None]),
    ("Patient.name.given.count()", [4]),
    ("name.`given`.first()", ["Ann"]),
    ("name.where(use = 'official').family", ["Doe"]),
    ("name.where(given = 'Annie').exists()", [False]),
    ("name[1].given.exists($this = 'Annie')", [True]),
    ("active", [True]),
    ("active = true", [True]),
    ("deceased", [False]),
    ("deceased.exists()", [True]),
    ("deceased.not()", [True]),
    ("multipleBirth + 1", [3]),
    ("nothing", []),
    ("birthDate.extension('http://example.org/time').value.exists()", [True]),
    ("birthDate.extension.where(url = 'http://example.org/time').value.toString().startsWith('1974')", [True]),
    ("birthDate.hasValue()", [True]),
    ("birthDate < @1975-01-01", [True]),
    ("birthDate = @1974-12-25", [True]),
    ("contact.name.family.exists()", [True]),
    ("contact.name.family.hasValue()", [False]),
    ("contact.name.family.getValue()", []),
    ("contact.name.family = 'x'", [False]),
    ("contact.name.family.startsWith('x')", []),
    ("contact.name.family.extension.value", ["unknown"]),
    ("name.given[3].id", ["g2"]),
    ("name.given[3].hasValue()", [False]),
    ("gender.value", ["female"]),
    ("gender.getValue()", ["female"]),
    ("gender.extension", []),
    ("name.hasValue()", [False]),
    ("contained.id", ["org"]),
    ("contained.name", ["Clinic"]),
    ("contained.ofType(Organization).name", ["Clinic"]),
    ("contained.ofType(Patient)", []),
    ("contained is Organization", [True]),
    ("resourceType", []),
    ("children().count() > 10", [True]),
    ("descendants().where($this is Organization).name", ["Clinic"]),
    ("descendants().family.count()", [2]),
    ("meta.profile.exists($this.startsWith('http://example.org/a|2.0.'))", [True]),
    ("managingOrganization.resolve().name", ["Clinic"]),
    ("managingOrganization.resolve() is Organization", [True]),
    ("managingOrganization.reference.resolve().name", ["Clinic"]),
    ("'#nowhere'.resolve()", []),
    ("''.resolve()", []),
    ("generalPractitioner.resolve().ofType(Organization).exists()", [False]),
    ("generalPractitioner.all(resolve() is Practitioner)", [True]),
    ("generalPractitioner.resolve().exists()", [True]),
    ("%resource.id", ["p1"]),
    ("name.select(%context.id & use)", ["p1official", "p1nickname"]),
    ("contained.select(%resource.id & %rootResource.id)", ["p1p1"]),
    ("name = name", [True]),
    ("name.first() = name.last()", [False]),
    ("name ~ name", [True]),
    ("name.intersect(name).count()", [2]),
    ("name.combine(name).isDistinct()", [False]),
    ("name.first().subsetOf($this.name)", [True]),
    ("communication.language.coding.where(code in ('en' | 'fr')).exists()", [True]),
    ("iif(active, gender, {})", ["female"]),
    ("active and name.first()", [True]),
]

WITH_TYPES = [
    ("gender is code", [True]),
    ("gender is string", [True]),
    ("gender is id", [False]),
    ("gender.is(FHIR.code)", [True]),
    ("gender is String", [False]),
    ("active is Boolean", [False]),
    ("active is boolean", [True]),
    ("active.type().name", ["boolean"]),
    ("active.type().namespace", ["FHIR"]),
    ("$this.type().name", ["Patient"]),
    ("contact.type().name", ["BackboneElement"]),
    ("$this is DomainResource", [True]),
    ("$this is Resource", [True]),
    ("$this.is(FHIR.`Patient`)", [True]),
    ("$this.is(System.Patient)", [False]),
    ("contact is BackboneElement", [True]),
    ("meta.profile.first() is uri", [True]),
    ("deceased is boolean", [True]),
    ("deceased is dateTime", [False]),
    ("deceased.as(dateTime)", []),
    ("name.as(HumanName).family", ["Doe"]),
    ("birthDate is date", [True]),
    ("descendants().as(canonical).count()", [2]),
    ("descendants().ofType(HumanName).count()", [3]),
    ("Patient.name.family", ["Doe"]),
    ("DomainResource.id", ["p1"]),
    ("Observation.status", []),
    ("deceasedBoolean", []),
    ("name.children().ofType(string).count()", [7]),
    ("birthDate != '1974-12-25'", [True]),
]

OF_OBSERVATION = [
    ("value.unit", ["mmHg"]),
    ("Observation.value.exists()", [True]),
    ("value is Quantity", [True]),
    ("value is Period", [False]),
    ("(value as Quantity).code", ["mm[Hg]"]),
    ("value.ofType(Period).start", []),
    ("value = 120.5 'mm[Hg]'", [True]),
    ("value > 100 'mm[Hg]'", [True]),
    ("value.value * 2 = 241", [True]),
    ("component.value.ofType(Quantity).unit", ["g"]),
    ("component.where(value is string).code.text", ["a"]),
    ("effective.start < effective.end", []),
    ("effective.start.lowBoundary() <= effective.end.highBoundary()", [True]),
    ("extension('http://example.org/age').value is Quantity", [True]),
    ("extension('http://example.org/age').value is Duration", [False]),
    ("extension('http://example.org/age').value.value", [3]),
    ("code.coding.where(system = %loinc).exists()", [True]),
]


def run(text: str, focus: dict[str, Any], model: TypeModel | None, environment: Environment | None = None) -> list[Any]:
    environment = environment or Environment(resource=focus, root_resource=focus)
    expression = compile_expression(text, context_type=focus.get("resourceType", ""), model=model)
    return [value_of(item) for item in expression.evaluate(focus, environment)]


@pytest.mark.parametrize(("text", "expected"), WITH_AND_WITHOUT_TYPES)
def test_paths_by_definitions(text: str, expected: list[Any], types: StructureTypes) -> None:
    assert run(text, PATIENT, types) == expected


@pytest.mark.parametrize(("text", "expected"), WITH_AND_WITHOUT_TYPES)
def test_paths_by_the_data_alone(text: str, expected: list[Any]) -> None:
    assert run(text, PATIENT, None) == expected


@pytest.mark.parametrize(("text", "expected"), WITH_TYPES)
def test_types(text: str, expected: list[Any], types: StructureTypes) -> None:
    assert run(text, PATIENT, types) == expected


@pytest.mark.parametrize(("text", "expected"), OF_OBSERVATION)
def test_choices_by_definitions(text: str, expected: list[Any], types: StructureTypes) -> None:
    assert run(text, OBSERVATION, types) == expected


@pytest.mark.parametrize(("text", "expected"), OF_OBSERVATION)
def test_choices_by_the_data_alone(text: str, expected: list[Any]) -> None:
    assert run(text, OBSERVATION, None) == expected


@pytest.mark.parametrize("text", ["gender is code", "name is HumanName", "descendants().as(canonical)"])
def test_types_the_data_do_not_tell_are_not_evaluated(text: str) -> None:
    with pytest.raises(NotEvaluated):
        run(text, {"resourceType": "Patient", "gender": "female", "name": [{"family": "Doe"}]}, None)


def test_the_json_form_rules_types_out_without_definitions() -> None:
    assert run("gender is HumanName", PATIENT, None) == [False]
    assert run("gender is integer", PATIENT, None) == [False]
    assert run("active is string", PATIENT, None) == [False]
    assert run("active is boolean", PATIENT, None) == [True]
    assert run("name.first() is Organization", PATIENT, None) == [False]
    assert run("$this is DomainResource", PATIENT, None) == [True]
    assert run("$this is DomainResource", {"resourceType": "Bundle"}, None) == [False]
    assert run("$this is Resource", {"resourceType": "Bundle"}, None) == [True]


def test_an_element_is_a_focus_of_its_own_type(types: StructureTypes) -> None:
    name = compile_expression("family.exists() or given.exists()", context_type="HumanName", model=types)
    contact = compile_expression("name.exists() or telecom.exists()", context_type="Patient.contact", model=types)
    maximum = compile_expression("empty() or ($this = '*') or (toInteger() >= 0)", context_type="string", model=types)

    assert name.boolean({"given": ["Ann"]}) is True
    assert contact.boolean({"gender": "male"}) is False
    assert [maximum.boolean(text) for text in ("*", "3", "-1", "x")] == [True, True, False, False]


def test_a_primitive_focus_comes_with_its_sibling(types: StructureTypes) -> None:
    expression = compile_expression("hasValue() or extension.exists()", context_type="date", model=types)

    assert expression.boolean(Item(None, "date", {"extension": [{"url": "http://example.org/x"}]})) is True
    assert expression.boolean(Item(None, "date", {"id": "x"})) is False


def test_a_bundle_resolves_its_entries(types: StructureTypes) -> None:
    patient = {"resourceType": "Patient", "id": "1"}
    entries = [
        {"fullUrl": "http://example.org/fhir/Patient/1", "resource": patient},
        {"fullUrl": "http://example.org/fhir/Observation/2", "resource": {"resourceType": "Observation", "id": "2"}},
        {"fullUrl": "urn:uuid:5", "resource": {"resourceType": "Organization", "id": "5"}},
    ]
    bundle = {"resourceType": "Bundle", "entry": entries}
    inside = Environment(
        resource=OBSERVATION, root_resource=OBSERVATION, bundle=bundle, full_url="http://example.org/fhir/Observation/2"
    )

    assert run("'Patient/1'.resolve() is Patient", OBSERVATION, types, inside) == [True]
    assert run("'Patient/1'.resolve().id", OBSERVATION, types, inside) == ["1"]
    assert run("'Patient/1/_history/3'.resolve().id", OBSERVATION, types, inside) == ["1"]
    assert run("'urn:uuid:5'.resolve().id", OBSERVATION, types, inside) == ["5"]
    assert run("entry[0].select('Patient/1'.resolve().id)", bundle, types) == ["1"]


def test_a_resolver_is_asked_for_what_is_elsewhere(types: StructureTypes) -> None:
    asked: list[str] = []

    def resolve(reference: str) -> dict[str, Any] | None:
        asked.append(reference)
        return {"resourceType": "Practitioner", "id": "1", "active": True} if reference == "Practitioner/1" else None

    environment = Environment(resource=PATIENT, root_resource=PATIENT, resolve=resolve)

    assert run("generalPractitioner.first().resolve().active", PATIENT, types, environment) == [True]
    assert asked == ["Practitioner/1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'Patient/1'.resolve() is Patient", True),
        ("'https://example.org/fhir/Patient/1/_history/2'.resolve() is Practitioner", False),
        ("'Patient/1'.resolve().ofType(Patient).exists()", True),
        ("'Patient/1'.resolve().active.exists()", None),
        ("'urn:uuid:1'.resolve() is Patient", None),
        ("'urn:uuid:1'.resolve().exists()", None),
        ("'urn:uuid:1'.resolve().empty() or true", True),
        ("'Patient/1'.resolve() = 'Patient/1'.resolve()", None),
        ("'Patient/1'.resolve().conformsTo('http://example.org')", None),
        ("'Patient/1'.resolve().descendants().empty()", None),
    ],
)
def test_a_target_that_is_not_at_hand_is_known_by_its_type_only(
    text: str, expected: bool | None, types: StructureTypes
) -> None:
    assert compile_expression(text, context_type="Patient", model=types).boolean(PATIENT) is expected


def test_terminology_profiles_and_narrative_are_asked_of_the_caller(types: StructureTypes) -> None:
    asked: list[tuple[Any, str, str]] = []

    def member_of(value: Any, type_name: str, value_set: str) -> bool | None:
        asked.append((value, type_name, value_set))
        return value == "female"

    environment = Environment(
        resource=PATIENT,
        member_of=member_of,
        conforms_to=lambda element, profile: element["id"] == "p1" and profile == "http://example.org/p",
        html_checks=lambda xhtml: "<script" not in xhtml,
    )

    assert run("gender.memberOf('http://example.org/vs')", PATIENT, types, environment) == [True]
    assert run("contact.gender.memberOf('http://example.org/vs')", PATIENT, types, environment) == []
    assert run("conformsTo('http://example.org/p')", PATIENT, types, environment) == [True]
    assert run("conformsTo('http://example.org/q')", PATIENT, types, environment) == [False]
    assert run("'<div><script/></div>'.htmlChecks()", PATIENT, types, environment) == [False]
    assert asked == [("female", "code", "http://example.org/vs")]


def test_variables_of_the_caller(types: StructureTypes) -> None:
    environment = Environment(
        resource=PATIENT,
        variables={"extension": {"url": "http://example.org/max", "valueInteger": 1}, "limit": 5, "list": [1, 2]},
    )

    assert run("%extension.value = 1", PATIENT, types, environment) == [True]
    assert run("%limit + 1", PATIENT, types, environment) == [6]
    assert run("%list", PATIENT, types, environment) == [1, 2]


def test_modifier_extensions_must_be_known(types: StructureTypes) -> None:
    focus = {"resourceType": "Patient", "modifierExtension": [{"url": "http://example.org/not"}]}

    assert run("checkModifiers('http://example.org/not').exists()", focus, types) == [True]
    with pytest.raises(NotEvaluated):
        run("checkModifiers('http://example.org/other')", focus, types)


@pytest.mark.parametrize(
    "focus",
    [
        {"resourceType": "Patient", "name": "text"},
        {"resourceType": "Patient", "name": [[{"family": "x"}], 3, None, {}]},
        {"resourceType": "Patient", "name": {"family": ["x", {"y": 1}]}, "_name": [1]},
        {"resourceType": "Patient", "active": "yes", "birthDate": "someday", "deceasedBoolean": [], "contact": {}},
        {"resourceType": "Patient", "birthDate": "2020-02-31", "multipleBirthInteger": float("nan")},
        {"resourceType": ["Patient"]},
        {"resourceType": "Nonsense", "name": [{"family": "x"}]},
    ],
)
@pytest.mark.parametrize("text", [case[0] for case in WITH_AND_WITHOUT_TYPES + WITH_TYPES])
def test_broken_data_never_break_the_engine(focus: dict[str, Any], text: str, types: StructureTypes) -> None:
    for model in (types, None):
        expression = compile_expression(text, context_type="Patient", model=model)
        assert expression.boolean(focus, Environment(resource=focus, root_resource=focus)) in {True, False, None}
