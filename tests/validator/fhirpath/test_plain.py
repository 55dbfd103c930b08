"""The plain evaluation of conditions answers as the full one does, on random well-formed data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.guides import Guides
from conformance.validator.fhirpath import Environment, Item, StructureTypes, compile_expression, corrected
from conformance.validator.fhirpath.conditions import compile_condition
from conformance.validator.fhirpath.parser import parse

TYPES = ("Period", "Reference", "Quantity", "Ratio", "Range", "ContactPoint", "Attachment", "Timing", "Extension")
RESOURCES = ("Patient", "Observation", "Condition", "Coverage", "Bundle", "Questionnaire", "CareTeam")
SHAPES = {
    "Patient": (
        "name.family.exists()",
        "name.given.empty()",
        "name.given.count() > 1",
        "name.exists(use = 'a' and given.exists())",
        "name.where(use = 'a').given.exists()",
        "name.where(use != 'a').exists() implies active",
        "name.all(family.exists() or given.exists())",
        "name.use = 'a'",
        "name.use != 'a'",
        "name.given contains 'a'",
        "gender in ('a' | 'b')",
        "gender = 'a' xor gender = 'b'",
        "gender.startsWith('a') or gender.matches('b')",
        "active",
        "active = true",
        "active.not()",
        "deceased.exists()",
        "deceased is boolean",
        "deceased.is(dateTime)",
        "(deceased as boolean) = true",
        "deceased.ofType(boolean).exists()",
        "multipleBirth.hasValue()",
        "birthDate.hasValue()",
        "birthDate.extension('a').exists()",
        "contact.name.family.exists()",
        "contact.count() + name.count() > 1",
        "contact.count() = name.count()",
        "identifier.system = %ucum",
        "identifier.where(system = 'a').value.exists($this.startsWith('b'))",
        "meta.profile.exists($this = 'a')",
        "extension('a').exists()",
        "extension.where(url = 'a').value.exists()",
        "contained.exists()",
        "contained.where(id = 'a').exists()",
        "managingOrganization.reference.startsWith('#')",
        "managingOrganization.resolve() is Organization",
        "generalPractitioner.all(resolve() is Practitioner)",
        "%resource.gender = 'a' or name.exists()",
        "name.select(use).isDistinct()",
        "contact or link",
        "contact.gender",
        "name.trace('x').exists() = contact.exists()",
        "name.given.subsetOf(%context.contact.name.given)",
        "contact.name.subsetOf(%context.name)",
        "multipleBirth.subsetOf(%context.multipleBirth)",
        "name.exists() or %context.active",
        "name.all(%context.active) or contact.exists()",
        "contact.exists() and name.where(use in %context.contact.gender).exists()",
    ),
    "Observation": (
        "value.exists()",
        "value is Quantity",
        "value.ofType(Quantity).code.exists()",
        "value.unit.exists()",
        "component.value.exists()",
        "component.all(value.exists() xor dataAbsentReason.exists())",
        "component.where(value is Quantity).exists()",
        "effective.start.exists()",
        "referenceRange.low.value > 1",
        "component.code.coding.exists(system = 'a')",
        "component.code.where(coding.intersect(%resource.code.coding).exists()).empty()",
        "status.intersect(%resource.status).exists()",
    ),
}
TEXTS = st.sampled_from(["a", "b", "#a", "http://a|2.0.1", "Practitioner/a"])
PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(-1, 3),
    "positiveInt": st.integers(1, 3),
    "unsignedInt": st.integers(0, 3),
    "decimal": st.sampled_from([0, 1, 1.5, 2]),
    "date": st.sampled_from(["2020", "2020-01", "2020-01-01", "2020-01-02"]),
    "dateTime": st.sampled_from(["2020", "2020-01-01", "2020-01-01T10:00:00Z", "2020-01-01T11:30:00.5+01:00"]),
    "instant": st.sampled_from(["2020-01-01T10:00:00Z", "2020-01-01T11:00:00+01:00"]),
    "time": st.sampled_from(["10:00:00", "11:00:00.5"]),
}
SIBLINGS = st.sampled_from([{"id": "a"}, {"extension": [{"url": "a", "valueString": "b"}]}])


class Data:
    """Random elements by the definitions, as deep as told."""

    def __init__(self, model: StructureTypes) -> None:
        self.model = model

    def element(self, draw: st.DrawFn, type_name: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self.model.is_subtype(type_name, "Resource"):
            made["resourceType"] = type_name
        names = [name for name in self.model.names(type_name) if name not in {"text", "extension", "contained"}]
        for name in draw(st.lists(st.sampled_from(names), max_size=6, unique=True)):
            child = self.model.children(type_name, name)
            assert child is not None
            key, child_type = draw(st.sampled_from(child.keys))
            if child_type[:1].islower():
                self.primitive(draw, made, key, child_type, is_list=child.is_list)
            elif depth and child_type != "Resource":
                count = draw(st.integers(1, 2)) if child.is_list else 1
                entries = [entry for _ in range(count) if (entry := self.element(draw, child_type, depth - 1))]
                if entries:
                    made[key] = entries if child.is_list else entries[0]
        self.additions(draw, made, type_name)
        return made

    def additions(self, draw: st.DrawFn, made: dict[str, Any], type_name: str) -> None:
        if draw(st.booleans()) and "." not in type_name and type_name != "Extension":
            made["extension"] = [{"url": draw(TEXTS), "valueString": "b"}]
        if made.get("resourceType") not in {None, "Bundle"} and draw(st.booleans()):
            made["contained"] = [{"resourceType": "Organization", "id": draw(TEXTS)}]

    def primitive(self, draw: st.DrawFn, made: dict[str, Any], key: str, type_name: str, *, is_list: bool) -> None:
        value = PRIMITIVES.get(type_name, TEXTS)
        if not is_list:
            form = draw(st.sampled_from(["value", "value", "both", "sibling"]))
            if form != "sibling":
                made[key] = draw(value)
            if form != "value":
                made[f"_{key}"] = draw(SIBLINGS)
            return
        entries = draw(st.lists(st.one_of(value, value, st.none()), min_size=1, max_size=3))
        made[key] = entries
        if None in entries or draw(st.booleans()):
            made[f"_{key}"] = [draw(SIBLINGS) if entry is None else draw(st.none() | SIBLINGS) for entry in entries]


@pytest.fixture(scope="session")
def conditions(types: StructureTypes) -> dict[str, list[str]]:
    """The conditions to compare by type: our shapes and the constraints of the definitions."""
    guides, found = Guides.load(), {}
    for name in (*TYPES, *RESOURCES):
        table = guides.structure(f"http://hl7.org/fhir/StructureDefinition/{name}") or {}
        constraints = [
            c for element in table["elements"] if element["path"] == name for c in element.get("constraint", ())
        ]
        texts = [corrected(c["key"], c["expression"]).expression for c in constraints if "expression" in c]
        found[name] = [*texts, *SHAPES.get(name, ())]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("name", [*TYPES, *RESOURCES])
def test_both_evaluations_agree(
    name: str, data: st.DataObject, types: StructureTypes, conditions: dict[str, list[str]]
) -> None:
    focus = data.draw(st.composite(Data(types).element)(name, 2))
    environment = Environment(
        resource=focus,
        root_resource=focus,
        member_of=lambda value, _type, _set: {"a": True, "b": False}.get(value) if isinstance(value, str) else None,
    )

    for text in conditions[name]:
        expression = compile_expression(text, context_type=name, model=types)
        plain = expression.outcome(focus, environment)
        assert plain is expression.outcome(Item(focus, name), environment), text


UNUSUAL = {
    "multipleBirth.subsetOf(%context.multipleBirth)",
    "name.given contains 'a'",
    "name.select(use).isDistinct()",
    "birthDate.extension('a').exists()",
    "managingOrganization.resolve() is Organization",
}


@pytest.mark.parametrize("text", [text for text in SHAPES["Patient"] if text not in UNUSUAL])
def test_the_common_shapes_are_plain(text: str, types: StructureTypes) -> None:
    assert compile_condition(parse(text), "Patient", types) is not None


def test_types_that_are_not_known_have_no_plain_shape(types: StructureTypes) -> None:
    for name in ("", "Nonsense", "Resource", "DomainResource", "string"):
        assert compile_condition(parse("id.exists()"), name, types) is None


def test_the_context_is_no_longer_the_item_inside_a_criterion(types: StructureTypes) -> None:
    assert compile_condition(parse("name.all(%context.active)"), "Patient", types) is None
    assert compile_condition(parse("name.exists() or %context.active"), "Patient", types) is not None
