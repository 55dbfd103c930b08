"""Changes that break nothing: a closed list. A validator that raises an error for one of them is wrong."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mutants import samples
from mutants.edit import add, change, extended, put, take
from mutants.model import Base, Fault, Operator, shuffled
from mutants.operators.rawtext import MARK, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from mutants.places import Place

FREE = ("string", "markdown")
ELSEWHERE = {"system": "http://example.org/fhir/CodeSystem/our-own", "code": "of-our-own", "display": "Our own"}
UNKNOWN = {"url": "http://example.org/fhir/StructureDefinition/unknown", "valueString": "x"}


def backwards(value: Any) -> Any:
    """Every object with its keys in reverse order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(one) for one in value] if isinstance(value, list) else value


def key_order(base: Base, rng: Random) -> Iterator[Fault]:
    """The order of names in an object means nothing."""
    yield Fault(backwards(base.resource), (), "JSON: objects are unordered")


def constrained(place: Place) -> bool:
    """Whether a definition fixes the value, restricts it by an invariant of the element, or tells slices by it."""
    return place.element is None or any(
        node.constant()
        or node.is_slice
        or "maxLength" in node.element
        or {one["key"] for one in node.element.get("constraint", ())} - {"ele-1"}
        for node in place.nodes
    )


def free_texts(base: Base, rng: Random) -> Iterator[Place]:
    """Texts that no definition restricts."""
    names = {"text", "display", "description", "city", "note", "comment", "title", "unit", "valueString"}
    for place in shuffled(base.places, rng):
        if place.code in FREE and place.path[-1] in names and not constrained(place):
            yield place


def unicode_text(base: Base, rng: Random) -> Iterator[Fault]:
    """Text of any script, with characters beyond the basic plane."""
    for place in free_texts(base, rng):
        text = "Žluťoučký kůň 馬 \U0001f40e \u200f عربي e\u0301"
        yield Fault(put(base.resource, place.path, text), place.path, f"{place.path[-1]}: any Unicode text")


def line_breaks(base: Base, rng: Random) -> Iterator[Fault]:
    """Tab, carriage return and line feed are allowed in text."""
    for place in free_texts(base, rng):
        yield Fault(put(base.resource, place.path, "one\ttwo\r\nthree"), place.path, f"{place.path[-1]}: tab, CR, LF")


def unknown_extension(base: Base, rng: Random) -> Iterator[Fault]:
    """Unknown extensions that modify nothing may stand on every element."""
    for place in shuffled(base.places, rng):
        is_open = not any(limits_extensions(node) for node in place.content)
        if place.content and place.content[0].child("extension") is not None and place.code != "Extension" and is_open:
            mutant = add(base.resource, (*place.path, "extension"), UNKNOWN)
            yield Fault(mutant, place.path, f"{place.content[0].cited}.extension: open")


def limits_extensions(node: Any) -> bool:
    """Whether a definition closes or counts the extensions of an element."""
    child = node.child("extension")
    return child is not None and (
        child.max < float("inf") or child.element.get("slicing", {}).get("rules", "open") != "open"
    )


def extra_item(base: Base, rng: Random) -> Iterator[Fault]:
    """An item that fits no slice of an open slicing."""
    for element in shuffled(base.elements, rng):
        node = next((one for one in element.nodes if one.parts()), None)
        rules = node.element.get("slicing", {}).get("rules") if node is not None else None
        if node is None or rules != "open" or any(one.max < float("inf") for one in element.nodes):
            continue
        item = {"Identifier": samples.VALUES["Identifier"], "CodeableConcept": {"text": "in words"}}.get(element.code)
        bindings = {one.element.get("binding", {}).get("strength") for one in element.speaking()}
        if item is not None and "required" not in bindings and not demanding(element):
            yield Fault(add(base.resource, element.path, item), element.path, f"{node.cited} slicing.rules open")


def demanding(element: Any) -> bool:
    """Whether a profile says something about every item of an array, beyond slices."""
    return any(
        (child := node.child(name)) is not None and (child.min > 0 or child.constant())
        for node in element.nodes
        for name in node.names()
    )


def more_codings(base: Base, rng: Random) -> Iterator[Fault]:
    """A translation of our own beside the codings that count."""
    for place in shuffled(base.places, rng):
        if place.code == "CodeableConcept" and place.value.get("coding") and open_codings(place):
            mutant = add(base.resource, (*place.path, "coding"), ELSEWHERE)
            yield Fault(mutant, place.path, "CodeableConcept#CodeableConcept.coding: several")


