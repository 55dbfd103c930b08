"""Faults of shape: cardinality, JSON kinds, unknown elements, emptiness (FHIR R4, JSON representation 2.6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants import samples
from mutants.edit import add, extended, put, rename, take
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from mutants.places import Element, Place

UNDEFINED = "the type defines no such element"


def elements(base: Base, rng: Random) -> list[Element]:
    """The elements that occur, in random order, without those that decide which definitions apply."""
    kept = [one for one in base.elements if "meta" not in one.path and one.key not in {"url", "resourceType"}]
    return shuffled(kept, rng)


def places(base: Base, rng: Random) -> list[Place]:
    """The values inside a resource, in random order."""
    return shuffled((one for one in base.places if one.element is not None), rng)


def drop_required_of_base(base: Base, rng: Random) -> Iterator[Fault]:
    """The base definition gives the element min >= 1."""
    for element in elements(base, rng):
        if element.base.min > 0 and len(element.holder.value) > 1:
            yield Fault(take(base.resource, element.path), element.path, f"{element.base.cited} min")


def drop_required_of_profile(base: Base, rng: Random) -> Iterator[Fault]:
    """A profile gives min >= 1 to what the base leaves optional."""
    for element in elements(base, rng):
        if element.base.min > 0 or len(element.holder.value) < 2:
            continue
        for node in element.nodes:
            if node.min > 0:
                mutant = take(base.resource, element.path)
                if not node.is_slice or base.still_holds(mutant, element.holder.path, holder_of(element, node)):
                    yield Fault(mutant, element.path, f"{node.cited} min")
                break


def holder_of(element: Element, node: Any) -> Any:
    """The definition of the holder under which ``node`` is a child."""
    return next(one for one in element.holder.content if one.child(element.name) == node)


def exceed_profile_max(base: Base, rng: Random) -> Iterator[Fault]:
    """A profile gives a repeating element a finite max; one item too many."""
    for element in elements(base, rng):
        for node in element.nodes:
            if element.repeats and 1 <= node.max < float("inf") and "id" not in samples.keys_of(element.items[0].value):
                missing = int(node.max) + 1 - len(element.items)
                mutant = add(base.resource, element.path, *[element.items[-1].value] * missing)
                if not node.is_slice or base.still_holds(mutant, element.holder.path, holder_of(element, node)):
                    yield Fault(mutant, element.path, f"{node.cited} max {int(node.max)}")
                break


def add_prohibited(base: Base, rng: Random) -> Iterator[Fault]:
    """A profile gives max 0 to an element that the base allows."""
    for place in shuffled(base.places, rng):
        for node in place.content[1:]:
            for name in node.names():
                child = node.child(name)
                below = place.content[0].child(name)
                if child is None or below is None or child.max != 0 or below.max == 0:
                    continue
                found = samples.of_element(below, base.knows.definitions)
                if found is not None and not any(one.name == name for one in place.elements):
                    yield Fault(extended(base.resource, place.path, **found), place.path, f"{child.cited} max 0")


def scalar_to_array(base: Base, rng: Random) -> Iterator[Fault]:
    """The base max is 1: a JSON property, no array."""
    for element in elements(base, rng):
        if not element.repeats and element.key != "id":
            yield Fault(
                put(base.resource, element.path, [element.items[0].value]), element.path, f"{element.base.cited} max 1"
            )


def array_to_scalar(base: Base, rng: Random) -> Iterator[Fault]:
    """The base max is *: always a JSON array."""
    for element in elements(base, rng):
        if element.repeats and len(element.items) == 1 and f"_{element.key}" not in element.holder.value:
            yield Fault(
                put(base.resource, element.path, element.items[0].value), element.path, f"{element.base.cited} max *"
            )


def nested_array(base: Base, rng: Random) -> Iterator[Fault]:
    """FHIR knows no arrays of arrays."""
    for element in elements(base, rng):
        if element.repeats:
            value = [[one.value for one in element.items]]
            yield Fault(put(base.resource, element.path, value), element.path, f"{element.base.cited} type")


def unknown_at_top(base: Base, rng: Random) -> Iterator[Fault]:
    """No definition of the resource type has the element."""
    name = rng.choice(["zzUnknown", "patientName", "colour"])
    yield Fault(extended(base.resource, (), **{name: "x"}), (name,), UNDEFINED)


def unknown_nested(base: Base, rng: Random) -> Iterator[Fault]:
    """No definition of the datatype or backbone element has the element."""
    for place in places(base, rng):
        if place.is_complex and place.content and "resourceType" not in place.value:
            mutant = extended(base.resource, place.path, zzUnknown={"value": 1})
            yield Fault(mutant, place.path, f"{place.content[0].cited}: {UNDEFINED}")


def wrong_case(base: Base, rng: Random) -> Iterator[Fault]:
    """Names are case-sensitive."""
    for element in elements(base, rng):
        if f"_{element.key}" not in element.holder.value:
            mutant = rename(base.resource, element.path, element.key.capitalize())
            if element.key.capitalize() != element.key:
                yield Fault(mutant, element.path, f"{element.base.cited} name")


def empty_array(base: Base, rng: Random) -> Iterator[Fault]:
    """An array is never empty."""
    for element in elements(base, rng):
        if element.repeats and f"_{element.key}" not in element.holder.value:
            yield Fault(put(base.resource, element.path, []), element.path, f"{element.base.cited} empty")


def empty_object(base: Base, rng: Random) -> Iterator[Fault]:
    """ele-1: an element has a value or children."""
    for place in places(base, rng):
        if place.is_complex and "resourceType" not in place.value:
            yield Fault(put(base.resource, place.path, {}), place.path, f"{place.content[0].cited} ele-1")


def id_alone(base: Base, rng: Random) -> Iterator[Fault]:
    """ele-1: an id is no content."""
    for place in places(base, rng):
        if place.is_complex and "resourceType" not in place.value:
            mutant = put(base.resource, place.path, {"id": "only-an-id"})
            yield Fault(mutant, place.path, f"{place.content[0].cited} ele-1")


def empty_string(base: Base, rng: Random) -> Iterator[Fault]:
    """A primitive's string has at least one character."""
    for place in places(base, rng):
        if isinstance(place.value, str):
            yield Fault(put(base.resource, place.path, ""), place.path, f"{place.code} at least one character")


