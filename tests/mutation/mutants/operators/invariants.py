"""Invariants (ElementDefinition.constraint): one operator per key, applied wherever a definition states that key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants import breakages, guide_breakages
from mutants.edit import extended, put
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from mutants.breakages import Change
    from mutants.definitions import Node
    from mutants.model import Severity
    from mutants.places import Place


def constrained(base: Base, rng: Random, key: str, severity: str) -> list[tuple[Place, Node]]:
    """The values about which a definition states the invariant, with an expression that something can make false."""
    vain = guide_breakages.NEVER_FALSE.get(key)
    found = [
        (place, node)
        for place, node, expression in base.invariants.get((key, severity), ())
        if not (vain and expression.startswith(vain))
    ]
    return shuffled(found, rng)


def faults(base: Base, rng: Random, key: str, change: Change, severity: str) -> Iterator[Fault]:
    """Values changed so that the invariant is false, where they are governed by it afterwards too."""
    for place, node in constrained(base, rng, key, severity):
        value = change(place.value)
        if value is None or value == place.value:
            continue
        mutant = put(base.resource, place.path, value)
        if not node.is_slice or base.still_holds(mutant, place.path, node):
            yield Fault(mutant, place.path, f"{node.cited} {key}")


def created(base: Base, rng: Random, key: str, name: str, value: Any) -> Iterator[Fault]:
    """An element added that breaks the invariant stated for it."""
    for place in shuffled(base.places, rng):
        if not place.content or name in place.value:
            continue
        child = place.content[0].child(name)
        prohibited = any(one.max == 0 for node in place.content[1:] if (one := node.child(name)) is not None)
        stated = {(one["key"], one["severity"]) for one in child.element.get("constraint", ())} if child else set()
        if child is not None and (key, "error") in stated and not prohibited:
            repeated = value if child.element["max"] == "1" else [value]
            yield Fault(extended(base.resource, place.path, **{name: repeated}), place.path, f"{child.cited} {key}")


def by_change(key: str, change: Change, severity: Severity = "error") -> Operator:
    """The operator of one row of changes."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        return faults(base, rng, key, change, severity)

    name = f"invariant {key}" if severity == "error" else f"invariant {key} (warning)"
    return Operator(name, mutate, (f"invariant:{key}",), severity)


def by_creation(key: str, name: str, value: Any) -> Operator:
    """The operator of one row of additions."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        return created(base, rng, key, name, value)

    return Operator(f"invariant {key} ({name})", mutate, (f"invariant:{key}",))


OPERATORS = (
    *(by_change(key, change) for key, change in (breakages.CHANGES | guide_breakages.CHANGES).items()),
    *(by_creation(*row) for row in breakages.CREATIONS),
    *(by_change(key, change, "warning") for key, change in guide_breakages.WARNINGS.items()),
)
