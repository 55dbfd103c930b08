"""Slicing: membership by discriminators, counts per parent, rules, order, and slices within slices."""

from __future__ import annotations

import pytest

SYSTEM = "https://tests.example/codes"


def coding(code, system=SYSTEM):
    return {"system": system, "code": code}


def concept(code, system=SYSTEM):
    return {"coding": [coding(code, system)]}


def observation(**parts):
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **parts}


def sliced(path, kind="value", **facts):
    return {"slicing": {"discriminator": [{"type": kind, "path": path}], "rules": "open", **facts}}


def categories(*slices, **facts):
    """Observation.category sliced by pattern on itself; slices as (name, code, min, max)."""
    rows = [
        {
            "id": f"Observation.category:{name}",
            "sliceName": name,
            "min": least,
            "max": most,
            "type": [{"code": "CodeableConcept"}],
            "patternCodeableConcept": concept(code),
        }
        for name, code, least, most in slices
    ]
    return [{"id": "Observation.category", **sliced("$this", "pattern", **facts)}, *rows]


def test_a_slice_must_appear_as_often_as_it_asks(profile, judged, rules):
    table = profile("p", "Observation", *categories(("lab", "lab", 1, "1")))

    assert rules(judged(observation(category=[concept("other")]), table)) == {("slicing.min", "Observation.category")}
    assert rules(judged(observation(category=[concept("lab")]), table)) == set()


def test_a_slice_may_not_appear_more_often_than_it_allows(profile, judged, rules):
    table = profile("p", "Observation", *categories(("lab", "lab", 0, "1")))

    found = judged(observation(category=[concept("lab"), concept("lab")]), table)

    assert rules(found) == {("slicing.max", "Observation.category")}


def test_items_outside_the_slices_are_fine_when_open_and_wrong_when_closed(profile, judged, rules):
    resource = observation(category=[concept("lab"), concept("other")])

    assert rules(judged(resource, profile("o", "Observation", *categories(("lab", "lab", 0, "1"))))) == set()
    closed = profile("c", "Observation", *categories(("lab", "lab", 0, "1"), rules="closed"))
    assert rules(judged(resource, closed)) == {("slicing.closed", "Observation.category[1]")}


def test_open_at_end_wants_other_items_last(profile, judged, rules):
    table = profile("p", "Observation", *categories(("lab", "lab", 0, "*"), rules="openAtEnd"))

    assert rules(judged(observation(category=[concept("lab"), concept("other")]), table)) == set()
    found = judged(observation(category=[concept("other"), concept("lab")]), table)
    assert rules(found) == {("slicing.openAtEnd", "Observation.category[1]")}


def test_ordered_slices_keep_the_order_of_the_definition(profile, judged, rules):
    table = profile("p", "Observation", *categories(("a", "a", 0, "*"), ("b", "b", 0, "*"), ordered=True))

    assert rules(judged(observation(category=[concept("a"), concept("b")]), table)) == set()
    found = judged(observation(category=[concept("b"), concept("a")]), table)
    assert rules(found) == {("slicing.order", "Observation.category[1]")}


def test_an_item_in_two_slices_is_wrong(profile, judged, rules):
    table = profile("p", "Observation", *categories(("a", "a", 0, "*"), ("b", "b", 0, "*")))

    found = judged(observation(category=[{"coding": [coding("a"), coding("b")]}]), table)

    assert rules(found) == {("slicing.ambiguous", "Observation.category[0]")}


def test_a_reslice_refines_its_slice_instead_of_competing_with_it(profile, judged, rules):
    pattern = {"patternCodeableConcept": {"coding": [{"system": SYSTEM}]}, "type": [{"code": "CodeableConcept"}]}
    own = {"patternCodeableConcept": concept("lab"), "type": [{"code": "CodeableConcept"}]}
    table = profile(
        "p",
        "Observation",
        {"id": "Observation.category", **sliced("$this", "pattern")},
        {"id": "Observation.category:ours", "sliceName": "ours", "min": 1, "max": "2", **pattern},
        {"id": "Observation.category:ours/lab", "sliceName": "ours/lab", "min": 1, "max": "1", **own},
    )

    assert rules(judged(observation(category=[concept("lab"), concept("x")]), table)) == set()
    assert rules(judged(observation(category=[concept("x")]), table)) == {("slicing.min", "Observation.category")}


