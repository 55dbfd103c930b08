"""The check of what is under one JSON key: how often, of which type, in which slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.validator import cardinality, choices, extensions, slicing
from conformance.validator.primitives import NOTHING, is_string
from conformance.validator.problems import Problem, Problems, below, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.validator.checks import Check
    from conformance.validator.content import Content
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node
    from conformance.validator.primitives import Accepted

EXTENSIONS = frozenset({"extension", "modifierExtension"})


def check_element(content: Content, key: str) -> Check:
    """The check of the value or values under ``key`` of an object with this content."""
    compiler = content.compiler
    known = content.keys[key]
    nodes = content.children(known.name)
    limit = cardinality.most(nodes)
    if limit is not None and limit.max == 0:
        return prohibited(limit)
    if known.name in EXTENSIONS:
        return extensions.check_extensions(compiler, content, known.name, nodes)
    if known.name == "id" and content.kind != "resource":
        return check_element_id(content.source, scope_of(content.places))
    if known.name.endswith("[x]"):
        return check_variant(content, nodes, known.name, known.code)
    places = content.places_of(known.name, nodes)
    slicers = slicing.slicers(compiler, nodes, known.code)
    if slicers:
        return slicing.check_sliced(compiler, nodes, known, places, slicers)
    check = compiler.value(nodes, known.code, places)
    return each(check, nodes, compiler.accepted.get(check, NOTHING)) if known.repeats else check


def check_variant(content: Content, nodes: list[Node], name: str, code: str) -> Check:
    """The check of one variant of a choice; its slices are chosen by type, which the key tells."""
    slices, problems = choices.matching_slices(nodes, code)
    problems = [*choices.forbidden(nodes, code), *problems]
    limit = cardinality.most(slices)
    if limit is not None and limit.max == 0:
        problems.append(cardinality.too_many(limit, 1))
    places = content.places_of(name, nodes)
    check = content.compiler.value([*nodes, *slices], code, places)
    if not problems:
        return check

    def also_wrong(value: Any, context: Context) -> Problems:
        return [*(problem.copy() for problem in problems), *(check(value, context) or ())]

    return also_wrong


def prohibited(node: Node) -> Check:
    """Nothing may stand here."""

    def check(value: Any, _context: Context) -> Problems:
        return [cardinality.too_many(node, len(value) if isinstance(value, list) else 1)]

    return check


def scope_of(places: Sequence[str]) -> str:
    """Where an element's id must be its own: the snapshot or differential it is in, else the whole resource (empty).

    Both lists of a StructureDefinition name the same elements (FHIR R4, ElementDefinition.id).
    """
    parts = (place.split(".")[1] for place in places if place.startswith("StructureDefinition."))
    return next((part for part in parts if part in {"snapshot", "differential"}), "")


def check_element_id(source: str, scope: str = "") -> Check:
    """The id of an element: text without blanks, once within its scope (FHIR R4, element id)."""

    def check(value: Any, context: Context) -> Problems:
        if value.__class__ is not str:
            return [
                Problem("type", "An element's id is a JSON string.", expected="string", found=value, profile=source)
            ]
        if not is_string(value) or any(character.isspace() for character in value):
            rule = "format:string" if value else "empty"
            return [Problem(rule, "An element's id is text without blanks.", found=value, profile=source)]
        if context.ids is None:
            context.ids = set()
        scoped = f"{scope} {value}" if scope else value
        if scoped in context.ids:
            message = "Another element of this resource has the same id."
            return [Problem("id.duplicate", message, expected="an id of its own", found=value, profile=source)]
        context.ids.add(scoped)
        return None

    return check


def each(item: Check, nodes: list[Node], accepted: Accepted) -> Check:
    """The check of an array all of whose items are alike, among them the texts that ``item`` is known to accept."""
    lowest, highest = cardinality.bounds(nodes)
    counted = cardinality.check_count(nodes)
    source = nodes[0].source
    good = accepted if accepted is not None else NOTHING

    def check(values: Any, context: Context) -> Problems:
        if values.__class__ is not list or not values:
            return cardinality.not_an_array(values, source)
        problems: Problems = None
        for index, value in enumerate(values):
            if value.__class__ is str and value in good:
                continue
            found = item(value, context)
            if found is not None:
                below(f"[{index}]", found)
                problems = [] if problems is None else problems
                problems.extend(found)
        if lowest <= len(values) <= highest:
            return problems
        return joined(problems, counted(len(values)))

    return check
