"""Elements of a resource as the engine sees them, and the way from one to its children.

A collection is a list whose items are :class:`Item` (an element, with its type), :class:`Unresolved` (a resource that
is referred to but not at hand), or values of FHIRPath's own types: bool, int, Decimal, str, Temporal, Quantity.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.errors import NotEvaluated
from conformance.validator.fhirpath.quantity import as_decimal, quantity_of
from conformance.validator.fhirpath.temporal import parse_date, parse_date_time, parse_time
from conformance.validator.fhirpath.typemodel import CHOICE_SUFFIXES, TypeModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Collection = list[Any]

_RESOURCES = frozenset({"Resource", "DomainResource"})


class Item:
    """An element: its JSON value, its type (``""`` when unknown) and, for a primitive, the object beside it.

    ``value`` is None for a primitive that has only an id or extensions; ``sibling`` is then the ``_name`` object.
    """

    __slots__ = ("sibling", "type", "value")

    def __init__(self, value: Any, type_name: str = "", sibling: dict[str, Any] | None = None) -> None:
        self.value = value
        self.type = type_name
        self.sibling = sibling

    def __repr__(self) -> str:
        """The type only: values of a member do not belong into logs."""
        return f"Item({self.type or 'unknown'})"


class Unresolved:
    """A resource that a reference points to and that is not at hand; its type is known from the reference or ``""``."""

    __slots__ = ("type",)

    def __init__(self, type_name: str) -> None:
        self.type = type_name

    def __repr__(self) -> str:
        """Its type."""
        return f"Unresolved({self.type or 'unknown'})"


NOT_AT_HAND = "the target of a reference is not at hand"


def root(resource: Any, type_name: str = "") -> Item:
    """The node of a resource (its type taken from ``resourceType``) or of an element of the given type."""
    if isinstance(resource, dict):
        return Item(resource, str(resource.get("resourceType") or type_name))
    return Item(resource, type_name)


def value_of(item: Any) -> Any:  # noqa: PLR0911 (one per kind of value)
    """The FHIRPath value of an item: of a primitive its value, of a complex element the node itself.

    None for a primitive without a value. A date that is no date stays text, so that comparing it says so.
    """
    if type(item) is not Item:
        return item
    value = item.value
    if isinstance(value, str):
        parser = _TEMPORAL.get(item.type)
        if parser is None:
            return value
        try:
            return parser(value)
        except ValueError:
            return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value, item.type)
    return item


_TEMPORAL: dict[str, Callable[[str], Any]] = {
    "date": parse_date,
    "dateTime": parse_date_time,
    "instant": parse_date_time,
    "time": parse_time,
}


def _number(value: float | Decimal, type_name: str) -> int | Decimal:
    if isinstance(value, int) and type_name != "decimal":
        return value
    try:
        return as_decimal(value)
    except ValueError as problem:
        raise NotEvaluated("a number is not finite") from problem


def quantity_value(item: Any) -> Any:
    """As :func:`value_of`, but a FHIR Quantity (or one of its kinds) becomes a FHIRPath Quantity where it can."""
    value = value_of(item)
    if type(value) is Item and isinstance(value.value, dict) and value.value.keys() <= _QUANTITY_KEYS:
        return quantity_of(value.value) or value
    return value


_QUANTITY_KEYS = frozenset(
    key for name in ("id", "extension", "value", "comparator", "unit", "system", "code") for key in (name, f"_{name}")
)


Plan = tuple[tuple[str, str, str], ...]


def member_step(name: str, model: TypeModel) -> Callable[[Collection], Collection]:
    """The step from a collection to the children called ``name``; the ways per type are looked up once."""
    plans: dict[str, Plan | None] = {}

    def navigate(items: Collection) -> Collection:
        found: Collection = []
        for item in items:
            if type(item) is not Item:
                if type(item) is Unresolved:
                    raise NotEvaluated(NOT_AT_HAND)
                continue
            value = item.value
            if isinstance(value, dict):
                type_name = item.type
                if type_name not in plans:
                    plans[type_name] = plan_for(type_name, name, model)
                plan = plans[type_name]
                if plan is None:
                    plan = _plan_from_data(value, name)
                for key, sibling_key, child_type in plan:
                    if key in value or sibling_key in value:
                        _collect(value.get(key), value.get(sibling_key), child_type, found)
            else:
                _primitive_child(item, name, found)
        return found

    return navigate


def plan_for(type_name: str, name: str, model: TypeModel) -> Plan | None:
    """The JSON names under which the type keeps the element, with their types; None when the type is not known."""
    if not model.knows(type_name):
        return None
    element = model.children(type_name, name)
    return tuple((key, f"_{key}", child) for key, child in element.keys) if element is not None else ()


def _plan_from_data(value: dict[str, Any], name: str) -> Plan:
    """Find the element without a definition: by its name, else as a choice by the name of a data type after it."""
    if name in value or f"_{name}" in value:
        return ((name, f"_{name}", _GUESSED.get(name, "")),) if name != "resourceType" else ()
    start = len(name)
    for key in value:
        bare = key.removeprefix("_")
        if bare.startswith(name) and (child := CHOICE_SUFFIXES.get(bare[start:])):
            return ((bare, f"_{bare}", child),)
    return ()


_GUESSED = {"extension": "Extension", "modifierExtension": "Extension", "meta": "Meta", "text": ""}


def _collect(value: Any, sibling: Any, type_name: str, found: Collection) -> None:
    """Add the element or elements of one JSON member, a list aligned with its list of siblings."""
    if isinstance(value, list):
        siblings = sibling if isinstance(sibling, list) else ()
        for index, entry in enumerate(value):
            beside = siblings[index] if index < len(siblings) else None
            if (entry is not None and entry != {}) or beside:
                found.append(_child(entry, beside, type_name))
    elif isinstance(sibling, list) and value is None:
        found.extend(_child(None, beside, type_name) for beside in sibling if beside)
    elif (value is not None and value != {}) or sibling:
        found.append(_child(value, sibling, type_name))


def _child(value: Any, sibling: Any, type_name: str) -> Item:
    if isinstance(value, dict):
        if "resourceType" in value and (not type_name or type_name in _RESOURCES):
            type_name = str(value["resourceType"])
        return Item(value, type_name)
    return Item(value, type_name, sibling if isinstance(sibling, dict) else None)


def _primitive_child(item: Item, name: str, found: Collection) -> None:
    """A primitive has an id, extensions and the value itself, which is a FHIRPath value (FHIR R4, fhirpath 2.1.1)."""
    if name == "value":
        value = value_of(item)
        if value is not None:
            found.append(value)
    elif item.sibling and name in PRIMITIVE_CHILDREN:
        _collect(item.sibling.get(name), item.sibling.get(f"_{name}"), PRIMITIVE_CHILDREN[name], found)


PRIMITIVE_CHILDREN = {"id": "string", "extension": "Extension", "value": ""}
"""What a primitive has below it; the value itself is a FHIRPath value without a type of FHIR."""


def all_children(items: Collection, model: TypeModel) -> Iterator[Item]:
    """Every child of every item, in the order of the data."""
    for item in items:
        if type(item) is Unresolved:
            raise NotEvaluated(NOT_AT_HAND)
        if type(item) is not Item:
            continue
        found: Collection = []
        if isinstance(item.value, dict):
            types = _types_by_key(item.type, model)
            for key in dict.fromkeys(key.removeprefix("_") for key in item.value if key != "resourceType"):
                if types is None or key in types:
                    child_type = types[key] if types is not None else _GUESSED.get(key, "")
                    _collect(item.value.get(key), item.value.get(f"_{key}"), child_type, found)
        else:
            for name in ("id", "extension"):
                _primitive_child(item, name, found)
        yield from found


@lru_cache(maxsize=4096)
def _types_by_key(type_name: str, model: TypeModel) -> dict[str, str] | None:
    if not model.knows(type_name):
        return None
    elements = (model.children(type_name, name) for name in model.names(type_name))
    return {key: child for element in elements if element is not None for key, child in element.keys}


def descendants(items: Collection, model: TypeModel) -> Collection:
    """All children, their children and so on; equal ones are all kept (que-2 of R4 counts on it)."""
    found: Collection = []
    level = list(all_children(items, model))
    while level:
        found.extend(level)
        level = list(all_children(level, model))
    return found


def complex_descendants(items: Collection, model: TypeModel) -> Collection:
    """The descendants that have elements of their own: all that matters to a step from them to a named child."""
    found: Collection = []
    level = [item for item in items if type(item) is Item]
    if any(type(item) is Unresolved for item in items) or any(not isinstance(item.value, dict) for item in level):
        return descendants(items, model)
    while level:
        below: list[Item] = []
        for item in level:
            types = _types_by_key(item.type, model)
            for key, value in item.value.items():
                entries = value if isinstance(value, list) else (value,) if isinstance(value, dict) else ()
                if not entries or (types is not None and key not in types):
                    continue
                child_type = types[key] if types is not None else _GUESSED.get(key, "")
                for entry in entries:
                    if isinstance(entry, dict) and entry:
                        below.append(_child(entry, None, child_type))  # noqa: PERF401 (faster than a generator)
        found.extend(below)
        level = below
    return found