def null_value(base: Base, rng: Random) -> Iterator[Fault]:
    """A null stands only in arrays of primitives, opposite a ``_name`` item."""
    for element in elements(base, rng):
        if f"_{element.key}" not in element.holder.value:
            yield Fault(put(base.resource, element.path, None), element.path, f"{element.base.cited} null")


def null_in_array(base: Base, rng: Random) -> Iterator[Fault]:
    """A null item needs its counterpart in ``_name``; complex items have none."""
    for element in elements(base, rng):
        if element.repeats and f"_{element.key}" not in element.holder.value:
            yield Fault(add(base.resource, element.path, None), element.path, f"{element.base.cited} null")


def sibling_misaligned(base: Base, rng: Random) -> Iterator[Fault]:
    """``name`` and ``_name`` have as many items."""
    for element in elements(base, rng):
        if element.repeats and not element.items[0].is_complex and f"_{element.key}" not in element.holder.value:
            siblings = [None] * len(element.items) + [{"extension": [samples.ABSENT]}]
            mutant = extended(base.resource, element.holder.path, **{f"_{element.key}": siblings})
            yield Fault(mutant, element.path, f"{element.base.cited} alignment")


def sibling_of_complex(base: Base, rng: Random) -> Iterator[Fault]:
    """Only primitives have a ``_name``."""
    for element in elements(base, rng):
        if element.items[0].is_complex:
            sibling: Any = {"id": f"sibling-{rng.randrange(10**6)}", "extension": [samples.ABSENT]}
            value = [sibling] if element.repeats else sibling
            mutant = extended(base.resource, element.holder.path, **{f"_{element.key}": value})
            yield Fault(mutant, element.path, f"{element.base.cited} is no primitive")


