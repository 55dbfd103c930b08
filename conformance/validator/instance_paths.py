"""Discriminators' paths on instances: from an item to the values that tell its slice (FHIRPath's restricted subset)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator import resolving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.validator.context import Context

STEP = re.compile(r"(?P<call>resolve|ofType|extension|first)\((?P<argument>[^()]*)\)|(?P<name>\$this|[A-Za-z_][\w]*)")


class Typed(NamedTuple):
    """A value met on a path: its type where the JSON tells it, else empty."""

    value: Any
    code: str


def steps(path: str) -> list[tuple[str, str]]:
    """The path's steps as (kind, argument): name, resolve, ofType, extension."""
    found = []
    for match in STEP.finditer(path):
        if match["name"]:
            if match["name"] != "$this":
                found.append(("name", match["name"]))
        elif match["call"] != "first":
            found.append((match["call"], match["argument"].strip("'\" ")))
    return found


def instance_values(path: str) -> Callable[[Any, Context], list[Typed]]:
    """The path as a function from a value to the values at its end."""
    wanted = steps(path)
    if not wanted:
        return lambda value, _context: [Typed(value, resource_type(value))]
    if len(wanted) == 1:
        take, only = STEPS[wanted[0][0]], wanted[0][1]
        return lambda value, context: list(take(Typed(value, resource_type(value)), only, context))

    def values(value: Any, context: Context) -> list[Typed]:
        here = [Typed(value, resource_type(value))]
        for kind, argument in wanted:
            here = [found for item in here for found in STEPS[kind](item, argument, context)]
        return here

    return values


def resource_type(value: Any) -> str:
    """The ``resourceType`` of a resource, else empty."""
    return str(value["resourceType"]) if value.__class__ is dict and "resourceType" in value else ""


def _children(item: Typed, name: str, _context: Context) -> list[Typed]:
    if item.value.__class__ is not dict:
        return []
    if name in item.value:
        found = item.value[name]
        return [Typed(v, resource_type(v)) for v in (found if found.__class__ is list else [found])]
    length = len(name)
    return [
        Typed(value, key[length:])
        for key, value in item.value.items()
        if key.startswith(name) and key[length : length + 1].isupper()
    ]


def _resolved(item: Typed, _argument: str, context: Context) -> list[Typed]:
    target = resolving.target(item.value, context)
    return [Typed(target, resource_type(target))] if target is not None else []


def _of_type(item: Typed, argument: str, _context: Context) -> list[Typed]:
    wanted = argument.rpartition(".")[2]
    return [item] if item.code.lower() == wanted.lower() else []


def _extensions(item: Typed, argument: str, _context: Context) -> list[Typed]:
    found = item.value.get("extension") if item.value.__class__ is dict else None
    extensions = found if found.__class__ is list else ()
    return [Typed(e, "Extension") for e in extensions if e.__class__ is dict and e.get("url") == argument]


STEPS: dict[str, Callable[[Typed, str, Context], Iterable[Typed]]] = {
    "name": _children,
    "resolve": _resolved,
    "ofType": _of_type,
    "extension": _extensions,
}


def json_type(value: Any) -> str:
    """The best guess at a type from the JSON alone, for values whose key does not tell."""
    if isinstance(value, dict):
        return "Reference" if "reference" in value else "CodeableConcept" if "coding" in value else ""
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "decimal"
