"""Extensions: by their own definitions, their contexts, and ext-1 (FHIR R4, extensibility 2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants import samples
from mutants.definitions import prefixed
from mutants.edit import add, extended, put, take, take_items
from mutants.model import Base, Fault, Operator, shuffled
from mutants.samples import VALUES, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from mutants.definitions import Node, Structure
    from mutants.places import Place

EXT_1 = "Extension#Extension ext-1"
ANYWHERE = {"Element", "Resource", "DomainResource"}
PATIENTS = "http://hl7.org/fhir/us/core/StructureDefinition/"
OF_PATIENTS: tuple[dict[str, Any], ...] = (
    {"url": f"{PATIENTS}us-core-birthsex", "valueCode": "F"},
    {
        "url": f"{PATIENTS}us-core-ethnicity",
        "extension": [{"url": "text", "valueString": "Not Hispanic or Latino"}],
    },
    {"url": f"{PATIENTS}us-core-race", "extension": [{"url": "text", "valueString": "White"}]},
)


def extensions(base: Base, rng: Random) -> list[Place]:
    """The extensions in a resource."""
    return shuffled((one for one in base.places if one.code == "Extension" and one.is_complex), rng)


def definition(base: Base, place: Place) -> Structure | None:
    """The definition of an extension that is known by an absolute url."""
    url = place.value.get("url", "")
    return base.knows.definitions.structure(url) if ":" in url else None


def unknown_part(base: Base, rng: Random) -> Iterator[Fault]:
    """A part that the definition of a complex extension does not have."""
    for place in extensions(base, rng):
        if "extension" in place.value and definition(base, place) is not None:
            mutant = add(base.resource, (*place.path, "extension"), {"url": "no-such-part", "valueString": "x"})
            yield Fault(mutant, place.path, "Extension#Extension.url, a part of the definition around it")


def no_url(base: Base, rng: Random) -> Iterator[Fault]:
    """Extension.url min 1."""
    for place in extensions(base, rng):
        if "url" in place.value and len(place.value) > 1:
            yield Fault(take(base.resource, (*place.path, "url")), place.path, "Extension#Extension.url min 1")


def value_and_extension(base: Base, rng: Random) -> Iterator[Fault]:
    """Both a value and extensions."""
    for place in extensions(base, rng):
        more: dict[str, Any] = {"extension": [samples.ABSENT]}
        if "extension" in place.value:
            more = {"valueString": "x"}
        yield Fault(extended(base.resource, place.path, **more), place.path, EXT_1)


def neither(base: Base, rng: Random) -> Iterator[Fault]:
    """Neither a value nor extensions."""
    for place in extensions(base, rng):
        yield Fault(put(base.resource, place.path, {"url": place.value.get("url")}), place.path, EXT_1)


def wrong_value_type(base: Base, rng: Random) -> Iterator[Fault]:
    """A value of a type that the extension's definition does not have."""
    for place in extensions(base, rng):
        for node in place.content[1:]:
            child = node.child("value[x]")
            allowed = {code for code, _ in child.types} if child is not None and child.max > 0 else set()
            if allowed and any(key.startswith("value") for key in place.value):
                code = rng.choice(sorted({"boolean", "string", "Period", "dateTime", "Money"} - allowed))
                value = {"url": place.value["url"], key_of("value[x]", code): VALUES[code]}
                mutant = put(base.resource, place.path, value)
                if not node.is_slice or base.still_holds(mutant, place.path, node):
                    yield Fault(mutant, place.path, f"{child.cited if child else ''} type")
                break


def value_in_complex(base: Base, rng: Random) -> Iterator[Fault]:
    """A value where the definition allows only parts, or parts where it allows only a value."""
    for place in extensions(base, rng):
        structure = definition(base, place)
        child = structure.root.child("value[x]") if structure is not None else None
        if child is not None and child.max == 0:
            mutant = put(base.resource, place.path, {"url": place.value["url"], "valueString": "x"})
            yield Fault(mutant, place.path, f"{child.cited} max 0")


def missing_part(base: Base, rng: Random) -> Iterator[Fault]:
    """A part of a complex extension that its definition requires."""
    for place in extensions(base, rng):
        structure = definition(base, place)
        parts = structure.root.child("extension") if structure is not None else None
        for part in parts.parts() if parts is not None else ():
            name = part.id.rpartition(":")[2]
            indexes = {n for n, one in enumerate(place.value.get("extension", ())) if url_of_part(part, name, one)}
            if part.min > 0 and indexes and len(place.value["extension"]) > len(indexes):
                mutant = take_items(base.resource, (*place.path, "extension"), indexes)
                yield Fault(mutant, place.path, f"{part.cited} min {part.min}")


def url_of_part(part: Node, name: str, extension: dict[str, Any]) -> bool:
    """Whether a nested extension is the part of that slice."""
    url = part.child("url")
    fixed = url.constant() if url is not None else None
    return extension.get("url") == (fixed[1] if fixed else name)


def unknown_modifier(base: Base, rng: Random) -> Iterator[Fault]:
    """A modifier extension that nobody here knows must not be passed over."""
    for place in shuffled(base.places, rng):
        if place.content and place.content[0].child("modifierExtension") is not None:
            extension = {"url": "http://example.org/fhir/StructureDefinition/unknown-modifier", "valueBoolean": True}
            mutant = add(base.resource, (*place.path, "modifierExtension"), extension)
            yield Fault(mutant, place.path, f"{place.content[0].cited}.modifierExtension isModifier")