def test_membership_is_by_discriminator_alone_and_the_rest_of_the_slice_is_then_demanded(profile, judged, rules):
    table = profile(
        "p",
        "Observation",
        *categories(("lab", "lab", 0, "1")),
        {"id": "Observation.category:lab.text", "min": 1, "max": "1", "type": [{"code": "string"}]},
    )

    found = judged(observation(category=[concept("lab")]), table)

    assert rules(found) == {("cardinality.min", "Observation.category[0].text")}


def test_slices_are_counted_in_each_parent_not_over_the_resource(profile, judged, rules):
    resource = {
        "resourceType": "Patient",
        "contact": [
            {"gender": "male", "telecom": [{"system": "phone", "value": "1"}]},
            {"gender": "male", "telecom": [{"system": "phone", "value": "2"}]},
        ],
    }
    phone = {"sliceName": "phone", "min": 0, "max": "1", "type": [{"code": "ContactPoint"}]}
    table = profile(
        "p",
        "Patient",
        {"id": "Patient.contact.telecom", **sliced("system")},
        {"id": "Patient.contact.telecom:phone", **phone},
        {"id": "Patient.contact.telecom:phone.system", "min": 1, "fixedCode": "phone", "type": [{"code": "code"}]},
        {"id": "Patient.contact.name", "min": 0, "max": "1"},
    )

    assert ("slicing.max", "Patient.contact[0].telecom") not in rules(judged(resource, table))
    resource["contact"][0]["telecom"] *= 2
    assert ("slicing.max", "Patient.contact[0].telecom") in rules(judged(resource, table))


def test_two_discriminators_must_both_hold(profile, judged, rules):
    slicing = {
        "slicing": {
            "discriminator": [{"type": "value", "path": "coding.code"}, {"type": "value", "path": "coding.system"}],
            "rules": "closed",
        }
    }
    one = {"id": "Observation.category:lab", "sliceName": "lab", "min": 0, "max": "1"}
    part = "Observation.category:lab.coding"
    table = profile(
        "p",
        "Observation",
        {"id": "Observation.category", **slicing},
        {**one, "type": [{"code": "CodeableConcept"}]},
        {"id": part, "min": 1, "max": "*", "type": [{"code": "Coding"}]},
        {"id": f"{part}.system", "min": 1, "max": "1", "fixedUri": SYSTEM, "type": [{"code": "uri"}]},
        {"id": f"{part}.code", "min": 1, "max": "1", "fixedCode": "lab", "type": [{"code": "code"}]},
    )

    assert rules(judged(observation(category=[concept("lab")]), table)) == set()
    found = judged(observation(category=[concept("lab", "https://elsewhere.example")]), table)
    assert rules(found) == {("slicing.closed", "Observation.category[0]")}


def test_a_required_binding_can_tell_slices_apart_and_unknown_codes_are_not_judged(profile, judged, rules):
    table = profile(
        "p",
        "Observation",
        {"id": "Observation.category", **sliced("$this", rules="closed")},
        {
            "id": "Observation.category:known",
            "sliceName": "known",
            "min": 0,
            "max": "*",
            "type": [{"code": "CodeableConcept"}],
            "binding": {"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/condition-clinical"},
        },
    )
    inside = concept("active", "http://terminology.hl7.org/CodeSystem/condition-clinical")

    assert rules(judged(observation(category=[inside]), table)) == set()
    assert rules(judged(observation(category=[concept("x")]), table)) == {("slicing.closed", "Observation.category[0]")}


def component_profile(profile, name, discriminator, *elements):
    return profile(
        name,
        "Observation",
        {"id": "Observation.component", "slicing": {"discriminator": [discriminator], "rules": "closed"}},
        {
            "id": "Observation.component:a",
            "sliceName": "a",
            "min": 0,
            "max": "*",
            "type": [{"code": "BackboneElement"}],
        },
        *elements,
    )


WITH, WITHOUT = {"dataAbsentReason": {"text": "x"}}, {"valueInteger": 1}


@pytest.mark.parametrize(("most", "good", "bad"), [("1", WITH, WITHOUT), ("0", WITHOUT, WITH)], ids=["there", "not"])
def test_existence_tells_slices_apart(most, good, bad, profile, judged, rules):  # noqa: PLR0917 - fixtures
    reason = {"id": "Observation.component:a.dataAbsentReason", "type": [{"code": "CodeableConcept"}]}
    asked = {**reason, "min": int(most), "max": most}
    table = component_profile(profile, "p", {"type": "exists", "path": "dataAbsentReason"}, asked)

    assert rules(judged(observation(component=[{"code": {"text": "c"}, **good}]), table)) == set()
    found = judged(observation(component=[{"code": {"text": "c"}, **bad}]), table)
    assert rules(found) == {("slicing.closed", "Observation.component[0]")}


