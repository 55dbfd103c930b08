"""Operators on collections that are already evaluated (FHIRPath 2.0.0, sections 6.1 to 6.6)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal, DecimalException
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.equality import compare_items, distinct, equal, equivalent
from conformance.validator.fhirpath.errors import EvaluationError
from conformance.validator.fhirpath.nodes import Collection, Item, quantity_value, value_of
from conformance.validator.fhirpath.quantity import Quantity
from conformance.validator.fhirpath.temporal import Temporal
from conformance.validator.fhirpath.temporal_math import add
from conformance.validator.fhirpath.units import divide, multiply, same_unit

if TYPE_CHECKING:
    from collections.abc import Callable

DECIMALS = Context(prec=38)
_INTEGER_LIMIT = 2**31


def single(items: Collection) -> Any:
    """The only item's value, None of an empty collection; raises EvaluationError for more (section 4.5)."""
    if not items:
        return None
    if len(items) > 1:
        raise EvaluationError("more than one item where a single one is needed")
    return value_of(items[0])


def truth(items: Collection) -> bool | None:
    """The collection as a Boolean (section 4.5): None when empty, true for any single item that is no Boolean."""
    if not items:
        return None
    if len(items) > 1:
        raise EvaluationError("more than one item where a single Boolean is needed")
    value = items[0]
    if value is True or value is False:
        return value
    value = value_of(value)
    return value if isinstance(value, bool) else True


def boolean(value: bool | None) -> Collection:
    """A truth value as a collection."""
    return [] if value is None else [value]


def _equals(left: Collection, right: Collection) -> Collection:
    return boolean(equal(left, right))


def _differs(left: Collection, right: Collection) -> Collection:
    same = equal(left, right)
    return [] if same is None else [not same]


def _ordered(accept: Callable[[int], bool]) -> Callable[[Collection, Collection], Collection]:
    def operate(left: Collection, right: Collection) -> Collection:
        if not left or not right:
            return []
        if len(left) > 1 or len(right) > 1:
            raise EvaluationError("more than one item where a single one is needed")
        order = compare_items(left[0], right[0])
        return [] if order is None else [accept(order)]

    return operate


def member(item: Collection, items: Collection) -> Collection:
    """``item in items``."""
    if not item:
        return []
    if len(item) > 1:
        raise EvaluationError("more than one item where a single one is needed")
    return [any(equal(item, [other]) is True for other in items)]


def union(left: Collection, right: Collection) -> Collection:
    """``left | right``, without duplicates."""
    return distinct(left + right)


def _concatenate(left: Collection, right: Collection) -> Collection:
    texts = [single(items) for items in (left, right)]
    if not all(text is None or isinstance(text, str) for text in texts):
        raise EvaluationError("& joins text only")
    return ["".join(text or "" for text in texts)]


def _arithmetic(operate: Callable[[Any, Any], Any]) -> Callable[[Collection, Collection], Collection]:
    def apply(left: Collection, right: Collection) -> Collection:
        mine, theirs = _operand(left), _operand(right)
        if mine is None or theirs is None:
            return []
        if isinstance(mine, Quantity) != isinstance(theirs, Quantity) and not isinstance(mine, Temporal):
            mine, theirs = _as_quantity(mine), _as_quantity(theirs)
        try:
            result = operate(mine, theirs)
        except DecimalException:
            return []
        return [] if result is None or _overflows(result) else [result]

    return apply


def _operand(items: Collection) -> Any:
    single(items)
    value = quantity_value(items[0]) if items else None
    if isinstance(value, bool) or type(value) is Item:
        raise EvaluationError("arithmetic needs numbers, quantities, dates or text")
    return value


def _as_quantity(value: Any) -> Any:
    return Quantity(Decimal(value)) if isinstance(value, int | Decimal) else value


def _overflows(value: Any) -> bool:
    return isinstance(value, int) and not -_INTEGER_LIMIT <= value < _INTEGER_LIMIT


def _both(mine: Any, theirs: Any, kind: type | tuple[type, ...]) -> bool:
    return isinstance(mine, kind) and isinstance(theirs, kind)


