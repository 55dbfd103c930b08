"""Bringing two quantities to one unit (FHIRPath 2.0.0, sections 4.1.8 and 6.1.1).

Equal units, calendar durations with their UCUM counterparts, and UCUM units that differ by a power of ten or a fixed
factor of one table are converted. What lies beyond raises NotEvaluated when both units are known to be of one kind or
one is unknown; units of different kinds cannot be compared, which is the empty result.
"""

from __future__ import annotations

from decimal import Decimal

from conformance.validator.fhirpath.errors import NotEvaluated
from conformance.validator.fhirpath.quantity import DEFINITE, Quantity

_MILLISECONDS = {
    "millisecond": Decimal(1),
    "second": Decimal(1000),
    "minute": Decimal(60_000),
    "hour": Decimal(3_600_000),
    "day": Decimal(86_400_000),
    "week": Decimal(604_800_000),
}
_MONTHS = {"month": Decimal(1), "year": Decimal(12)}
_EQUIVALENT = {"a": "year", "mo": "month"}
_PREFIXES = {
    "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "": 0, "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15,
}  # fmt: skip
_METRIC = ("mol", "g", "m", "L", "l", "Pa", "J", "W", "V", "A", "Hz", "eq", "U", "[iU]", "cal", "osm", "bar", "B")
_SAME = {"L": "l"}
_FACTORS = {
    "[in_i]": ("m", Decimal("0.0254")),
    "[ft_i]": ("m", Decimal("0.3048")),
    "[lb_av]": ("g", Decimal("453.59237")),
    "[oz_av]": ("g", Decimal("28.349523125")),
    "%": ("1", Decimal("0.01")),
}


def common_unit(left: Quantity, right: Quantity, *, equivalent: bool = False) -> tuple[Decimal, Decimal] | None:
    """Both values in one unit; None if the units are of different kinds. With ``equivalent`` a year counts as ``a``."""
    if left.unit == right.unit and left.calendar == right.calendar:
        return left.value, right.value
    mine, theirs = _scale(left, equivalent=equivalent), _scale(right, equivalent=equivalent)
    if mine is None or theirs is None:
        raise NotEvaluated("units differ and are not converted here")
    if mine[0] != theirs[0]:
        return None
    return left.value * mine[1], right.value * theirs[1]


def canonical(quantity: Quantity) -> tuple[str, Decimal]:
    """The kind of unit and the value in its base; an unknown unit is a kind of its own."""
    scale = _scale(quantity, equivalent=False)
    return (quantity.unit, quantity.value) if scale is None else (scale[0], quantity.value * scale[1])


def comparable(left: Quantity, right: Quantity) -> bool:
    """Whether the two can be converted to one unit."""
    return common_unit(left, right) is not None


def _scale(quantity: Quantity, *, equivalent: bool) -> tuple[str, Decimal] | None:
    """The kind of unit and the factor to its base; None for a unit that is not known."""
    unit = quantity.unit
    duration = unit if quantity.calendar else DEFINITE.get(unit)
    if equivalent and not duration:
        duration = _EQUIVALENT.get(unit)
    if duration in _MILLISECONDS:
        return "time", _MILLISECONDS[duration]
    if duration in _MONTHS:
        return "calendar", _MONTHS[duration]
    if unit in _EQUIVALENT:
        return "mean years", Decimal(12) if unit == "a" else Decimal(1)
    if unit == "1":
        return "1", Decimal(1)
    return _FACTORS.get(unit) or _metric(unit)


def _metric(unit: str) -> tuple[str, Decimal] | None:
    """A prefixed metric unit, perhaps to a power (``cm2``) or per another one (``mg/dL``)."""
    if unit in DEFINITE:
        return "time", _MILLISECONDS[DEFINITE[unit]]
    if "/" in unit:
        above, _, below = unit.partition("/")
        top, bottom = _metric(above), _metric(below)
        if top is None or bottom is None:
            return None
        return f"{top[0]}/{bottom[0]}", top[1] / bottom[1]
    power = int(unit[-1]) if unit[-1:] in {"2", "3"} else 1
    bare = unit[:-1] if power > 1 else unit
    for base in _METRIC:
        prefix = bare.removesuffix(base)
        if prefix != bare and prefix in _PREFIXES:
            kind = _SAME.get(base, base) + (str(power) if power > 1 else "")
            return kind, Decimal(10) ** (_PREFIXES[prefix] * power)
    return None


def same_unit(left: Quantity, right: Quantity) -> tuple[Decimal, Decimal] | None:
    """The values of both in the left one's unit; None where they cannot be added (section 6.6.3)."""
    if left.unit == right.unit and left.calendar == right.calendar:
        return left.value, right.value
    if "1" in {left.unit, right.unit}:
        return None
    pair = common_unit(left, right)
    scale = _scale(left, equivalent=False)
    if pair is None or scale is None or scale[0] == "calendar":
        return None
    return pair[0] / scale[1], pair[1] / scale[1]


def multiply(left: Quantity, right: Quantity) -> Quantity | None:
    """The product; units only where one operand has none or both have the same plain one."""
    if left.unit == "1" or right.unit == "1":
        other = right if left.unit == "1" else left
        return Quantity(left.value * right.value, other.unit, other.calendar)
    if left.calendar or right.calendar:
        return None
    pair = same_unit(left, right)
    if pair is None or not left.unit.isalpha():
        raise NotEvaluated("a product of two units is not calculated here")
    return Quantity(pair[0] * pair[1], f"{left.unit}2")


def divide(left: Quantity, right: Quantity) -> Quantity | None:
    """The quotient; units only where the divisor has none or they cancel out."""
    if right.unit == "1":
        return Quantity(left.value / right.value, left.unit, left.calendar)
    if left.calendar or right.calendar:
        return None
    if left.unit == "1":
        return Quantity(left.value / right.value, f"/{right.unit}")
    pair = common_unit(left, right)
    if pair is None:
        return Quantity(left.value / right.value, f"{left.unit}/{right.unit}")
    return Quantity(pair[0] / pair[1])