def test_the_type_of_a_choice_tells_slices_apart(profile, judged, rules):
    value = {"id": "Observation.component:a.value[x]", "min": 0, "max": "1", "type": [{"code": "Quantity"}]}
    table = component_profile(profile, "p", {"type": "type", "path": "value"}, value)

    quantity = observation(component=[{"code": {"text": "c"}, "valueQuantity": {"value": 1}}])
    assert rules(judged(quantity, table)) == set()
    found = judged(observation(component=[{"code": {"text": "c"}, "valueString": "x"}]), table)
    assert rules(found) == {("slicing.closed", "Observation.component[0]")}


def test_an_extension_on_the_path_of_a_discriminator(profile, judged, rules):
    url = "https://tests.example/kind"
    path = "Observation.component:a.extension"
    table = component_profile(
        profile,
        "p",
        {"type": "value", "path": f"extension('{url}').value"},
        {"id": path, "slicing": {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}},
        {"id": f"{path}:kind", "sliceName": "kind", "min": 1, "max": "1", "type": [{"code": "Extension"}]},
        {"id": f"{path}:kind.url", "min": 1, "max": "1", "fixedUri": url, "type": [{"code": "uri"}]},
        {"id": f"{path}:kind.value[x]", "min": 1, "max": "1", "fixedCode": "a", "type": [{"code": "code"}]},
    )

    def component(code):
        return observation(component=[{"code": {"text": "c"}, "extension": [{"url": url, "valueCode": code}]}])

    assert rules(judged(component("a"), table)) == set()
    assert rules(judged(component("b"), table)) == {("slicing.closed", "Observation.component[0]")}


def members(profile, kind, path, *elements, **facts):
    return profile(
        "p",
        "Observation",
        {
            "id": "Observation.hasMember",
            "slicing": {"discriminator": [{"type": kind, "path": path}], "rules": "closed"},
        },
        {"id": "Observation.hasMember:one", "sliceName": "one", "min": 0, "max": "*", **facts},
        *elements,
    )


def bundled(member):
    """An Observation in a Bundle beside the resource it refers to."""
    base = "https://tests.example/fhir"
    entries = [
        (f"{base}/Observation/o", observation(id="o", hasMember=[{"reference": f"{member['resourceType']}/m"}])),
        (f"{base}/{member['resourceType']}/m", {**member, "id": "m"}),
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in entries],
    }


@pytest.fixture
def in_bundle(profile):
    """A Bundle profile whose entries meet the given profile."""

    def make(table):
        entry = {"id": "Bundle.entry.resource", "type": [{"code": "Resource"}], "min": 0, "max": "1"}
        slicing = {"discriminator": [{"type": "type", "path": "resource"}], "rules": "open"}
        resource = {"code": "Observation", "profile": [table["url"]]}
        return profile(
            "bundle",
            "Bundle",
            {"id": "Bundle.entry", "slicing": slicing},
            entry,
            {"id": "Bundle.entry:o", "sliceName": "o", "min": 0, "max": "*", "type": [{"code": "BackboneElement"}]},
            {"id": "Bundle.entry:o.resource", "min": 1, "max": "1", "type": [resource]},
        )

    return make


def test_the_type_behind_a_reference_tells_slices_apart(profile, in_bundle, judged, rules):
    target = {"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/QuestionnaireResponse"]}
    table = members(profile, "type", "resolve()", type=[target])

    answers = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    assert rules(judged(bundled(answers), in_bundle(table), table)) == set()
    found = rules(judged(bundled(observation()), in_bundle(table), table))
    assert ("slicing.closed", "Bundle.entry[0].resource.hasMember[0]") in found


def test_a_profile_behind_a_reference_tells_slices_apart(profile, in_bundle, judged, rules):
    final = profile("final", "Observation", {"id": "Observation.status", "min": 1, "fixedCode": "final"})
    target = {"code": "Reference", "targetProfile": [final["url"]]}
    table = members(profile, "profile", "resolve()", type=[target])

    assert rules(judged(bundled(observation()), in_bundle(table), table, final)) == set()
    found = rules(judged(bundled({**observation(), "status": "amended"}), in_bundle(table), table, final))
    assert ("slicing.closed", "Bundle.entry[0].resource.hasMember[0]") in found


