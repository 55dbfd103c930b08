"""Lengths, ranges, regexes, the order of slices and aggregation, wherever a definition states them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mutants.definitions import prefixed
from mutants.edit import change, put
from mutants.made import REGEX
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from mutants.definitions import Node
    from mutants.places import Place


def spoken(base: Base, rng: Random) -> Iterator[tuple[Place, Node]]:
    """Values inside a resource with each profile's element about them."""
    for place in shuffled(base.places, rng):
        for node in place.nodes if place.element is not None else ():
            yield place, node


def too_long(base: Base, rng: Random) -> Iterator[Fault]:
    """Text longer than maxLength, by one character or many."""
    for place, node in spoken(base, rng):
        longest = node.element.get("maxLength")
        if longest is not None and isinstance(place.value, str):
            text = "x" * (longest + rng.choice([1, 100]))
            yield Fault(put(base.resource, place.path, text), place.path, f"{node.cited} maxLength {longest}")


def outside(prefix: str, step: int) -> Any:
    """An operator's function that puts values just outside minValue[x] or maxValue[x]."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        for place, node in spoken(base, rng):
            limit = prefixed(node.element, prefix)
            if limit is None:
                continue
            if isinstance(limit[1], str):
                value: Any = (date.fromisoformat(limit[1]) + timedelta(days=step)).isoformat()
            else:
                value = limit[1] + step
            yield Fault(put(base.resource, place.path, value), place.path, f"{node.cited} {prefix} {limit[1]}")

    return mutate


def unlike_regex(base: Base, rng: Random) -> Iterator[Fault]:
    """Text that the element's regex does not cover from end to end."""
    for place, node in spoken(base, rng):
        if any(one["url"] == REGEX for one in node.element.get("extension", ())):
            text = rng.choice([f"{place.value[:-1]}x", f" {place.value[1:]}", "text", "1"])
            if text != place.value:
                yield Fault(put(base.resource, place.path, text), place.path, f"{node.cited} regex")


def by_slice(base: Base, rng: Random, test: Any) -> Iterator[tuple[Any, Node, list[str]]]:
    """Arrays with a slicing that meets ``test``, and the slice of each item (empty for none)."""
    for element in shuffled(base.elements, rng):
        for node in element.nodes:
            if test(node.element.get("slicing", {})) and all(item.is_sure for item in element.items):
                ids = [part.id for part in node.parts()]
                yield element, node, [next((one.id for one in it.nodes if one.id in ids), "") for it in element.items]


def out_of_order(base: Base, rng: Random) -> Iterator[Fault]:
    """Items of two slices that change places."""
    for element, node, slices in by_slice(base, rng, lambda slicing: slicing.get("ordered")):
        for one, other in zip(range(len(slices)), range(1, len(slices)), strict=False):
            if slices[one] and slices[other] and slices[one] != slices[other]:
                mutant = change(base.resource, element.path, swapped(one, other))
                yield Fault(mutant, element.path, f"{node.cited} slicing.ordered")


def other_item_first(base: Base, rng: Random) -> Iterator[Fault]:
    """An item of no slice before one of a slice, where others may come only at the end."""
    for element, node, slices in by_slice(base, rng, lambda slicing: slicing.get("rules") == "openAtEnd"):
        for one, name in enumerate(slices):
            for other, its_name in enumerate(slices):
                if one < other and name and not its_name:
                    mutant = change(base.resource, element.path, moved(other, one))
                    yield Fault(mutant, element.path, f"{node.cited} slicing.rules openAtEnd")


def swapped(one: int, other: int) -> Any:
    """An edit of an array that lets two items change places."""

    def edit(items: list[Any]) -> list[Any]:
        found = list(items)
        found[one], found[other] = found[other], found[one]
        return found

    return edit


def moved(source: int, target: int) -> Any:
    """An edit of an array that moves one item to an earlier place."""
    return lambda items: [*items[:target], items[source], *items[target:source], *items[source + 1 :]]


def wrong_aggregation(base: Base, rng: Random) -> Iterator[Fault]:
    """A reference to the outside where the target must be contained."""
    for place, node in spoken(base, rng):
        for code, entry in node.types:
            if code == "Reference" and entry.get("aggregation") == ["contained"]:
                kind = entry["targetProfile"][0].rpartition("/")[2]
                mutant = put(base.resource, place.path, {"reference": f"{kind}/elsewhere"})
                yield Fault(mutant, place.path, f"{node.cited} aggregation contained")


OPERATORS = (
    Operator("text over its maximum length", too_long, ("maxLength", "format")),
    Operator("value under its minimum", outside("minValue", -1), ("minValue",)),
    Operator("value over its maximum", outside("maxValue", 1), ("maxValue",)),
    Operator("text unlike its regex", unlike_regex, ("regex", "format")),
    Operator("slices out of order", out_of_order, ("slicing.order",)),
    Operator("other item before the slices", other_item_first, ("slicing.openAtEnd",)),
    Operator("target of another aggregation", wrong_aggregation, ("reference.aggregation",)),
)
