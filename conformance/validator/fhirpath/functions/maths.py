"""Mathematics and precision (FHIRPath 2.0.0, section 5.7; boundaries and precision are trial-use additions)."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal, DecimalException
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.errors import EvaluationError
from conformance.validator.fhirpath.functions.collections import whole_number
from conformance.validator.fhirpath.nodes import Collection, quantity_value
from conformance.validator.fhirpath.operators import DECIMALS, single
from conformance.validator.fhirpath.quantity import Quantity
from conformance.validator.fhirpath.registry import eager

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.fhirpath.environment import Run


def number(items: Collection, *, quantities: bool = False) -> Any:
    """The only item as int or Decimal (or Quantity where allowed); raises EvaluationError for anything else."""
    single(items)
    if not items:
        return None
    value = quantity_value(items[0])
    allowed = (int, Decimal, Quantity) if quantities else (int, Decimal)
    if isinstance(value, bool) or not isinstance(value, allowed):
        raise EvaluationError("a number is needed")
    return value


def _on_number(name: str, operate: Callable[[Decimal], Any], *, integer: bool = False) -> None:
    def body(items: Collection, _run: Run) -> Collection:
        value = number(items, quantities=integer)
        if value is None:
            return []
        try:
            if isinstance(value, Quantity):
                return [Quantity(operate(value.value), value.unit, value.calendar)]
            result = operate(Decimal(value))
        except DecimalException:
            return []
        return [int(result) if integer else result]

    eager(name)(body)


_on_number("ceiling", lambda value: value.to_integral_value(ROUND_CEILING), integer=True)
_on_number("floor", lambda value: value.to_integral_value(ROUND_FLOOR), integer=True)
_on_number("truncate", lambda value: value.to_integral_value(ROUND_DOWN), integer=True)
_on_number("exp", DECIMALS.exp)
_on_number("ln", DECIMALS.ln)
_on_number("sqrt", DECIMALS.sqrt)


@eager("abs")
def abs_(items: Collection, _run: Run) -> Collection:
    """The absolute value, of the same type."""
    value = number(items, quantities=True)
    if isinstance(value, Quantity):
        return [Quantity(abs(value.value), value.unit, value.calendar)]
    return [] if value is None else [abs(value)]


@eager("log", 1)
def log(items: Collection, _run: Run, base: Collection) -> Collection:
    """The logarithm to a base."""
    value, root = number(items), number(base)
    if value is None or root is None:
        return []
    if value <= 0 or root <= 0 or root == 1:
        raise EvaluationError("a logarithm needs a positive number and base")
    return [
        DECIMALS.divide(DECIMALS.ln(Decimal(value)), DECIMALS.ln(Decimal(root))).quantize(Decimal("1e-20")).normalize()
    ]


@eager("power", 1)
def power(items: Collection, _run: Run, exponent: Collection) -> Collection:
    """A power; of Integers with an Integer that is not negative an Integer."""
    value, by = number(items), number(exponent)
    if value is None or by is None:
        return []
    try:
        result = DECIMALS.power(Decimal(value), Decimal(by))
    except DecimalException:
        return []
    if result.is_nan() or result.is_infinite():
        return []
    return [int(result) if isinstance(value, int) and isinstance(by, int) and by >= 0 else result]


@eager("round", 0, 1)
def round_(items: Collection, _run: Run, places: Collection | None = None) -> Collection:
    """Rounded half away from zero, to so many places."""
    value = number(items, quantities=True)
    digits = (whole_number(places) or 0) if places is not None else 0
    if value is None:
        return []
    if digits < 0:
        raise EvaluationError("round() needs a number of places that is not negative")
    step = Decimal(1).scaleb(-digits)
    if isinstance(value, Quantity):
        return [Quantity(value.value.quantize(step, ROUND_HALF_UP), value.unit, value.calendar)]
    return [Decimal(value).quantize(step, ROUND_HALF_UP)]