def test_a_target_that_is_not_at_hand_leaves_the_slicing_unjudged(profile, judged, rules):
    final = profile("final", "Observation", {"id": "Observation.status", "min": 1, "fixedCode": "final"})
    target = {"code": "Reference", "targetProfile": [final["url"]]}
    table = members(profile, "profile", "resolve()", type=[target])

    assert rules(judged(observation(hasMember=[{"reference": "Observation/elsewhere"}]), table, final)) == set()


def test_the_criterion_may_lie_in_the_profile_of_the_slices_type(profile, judged, rules):
    code = {"id": "Quantity.code", "min": 1, "max": "1", "fixedCode": "mg", "type": [{"code": "code"}]}
    milligram = profile("milligram", "Quantity", code)
    table = component_profile(
        profile,
        "p",
        {"type": "value", "path": "value.ofType(Quantity).code"},
        {
            "id": "Observation.component:a.value[x]",
            "min": 1,
            "max": "1",
            "type": [{"code": "Quantity", "profile": [milligram["url"]]}],
        },
    )

    def component(unit):
        value = {"value": 1, "system": "http://unitsofmeasure.org", "code": unit}
        return observation(component=[{"code": {"text": "c"}, "valueQuantity": value}])

    assert rules(judged(component("mg"), table, milligram)) == set()
    assert rules(judged(component("g"), table, milligram)) == {("slicing.closed", "Observation.component[0]")}


def test_slicing_without_a_usable_discriminator_is_counted_not_guessed(profile, guides, validator_with):
    table = component_profile(profile, "p", {"type": "value", "path": "interpretation"})

    validator = validator_with(table)
    found = validator.check(observation(component=[{"code": {"text": "c"}}]), [table["url"]])

    assert found == []
    assert validator.not_checked["slicing without a usable discriminator"] == 1


def test_slices_of_extensions_are_by_url_even_if_the_snapshot_does_not_say_so(profile, judged, rules):
    url = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
    table = profile(
        "p",
        "Patient",
        {"id": "Patient.extension", "slicing": {"rules": "open"}},
        {
            "id": "Patient.extension:place",
            "sliceName": "place",
            "min": 1,
            "max": "1",
            "type": [{"code": "Extension", "profile": [url]}],
        },
    )

    patient = {"resourceType": "Patient", "extension": [{"url": url, "valueAddress": {"city": "Boston"}}]}
    assert rules(judged(patient, table)) == set()
    assert ("slicing.min", "Patient.extension") in rules(
        judged({**patient, "extension": [{"url": "https://elsewhere.example", "valueString": "x"}]}, table)
    )


def test_a_slice_of_an_absent_element_is_still_demanded(profile, judged, rules):
    table = profile("p", "Observation", *categories(("lab", "lab", 1, "1")))

    assert rules(judged(observation(), table)) == {("slicing.min", "Observation.category")}


def test_a_choice_slice_names_the_type_it_wants(profile, judged, rules):
    quantity = {"id": "Observation.value[x]:valueQuantity", "sliceName": "valueQuantity", "min": 1, "max": "1"}
    unit = {"id": "Observation.value[x]:valueQuantity.code", "min": 1, "max": "1", "fixedCode": "mg"}
    table = profile(
        "p",
        "Observation",
        {"id": "Observation.value[x]", **sliced("$this", "type")},
        {**quantity, "type": [{"code": "Quantity"}]},
        {**unit, "type": [{"code": "code"}]},
    )

    value = {"value": 1, "system": "http://unitsofmeasure.org", "code": "mg"}
    assert rules(judged(observation(valueQuantity=value), table)) == set()
    assert rules(judged(observation(valueQuantity={**value, "code": "g"}), table)) == {
        ("fixed", "Observation.value.ofType(Quantity).code")
    }
    assert ("slicing.min", "Observation.value") in rules(judged(observation(valueString="x"), table))


def test_a_shortcut_path_means_the_choice(profile, judged, rules):
    base = {"path": "Observation.value[x]", "min": 0, "max": "1"}
    shortcut = {"id": "Observation.valueQuantity", "path": "Observation.valueQuantity", "base": base}
    table = profile("p", "Observation", {**shortcut, "min": 1, "max": "1", "type": [{"code": "Quantity"}]})

    assert rules(judged(observation(valueQuantity={"value": 1}), table)) == set()
    assert ("slicing.min", "Observation.value") in rules(judged(observation(valueString="x"), table))
