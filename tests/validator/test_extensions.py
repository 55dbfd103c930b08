"""Extensions: definitions, contexts, urls, modifiers, and what is not at hand."""

from __future__ import annotations

import pytest

CORE = "http://hl7.org/fhir/StructureDefinition/"
MADE = "https://tests.example/StructureDefinition/"


@pytest.fixture
def extension(profile):
    """A simple extension with a code, allowed in the given places."""

    def make(*contexts, invariant=None, modifier=False, value="valueCode"):
        elements = [
            {"id": "Extension", "isModifier": modifier},
            {"id": "Extension.url", "min": 1, "max": "1", "fixedUri": f"{MADE}flag"},
            {"id": "Extension.value[x]", "min": 1, "max": "1", "type": [{"code": value.removeprefix("value").lower()}]},
            {"id": "Extension.extension", "max": "0"},
        ]
        facts = {"context": [{"type": kind, "expression": expression} for kind, expression in contexts]}
        if invariant:
            facts["contextInvariant"] = [invariant]
        return profile("flag", "Extension", *elements, **facts)

    return make


@pytest.fixture
def checked(validator_with, rules):
    return lambda resource, table: rules(validator_with(table).check(resource))


FLAG = {"url": f"{MADE}flag", "valueCode": "x"}


@pytest.mark.parametrize("place", ["Patient", "Patient.name", "HumanName", "Element", "DomainResource", "Resource"])
def test_the_context_may_name_the_path_the_type_or_what_the_type_specialises(place, extension, checked):
    holder = {"extension": [FLAG]}
    on_name = {"resourceType": "Patient", "name": [{"family": "Q", **holder}]}
    on_patient = {"resourceType": "Patient", **holder}
    resource = on_name if place in {"Patient.name", "HumanName", "Element"} else on_patient

    assert checked(resource, extension(("element", place))) == set()


def test_an_extension_outside_its_contexts_is_wrong(extension, checked):
    patient = {"resourceType": "Patient", "extension": [FLAG]}

    assert checked(patient, extension(("element", "Patient.name"))) == {("extension.context", "Patient.extension[0]")}


def test_an_extension_may_stand_on_a_primitive(extension, checked):
    patient = {"resourceType": "Patient", "_birthDate": {"extension": [FLAG]}}

    assert checked(patient, extension(("element", "Patient.birthDate"))) == set()
    assert checked(patient, extension(("element", "date"))) == set()
    wrong = {("extension.context", "Patient.birthDate.extension[0]")}
    assert checked(patient, extension(("element", "string"))) == wrong


def test_an_extension_may_be_meant_for_another_extension(extension, checked):
    outer = {"url": "https://elsewhere.example/outer", "extension": [FLAG]}
    table = extension(("extension", "https://elsewhere.example/outer"))

    assert checked({"resourceType": "Patient", "extension": [outer]}, table) == set()
    assert checked({"resourceType": "Patient", "extension": [FLAG]}, table) == {
        ("extension.context", "Patient.extension[0]")
    }


def test_a_context_may_be_a_query_from_the_resource(extension, checked):
    table = extension(("fhirpath", "Patient.contact.where(gender = 'male')"))

    def patient(gender):
        return {"resourceType": "Patient", "contact": [{"gender": gender, "name": {"text": "x"}, "extension": [FLAG]}]}

    assert checked(patient("male"), table) == set()
    assert checked(patient("female"), table) == {("extension.context", "Patient.contact[0].extension[0]")}


def test_the_holder_must_meet_the_condition_of_the_context(extension, checked):
    table = extension(("element", "Patient"), invariant="active = true")

    assert checked({"resourceType": "Patient", "active": True, "extension": [FLAG]}, table) == set()
    assert checked({"resourceType": "Patient", "active": False, "extension": [FLAG]}, table) == {
        ("extension.context", "Patient.extension[0]")
    }


def test_a_condition_may_speak_of_the_extension_itself(extension, checked):
    table = extension(("element", "Patient"), invariant="%extension.value = 'x'")

    assert checked({"resourceType": "Patient", "extension": [FLAG]}, table) == set()
    other = {**FLAG, "valueCode": "y"}
    assert checked({"resourceType": "Patient", "extension": [other]}, table) == {
        ("extension.context", "Patient.extension[0]")
    }


def test_the_definition_rules_the_value(extension, checked):
    table = extension(("element", "Patient"))
    wrong = {"url": f"{MADE}flag", "valueString": "x"}

    assert checked({"resourceType": "Patient", "extension": [wrong]}, table) == {
        ("type", "Patient.extension[0].value.ofType(string)")
    }


def test_a_modifier_stands_among_modifiers_and_nothing_else_does(extension, checked):
    modifier, plain = extension(("element", "Patient"), modifier=True), extension(("element", "Patient"))

    assert checked({"resourceType": "Patient", "modifierExtension": [FLAG]}, modifier) == set()
    assert checked({"resourceType": "Patient", "extension": [FLAG]}, modifier) == {
        ("extension.modifier", "Patient.extension[0]")
    }
    assert checked({"resourceType": "Patient", "modifierExtension": [FLAG]}, plain) == {
        ("extension.modifier", "Patient.modifierExtension[0]")
    }


