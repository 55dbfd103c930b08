"""The range a value of limited precision stands for (FHIRPath 3.0.0, lowBoundary, highBoundary, precision; trial use).

R4's own rule for periods needs them: an end of 2012-02-03 includes every moment of that day (FHIR R4, Period.end).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from conformance.validator.fhirpath.quantity import Quantity
from conformance.validator.fhirpath.temporal import Kind, Temporal, days_in_month

_DIGITS: dict[Kind, tuple[int, ...]] = {
    "date": (4, 6, 8),
    "dateTime": (4, 6, 8, 10, 12, 17),
    "time": (2, 4, 9),
}
"""Digits of a value with one, two, … parts; the last part of a time of day counts its milliseconds."""

_LOW_CLOCK = (0, 0, Decimal("0.000"))
_HIGH_CLOCK = (23, 59, Decimal("59.999"))
_MAX_PLACES = 28


def boundary(value: Any, digits: int | None, *, high: bool) -> Any:
    """The least or greatest value it may be, to so many digits; None where that precision does not exist."""
    if isinstance(value, Quantity):
        limit = _of_decimal(value.value, digits, high=high)
        return None if limit is None else Quantity(limit, value.unit, value.calendar)
    if isinstance(value, Temporal):
        return _of_temporal(value, digits, high=high)
    return _of_decimal(Decimal(value), digits, high=high)


def _of_decimal(value: Decimal, places: int | None, *, high: bool) -> Decimal | None:
    places = 8 if places is None else places
    if not 0 <= places <= _MAX_PLACES:
        return None
    half = Decimal(5).scaleb(-precision(value) - 1)
    limit = value + half if high else value - half
    return limit.quantize(Decimal(1).scaleb(-places), ROUND_CEILING if high else ROUND_FLOOR)


def _of_temporal(value: Temporal, digits: int | None, *, high: bool) -> Temporal | None:
    known = _DIGITS[value.kind]
    digits = known[-1] if digits is None else digits
    if digits not in known:
        return None
    count = known.index(digits) + 1
    parts = _clock(value.parts, high=high) if value.kind == "time" else _calendar(value.parts, high=high)
    zone = value.zone or ("-12:00" if high else "+14:00")
    return Temporal(value.kind, parts[:count], zone if value.kind == "dateTime" and count > 3 else "")


def _calendar(parts: tuple[int | Decimal, ...], *, high: bool) -> tuple[int | Decimal, ...]:
    year = int(parts[0])
    month = int(parts[1]) if len(parts) > 1 else 12 if high else 1
    day = int(parts[2]) if len(parts) > 2 else days_in_month(year, month) if high else 1
    return (year, month, day, *_clock(parts[3:], high=high))


def _clock(parts: tuple[int | Decimal, ...], *, high: bool) -> tuple[int | Decimal, ...]:
    filled = (*parts, *(_HIGH_CLOCK if high else _LOW_CLOCK)[len(parts) :])
    second = filled[2]
    if isinstance(second, int):
        second = Decimal(second) + (Decimal("0.999") if high else Decimal("0.000"))
    return (*filled[:2], second)


def precision(value: Any) -> int:
    """Digits after the point of a decimal, digits in all of a date or time."""
    if isinstance(value, Temporal):
        digits = _DIGITS[value.kind][len(value.parts) - 1]
        whole_second = digits in {17, 9} and isinstance(value.parts[-1], int)
        return digits - 3 if whole_second else digits
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0
