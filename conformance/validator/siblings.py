"""Primitives that have an id or extensions: ``name`` and ``_name`` read together (FHIR R4, JSON section 2.6.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.validator import cardinality
from conformance.validator.cardinality import not_an_array
from conformance.validator.problems import Problem, Problems, below

if TYPE_CHECKING:
    from conformance.validator.checks import Check
    from conformance.validator.content import Content
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node


def check_sibling(content: Content, key: str, *, has_value: bool) -> Check:
    """The check of the whole object for one primitive that has a ``_name`` key."""
    known = content.keys.get(key)
    compiler = content.compiler
    if known is None or not compiler.is_primitive(known.code):
        return lambda _value, _context: None
    nodes = content.children(known.name)
    beside = compiler.sibling(nodes, known.code, content.places_of(known.name, nodes))
    step = content.step(key)
    if known.repeats:
        item = compiler.value(nodes, known.code, content.places_of(known.name, nodes))
        return aligned(key, step, item, beside, nodes, _needs_value(nodes, known.code))
    needed = None if has_value else _needs_value(nodes, known.code)

    def check(value: Any, context: Context) -> Problems:
        found = _judged(beside, value[f"_{key}"], context, is_alone=not has_value)
        if needed is not None:
            found = [*(found or ()), needed.copy()]
        return below(step, found) if found is not None else None

    return check


def _judged(beside: Check, value: Any, context: Context, *, is_alone: bool) -> Problems:
    found = beside(value, context)
    if found is None and is_alone and "extension" not in value:
        return [Problem("invariant:ele-1", "There is neither a value nor an extension.", found=value)]
    return found


def _needs_value(nodes: list[Node], code: str) -> Problem | None:
    """An extension cannot stand for a code that must come from a value set, nor for a value that is asked for."""
    for node in nodes:
        value = node.children.get("value")
        if value is not None and value.min > 0:
            return cardinality.too_few(value, 0, ".value")
        binding = node.element.get("binding") or {}
        if code == "code" and binding.get("strength") == "required":
            message = f"A code from {binding.get('valueSet', '')} is required; an extension cannot stand for it."
            return Problem("binding.required", message, expected=binding.get("valueSet", ""), profile=node.source)
    return None


def aligned(  # noqa: PLR0917 - what the two arrays and their items are
    key: str, step: str, item: Check, beside: Check, nodes: list[Node], needed: Problem | None
) -> Check:
    """The check of a repeating primitive: both arrays run in step, with null where one has nothing.

    ``needed`` is what is wrong with an item that has no value, if anything.
    """
    within = cardinality.check_count(nodes)
    source = nodes[0].source

    def check(value: Any, context: Context) -> Problems:
        values, siblings = value.get(key), value[f"_{key}"]
        if siblings.__class__ is not list or not siblings:
            return below(step, not_an_array(siblings, source))
        if key in value and (values.__class__ is not list or not values):
            return below(step, not_an_array(values, source))
        values = values if key in value else [None] * len(siblings)
        problems: list[Problem] = []
        if len(values) != len(siblings):
            message = f"{key} has {len(values)} items and _{key} has {len(siblings)}; they must run in step."
            problems.append(
                Problem("alignment", message, expected=str(len(values)), found=str(len(siblings)), profile=source)
            )
        for index in range(max(len(values), len(siblings))):
            one = values[index] if index < len(values) else None
            other = siblings[index] if index < len(siblings) else None
            found = _pair(one, other, item, beside, context)
            if needed is not None and one is None and other is not None:
                found.append(needed.copy())
            problems.extend(below(f"[{index}]", found))
        problems.extend(within(len(values)) or ())
        return below(step, problems) if problems else None

    return check


def _pair(value: Any, sibling: Any, item: Check, beside: Check, context: Context) -> list[Problem]:
    found: list[Problem] = []
    if value is None and sibling is None:
        return [Problem("null", "There is neither a value nor an extension at this place.", found="null")]
    if value is not None:
        found.extend(item(value, context) or ())
    if sibling is not None:
        found.extend(_judged(beside, sibling, context, is_alone=value is None) or ())
    return found