_NUMBERS = (int, Decimal)


def _plus(mine: Any, theirs: Any) -> Any:
    if _both(mine, theirs, int) or _both(mine, theirs, str):
        return mine + theirs
    if _both(mine, theirs, _NUMBERS):
        return DECIMALS.add(Decimal(mine), Decimal(theirs))
    if _both(mine, theirs, Quantity):
        pair = same_unit(mine, theirs)
        return pair and Quantity(DECIMALS.add(*pair), mine.unit, mine.calendar)
    if isinstance(mine, Temporal) and isinstance(theirs, Quantity):
        return add(mine, theirs, 1)
    raise EvaluationError("operands of different types cannot be added")


def _minus(mine: Any, theirs: Any) -> Any:
    if _both(mine, theirs, int):
        return mine - theirs
    if _both(mine, theirs, _NUMBERS):
        return DECIMALS.subtract(Decimal(mine), Decimal(theirs))
    if _both(mine, theirs, Quantity):
        pair = same_unit(mine, theirs)
        return pair and Quantity(DECIMALS.subtract(*pair), mine.unit, mine.calendar)
    if isinstance(mine, Temporal) and isinstance(theirs, Quantity):
        return add(mine, theirs, -1)
    raise EvaluationError("operands of these types cannot be subtracted")


def _times(mine: Any, theirs: Any) -> Any:
    if _both(mine, theirs, int):
        return mine * theirs
    if _both(mine, theirs, _NUMBERS):
        return DECIMALS.multiply(Decimal(mine), Decimal(theirs))
    if _both(mine, theirs, Quantity):
        return multiply(mine, theirs)
    raise EvaluationError("only numbers and quantities can be multiplied")


def _divided(mine: Any, theirs: Any) -> Any:
    if _both(mine, theirs, _NUMBERS):
        return DECIMALS.divide(Decimal(mine), Decimal(theirs)) if theirs else None
    if _both(mine, theirs, Quantity):
        return divide(mine, theirs) if theirs.value else None
    raise EvaluationError("only numbers and quantities can be divided")


def _truncated(mine: Any, theirs: Any) -> Any:
    if not _both(mine, theirs, _NUMBERS):
        raise EvaluationError("div needs numbers")
    if not theirs:
        return None
    whole = DECIMALS.divide(Decimal(mine), Decimal(theirs)).to_integral_value(ROUND_DOWN)
    return int(whole) if _both(mine, theirs, int) else whole


def _remainder(mine: Any, theirs: Any) -> Any:
    if not _both(mine, theirs, _NUMBERS):
        raise EvaluationError("mod needs numbers")
    if not theirs:
        return None
    rest = DECIMALS.remainder(Decimal(mine), Decimal(theirs))
    return int(rest) if _both(mine, theirs, int) else rest


def negate(items: Collection) -> Collection:
    """``-`` before an operand."""
    value = _operand(items)
    if value is None:
        return []
    if isinstance(value, Quantity):
        return [Quantity(-value.value, value.unit, value.calendar)]
    if isinstance(value, int | Decimal):
        return [-value]
    raise EvaluationError("only a number or a quantity has a sign")


def keep_sign(items: Collection) -> Collection:
    """``+`` before an operand."""
    negate(items)
    return items


BINARY: dict[str, Callable[[Collection, Collection], Collection]] = {
    "=": _equals,
    "!=": _differs,
    "~": lambda left, right: [equivalent(left, right)],
    "!~": lambda left, right: [not equivalent(left, right)],
    "<": _ordered(lambda order: order < 0),
    ">": _ordered(lambda order: order > 0),
    "<=": _ordered(lambda order: order <= 0),
    ">=": _ordered(lambda order: order >= 0),
    "in": member,
    "contains": lambda left, right: member(right, left),
    "|": union,
    "&": _concatenate,
    "+": _arithmetic(_plus),
    "-": _arithmetic(_minus),
    "*": _arithmetic(_times),
    "/": _arithmetic(_divided),
    "div": _arithmetic(_truncated),
    "mod": _arithmetic(_remainder),
}

UNARY = {"-": negate, "+": keep_sign}
