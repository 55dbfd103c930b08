"""Fixed values and patterns (ElementDefinition.fixed[x], pattern[x])."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants.edit import put
from mutants.model import Base, Fault, Operator, shuffled
from mutants.slices import contains, equal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from mutants.definitions import Node
    from mutants.places import Place


def constants(base: Base, rng: Random, kind: str) -> Iterator[tuple[Place, Node, Any]]:
    """Values of which a profile says that they are fixed or fit a pattern."""
    for place in shuffled(base.places, rng):
        if place.element is None or place.path[:2] == ("meta", "profile") or place.path[-1] == "url":
            continue
        for node in place.nodes:
            constant = node.constant()
            if constant is not None and constant[0] == kind:
                yield place, node, constant[1]


def verified(base: Base, place: Place, node: Node, value: Any) -> Iterator[Fault]:
    """The fault of putting ``value`` there, provided that the definition goes on to speak about the place."""
    mutant = put(base.resource, place.path, value)
    kind, wanted = node.constant() or ("", None)
    fits = equal(wanted, value) if kind == "fixed" else contains(wanted, value)
    if not fits and (not node.is_slice or base.still_holds(mutant, place.path, node)):
        yield Fault(mutant, place.path, f"{node.cited} {kind}")


def spoilt(value: Any) -> Any:
    """A value of the same type that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return f"{value}-other"
    if isinstance(value, list):
        return [spoilt(one) for one in value]
    return {key: spoilt(part) for key, part in value.items()}


def overlaid(value: Any, pattern: Any) -> Any:
    """``value`` with exactly the parts that the pattern names spoilt."""
    if isinstance(pattern, dict) and isinstance(value, dict):
        return {key: overlaid(part, pattern[key]) if key in pattern else part for key, part in value.items()}
    if isinstance(pattern, list) and isinstance(value, list):
        return [next((overlaid(one, part) for part in pattern if contains(part, one)), one) for one in value]
    return spoilt(value)


def fixed_changed(base: Base, rng: Random) -> Iterator[Fault]:
    """Another value than the fixed one."""
    for place, node, _ in constants(base, rng, "fixed"):
        yield from verified(base, place, node, spoilt(place.value))


def pattern_changed(base: Base, rng: Random) -> Iterator[Fault]:
    """The parts that the pattern asks for, with other values."""
    for place, node, pattern in constants(base, rng, "pattern"):
        yield from verified(base, place, node, overlaid(place.value, pattern))


def pattern_part_dropped(base: Base, rng: Random) -> Iterator[Fault]:
    """A part that the pattern asks for is left out (a coding without its system)."""
    for place, node, pattern in constants(base, rng, "pattern"):
        for coding in pattern.get("coding", ()) if isinstance(pattern, dict) else ():
            part = rng.choice(sorted(coding))
            codings = [
                {key: value for key, value in one.items() if key != part} if contains(coding, one) else one
                for one in place.value.get("coding", ())
            ]
            if all(codings):
                yield from verified(base, place, node, {**place.value, "coding": codings})


def valid_elsewhere(base: Base, rng: Random) -> Iterator[Fault]:
    """A code that the base allows and the profile's constant excludes (ExplanationOfBenefit.use)."""
    for place in shuffled(base.places, rng):
        if place.code != "code" or place.element is None:
            continue
        binding = place.element.base.element.get("binding", {})
        for node in place.nodes:
            if node.constant() is None or binding.get("strength") != "required":
                continue
            members = base.knows.value_sets.get(binding["valueSet"], place.element.base.structure.package)
            others = sorted(code for codes in members.systems.values() for code in codes or () if code != place.value)
            if others:
                yield from verified(base, place, node, rng.choice(others))


def claim_type(base: Base, rng: Random) -> Iterator[Fault]:
    """ExplanationOfBenefit.type of another kind of claim than the profile's pattern."""
    if base.resource["resourceType"] != "ExplanationOfBenefit":
        return
    for place, node, pattern in constants(base, rng, "pattern"):
        if place.path == ("type",):
            kinds = ["pharmacy", "oral", "vision", "institutional", "professional"]
            kind = rng.choice([one for one in kinds if one != pattern["coding"][0]["code"]])
            coding = {"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": kind}
            yield from verified(base, place, node, {"coding": [coding]})


def attachment_size(base: Base, rng: Random) -> Iterator[Fault]:
    """Attachment.size is the number of bytes of the data before base64."""
    for place in shuffled(base.places, rng):
        if place.code == "Attachment" and "data" in place.value and "size" in place.value:
            mutant = put(base.resource, (*place.path, "size"), place.value["size"] + rng.choice([-1, 1, 1000]))
            yield Fault(mutant, place.path, f"{place.content[0].cited}.size, of {base.name}")


def attachment_hash(base: Base, rng: Random) -> Iterator[Fault]:
    """Attachment.hash is the SHA-1 of the data."""
    for place in shuffled(base.places, rng):
        if place.code == "Attachment" and "data" in place.value and "hash" in place.value:
            mutant = put(base.resource, (*place.path, "hash"), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
            yield Fault(mutant, place.path, f"{place.content[0].cited}.hash, of {base.name}")


OPERATORS = (
    Operator("fixed value changed", fixed_changed, ("fixed",)),
    Operator("pattern changed", pattern_changed, ("pattern", "slicing")),
    Operator("part of a pattern dropped", pattern_part_dropped, ("pattern", "slicing")),
    Operator("code of the base, not of the profile", valid_elsewhere, ("pattern", "fixed")),
    Operator("attachment of another size", attachment_size),
    Operator("attachment with another hash", attachment_hash),
    Operator("claim type of another profile", claim_type, ("pattern",)),
)
