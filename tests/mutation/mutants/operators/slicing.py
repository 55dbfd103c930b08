"""Slices (ElementDefinition.slicing): missing, too many, none where none else may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants.edit import add, take, take_items
from mutants.model import Base, Fault, Operator, shuffled
from mutants.samples import keys_of
from mutants.slices import discriminators

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from mutants.definitions import Node
    from mutants.places import Element


def sliced(base: Base, rng: Random) -> Iterator[tuple[Element, Node, Node]]:
    """Arrays whose items could all be told apart: the element, the sliced definition, one of its slices."""
    for element in shuffled(base.elements, rng):
        if element.name.endswith("[x]") or not element.repeats or "meta" in element.path:
            continue
        if not all(item.is_sure for item in element.items):
            continue
        for node in element.nodes:
            for part in shuffled(node.parts(), rng):
                yield element, node, part


def members(element: Element, part: Node) -> set[int]:
    """The indexes of the items in a slice."""
    return {index for index, item in enumerate(element.items) if part in item.nodes}


def applies(base: Base, mutant: Any, element: Element, node: Node) -> bool:
    """Whether the slicing still governs the array after the change."""
    if not node.is_slice:
        return True
    holder = next(one for one in element.holder.content if one.child(element.name) == node)
    return base.still_holds(mutant, element.holder.path, holder)


def drop_required(base: Base, rng: Random) -> Iterator[Fault]:
    """Every item of a slice with min >= 1 is left out."""
    for element, node, part in sliced(base, rng):
        found = members(element, part)
        if part.min > 0 and found and len(element.holder.value) > 1:
            mutant = take_items(base.resource, element.path, found)
            if applies(base, mutant, element, node):
                yield Fault(mutant, element.path, f"{part.cited} min {part.min}")


def unmatch_required(base: Base, rng: Random) -> Iterator[Fault]:
    """The only item of a slice with min >= 1 loses what tells it from the others."""
    for element, node, part in sliced(base, rng):
        found = members(element, part)
        paths = [one["path"] for one in discriminators(node)]
        if part.min > 0 and len(found) == 1 and len(paths) == 1 and paths[0].isidentifier():
            index = found.pop()
            if paths[0] in keys_of(element.items[index].value) and len(element.items[index].value) > 1:
                mutant = take(base.resource, (*element.path, index, paths[0]))
                if applies(base, mutant, element, node):
                    yield Fault(mutant, element.path, f"{part.cited} min {part.min}, discriminator {paths[0]}")


def too_many(base: Base, rng: Random) -> Iterator[Fault]:
    """More items in a slice than its max."""
    for element, node, part in sliced(base, rng):
        found = members(element, part)
        if found and part.max < float("inf"):
            item = element.items[min(found)].value
            if "id" in keys_of(item):
                continue
            mutant = add(base.resource, element.path, *[item] * (int(part.max) + 1 - len(found)))
            if applies(base, mutant, element, node):
                yield Fault(mutant, element.path, f"{part.cited} max {int(part.max)}")


def outside_closed(base: Base, rng: Random) -> Iterator[Fault]:
    """An item that fits no slice where the slicing is closed."""
    for element, node, _ in sliced(base, rng):
        paths = [one["path"] for one in discriminators(node)]
        if node.element.get("slicing", {}).get("rules") != "closed" or not paths or not paths[0].isidentifier():
            continue
        item = dict(element.items[0].value)
        old = item.get(paths[0])
        item[paths[0]] = {"text": "none of the slices"} if isinstance(old, dict) else "NoneOfTheSlices"
        matched, sure = base.knows.matcher.matched([node], item)
        mutant = add(base.resource, element.path, item)
        if sure and not matched and applies(base, mutant, element, node):
            yield Fault(mutant, element.path, f"{node.cited} slicing.rules closed")


def slice_content(base: Base, rng: Random) -> Iterator[Fault]:
    """An item of a slice lacks what only that slice requires."""
    for element, node, part in sliced(base, rng):
        paths = {one["path"].partition(".")[0] for one in discriminators(node)}
        for index in members(element, part):
            item = element.items[index]
            for name in part.names():
                child, below = part.child(name), item.content[0].child(name) if item.content else None
                if child is None or child.min == 0 or name in paths or (below is not None and below.min > 0):
                    continue
                present = [one for one in item.elements if one.name == name]
                if present and len(item.value) > 1:
                    mutant = take(base.resource, present[0].path)
                    if base.still_holds(mutant, item.path, part):
                        yield Fault(mutant, present[0].path, f"{child.cited} min")


OPERATORS = (
    Operator("required slice dropped", drop_required, ("slicing.min", "cardinality.min")),
    Operator("required slice no longer recognised", unmatch_required, ("slicing.min", "cardinality.min")),
    Operator("slice over its maximum", too_many, ("slicing.max", "cardinality.max")),
    Operator("item outside a closed slicing", outside_closed, ("slicing.closed", "cardinality.max")),
    Operator("slice without what it requires", slice_content, ("cardinality.min",)),
)
