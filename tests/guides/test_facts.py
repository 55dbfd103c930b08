"""What a table keeps of an ElementDefinition."""

from __future__ import annotations

import pytest

from conformance.guides.facts import element_facts, header
from conformance.guides.structures import without_repetition, without_stray_slices

HL7 = "http://hl7.org/fhir/StructureDefinition/"
PROSE = {
    "short": "s",
    "definition": "d",
    "comment": "c",
    "requirements": "r",
    "alias": ["a"],
    "meaningWhenMissing": "m",
    "example": [{"label": "e", "valueString": "x"}],
    "mapping": [{"identity": "i", "map": "m"}],
    "isModifierReason": "r",
}


def facts(**more):
    return element_facts({"id": "Patient.name", "path": "Patient.name", **more})


def test_prose_is_left_out():
    assert facts(min=0, max="1", **PROSE) == {"id": "Patient.name", "path": "Patient.name", "min": 0, "max": "1"}


def test_base_is_kept_only_where_it_differs():
    own = {"path": "Patient.name", "min": 0, "max": "1"}

    assert "base" not in facts(min=0, max="1", base=own)
    assert facts(min=1, max="1", base=own)["base"] == own


def test_flags_are_kept_only_when_true():
    assert "mustSupport" not in facts(mustSupport=False, isModifier=False)
    assert facts(mustSupport=True, isModifier=True)["isModifier"] is True


def test_invariants_lose_their_sentence_and_the_structural_one():
    rule = {
        "key": "a-1",
        "severity": "error",
        "human": "Prose",
        "xpath": "x",
        "expression": "true",
        "source": "http://x",
    }
    best = {
        "key": "b-1",
        "severity": "warning",
        "extension": [{"url": HL7 + "elementdefinition-bestpractice", "valueBoolean": True}],
    }

    found = facts(constraint=[{"key": "ele-1", "severity": "error", "expression": "x"}, rule, best])["constraint"]

    assert found == [
        {"key": "a-1", "severity": "error", "expression": "true", "source": "http://x"},
        {"key": "b-1", "severity": "warning", "bestPractice": True},
    ]


def test_a_binding_keeps_its_limits():
    limits = [
        {"url": HL7 + "elementdefinition-maxValueSet", "valueCanonical": "http://max"},
        {"url": HL7 + "elementdefinition-minValueSet", "valueUri": "http://min"},
        {"url": HL7 + "elementdefinition-bindingName", "valueString": "Name"},
        {
            "url": "http://hl7.org/fhir/tools/StructureDefinition/additional-binding",
            "extension": [
                {"url": "purpose", "valueCode": "required"},
                {"url": "valueSet", "valueCanonical": "http://more"},
                {"url": "documentation", "valueMarkdown": "prose"},
            ],
        },
    ]

    binding = facts(
        binding={"strength": "preferred", "valueSet": "http://v", "description": "prose", "extension": limits}
    )

    assert binding["binding"] == {
        "strength": "preferred",
        "valueSet": "http://v",
        "maxValueSet": "http://max",
        "minValueSet": "http://min",
        "additional": [{"purpose": "required", "valueSet": "http://more"}],
    }


def test_must_support_marks_of_types_and_targets_are_kept():
    mark = {"extension": [{"url": HL7 + "elementdefinition-type-must-support", "valueBoolean": True}]}

    found = facts(
        type=[{"code": "Reference", "targetProfile": ["http://a", "http://b"], "_targetProfile": [None, mark], **mark}]
    )

    assert found["type"] == [
        {
            "code": "Reference",
            "targetProfile": ["http://a", "http://b"],
            "mustSupport": True,
            "mustSupportTargets": ["http://b"],
        }
    ]


@pytest.mark.parametrize(
    ("base", "said", "kept"), [("Resource.id", "string", "id"), ("Element.id", "id", "string"), ("X.url", "uri", "uri")]
)
def test_ids_have_the_type_that_the_specification_gives_them(base, said, kept):
    type_ = {
        "code": "http://hl7.org/fhirpath/System.String",
        "extension": [{"url": HL7 + "structuredefinition-fhir-type", "valueUrl": said}],
    }

    assert facts(base={"path": base, "min": 0, "max": "1"}, type=[type_])["type"][0]["fhirType"] == kept


