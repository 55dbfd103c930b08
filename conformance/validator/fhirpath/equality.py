"""Equality, equivalence, order and identity of items (FHIRPath 2.0.0, sections 6.1 and 6.2)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.errors import EvaluationError
from conformance.validator.fhirpath.nodes import Collection, Item, Unresolved, quantity_value, value_of
from conformance.validator.fhirpath.quantity import Quantity
from conformance.validator.fhirpath.temporal import Temporal, compare, in_utc, parse_date_time, parse_time
from conformance.validator.fhirpath.units import canonical, common_unit

if TYPE_CHECKING:
    from collections.abc import Hashable

Number = int | Decimal


def equal(left: Collection, right: Collection) -> bool | None:
    """``=``: None is the empty result."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    result: bool | None = True
    for mine, theirs in zip(left, right, strict=True):
        same = same_item(mine, theirs)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def same_item(left: Any, right: Any) -> bool | None:  # noqa: PLR0911 (one per kind of value)
    """Whether two items are equal; None where that is unknown (precision, units)."""
    if left is right or (type(left) is type(right) is Item and left.value is right.value and left.value is not None):
        return True
    mine, theirs = _paired(left, right)
    if isinstance(mine, bool) or isinstance(theirs, bool):
        return mine is theirs
    if isinstance(mine, Temporal) and isinstance(theirs, Temporal):
        if (mine.kind == "time") != (theirs.kind == "time"):
            return False
        order = compare(mine, theirs)
        return None if order is None else order == 0
    if isinstance(mine, Quantity) and isinstance(theirs, Quantity):
        pair = common_unit(mine, theirs)
        return None if pair is None else pair[0] == pair[1]
    if type(mine) is Item or type(theirs) is Item:
        return type(mine) is type(theirs) and _same_json(mine.value, theirs.value)
    if isinstance(mine, Unresolved) or isinstance(theirs, Unresolved):
        raise EvaluationError("a resource that is not at hand cannot be compared")
    return bool(mine == theirs)


def _paired(left: Any, right: Any) -> tuple[Any, Any]:
    """Both values, converted to a common type where section 5.5 does so implicitly."""
    mine, theirs = value_of(left), value_of(right)
    if isinstance(mine, Quantity) or isinstance(theirs, Quantity):
        return _as_quantity(left), _as_quantity(right)
    if isinstance(mine, Temporal) and isinstance(theirs, str) and _untyped(right):
        return mine, _as_temporal(theirs, mine)
    if isinstance(theirs, Temporal) and isinstance(mine, str) and _untyped(left):
        return _as_temporal(mine, theirs), theirs
    return mine, theirs


def _untyped(item: Any) -> bool:
    return type(item) is Item and not item.type


def _as_temporal(text: str, like: Temporal) -> Any:
    """Text of unknown type as the kind of value it is compared with, if it reads as one."""
    try:
        return parse_time(text) if like.kind == "time" else parse_date_time(text)
    except ValueError:
        return text


def _both_temporal(mine: str, theirs: str) -> tuple[Any, Any]:
    """Two texts of unknown type as the dates they both read as, else as texts."""
    try:
        return parse_date_time(mine), parse_date_time(theirs)
    except ValueError:
        return mine, theirs


def _as_quantity(item: Any) -> Any:
    value = quantity_value(item)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Quantity(Decimal(value))
    return value


