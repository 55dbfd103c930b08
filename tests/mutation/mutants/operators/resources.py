"""Contained resources, element ids, narrative and what a resource says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants.edit import add, change, extended, put, take
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

NESTED = {"resourceType": "Basic", "id": "nested", "code": {"text": "inside"}}
XHTML = "FHIR R4, narrative 2.4.0: the limited subset of XHTML"
NOTE = "Resource.contained"


def containing(base: Base) -> list[int]:
    """The indexes of the contained resources."""
    found = base.resource.get("contained", [])
    return [index for index, one in enumerate(found) if isinstance(one, dict)]


def on_contained(because: str, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Base, Random], Any]:
    """An operator's function that edits a contained resource."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        for index in shuffled(containing(base), rng):
            path = ("contained", index)
            yield Fault(change(base.resource, path, edit), path, f"{base.resource['resourceType']}: {because}")

    return mutate


def unreferenced(base: Base, rng: Random) -> Iterator[Fault]:
    """dom-3: what is contained is referred to."""
    root = base.places[0]
    if root.content and root.content[0].child("contained") is not None:
        mutant = add(base.resource, ("contained",), {**NESTED, "id": "nobody-refers-to-me"})
        yield Fault(mutant, ("contained",), f"{root.content[0].cited} dom-3")


def contained_twice(base: Base, rng: Random) -> Iterator[Fault]:
    """Ids are unique among the contained resources."""
    for index in containing(base):
        mutant = add(base.resource, ("contained",), base.resource["contained"][index])
        yield Fault(mutant, ("contained",), f"{NOTE}: ids are unique within the container")


def same_element_id(base: Base, rng: Random) -> Iterator[Fault]:
    """Element.id is unique within the resource."""
    held = [one for one in base.places if one.element is not None and one.is_complex and one.code != "Resource"]
    inside = [one for one in held if "contained" not in one.path and "resource" not in one.path]
    for first in shuffled(inside, rng)[:4]:
        others = [one for one in inside if one.path != first.path]
        if others:
            second = rng.choice(others)
            mutant = extended(base.resource, first.path, id="the-same")
            mutant = extended(mutant, second.path, id="the-same")
            yield Fault(mutant, (), f"Element#Element.id unique, {first.code} and {second.code}")


def blank_in_element_id(base: Base, rng: Random) -> Iterator[Fault]:
    """Element.id has no blanks."""
    for place in shuffled(base.places, rng):
        if place.element is not None and place.is_complex and "resourceType" not in place.value:
            mutant = extended(base.resource, place.path, id="two words")
            yield Fault(mutant, place.path, f"{place.content[0].cited}.id: no white space")


def narrated(edit: Callable[[str], str], because: str) -> Callable[[Base, Random], Any]:
    """An operator's function that edits the narrative's div."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        text = base.resource.get("text", {}).get("div", "")
        if text.rstrip().endswith("</div>") and text != edit(text):
            mutant = put(base.resource, ("text", "div"), edit(text))
            yield Fault(mutant, ("text", "div"), f"{XHTML}: {because}")

    return mutate


def inside(addition: str) -> Callable[[str], str]:
    """An edit that adds something before the end of the div."""
    return lambda text: f"{text.rstrip().removesuffix('</div>')}{addition}</div>"


def no_div(base: Base, rng: Random) -> Iterator[Fault]:
    """Narrative.div min 1."""
    if "div" in base.resource.get("text", {}):
        yield Fault(take(base.resource, ("text", "div")), ("text",), "Narrative#Narrative.div min 1")


def attribute(text: str) -> str:
    """The div with an event handler."""
    return text.replace("<div", '<div onclick="alert(1)"', 1)


EMPTY = '<div xmlns="http://www.w3.org/1999/xhtml"> </div>'
NARRATIVES = (
    ("narrative with script", inside("<script>alert(1)</script>"), "no script"),
    ("narrative with event handler", attribute, "no event attributes"),
    ("narrative with form", inside("<form><input/></form>"), "no forms"),
    ("narrative with frame", inside('<iframe src="https://example.org"></iframe>'), "no frames"),
    ("narrative with external style", inside('<link rel="stylesheet" href="x.css"/>'), "no external styles"),
    ("narrative not well-formed", inside("<p>unclosed"), "well-formed XML"),
    ("narrative with HTML entity", inside("<p>&nbsp;</p>"), "XML knows no nbsp"),
    ("narrative in no namespace", lambda text: text.replace(' xmlns="http://www.w3.org/1999/xhtml"', ""), "xmlns"),
    ("narrative whose root is no div", lambda _: '<p xmlns="http://www.w3.org/1999/xhtml">text</p>', "root div"),
    ("narrative without content", lambda _: EMPTY, "txt-2: some text"),
    ("narrative of plain text", lambda _: "just text", "txt-1: XHTML"),
    ("same id twice in narrative", inside('<p id="twice">a</p><p id="twice">b</p>'), "ids are unique"),
)

META = (
    ("meta.lastUpdated a date", "lastUpdated", "2023-05-06", ("format",)),
    ("meta.versionId out of form", "versionId", "version 1!", ("format",)),
    ("meta.profile a string", "profile", "http://hl7.org/fhir/StructureDefinition/Patient", ("type", "cardinality")),
    ("meta.profile a number", "profile", [17], ("type",)),
    ("meta.security a code", "security", ["R"], ("type",)),
)


def about_itself(key: str, value: Any) -> Callable[[Base, Random], Any]:
    """An operator's function that puts something wrong into meta."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        meta = {**base.resource.get("meta", {}), key: value}
        yield Fault({**base.resource, "meta": meta}, ("meta", key), f"Meta#Meta.{key}")

    return mutate


