"""Types (FHIRPath 2.0.0, sections 5.2.4, 6.3 and 10; FHIR's hierarchy by R4, fhirpath 2.1.9)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.errors import EvaluationError, NotEvaluated
from conformance.validator.fhirpath.nodes import NOT_AT_HAND, Collection, Item, Unresolved
from conformance.validator.fhirpath.quantity import Quantity
from conformance.validator.fhirpath.registry import eager, typed
from conformance.validator.fhirpath.temporal import Temporal
from conformance.validator.fhirpath.typemodel import CORE_PARENTS

if TYPE_CHECKING:
    from conformance.validator.fhirpath.environment import Run

_TEMPORAL_NAMES = {"date": "Date", "dateTime": "DateTime", "time": "Time"}


def system_type(value: Any) -> str:
    """The FHIRPath type of a value that is no element."""
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, Temporal):
        return _TEMPORAL_NAMES[value.kind]
    names = {str: "String", int: "Integer", Decimal: "Decimal", Quantity: "Quantity"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "Any")


SYSTEM_NAMES = frozenset(
    {"Any", "Boolean", "String", "Integer", "Long", "Decimal", "Date", "DateTime", "Time", "Quantity"}
)
_JSON_KINDS: dict[type, frozenset[str]] = {
    bool: frozenset({"boolean"}),
    int: frozenset({"integer", "decimal"}),
    float: frozenset({"decimal"}),
    Decimal: frozenset({"decimal", "integer"}),
}
_TEXT_OR_NUMBER = frozenset({"boolean", "integer", "positiveInt", "unsignedInt", "decimal"})


def has_type(item: Any, type_name: str, run: Run) -> bool:
    """Whether the item is of the type or one derived from it; raises NotEvaluated if its type is unknown."""
    namespace, _, name = type_name.rpartition(".")
    if isinstance(item, Item | Unresolved):
        if namespace == "System" or (not namespace and name in SYSTEM_NAMES and name != "Quantity"):
            return False
        if not item.type:
            return _guess(item, name, run)
        return item.type == name or run.model.is_subtype(item.type, name)
    return namespace != "FHIR" and name in {"Any", system_type(item)}


def _guess(item: Item | Unresolved, name: str, run: Run) -> bool:
    """An element of unknown type: only what its JSON form rules out is certain."""
    if isinstance(item, Unresolved):
        raise NotEvaluated(NOT_AT_HAND)
    complex_wanted = name[:1].isupper()
    if isinstance(item.value, dict) != complex_wanted or (complex_wanted and name not in CORE_PARENTS):
        return False  # a resource would have its type
    kinds = _JSON_KINDS.get(type(item.value))
    if kinds is not None and not any(run.model.is_subtype(name, kind) for kind in kinds):
        return False
    if isinstance(item.value, str) and name in _TEXT_OR_NUMBER:
        return False
    if isinstance(item.value, bool):
        return True
    raise NotEvaluated("the type of an element is not known")


@typed("ofType")
def of_type(items: Collection, run: Run, type_name: str) -> Collection:
    """The items of the type."""
    return [item for item in items if has_type(item, type_name, run)]


@typed("as")
def as_(items: Collection, run: Run, type_name: str) -> Collection:
    """As ``ofType``: of several items too, which the specification forbids and dom-3 of R4 relies on."""
    return of_type(items, run, type_name)  # type: ignore[no-any-return]


@typed("is")
def is_(items: Collection, run: Run, type_name: str) -> Collection:
    """Whether the only item is of the type."""
    if not items:
        return []
    if len(items) > 1:
        raise EvaluationError("the type of more than one item was asked for")
    return [has_type(items[0], type_name, run)]


@eager("type")
def type_(items: Collection, run: Run) -> Collection:
    """Namespace and name of each item's type (section 10.2)."""
    described: Collection = []
    for item in items:
        if isinstance(item, Item | Unresolved):
            if not item.type:
                raise NotEvaluated("the type of an element is not known")
            name = item.type if "." not in item.type else _declared(item.type, run)
            described.append(Item({"namespace": "FHIR", "name": name}, "TypeInfo"))
        else:
            described.append(Item({"namespace": "System", "name": system_type(item)}, "TypeInfo"))
    return described


def _declared(path: str, run: Run) -> str:
    """What the definition calls the type of an element with children of its own."""
    return "BackboneElement" if run.model.is_subtype(path, "BackboneElement") else "Element"