def modifier_of_plain(base: Base, rng: Random) -> Iterator[Fault]:
    """An extension whose definition is no modifier, among the modifiers."""
    for place in extensions(base, rng):
        structure = definition(base, place)
        if structure is None or structure.root.element.get("isModifier") or len(place.path) != 2:
            continue
        holder = base.places[0]
        if holder.content and holder.content[0].child("modifierExtension") is not None and place.path[0] == "extension":
            mutant = take_items(base.resource, ("extension",), {int(place.path[1])})
            mutant = add(mutant, ("modifierExtension",), place.value)
            yield Fault(mutant, ("modifierExtension",), f"{structure.root.cited} isModifier false")


def allowed_on(structure: Structure, code: str) -> bool:
    """Whether the contexts of an extension may include the root of a resource type."""
    contexts = {(one["type"], one["expression"].partition(".")[0]) for one in structure.context}
    return any(kind != "element" or expression in {*ANYWHERE, code} for kind, expression in contexts)


def wrong_context(base: Base, rng: Random) -> Iterator[Fault]:
    """An extension of Patient on another resource type."""
    code = base.resource["resourceType"]
    root = base.places[0]
    if not root.content or root.content[0].child("extension") is None:
        return
    for extension in shuffled(OF_PATIENTS, rng):
        structure = base.knows.definitions.structure(extension["url"])
        if structure is not None and structure.context and not allowed_on(structure, code):
            because = f"{structure.root.cited} context, on {code}"
            yield Fault(add(base.resource, ("extension",), extension), ("extension",), because)


def wrong_context_inside(base: Base, rng: Random) -> Iterator[Fault]:
    """An extension of Patient on a datatype."""
    for place in shuffled(base.places, rng):
        if place.element is None or not place.is_complex or place.code in {"Extension", "Resource", "BackboneElement"}:
            continue
        extension = rng.choice(OF_PATIENTS)
        structure = base.knows.definitions.structure(extension["url"])
        if structure is not None and "resourceType" not in place.value and not allowed_on(structure, place.code):
            mutant = add(base.resource, (*place.path, "extension"), extension)
            yield Fault(mutant, place.path, f"{structure.root.cited} context, on {place.code}")


def relative_url(base: Base, rng: Random) -> Iterator[Fault]:
    """The url of an extension that is no part of another is absolute."""
    root = base.places[0]
    if root.content and root.content[0].child("extension") is not None:
        extension = {"url": rng.choice(["birthsex", "us-core-race"]), "valueString": "x"}
        mutant = add(base.resource, ("extension",), extension)
        yield Fault(mutant, ("extension",), "Extension#Extension.url: a URL that identifies the extension")


def versioned_url(base: Base, rng: Random) -> Iterator[Fault]:
    """The url of an extension has no version."""
    for place in extensions(base, rng):
        if ":" in place.value.get("url", ""):
            mutant = extended(base.resource, place.path, url=f"{place.value['url']}|4.0.1")
            yield Fault(mutant, place.path, "Extension#Extension.url: no |version")


def below_minimum(base: Base, rng: Random) -> Iterator[Fault]:
    """A number below the minValue[x] of an extension's definition."""
    for name, value in (("questionnaire-minOccurs", -1), ("questionnaire-maxOccurs", 0)):
        url = f"http://hl7.org/fhir/StructureDefinition/{name}"
        structure = base.knows.definitions.structure(url)
        child = structure.root.child("value[x]") if structure is not None else None
        least = prefixed(child.element, "minValue") if child is not None else None
        for place in shuffled(base.places, rng) if least and least[1] > value else ():
            if place.element is not None and place.element.base.id == "Questionnaire.item":
                mutant = add(base.resource, (*place.path, "extension"), {"url": url, "valueInteger": value})
                yield Fault(mutant, place.path, f"{name} minValue {value + 1}, in {base.name}")


def beside_primitive(base: Base, rng: Random) -> Iterator[Fault]:
    """Extensions of primitives obey the same rules."""
    wrong = (
        {"valueString": "no url"},
        {"url": samples.ABSENT["url"], "valueString": "no code"},
        {"url": "http://example.org/fhir/x", "valueString": "x", "valueBoolean": True},
        {"url": "http://example.org/fhir/x", "zzUnknown": 1},
        {"url": "http://example.org/fhir/x"},
    )
    for element in shuffled(base.elements, rng):
        if not element.items[0].is_complex and not element.repeats and element.key not in {"id", "url", "div"}:
            index = rng.randrange(len(wrong))
            mutant = extended(base.resource, element.holder.path, **{f"_{element.key}": {"extension": [wrong[index]]}})
            yield Fault(mutant, element.path, f"{element.base.cited} extension, row {index}")


OPERATORS = (
    Operator("extension without url", no_url, ("cardinality.min", "extension.url")),
    Operator("extension with value and parts", value_and_extension, ("invariant:ext-1", "cardinality.max")),
    Operator("extension with neither", neither, ("invariant:ext-1", "cardinality.min")),
    Operator(
        "extension value of a wrong type", wrong_value_type, ("type", "slicing", "unknown-property", "cardinality")
    ),
    Operator("value in a complex extension", value_in_complex, ("cardinality", "slicing.min", "type")),
    Operator("part that an extension does not have", unknown_part, ("extension.part", "slicing", "cardinality")),
    Operator("part of an extension missing", missing_part, ("slicing.min", "cardinality.min")),
    Operator("unknown modifier extension", unknown_modifier, ("extension.modifier-unknown",)),
    Operator("plain extension among modifiers", modifier_of_plain, ("extension.modifier",)),
    Operator("extension on another resource type", wrong_context, ("extension.context",)),
    Operator("extension on a datatype not its own", wrong_context_inside, ("extension.context",)),
    Operator("relative extension url", relative_url, ("extension.url",)),
    Operator("extension url with version", versioned_url, ("extension.url",)),
    Operator("number below its minimum", below_minimum, ("value", "min")),
    Operator("faulty extension of a primitive", beside_primitive),
)