def implicit_rules(base: Base, rng: Random) -> Iterator[Fault]:
    """Rules that change the meaning and that nobody here knows."""
    mutant = {**base.resource, "implicitRules": "http://example.org/fhir/our-own-rules"}
    yield Fault(mutant, ("implicitRules",), f"{base.resource['resourceType']}.implicitRules isModifier")


def no_type(base: Base, rng: Random) -> Iterator[Fault]:
    """Without resourceType nothing is a resource."""
    yield Fault(take(base.resource, ("resourceType",)), (), "JSON representation: resourceType")


def misspelt_type(base: Base, rng: Random) -> Iterator[Fault]:
    """A type that FHIR R4 does not have."""
    name = base.resource["resourceType"]
    wrong = rng.choice([name.lower(), f"{name}s", name.upper(), "Claims"])
    yield Fault({**base.resource, "resourceType": wrong}, ("resourceType",), f"{name} written {wrong}")


def type_no_string(base: Base, rng: Random) -> Iterator[Fault]:
    """The type of a resource is a string."""
    wrong: Any = rng.choice((17, None, ["Patient"], {}))
    yield Fault({**base.resource, "resourceType": wrong}, ("resourceType",), "JSON representation: resourceType")


def other_type(base: Base, rng: Random) -> Iterator[Fault]:
    """Another type than the one of the profile it claims."""
    if len(base.places[0].content) > 1 and not base.demanded:
        wrong = "Basic" if base.resource["resourceType"] != "Basic" else "Patient"
        mutant = {**base.resource, "resourceType": wrong}
        yield Fault(mutant, ("resourceType",), f"{base.places[0].content[1].structure.url} type")


def profile_of_other_type(base: Base, rng: Random) -> Iterator[Fault]:
    """A claim to a profile of another type."""
    profiles = ("us-core-patient", "us-core-organization", "us-core-medication")
    name = rng.choice([one for one in profiles if one.rpartition("-")[2] != base.resource["resourceType"].lower()])
    url = f"http://hl7.org/fhir/us/core/StructureDefinition/{name}"
    structure = base.knows.definitions.structure(url)
    if structure is not None:
        meta = base.resource.get("meta", {})
        mutant = {**base.resource, "meta": {**meta, "profile": [*meta.get("profile", ()), url]}}
        yield Fault(mutant, ("meta", "profile"), f"{url} is for {structure.type}")


def profile_unknown(base: Base, rng: Random) -> Iterator[Fault]:
    """A claim to a profile that is not at hand is said, but is no error."""
    mutant = add({"meta": {}, **base.resource}, ("meta", "profile"), "http://example.org/StructureDefinition/unknown")
    yield Fault(mutant, ("meta", "profile"), "Meta#Meta.profile: not at hand")


DANGLING = ("invariant", "contained", "reference")

OPERATORS = (
    Operator("contained without id", on_contained("contained.id", lambda one: take(one, ("id",))), DANGLING),
    Operator(
        "contained in contained",
        on_contained("dom-2", lambda one: {**one, "contained": [NESTED]}),
        ("invariant:dom-2",),
    ),
    Operator(
        "contained with versionId",
        on_contained("dom-4", lambda one: {**one, "meta": {"versionId": "1"}}),
        ("invariant:dom-4",),
    ),
    Operator(
        "contained with security label",
        on_contained("dom-5", lambda one: {**one, "meta": {"security": [{"code": "R"}]}}),
        ("invariant:dom-5",),
    ),
    Operator("contained without type", on_contained("resourceType", lambda one: take(one, ("resourceType",)))),
    Operator(
        "contained with unknown element",
        on_contained("no such element", lambda one: {**one, "zzUnknown": 1}),
        ("unknown-property",),
    ),
    Operator("contained, but unreferenced", unreferenced, ("invariant:dom-3",)),
    Operator("contained twice", contained_twice, ("contained.id", "id.duplicate")),
    Operator("same element id twice", same_element_id, ("id.duplicate",)),
    Operator("blank in an element id", blank_in_element_id, ("format",)),
    Operator("narrative without div", no_div, ("cardinality.min",)),
    *(Operator(name, narrated(edit, because), ("narrative", "id.duplicate")) for name, edit, because in NARRATIVES),
    *(Operator(name, about_itself(key, value), rules) for name, key, value, rules in META),
    Operator("implicitRules", implicit_rules, ("implicit-rules",)),
    Operator("resourceType missing", no_type, ("resource-type",)),
    Operator("resourceType misspelt", misspelt_type, ("resource-type",)),
    Operator("resourceType no string", type_no_string, ("resource-type", "type")),
    Operator("resourceType of another profile", other_type, ("profile.type",)),
    Operator("claim to a profile of another type", profile_of_other_type, ("profile.type",)),
    Operator("claim to an unknown profile", profile_unknown, ("profile.unknown",), "warning"),
)