def sibling_without_content(base: Base, rng: Random) -> Iterator[Fault]:
    """A ``_name`` object holds an id or extensions and nothing else."""
    for element in elements(base, rng):
        if not element.items[0].is_complex and not element.repeats and element.key != "id":
            mutant = extended(base.resource, element.holder.path, **{f"_{element.key}": {"value": "x"}})
            yield Fault(mutant, element.path, f"{element.base.cited} sibling")


def complex_to_string(base: Base, rng: Random) -> Iterator[Fault]:
    """A complex type is a JSON object."""
    for place in places(base, rng):
        if place.is_complex:
            yield Fault(put(base.resource, place.path, "text"), place.path, f"{place.content[0].cited} type")


def primitive_to_object(base: Base, rng: Random) -> Iterator[Fault]:
    """A primitive is a JSON scalar."""
    for place in places(base, rng):
        if not place.is_complex:
            mutant = put(base.resource, place.path, {"value": place.value})
            yield Fault(mutant, place.path, f"{place.code} type")


ANYTHING: tuple[Any, ...] = (17, -1.5, True, "text", "", None, [], {}, ["text"], [[]], [None], {"a": 1}, [{"a": [1]}])


def another_kind(base: Base, rng: Random) -> Iterator[Fault]:
    """A whole element replaced by JSON that its type and cardinality are never written as."""
    for element in elements(base, rng):
        value = rng.choice(ANYTHING)
        if not may_be_written(element, value):
            yield Fault(put(base.resource, element.path, value), element.path, f"{element.base.cited} type")


def may_be_written(element: Element, value: Any) -> bool:
    """Whether the kind of JSON value alone leaves it open that the element is right."""
    if value in ({}, [], "", None, [[]], [None]) or isinstance(value, list) != element.repeats:
        return False
    inner = value[0] if isinstance(value, list) else value
    kinds = {"boolean": bool, "decimal": int | float, "integer": int, "positiveInt": int, "unsignedInt": int}
    if element.items[0].is_complex:
        return False
    wanted = kinds.get(element.code, str)
    return isinstance(inner, wanted) and isinstance(inner, bool) == (element.code == "boolean")


OPERATORS = (
    Operator("another kind of JSON value", another_kind),
    Operator("drop required (base)", drop_required_of_base, ("cardinality.min",)),
    Operator("drop required (profile)", drop_required_of_profile, ("cardinality.min",)),
    Operator("exceed profile max", exceed_profile_max, ("cardinality.max",)),
    Operator("add prohibited (max 0)", add_prohibited, ("cardinality.max", "type")),
    Operator("scalar to array", scalar_to_array, ("type", "cardinality.max")),
    Operator("array to scalar", array_to_scalar, ("type", "cardinality")),
    Operator("array in array", nested_array, ("type",)),
    Operator("unknown element (top)", unknown_at_top, ("unknown-property",)),
    Operator("unknown element (nested)", unknown_nested, ("unknown-property",)),
    Operator("element name in wrong case", wrong_case, ("unknown-property",)),
    Operator("empty array", empty_array, ("empty", "type", "cardinality")),
    Operator("empty object", empty_object, ("invariant:ele-1", "empty")),
    Operator("object with only an id", id_alone, ("invariant:ele-1", "empty")),
    Operator("empty string", empty_string, ("empty", "format", "extension.url", "narrative")),
    Operator("null value", null_value, ("null", "type")),
    Operator("null in array", null_in_array, ("null", "type")),
    Operator("_field of another length", sibling_misaligned, ("alignment",)),
    Operator("_field beside a complex element", sibling_of_complex, ("unknown-property",)),
    Operator("_field with a value", sibling_without_content, ("unknown-property",)),
    Operator("complex to string", complex_to_string, ("type",)),
    Operator("primitive to object", primitive_to_object, ("type",)),
)