def test_the_regex_of_a_primitive_is_kept():
    type_ = {
        "code": "http://hl7.org/fhirpath/System.String",
        "extension": [{"url": HL7 + "regex", "valueString": "[0-9]+"}],
    }

    assert facts(type=[type_])["regex"] == "[0-9]+"


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        ("#Observation.referenceRange", "#Observation.referenceRange"),
        (HL7 + "Observation#Observation.referenceRange", "#Observation.referenceRange"),
        ("#Provenance.agent:ProvenanceTransmitter", "#Provenance.agent"),
    ],
)
def test_content_references_name_an_element_of_the_type(reference, kept):
    assert facts(contentReference=reference)["contentReference"] == kept


def test_values_lose_their_display_and_so_become_patterns():
    coding = {"coding": [{"system": "http://x", "code": "a", "display": "Prose"}], "text": "kept"}

    assert facts(fixedCodeableConcept=coding) == {
        "id": "Patient.name",
        "path": "Patient.name",
        "patternCodeableConcept": {"coding": [{"system": "http://x", "code": "a"}], "text": "kept"},
    }
    assert "fixedString" in facts(fixedString="display")


def test_slicing_keeps_what_decides():
    slicing = {
        "discriminator": [{"type": "value", "path": "url"}],
        "description": "prose",
        "ordered": False,
        "rules": "open",
    }

    assert facts(slicing=slicing)["slicing"] == {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}
    assert facts(slicing={**slicing, "ordered": True})["slicing"]["ordered"] is True


def test_a_header_says_what_the_definition_is():
    imposed = {"url": HL7 + "structuredefinition-imposeProfile", "valueCanonical": "http://other"}
    definition = {
        "url": "http://x/p",
        "version": "1",
        "id": "p",
        "name": "P",
        "title": "Prose",
        "description": "Prose",
        "type": "Extension",
        "kind": "complex-type",
        "derivation": "constraint",
        "baseDefinition": HL7 + "Extension",
        "abstract": False,
        "context": [{"type": "element", "expression": "Patient", "extension": []}],
        "contextInvariant": ["true"],
        "extension": [imposed],
    }

    assert header(definition, "a.b#1") == {
        "url": "http://x/p",
        "version": "1",
        "id": "p",
        "name": "P",
        "type": "Extension",
        "kind": "complex-type",
        "derivation": "constraint",
        "base": HL7 + "Extension",
        "abstract": False,
        "package": "a.b#1",
        "context": [{"type": "element", "expression": "Patient"}],
        "contextInvariant": ["true"],
        "imposeProfile": ["http://other"],
    }


def test_what_elements_repeat_from_their_type_is_left_out():
    rule = {"key": "ext-1", "severity": "error", "expression": "x"}
    own = {"key": "own-1", "severity": "error", "expression": "y"}
    table = {
        "elements": [
            {"id": "Patient", "constraint": [rule]},
            {"id": "Patient.extension", "type": [{"code": "Extension"}], "constraint": [rule, own]},
            {"id": "Patient.name", "type": [{"code": "HumanName"}], "constraint": [rule]},
        ]
    }

    found = without_repetition(table, lambda name: frozenset({("ext-1", "x")} if name == "Extension" else ()))

    assert [one.get("constraint") for one in found["elements"]] == [[rule], [own], [rule]]


def test_a_stray_slice_name_of_a_snapshot_is_dropped_with_all_below():
    elements = [
        {"id": "C", "path": "C"},
        {"id": "C.policy", "path": "C.policy"},
        {"id": "C.policy:h", "path": "C.policy", "sliceName": "h"},
        {"id": "C.policy:h.uri:h", "path": "C.policy.uri", "sliceName": "h"},
        {"id": "C.policy:h.uri:h.id", "path": "C.policy.uri.id"},
    ]

    found = without_stray_slices(elements)

    assert [one["id"] for one in found] == ["C", "C.policy", "C.policy:h", "C.policy:h.uri", "C.policy:h.uri.id"]
    assert ["sliceName" in one for one in found] == [False, False, True, False, False]
