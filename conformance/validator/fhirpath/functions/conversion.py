"""Conversion (FHIRPath 2.0.0, section 5.5).

``toX()`` is empty where the value has no such form; ``convertsToX()`` is false.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.errors import NotEvaluated
from conformance.validator.fhirpath.functions.strings import text
from conformance.validator.fhirpath.nodes import Collection, Item, quantity_value
from conformance.validator.fhirpath.operators import single
from conformance.validator.fhirpath.quantity import CALENDAR_UNITS, Quantity
from conformance.validator.fhirpath.registry import eager
from conformance.validator.fhirpath.temporal import Temporal, parse_date, parse_date_time, parse_time
from conformance.validator.fhirpath.units import same_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.fhirpath.environment import Run

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(?:'([^']+)'|([a-zA-Z]+))?", re.ASCII)


def to_boolean(value: Any) -> bool | None:
    """A Boolean, its texts, 1 and 0."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return bool(value) if value in {0, 1} else None
    if isinstance(value, str):
        folded = value.lower()
        return True if folded in _TRUE else False if folded in _FALSE else None
    return None


def _integer(value: Any, bits: int) -> int | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, int):
        return value if -(2 ** (bits - 1)) <= value < 2 ** (bits - 1) else None
    return None


def to_integer(value: Any) -> int | None:
    """An Integer of 32 bits, its text, or a Boolean."""
    return _integer(value, 32)


def to_long(value: Any) -> int | None:
    """An Integer of 64 bits, its text, or a Boolean."""
    return _integer(value, 64)


def to_decimal(value: Any) -> Decimal | None:
    """A number, its text, or a Boolean."""
    if isinstance(value, bool | int):
        return Decimal(int(value)) if not isinstance(value, bool) else Decimal("1.0" if value else "0.0")
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL.fullmatch(value) else None
    return value if isinstance(value, Decimal) else None


def to_quantity(value: Any) -> Quantity | None:
    """A Quantity, a number or Boolean without a unit, or their text."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, str):
        match = _QUANTITY.fullmatch(value)
        if match is None:
            return None
        number, unit, duration = match.groups()
        if duration:
            singular = CALENDAR_UNITS.get(duration)
            return Quantity(Decimal(number), singular, calendar=True) if singular else None
        return Quantity(Decimal(number), unit or "1")
    decimal = to_decimal(value)
    return None if decimal is None else Quantity(decimal)


def to_text(value: Any) -> str | None:
    """The notation of section 5.5.6."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, str | int | Temporal | Quantity) else None


def _temporal(parse: Callable[[str], Temporal]) -> Callable[[str], Temporal | None]:
    def convert(value: str) -> Temporal | None:
        try:
            return parse(value.removeprefix("T") if parse is parse_time else value)
        except ValueError:
            return None

    return convert


_READ = {"date": _temporal(parse_date), "dateTime": _temporal(parse_date_time), "time": _temporal(parse_time)}


def to_date(value: Any) -> Temporal | None:
    """A Date, the day of a DateTime, or its text."""
    if isinstance(value, Temporal):
        return None if value.kind == "time" else Temporal("date", value.parts[:3])
    return (_READ["date"](value) or to_date(_READ["dateTime"](value))) if isinstance(value, str) else None


def to_date_time(value: Any) -> Temporal | None:
    """A DateTime, a Date without a time, or its text."""
    if isinstance(value, Temporal):
        return None if value.kind == "time" else Temporal("dateTime", value.parts, value.zone)
    return _READ["dateTime"](value) if isinstance(value, str) else None


def to_time(value: Any) -> Temporal | None:
    """A Time or its text."""
    if isinstance(value, Temporal):
        return value if value.kind == "time" else None
    return _READ["time"](value) if isinstance(value, str) else None


def _declare(name: str, convert: Callable[[Any], Any], arguments: int = 0) -> None:
    def to(items: Collection, _run: Run, *given: Collection) -> Collection:
        result = _converted(items, convert, given)
        return [] if result is None else [result]

    def converts(items: Collection, _run: Run, *given: Collection) -> Collection:
        return [_converted(items, convert, given) is not None] if items else []

    eager(f"to{name}", 0, arguments)(to)
    eager(f"convertsTo{name}", 0, arguments)(converts)


def _converted(items: Collection, convert: Callable[[Any], Any], given: tuple[Collection, ...]) -> Any:
    single(items)
    if not items:
        return None
    value = convert(quantity_value(items[0]))
    if value is None or not given:
        return value
    if isinstance(value, Quantity):
        return _in_unit(value, text(given[0]))
    raise NotEvaluated("a format of dates is not read here")


def _in_unit(quantity: Quantity, unit: str | None) -> Quantity | None:
    """The quantity in another unit; a number without a unit takes it."""
    if unit is None:
        return quantity
    wanted = Quantity(Decimal(1), CALENDAR_UNITS.get(unit, unit), calendar=unit in CALENDAR_UNITS)
    if quantity.unit == "1":
        return Quantity(quantity.value, wanted.unit, wanted.calendar)
    pair = same_unit(wanted, quantity)
    return pair and Quantity(pair[1], wanted.unit, wanted.calendar)


def _raw_text(items: Collection) -> Any:
    """The text of a FHIR date or time exactly as it is written."""
    return items[0].value if isinstance(items[0], Item) and isinstance(items[0].value, str) else None


@eager("toString")
def to_string(items: Collection, _run: Run) -> Collection:
    """The value as text."""
    single(items)
    result = (_raw_text(items) or to_text(quantity_value(items[0]))) if items else None
    return [] if result is None else [result]


@eager("convertsToString")
def converts_to_string(items: Collection, run: Run) -> Collection:
    """Whether the value has a text."""
    return [bool(to_string(items, run))] if items else []


for _name, _convert in (
    ("Boolean", to_boolean),
    ("Integer", to_integer),
    ("Long", to_long),
    ("Decimal", to_decimal),
    ("Time", to_time),
):
    _declare(_name, _convert)
_declare("Quantity", to_quantity, 1)
_declare("Date", to_date, 1)
_declare("DateTime", to_date_time, 1)
