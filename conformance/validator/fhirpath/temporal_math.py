"""Adding durations to dates and times (FHIRPath 2.0.0, section 6.7), and the range a partial value stands for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal

from conformance.validator.fhirpath.errors import EvaluationError
from conformance.validator.fhirpath.quantity import CALENDAR_UNITS, DEFINITE, Quantity
from conformance.validator.fhirpath.temporal import Temporal, days_in_month

_UNITS = ("year", "month", "day", "hour", "minute", "second")
_SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_COARSER = {"second": ("minute", 60), "minute": ("hour", 60), "hour": ("day", 24), "day": ("month", 30)}


def add(value: Temporal, quantity: Quantity, sign: int) -> Temporal | None:
    """The value moved by ``sign`` times the duration; None where the calendar ends.

    Raises EvaluationError for a unit that is no duration, or a mean year or month, which no calendar knows.
    """
    unit = DEFINITE.get(quantity.unit) or CALENDAR_UNITS.get(quantity.unit)
    if unit is None:
        raise EvaluationError("only a duration can be added to a date or time")
    amount = quantity.value * sign
    if unit == "millisecond":
        unit, amount = "second", amount / 1000
    if unit != "second":
        amount = amount.to_integral_value(ROUND_DOWN)
    if value.kind == "time":
        return _add_to_time(value, unit, amount)
    try:
        return _add_to_date(value, unit, amount)
    except (OverflowError, ValueError):
        return None


def _add_to_time(value: Temporal, unit: str, amount: Decimal) -> Temporal:
    if unit not in _SECONDS or unit in {"week", "day"}:
        raise EvaluationError("only hours, minutes and seconds can be added to a time")
    count = len(value.parts)
    steps = (3600, 60, 1)[:count]
    moved = sum((Decimal(part) * step for part, step in zip(value.parts, steps, strict=True)), Decimal(0))
    moved = (moved + amount * _SECONDS[unit]) % 86_400
    moved += 86_400 if moved < 0 else 0
    hours, rest = divmod(moved, 3600)
    minutes, seconds = divmod(rest, 60)
    return Temporal("time", (int(hours), int(minutes), _second(seconds, value, count - 1))[:count])


def _second(seconds: Decimal, value: Temporal, position: int) -> int | Decimal:
    """A whole second stays one where the value had one and nothing was added to it."""
    given = value.parts[position] if position < len(value.parts) else 0
    if isinstance(given, int) and seconds == seconds.to_integral_value():
        return int(seconds)
    places = max(3, -int(given.as_tuple().exponent)) if isinstance(given, Decimal) else 3
    return seconds.quantize(Decimal(1).scaleb(-places))


def _add_to_date(value: Temporal, unit: str, amount: Decimal) -> Temporal:
    count = len(value.parts)
    unit, amount = _to_precision(unit, amount, count)
    if unit in {"year", "month"}:
        return _add_months(value, int(amount) * (12 if unit == "year" else 1))
    year, month, day, hour, minute = (int(part) for part in (*value.parts, 0, 0)[:5])
    second = Decimal(value.parts[5]) if count > 5 else Decimal(0)
    whole = int(second)
    moved = datetime(year, month, day, hour, minute, whole, tzinfo=UTC)
    shift = amount * _SECONDS[unit] + (second - whole)
    whole_shift = shift.to_integral_value(ROUND_FLOOR)
    moved += timedelta(seconds=int(whole_shift))
    seconds = Decimal(moved.second) + shift - whole_shift
    parts = (moved.year, moved.month, moved.day, moved.hour, moved.minute, _second(seconds, value, 5))[:count]
    return Temporal(value.kind, parts, value.zone)


def _to_precision(unit: str, amount: Decimal, count: int) -> tuple[str, Decimal]:
    """A duration finer than the value is turned into whole steps of its precision (365 days a year, 30 a month)."""
    if unit == "week":
        unit, amount = "day", amount * 7
    while unit != "year" and _UNITS.index(unit) >= count:
        if unit == "month":
            unit, amount = "year", amount / 12
        elif unit == "day" and count == 1:
            unit, amount = "year", amount / 365
        else:
            unit, factor = _COARSER[unit][0], _COARSER[unit][1]
            amount = amount / factor
    return unit, amount if unit == "second" else amount.to_integral_value(ROUND_DOWN)


def _add_months(value: Temporal, months: int) -> Temporal:
    year = int(value.parts[0])
    month = int(value.parts[1]) if len(value.parts) > 1 else 1
    total = year * 12 + month - 1 + months
    year, month = total // 12, total % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError("the calendar ends")
    parts: list[int | Decimal] = [year]
    if len(value.parts) > 1:
        parts.append(month)
    if len(value.parts) > 2:
        parts.append(min(int(value.parts[2]), days_in_month(year, month)))
    return Temporal(value.kind, (*parts, *value.parts[3:]), value.zone)
