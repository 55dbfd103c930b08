"""Quantities (FHIRPath 2.0.0, section 4.1.8): a decimal with a UCUM code or a calendar duration."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

UCUM = "http://unitsofmeasure.org"

_SINGULAR = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
CALENDAR_UNITS = {name: singular for singular in _SINGULAR for name in (singular, singular + "s")}
"""Every calendar duration keyword with its singular."""

DEFINITE = {"wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second", "ms": "millisecond"}
"""UCUM units that are equal to a calendar duration; a year and a month are only equivalent to ``a`` and ``mo``."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit: a UCUM code, or the singular of a calendar duration when ``calendar`` is set."""

    value: Decimal
    unit: str = "1"
    calendar: bool = False

    def __str__(self) -> str:
        """The value in the notation of section 5.5.6 (toString): ``4 'mg'``, ``1 year``."""
        number = f"{self.value:f}"
        if self.calendar:
            return f"{number} {self.unit if self.value == 1 else self.unit + 's'}"
        return f"{number} '{self.unit}'"


def quantity_of(element: Mapping[str, Any]) -> Quantity | None:
    """The FHIR Quantity as a FHIRPath one; None without a value or with a comparator, which leaves the value open.

    The unit is the code of a UCUM quantity, else whatever the element calls its unit.
    """
    value = element.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or element.get("comparator"):
        return None
    unit = element.get("code") if element.get("system") == UCUM else None
    unit = unit or element.get("code") or element.get("unit") or "1"
    return Quantity(as_decimal(value), unit) if isinstance(unit, str) else None


def as_decimal(value: float | Decimal) -> Decimal:
    """A JSON number as a decimal, a float by its shortest notation; raises ValueError for NaN and infinities."""
    try:
        number = value if isinstance(value, Decimal) else Decimal(repr(value))
    except InvalidOperation as problem:
        raise ValueError(f"{value!r} is no decimal") from problem
    if not number.is_finite():
        raise ValueError(f"{value!r} is no decimal")
    return number