def open_codings(place: Place) -> bool:
    """Whether nothing limits the number or kind of codings."""
    children = [child for node in place.content[1:] if (child := node.child("coding")) is not None]
    return all(
        child.max == float("inf")
        and child.element.get("slicing", {}).get("rules", "open") == "open"
        and not child.names()
        for child in children
    )


def reordered_codings(base: Base, rng: Random) -> Iterator[Fault]:
    """The order of codings means nothing."""
    for place in shuffled(base.places, rng):
        if place.code == "CodeableConcept" and len(place.value.get("coding", ())) > 1:
            mutant = change(base.resource, (*place.path, "coding"), lambda codings: codings[::-1])
            yield Fault(mutant, place.path, "CodeableConcept#CodeableConcept.coding")


def absolute_reference(base: Base, rng: Random) -> Iterator[Fault]:
    """The same address in full."""
    if base.resource["resourceType"] == "Bundle":
        return
    for place in shuffled(base.places, rng):
        if place.code == "Reference" and re.fullmatch(r"[A-Z]\w+/[\w.-]+", str(place.value.get("reference", ""))):
            address = f"https://example.org/fhir/{place.value['reference']}"
            mutant = extended(base.resource, place.path, reference=address)
            yield Fault(mutant, place.path, "Reference#Reference.reference: absolute or relative")


def versioned_reference(base: Base, rng: Random) -> Iterator[Fault]:
    """The same resource in a certain version, its type said as well."""
    if base.resource["resourceType"] == "Bundle":
        return
    for place in shuffled(base.places, rng):
        match = re.fullmatch(r"([A-Z]\w+)/[\w.-]+", str(place.value.get("reference", "")) if place.is_complex else "")
        if place.code == "Reference" and match:
            address = f"{match[0]}/_history/3"
            mutant = extended(base.resource, place.path, reference=address, type=match[1])
            yield Fault(mutant, place.path, "Reference#Reference.reference: version-specific")


def logical_reference(base: Base, rng: Random) -> Iterator[Fault]:
    """A reference by identifier alone, where no definition asks for an address."""
    for place in shuffled(base.places, rng):
        if place.code != "Reference" or place.path[-1] == "provider" or base.resource["resourceType"] == "Bundle":
            continue
        if str(place.value.get("reference", "#")).startswith("#"):
            continue
        asked = [child for node in place.content for name in ("reference", "display") if (child := node.child(name))]
        if all(child.min == 0 for child in asked) and not any(node.is_slice for node in place.nodes):
            value = {"identifier": {"system": "http://example.org/ids", "value": "17"}}
            yield Fault(put(base.resource, place.path, value), place.path, "Reference#Reference.identifier")


def spaced_base64(base: Base, rng: Random) -> Iterator[Fault]:
    """White space inside base64 is legal."""
    for place in shuffled(base.places, rng):
        if place.code == "base64Binary" and len(place.value) > 4:
            value = f"{place.value[:4]}\r\n {place.value[4:]}"
            yield Fault(put(base.resource, place.path, value), place.path, "base64Binary: white space")


def absent_value(base: Base, rng: Random) -> Iterator[Fault]:
    """A primitive with an extension in place of its value is present."""
    for place in free_texts(base, rng):
        key = str(place.path[-1])
        if place.element is not None and not place.element.repeats and f"_{key}" not in place.element.holder.value:
            sibling = {f"_{key}": {"extension": [samples.ABSENT]}}
            mutant = extended(take(base.resource, place.path), place.path[:-1], **sibling)
            yield Fault(mutant, place.path, f"{place.element.base.cited}: present by its extension")


def beside_values(base: Base, rng: Random) -> Iterator[Fault]:
    """A repeating primitive with a sibling for one of its items."""
    for element in shuffled(base.elements, rng):
        key = f"_{element.key}"
        if (
            element.repeats
            and not element.items[0].is_complex
            and key not in element.holder.value
            and element.key != "profile"
        ):
            siblings: list[Any] = [None] * (len(element.items) - 1) + [{"extension": [UNKNOWN]}]
            mutant = extended(base.resource, element.holder.path, **{key: siblings})
            yield Fault(mutant, element.path, f"{element.base.cited}: aligned sibling")


def element_ids(base: Base, rng: Random) -> Iterator[Fault]:
    """Every element may have an id of its own."""
    mutant = base.resource
    for number, place in enumerate(one for one in base.places if one.content and one.element is not None):
        if "resourceType" not in place.value and "id" not in place.value and limits_nothing(place):
            mutant = extended(mutant, place.path, id=f"e{number}")
    if "contained" not in base.resource and base.resource["resourceType"] != "Bundle":
        yield Fault(mutant, (), "Element#Element.id")


