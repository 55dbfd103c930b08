"""Boundaries, precision, comparability and parts of dates (trial-use additions of FHIRPath 3.0.0)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.boundaries import boundary, precision
from conformance.validator.fhirpath.errors import EvaluationError, NotEvaluated
from conformance.validator.fhirpath.functions.collections import whole_number
from conformance.validator.fhirpath.functions.conversion import to_date_time
from conformance.validator.fhirpath.nodes import Collection, Item, quantity_value
from conformance.validator.fhirpath.operators import single
from conformance.validator.fhirpath.quantity import Quantity
from conformance.validator.fhirpath.registry import eager
from conformance.validator.fhirpath.temporal import Kind, Temporal
from conformance.validator.fhirpath.units import comparable as units_compare

if TYPE_CHECKING:
    from conformance.validator.fhirpath.environment import Run


def _measurable(items: Collection) -> Any:
    single(items)
    value = quantity_value(items[0]) if items else None
    if isinstance(value, str) and isinstance(items[0], Item) and not items[0].type:
        value = to_date_time(value)
    if isinstance(value, bool | str) or type(value) is Item:
        raise EvaluationError("only numbers, quantities, dates and times have a precision")
    return value


def _boundary(items: Collection, digits: Collection | None, *, high: bool) -> Collection:
    value = _measurable(items)
    limit = None if value is None else boundary(value, whole_number(digits) if digits else None, high=high)
    return [] if limit is None else [limit]


@eager("lowBoundary", 0, 1)
def low_boundary(items: Collection, _run: Run, digits: Collection | None = None) -> Collection:
    """The least value the input may stand for."""
    return _boundary(items, digits, high=False)


@eager("highBoundary", 0, 1)
def high_boundary(items: Collection, _run: Run, digits: Collection | None = None) -> Collection:
    """The greatest value the input may stand for."""
    return _boundary(items, digits, high=True)


@eager("precision")
def precision_(items: Collection, _run: Run) -> Collection:
    """The number of digits."""
    value = _measurable(items)
    if isinstance(value, Quantity):
        raise EvaluationError("a quantity has no precision")
    return [] if value is None else [precision(value)]


@eager("comparable", 1)
def comparable(items: Collection, _run: Run, other: Collection) -> Collection:
    """Whether two quantities can be compared; a unit that is not known can be compared with itself only."""
    mine, theirs = (_quantity(collection) for collection in (items, other))
    if mine is None or theirs is None:
        return []
    try:
        return [units_compare(mine, theirs)]
    except NotEvaluated:
        return [False]


def _quantity(items: Collection) -> Quantity | None:
    value = quantity_value(items[0]) if len(items) == 1 else None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Quantity(Decimal(value))
    return value if isinstance(value, Quantity) else None


_PARTS = ("yearOf", "monthOf", "dayOf", "hourOf", "minuteOf", "secondOf", "millisecondOf")


def _part(name: str, position: int) -> None:
    def body(items: Collection, _run: Run) -> Collection:
        value = single(items)
        if not isinstance(value, Temporal):
            return []
        index = min(position, 5) - (3 if value.kind == "time" else 0)
        if not 0 <= index < len(value.parts):
            return []
        part = value.parts[index]
        return [int(part % 1 * 1000) if position == 6 else int(part)]

    eager(name)(body)


for _position, _name in enumerate(_PARTS):
    _part(_name, _position)


@eager("timezoneOffsetOf")
def timezone_offset_of(items: Collection, _run: Run) -> Collection:
    """The distance to UTC in hours."""
    value = single(items)
    offset = value.offset if isinstance(value, Temporal) else None
    return [] if offset is None else [Decimal(int(offset.total_seconds())) / 3600]


def _cut(items: Collection, kind: Kind) -> Collection:
    value = single(items)
    if not isinstance(value, Temporal) or value.kind == "time":
        return []
    parts = value.parts[:3] if kind == "date" else value.parts[3:]
    return [Temporal(kind, parts)] if parts else []


@eager("dateOf")
def date_of(items: Collection, _run: Run) -> Collection:
    """The date of a date or date-time."""
    return _cut(items, "date")


@eager("timeOf")
def time_of(items: Collection, _run: Run) -> Collection:
    """The time of a date-time."""
    return _cut(items, "time")