def compare_items(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 as ``<`` and its kin see it, None where unknown; raises EvaluationError for unlike types."""
    mine, theirs = _paired(left, right)
    if isinstance(mine, str) and isinstance(theirs, str) and _untyped(left) and _untyped(right):
        mine, theirs = _both_temporal(mine, theirs)
    if type(mine) is Item or type(theirs) is Item:
        mine, theirs = _as_quantity(left), _as_quantity(right)
    if isinstance(mine, Temporal) and isinstance(theirs, Temporal) and (mine.kind == "time") == (theirs.kind == "time"):
        return compare(mine, theirs)
    if isinstance(mine, Quantity) and isinstance(theirs, Quantity):
        pair = common_unit(mine, theirs)
        return None if pair is None else _order(*pair)
    if mine is None or theirs is None:
        return None
    if isinstance(mine, str) and isinstance(theirs, str):
        return _order(mine, theirs)
    if _is_number(mine) and _is_number(theirs):
        return _order(mine, theirs)
    raise EvaluationError("two values of different types have no order")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _order(mine: Any, theirs: Any) -> int:
    return int(mine > theirs) - int(mine < theirs)


def equivalent(left: Collection, right: Collection) -> bool:
    """``~``: never empty; order does not matter."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for mine in left:
        for index, theirs in enumerate(rest):
            if equivalent_items(mine, theirs):
                del rest[index]
                break
        else:
            return False
    return True


def equivalent_items(left: Any, right: Any) -> bool:
    """Whether two items are equivalent: text without case and kinds of space, numbers to the coarser precision."""
    mine, theirs = _paired(left, right)
    if isinstance(mine, str) and isinstance(theirs, str):
        return _folded(mine) == _folded(theirs)
    if _is_number(mine) and _is_number(theirs):
        return _equivalent_numbers(Decimal(mine), Decimal(theirs))
    if isinstance(mine, Quantity) and isinstance(theirs, Quantity):
        pair = common_unit(mine, theirs, equivalent=True)
        return pair is not None and _equivalent_numbers(*pair)
    if type(mine) is Item and type(theirs) is Item:
        return _equivalent_json(mine.value, theirs.value)
    return same_item(left, right) is True


def _folded(text: str) -> str:
    return "".join(" " if character.isspace() else character for character in text.casefold())


def _equivalent_numbers(mine: Decimal, theirs: Decimal) -> bool:
    step = Decimal(1).scaleb(-min(_places(mine), _places(theirs)))
    return mine.quantize(step, ROUND_HALF_UP) == theirs.quantize(step, ROUND_HALF_UP)


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _equivalent_json(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        names = (mine.keys() | theirs.keys()) - {"id"}
        return all(name in mine and name in theirs and _equivalent_json(mine[name], theirs[name]) for name in names)
    if isinstance(mine, list) and isinstance(theirs, list):
        return equivalent([Item(entry) for entry in mine], [Item(entry) for entry in theirs])
    if isinstance(mine, dict | list) or isinstance(theirs, dict | list):
        return False
    return equivalent_items(Item(mine), Item(theirs))


def identity(item: Any) -> Hashable:  # noqa: PLR0911 (one per kind of value)
    """A key that two items share exactly when ``=`` of them is true, so that sets of items are fast."""
    value = value_of(item)
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, Temporal):
        value = in_utc(value) if value.zone else value
        return ("time" if value.kind == "time" else "date", value.parts, value.zone)
    if isinstance(value, Quantity):
        return ("quantity", canonical(value))
    if isinstance(value, int | Decimal):
        return ("number", value)
    if isinstance(value, str):
        return value
    if type(value) is Item:
        return _Json(value.value)
    if value is None:
        return _Json(item.sibling)
    raise EvaluationError("a resource that is not at hand cannot be compared")


class _Json:
    """An element's JSON as a key; hashed by the text near its surface, compared in full only where that is the same."""

    __slots__ = ("surface", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.surface = _surface(value, 2)

    def __hash__(self) -> int:
        return self.surface

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Json) and self.surface == other.surface and _same_json(self.value, other.value)


def _surface(value: Any, depth: int) -> int:
    """A hash of the text in a value, down to some depth; numbers are left out, equal ones may differ in type."""
    if isinstance(value, str):
        return hash(value)
    if not depth:
        return 0
    if isinstance(value, dict):
        return hash(frozenset((key, _surface(entry, depth - 1)) for key, entry in value.items()))
    if isinstance(value, list):
        return hash(tuple(_surface(entry, depth - 1) for entry in value))
    return 0


def _same_json(mine: Any, theirs: Any) -> bool:
    """Deep equality; JSON of one evaluation comes from one parser, so equal numbers compare equal."""
    return bool(mine == theirs)


def distinct(items: Collection) -> Collection:
    """The items without those equal to an earlier one."""
    if len(items) < 2:
        return items
    seen: dict[Hashable, Any] = {}
    for item in items:
        seen.setdefault(identity(item), item)
    return list(seen.values())