def limits_nothing(place: Place) -> bool:
    """Whether no fixed value (which allows nothing beside it) stands on a complex value."""
    return not any((constant := node.constant()) is not None and constant[0] == "fixed" for node in place.nodes)


def labels(base: Base, rng: Random) -> Iterator[Fault]:
    """Tags, security labels and a source say nothing about validity."""
    label = {"system": "http://example.org/labels", "code": "x"}
    meta = {**base.resource.get("meta", {}), "tag": [label], "source": "urn:example:source"}
    yield Fault({**base.resource, "meta": meta}, ("meta",), "Meta#Meta.tag")


def language(base: Base, rng: Random) -> Iterator[Fault]:
    """A language of BCP 47."""
    if base.resource["resourceType"] != "Bundle":
        tag = rng.choice(["de-CH-1996", "zh-Hant-TW", "es-419"])
        yield Fault({**base.resource, "language": tag}, ("language",), "Resource#Resource.language")


def other_zone(base: Base, rng: Random) -> Iterator[Fault]:
    """Instants with fractions of a second and any offset."""
    for place in shuffled(base.places, rng):
        if place.code == "instant":
            value = rng.choice(
                ["2023-05-06T07:08:09.123456789+14:00", "2016-12-31T23:59:60Z", "2023-05-06T00:00:00-00:00"]
            )
            yield Fault(put(base.resource, place.path, value), place.path, "instant, any zone")


def contained_and_referenced(base: Base, rng: Random) -> Iterator[Fault]:
    """A contained resource that refers to its container."""
    root = base.places[0]
    if root.content and root.content[0].child("contained") is not None and "contained" not in base.resource:
        target = {
            "resourceType": "Basic",
            "id": "inside",
            "code": {"text": "something"},
            "extension": [{"url": "http://example.org/fhir/of", "valueReference": {"reference": "#"}}],
        }
        limited = any((child := node.child("contained")) is not None and child.max == 0 for node in root.content)
        if not limited:
            yield Fault(add(base.resource, ("contained",), target), ("contained",), "dom-3: refers to its container")


def rewritten(because: str, edit: Callable[[str], str | bytes]) -> Callable[[Base, Random], Any]:
    """An operator's function that writes the same resource differently."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        text = edit(written(base.resource))
        yield Fault(text.encode() if isinstance(text, str) else text, (), because)

    return mutate


def decimals_written(forms: Callable[[Any], str]) -> Callable[[Base, Random], Any]:
    """An operator's function that writes decimals in another way."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        for place in shuffled(base.places, rng):
            if place.code == "decimal" and not constrained(place):
                text = written(put(base.resource, place.path, MARK)).replace(json.dumps(MARK), forms(place.value))
                yield Fault(text.encode(), place.path, "decimal, written otherwise")

    return mutate


def trailing_zeros(value: Any) -> str:
    """A decimal with a higher precision."""
    return f"{value}00" if "." in str(value) else f"{value}.00"


HARMLESS = (
    Operator("key order", key_order),
    Operator("Unicode text", unicode_text),
    Operator("line breaks in text", line_breaks),
    Operator("unknown extension", unknown_extension),
    Operator("extra item in an open slicing", extra_item),
    Operator("coding of another system beside the others", more_codings),
    Operator("codings in another order", reordered_codings),
    Operator("absolute reference", absolute_reference),
    Operator("reference with version and type", versioned_reference),
    Operator("reference by identifier alone", logical_reference),
    Operator("white space in base64", spaced_base64),
    Operator("value only as _field", absent_value),
    Operator("_field beside values", beside_values),
    Operator("element ids everywhere", element_ids),
    Operator("tags and source", labels),
    Operator("language", language),
    Operator("other time zones", other_zone),
    Operator("contained resource that refers to its container", contained_and_referenced),
    Operator(
        "text: compact", rewritten("white space", lambda t: json.dumps(json.loads(t), separators=(",", ":"))), raw=True
    ),
    Operator("text: escapes", rewritten("escapes", lambda t: json.dumps(json.loads(t), ensure_ascii=True)), raw=True),
    Operator(
        "text: CR LF and tabs",
        rewritten("white space", lambda t: json.dumps(json.loads(t), indent="\t").replace("\n", "\r\n")),
        raw=True,
    ),
    Operator("text: decimals with trailing zeros", decimals_written(trailing_zeros), raw=True),
    Operator("text: decimals with exponent", decimals_written(lambda value: f"{value}e0"), raw=True),
)

OPERATORS = tuple(one._replace(rules=("nothing",)) for one in HARMLESS)