def test_an_unknown_extension_is_counted_and_not_judged(validator_with):
    validator = validator_with()
    url = "https://elsewhere.example/unknown"

    found = validator.check({"resourceType": "Patient", "extension": [{"url": url, "valueString": "x"}]})

    assert found == []
    assert validator.not_checked == {f"extension {url}": 1}


def test_an_unknown_modifier_is_an_error(validator_with, rules):
    modifier = {"url": "https://elsewhere.example/unknown", "valueString": "x"}

    found = validator_with().check({"resourceType": "Patient", "modifierExtension": [modifier]})

    assert rules(found) == {("extension.modifier-unknown", "Patient.modifierExtension[0]")}


def test_the_parts_of_a_complex_extension_use_names(validator_with, rules):
    outer = {"url": "https://elsewhere.example/outer", "extension": [{"url": "part", "valueString": "x"}]}

    assert rules(validator_with().check({"resourceType": "Patient", "extension": [outer]})) == set()


@pytest.mark.parametrize(
    ("extension", "rule", "place"),
    [
        ({"valueString": "x"}, "cardinality.min", "Patient.extension[0].url"),
        ({"url": "name", "valueString": "x"}, "extension.url", "Patient.extension[0].url"),
        ({"url": "https://x.example|1", "valueString": "x"}, "extension.url", "Patient.extension[0].url"),
        ({"url": "https://x.example"}, "invariant:ext-1", "Patient.extension[0]"),
        ({"url": 7, "valueString": "x"}, "type", "Patient.extension[0].url"),
        ("text", "type", "Patient.extension[0]"),
    ],
)
def test_what_every_extension_needs(extension, rule, place, judged, rules):
    assert rules(judged({"resourceType": "Patient", "extension": [extension]})) == {(rule, place)}


def test_a_slice_whose_definition_is_missing_is_told_by_its_url_and_its_content_counted(profile, validator_with, rules):
    url = "https://elsewhere.example/StructureDefinition/missing"
    types = [{"code": "Extension", "profile": [url]}]
    row = {"id": "Patient.extension:gone", "sliceName": "gone", "min": 1, "max": "1", "type": types}
    table = profile("p", "Patient", row)
    validator = validator_with(table)

    good = {"resourceType": "Patient", "extension": [{"url": url, "valueString": "x"}]}
    assert validator.check(good, [table["url"]]) == []
    assert validator.not_checked[f"extension {url}"] == 1
    assert rules(validator.check({"resourceType": "Patient"}, [table["url"]])) == {("slicing.min", "Patient.extension")}


def test_a_closed_list_of_extensions(profile, judged, rules):
    url = f"{CORE}patient-birthPlace"
    slicing = {"discriminator": [{"type": "value", "path": "url"}], "rules": "closed"}
    types = [{"code": "Extension", "profile": [url]}]
    table = profile(
        "p",
        "Patient",
        {"id": "Patient.extension", "slicing": slicing},
        {"id": "Patient.extension:place", "sliceName": "place", "min": 0, "max": "1", "type": types},
    )

    other = {"resourceType": "Patient", "extension": [{"url": "https://x.example", "valueString": "x"}]}
    assert rules(judged(other, table)) == {("slicing.closed", "Patient.extension[0]")}


RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"


def race(*parts):
    text = {"url": "text", "valueString": "x"}
    return {"resourceType": "Patient", "extension": [{"url": RACE, "extension": [*parts, text]}]}


def test_a_complex_extension_has_the_parts_of_its_definition(judged, rules):
    part = {"url": "detailed", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2108-9"}}
    stray = {"url": "other", "valueString": "x"}
    inner = {"url": "https://elsewhere.example/x", "valueString": "x"}

    assert rules(judged(race(part))) == set()
    assert rules(judged(race(inner))) == set()
    assert rules(judged(race(stray))) == {("extension.part", "Patient.extension[0].extension[0].url")}


def test_the_addresses_of_smart_have_the_parts_that_smart_defines(judged, rules):
    def statement(*names):
        uris = [{"url": name, "valueUri": "https://payer.example/x"} for name in ("authorize", "token", *names)]
        address = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
        security = {"extension": [{"url": address, "extension": uris}]}
        return {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "security": security}]}

    place = "CapabilityStatement.rest[0].security.extension[0].extension[2].url"
    assert ("extension.part", place) not in rules(judged(statement("introspect", "revoke")))
    assert ("extension.part", place) in rules(judged(statement("other")))


@pytest.mark.parametrize(
    ("url", "rule", "severity"),
    [
        ("http://hl7.org/fhir/us/core/StructureDefinition/x-us-core-race", "extension.undefined", "warning"),
        ("http://hl7.org/fhir/ValueSet/observation-status", "extension.url", "error"),
        ("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient", "extension.url", "error"),
        ("https://elsewhere.example/StructureDefinition/x", "", ""),
    ],
)
def test_an_address_that_means_no_extension(url, rule, severity, judged):
    found = judged({"resourceType": "Patient", "extension": [{"url": url, "valueString": "x"}]})

    assert [(one.rule, one.severity) for one in found] == ([(rule, severity)] if rule else [])
