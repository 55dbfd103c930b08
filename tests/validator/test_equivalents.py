"""What the standard allows stays clean: kinds of content that a stricter reading would call wrong."""

from __future__ import annotations

import pytest

CORE = "http://hl7.org/fhir/StructureDefinition/"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
VITAL_SIGN = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]
}


def quantity(value, unit):
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def vital_sign(**parts):
    """A pulse oximetry, which R4 takes for a vital sign."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [VITAL_SIGN],
        "code": {"coding": [{"system": LOINC, "code": "2708-6"}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-01-02",
        "valueQuantity": quantity(95, "%"),
        **parts,
    }


FLOW = {"code": {"text": "flow"}, "valueQuantity": quantity(6, "L/min")}


def test_units_of_components_of_vital_signs_are_not_confined(judged):
    found = judged(vital_sign(component=[FLOW]))

    units = [(one.rule, one.severity) for one in found if one.path.startswith("Observation.component")]
    assert units == [("binding.extensible", "warning")]


def test_a_vital_sign_that_claims_a_profile_not_at_hand_is_not_held_to_that_of_r4(judged, rules):
    bare = vital_sign(component=[FLOW])
    del bare["category"]
    claim = {"profile": ["https://elsewhere.example/StructureDefinition/oximetry"]}

    assert rules(judged({**bare, "meta": claim})) == set()
    assert rules(judged(bare)) != set()
    assert rules(judged({**bare, "meta": {"profile": [f"{CORE}Observation"]}})) != set()


def test_a_vital_sign_may_last_for_a_period(judged, rules):
    taken = vital_sign(effectivePeriod={"start": "2026-01-02", "end": "2026-01-03"})
    del taken["effectiveDateTime"]

    assert rules(judged(taken)) == set()
    assert rules(judged(vital_sign(effectiveDateTime="2026-01"))) == {
        ("invariant:vs-1", "Observation.effective.ofType(dateTime)")
    }


@pytest.mark.parametrize(
    ("relation", "is_fine"), [("alternate", True), ("related", True), ("self", False), ("next", False)]
)
def test_only_relations_to_one_place_stand_once(relation, is_fine, judged, rules):
    links = [{"relation": relation, "url": f"https://payer.example/fhir/Patient?page={page}"} for page in (1, 2)]
    found = judged({"resourceType": "Bundle", "type": "searchset", "link": links})

    assert rules(found) == (set() if is_fine else {("bundle.link", "Bundle.link[1].relation")})


@pytest.mark.parametrize(
    ("address", "is_fine"),
    [
        ("https://x.example/Obervation/2", True),
        ("https://x.example/people/2", True),
        ("https://x.example/Patient/2", False),
        ("https://x.example/Group/1", False),
    ],
)
def test_only_an_address_with_a_type_of_resource_names_the_resource(address, is_fine, judged, rules):
    entry = {"fullUrl": address, "resource": {"resourceType": "Patient", "id": "1"}}
    found = rules(judged({"resourceType": "Bundle", "type": "collection", "entry": [entry]}))

    assert found == (set() if is_fine else {("bundle.full-url-id", "Bundle.entry[0].fullUrl")})


@pytest.mark.parametrize(
    ("context", "is_fine"),
    [("Resource.meta", True), ("DomainResource.meta", True), ("Group.meta", False), ("Resource.text", False)],
)
def test_a_context_may_be_an_element_of_an_abstract_type(context, is_fine, profile, judged, rules):
    url = "https://tests.example/StructureDefinition/flag"
    table = profile(
        "flag",
        "Extension",
        {"id": "Extension.url", "min": 1, "max": "1", "fixedUri": url},
        context=[{"type": "element", "expression": context}],
    )
    patient = {"resourceType": "Patient", "meta": {"extension": [{"url": url, "valueString": "x"}]}}
    plain = profile("p", "Patient")

    found = rules(judged(patient, plain, table))
    assert found == (set() if is_fine else {("extension.context", "Patient.meta.extension[0]")})


def test_snapshot_and_differential_name_the_same_elements(judged, rules):
    def found(*differential):
        element = {"id": "Basic", "path": "Basic", "min": 0, "max": "*", "definition": "x"}
        element["base"] = {"path": "Basic", "min": 0, "max": "*"}
        definition = {
            "resourceType": "StructureDefinition",
            "url": "https://tests.example/StructureDefinition/b",
            "name": "B",
            "status": "draft",
            "kind": "resource",
            "abstract": False,
            "type": "Basic",
            "baseDefinition": f"{CORE}Basic",
            "derivation": "constraint",
            "snapshot": {"element": [element]},
            "differential": {"element": [{"id": one, "path": "Basic"} for one in differential]},
        }
        return {pair for pair in rules(judged(definition)) if pair[0] == "id.duplicate"}

    assert found("Basic") == set()
    assert found("Basic", "Basic") == {("id.duplicate", "StructureDefinition.differential.element[1].id")}


def test_each_of_several_types_has_a_profile_of_its_own(profile, judged, rules):
    female = profile("female", "Patient", {"id": "Patient.gender", "min": 1, "fixedCode": "female"})
    named = profile("named", "Organization", {"id": "Organization.name", "min": 1})
    types = [{"code": "Patient", "profile": [female["url"]]}, {"code": "Organization", "profile": [named["url"]]}]
    table = profile("b", "Bundle", {"id": "Bundle.entry.resource", "type": types})

    def found(resource):
        entry = {"fullUrl": f"https://x.example/{resource['resourceType']}/1", "resource": {**resource, "id": "1"}}
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry]}
        return rules(judged(bundle, table, female, named))

    assert found({"resourceType": "Patient", "gender": "female"}) == set()
    assert found({"resourceType": "Organization", "name": "x"}) == set()
    assert found({"resourceType": "Patient", "gender": "male"}) == {("fixed", "Bundle.entry[0].resource.gender")}
    assert ("cardinality.min", "Bundle.entry[0].resource.name") in found(
        {"resourceType": "Organization", "identifier": [{"value": "x"}]}
    )


def test_a_slice_may_be_told_by_what_it_has_not(profile, judged, rules):
    coded = {"id": "Patient.identifier:coded.type", "min": 1}
    bare = {"id": "Patient.identifier:bare.use", "max": "0"}
    slicing = {"discriminator": [{"type": "value", "path": "use"}], "rules": "closed"}
    table = profile(
        "p",
        "Patient",
        {"id": "Patient.identifier", "slicing": slicing},
        {"id": "Patient.identifier:coded", "sliceName": "coded", "min": 0, "max": "*"},
        {"id": "Patient.identifier:coded.use", "min": 1, "fixedCode": "usual"},
        coded,
        {"id": "Patient.identifier:bare", "sliceName": "bare", "min": 0, "max": "1"},
        bare,
    )

    def found(*identifiers):
        return rules(judged({"resourceType": "Patient", "identifier": list(identifiers)}, table))

    assert found({"value": "x"}) == set()
    assert found({"use": "usual", "type": {"text": "x"}, "value": "x"}, {"value": "y"}) == set()
    assert found({"use": "old", "value": "x"}) == {("slicing.closed", "Patient.identifier[0]")}


@pytest.mark.parametrize(("markup", "severity"), [('<img src="#i" alt="x"/>', "warning"), ("#i", "error")])
def test_an_image_in_the_narrative_refers_to_what_is_contained(markup, severity, judged):
    contained = {"resourceType": "Binary", "id": "i", "contentType": "image/png", "data": "AAAA"}
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{markup}</div>'
    basic = {"resourceType": "Basic", "text": {"status": "generated", "div": div}, "code": {"text": "x"}}

    found = judged({**basic, "contained": [contained]})

    assert [(one.rule, one.severity) for one in found] == [("invariant:dom-3", severity)]


def test_a_code_that_the_profile_prescribes_earns_no_warning(profile, judged):
    own = {"system": "https://tests.example/CodeSystem/kind", "code": "mine"}

    def rows(path):
        slicing = {"discriminator": [{"type": "pattern", "path": path}], "rules": "open"}
        slice_ = {"id": "Patient.identifier:own", "sliceName": "own", "min": 0, "max": "*"}
        return [{"id": "Patient.identifier", "slicing": slicing}, slice_]

    whole = profile(
        "p",
        "Patient",
        *rows("type"),
        {"id": "Patient.identifier:own.type", "patternCodeableConcept": {"coding": [own]}},
    )
    parts = [
        {"id": f"Patient.identifier:own.type.coding.{name}", "min": 1, f"pattern{kind}": own[name]}
        for name, kind in (("system", "Uri"), ("code", "Code"))
    ]
    by_parts = profile("q", "Patient", *rows("type.coding.code"), *parts)

    for table in (whole, by_parts):
        patient = {"resourceType": "Patient", "identifier": [{"type": {"coding": [own]}, "value": "1"}]}
        assert judged(patient, table) == []
        other = {**own, "code": "other"}
        patient["identifier"][0]["type"]["coding"] = [other]
        assert [one.rule for one in judged(patient, table)] == ["binding.extensible"]


@pytest.mark.parametrize(
    "provider",
    [
        {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},
        {"reference": "https://elsewhere.example/people?id=1"},
        {"identifier": {"value": "1"}},
        {"display": "Dr. Quill"},
        {"reference": "Practitioner/1"},
        {"reference": "Organization/1"},
        {"type": "Practitioner", "identifier": {"value": "1"}},
    ],
)
def test_what_is_not_at_hand_breaks_no_rule_however_it_is_named(provider, profile, judged, rules):
    text = "provider.all(resolve() is Practitioner or resolve() is Organization)"
    constraint = {"key": "t-1", "severity": "error", "expression": text}
    table = profile("p", "ExplanationOfBenefit", {"id": "ExplanationOfBenefit.careTeam", "constraint": [constraint]})
    claim = {"resourceType": "ExplanationOfBenefit", "careTeam": [{"sequence": 1, "provider": provider}]}

    assert ("invariant:t-1", "ExplanationOfBenefit.careTeam[0]") not in rules(judged(claim, table))
    wrong = {**claim, "careTeam": [{"sequence": 1, "provider": {"type": "Location", "identifier": {"value": "1"}}}]}
    assert ("invariant:t-1", "ExplanationOfBenefit.careTeam[0]") in rules(judged(wrong, table))


@pytest.mark.parametrize("kind", ["Practitioner", "PractitionerRole", "Organization"])
def test_a_prescriber_may_be_what_either_title_or_rule_says(kind, guides):
    from conformance.validator.fhirpath import corrected

    name = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Pharmacy"
    table = guides.structure(name)
    published = [
        one["expression"]
        for element in table["elements"]
        for one in element.get("constraint", ())
        if one["key"] == "EOB-pharm-careTeam-practitioner"
    ]

    assert f"resolve() is {kind}" in corrected("EOB-pharm-careTeam-practitioner", published[0]).expression
