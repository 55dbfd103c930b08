"""Constraint tables of StructureDefinitions: facts of the snapshot, less what other tables say already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.guides.facts import Element, Table

Constraint = tuple[str, str]
TypeRoots = Callable[[str], frozenset[Constraint]]
"""Canonical or type name to the (key, expression) of the invariants on that type's root element."""


def key_of(constraint: Mapping[str, Any]) -> Constraint:
    """What makes an invariant the same wherever it is repeated; its key alone is not unique."""
    return constraint["key"], constraint.get("expression", "")


def without_repetition(table: Table, roots: TypeRoots) -> Table:
    """The table without the invariants that elements merely repeat from their type, which holds wherever it is used."""
    elements = (
        [table["elements"][0], *(_without(one, roots) for one in table["elements"][1:])] if table["elements"] else []
    )
    return table | {"elements": elements}


def _without(element: Element, roots: TypeRoots) -> Element:
    if "constraint" not in element:
        return element
    known = {one for name in type_names(element) for one in roots(name)}
    kept = [one for one in element["constraint"] if key_of(one) not in known]
    if kept:
        return element | {"constraint": kept}
    return {key: value for key, value in element.items() if key != "constraint"}


def without_stray_slices(elements: list[Element]) -> list[Element]:
    """Elements that carry a slice name although no slicing is defined, under the name they should have.

    A few published snapshots name a slice on an element that occurs once and list no unsliced element beside it
    (``Consent.policy:hrex.uri:hrex``): it is the element itself that is meant.
    """
    ids = {one["id"] for one in elements}
    renamed: dict[str, str] = {}
    found = []
    for element in elements:
        above, dot, last = element["id"].rpartition(".")
        above = renamed.get(above, above)
        main = f"{above}{dot}{last.partition(':')[0]}"
        stray = ":" in last and element["id"].rpartition(":")[0] not in ids
        new = main if stray else f"{above}{dot}{last}"
        if new != element["id"]:
            renamed[element["id"]] = new
        kept = {key: value for key, value in element.items() if not (stray and key == "sliceName")}
        found.append(kept | {"id": new})
    return found


def type_names(element: Element) -> Iterator[str]:
    """Every type and type profile an element names."""
    for one in element.get("type", ()):
        yield one["code"]
        yield from one.get("profile", ())


def bindings(table: Table) -> Iterator[tuple[str, str, str]]:
    """(element id, strength, canonical) of every binding, max and min value set of a table."""
    for element in table["elements"]:
        binding = element.get("binding", {})
        for key in ("valueSet", "maxValueSet", "minValueSet"):
            if key in binding:
                strength = binding.get("strength", "") if key == "valueSet" else key
                yield element["id"], strength, binding[key]
        for one in binding.get("additional", ()):
            yield element["id"], "additional", one["valueSet"]


def references(table: Table) -> Iterator[tuple[str, str]]:
    """(element id, canonical) of every other structure that a table refers to."""
    if table["base"]:
        yield "", table["base"]
    for element in table["elements"]:
        for one in element.get("type", ()):
            yield from ((element["id"], url) for key in ("profile", "targetProfile") for url in one.get(key, ()))
