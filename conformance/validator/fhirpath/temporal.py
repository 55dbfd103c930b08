"""Dates, date-times and times with partial precision (FHIRPath 2.0.0, sections 4.1.5 to 4.1.7, 6.1, 6.2 and 6.7).

A value without a timezone offset is never given one: compared with a value that has one it may be any of the offsets in
use (-12:00 to +14:00), so the answer is unknown where that matters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

Kind = Literal["date", "dateTime", "time"]

_DATE = r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?"
_TIME = r"(\d{2})(?::(\d{2})(?::(\d{2}(?:\.\d+)?))?)?"
_PATTERN = re.compile(rf"{_DATE}(?:T(?:{_TIME}(Z|[+-]\d{{2}}:\d{{2}})?)?)?")
_TIME_PATTERN = re.compile(_TIME)
_EARLIEST_ZONE, _LATEST_ZONE = timedelta(hours=14), timedelta(hours=12)
_SECOND = 5
"""Position of the seconds among the parts of a date-time; a time's parts start at the hour, position 3."""


@dataclass(frozen=True, slots=True)
class Temporal:
    """A date, date-time or time as far as it is given.

    ``parts`` are year, month, day, hour, minute, second, as many as are known (a time: hour, minute, second). A second
    with a fraction is a Decimal, whose exponent keeps the number of digits. ``zone`` is ``""``, ``Z`` or ``±hh:mm``.
    """

    kind: Kind
    parts: tuple[int | Decimal, ...]
    zone: str = ""

    @property
    def offset(self) -> timedelta | None:
        """The distance to UTC; None when no timezone is given."""
        if not self.zone:
            return None
        if self.zone == "Z":
            return timedelta(0)
        sign = -1 if self.zone[0] == "-" else 1
        return sign * timedelta(hours=int(self.zone[1:3]), minutes=int(self.zone[4:6]))

    def __str__(self) -> str:
        """The value in the notation of section 5.5 (toString), as precise as it is."""
        texts = [f"{part:02}" if isinstance(part, int) else _decimal_second(part) for part in self.parts]
        if self.kind == "time":
            return ":".join(texts)
        texts[0] = f"{self.parts[0]:04}"
        text = "-".join(texts[:3])
        return text if len(texts) <= 3 else f"{text}T{':'.join(texts[3:])}{self.zone}"


def _decimal_second(second: Decimal) -> str:
    return f"{second:f}" if second >= 10 else f"0{second:f}"


def parse_literal(text: str) -> Temporal:
    """Read ``@2015``, ``@2015-02-04T14:34:28Z`` or ``@T14:34``; raises ValueError for a value no calendar has."""
    if text.startswith("@T"):
        return parse_time(text[2:])
    return parse_date_time(text[1:]) if "T" in text else parse_date(text[1:])


@lru_cache(maxsize=4096)
def parse_date(text: str) -> Temporal:
    """Read a date as far as it is given; raises ValueError."""
    parsed = parse_date_time(text)
    if "T" in text:
        raise ValueError(f"{text!r} is no date")
    return Temporal("date", parsed.parts)


@lru_cache(maxsize=4096)
def parse_date_time(text: str) -> Temporal:
    """Read a date-time as far as it is given; raises ValueError."""
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no date or date-time")
    *raw, zone = match.groups()
    parts = _numbers(raw)
    date(*(int(part) for part in (*parts, 1, 1)[:3]))  # raises ValueError where no calendar has such a day
    _check_clock(parts[3:], text)
    return Temporal("dateTime", parts, zone or "")


@lru_cache(maxsize=4096)
def parse_time(text: str) -> Temporal:
    """Read a time of day as far as it is given; raises ValueError."""
    match = _TIME_PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time")
    parts = _numbers(list(match.groups()))
    _check_clock(parts, text)
    return Temporal("time", parts)


def _numbers(raw: list[str | None]) -> tuple[int | Decimal, ...]:
    return tuple(Decimal(part) if "." in part else int(part) for part in raw if part is not None)


def _check_clock(parts: tuple[int | Decimal, ...], text: str) -> None:
    if any(part >= limit for part, limit in zip(parts, (24, 60, 61), strict=False)):
        raise ValueError(f"{text!r} has a time of day that no clock shows")


def compare(left: Temporal, right: Temporal) -> int | None:
    """-1, 0 or 1; None where precision or a missing timezone leaves the order unknown.

    Both must be times, or neither; a date is compared as a date-time without a time (section 5.5, implicit conversion).
    """
    if left.zone != right.zone and len(left.parts) > 3 and len(right.parts) > 3 and left.zone and right.zone:
        left, right = in_utc(left), in_utc(right)
    elif left.zone != right.zone:
        return _compare_ranges(left, right)
    for mine, theirs in zip(left.parts, right.parts, strict=False):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0 if len(left.parts) == len(right.parts) else None


def _compare_ranges(left: Temporal, right: Temporal) -> int | None:
    """Order two values of which one lacks a timezone (or a time): known only if their ranges do not touch."""
    (left_low, left_high), (right_low, right_high) = instants(left), instants(right)
    if left_high < right_low:
        return -1
    return 1 if left_low > right_high else None


def instants(value: Temporal) -> tuple[datetime, datetime]:
    """The earliest and the latest moment a date or date-time may mean, in UTC, to the microsecond."""
    low, high = (_moment(value, last=last) for last in (False, True))
    offset = value.offset
    if offset is None:
        return _shift(low, -_EARLIEST_ZONE), _shift(high, _LATEST_ZONE)
    return _shift(low, -offset), _shift(high, -offset)


def _moment(value: Temporal, *, last: bool) -> datetime:
    parts = list(value.parts)
    if len(parts) < 2:
        parts.append(12 if last else 1)
    if len(parts) < 3:
        parts.append(days_in_month(int(parts[0]), int(parts[1])) if last else 1)
    filled = [*parts, *((23, 59, 59) if last else (0, 0, 0))[len(parts) - 3 :]]
    year, month, day, hour, minute = (int(part) for part in filled[:_SECOND])
    second = filled[_SECOND]
    fraction = int(Decimal(second) % 1 * 1_000_000)
    if last and not (isinstance(second, Decimal) and fraction):
        fraction = 999_999 if len(parts) <= _SECOND else 0
    return datetime(year, month, day, hour, minute, min(int(second), 59), fraction, tzinfo=UTC)


def _shift(moment: datetime, distance: timedelta) -> datetime:
    try:
        return moment + distance
    except OverflowError:
        return moment


def in_utc(value: Temporal) -> Temporal:
    """The same moment at offset zero, as precise as before; unchanged where the calendar ends."""
    offset = value.offset
    if not offset:
        return Temporal(value.kind, value.parts, "Z")
    parts = [*value.parts, *(0, 0)][:_SECOND]
    try:
        moved = datetime(*(int(part) for part in parts), tzinfo=UTC) - offset  # type: ignore[misc,arg-type]
    except OverflowError:
        return value
    shifted = (moved.year, moved.month, moved.day, moved.hour, moved.minute)[: len(value.parts)]
    return Temporal(value.kind, (*shifted, *value.parts[_SECOND:]), "Z")


def days_in_month(year: int, month: int) -> int:
    """The number of days of a month in the Gregorian calendar."""
    if month == 12:
        return 31
    return (date(year, month + 1, 1) - timedelta(days=1)).day
