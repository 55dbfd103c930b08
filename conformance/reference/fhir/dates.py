"""Dates and times as half-open intervals in milliseconds since the epoch (FHIR search: date).

A date without a time is a whole day where the payer is; the payer is on US Eastern time, reckoned by the rule in force
since 2007 so that no time zone database is needed.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

Interval = tuple[int, int]
BEGINNING, END = -(1 << 53), 1 << 53
PATTERN = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?)?)?)?"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def eastern(day: date) -> timezone:
    """The offset of US Eastern time at noon of a day."""
    second_sunday = _nth_sunday(day.year, 3, 2)
    first_sunday = _nth_sunday(day.year, 11, 1)
    return timezone(timedelta(hours=-4 if second_sunday <= day < first_sunday else -5))


def _nth_sunday(year: int, month: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (n - 1))


def interval(text: str) -> Interval:
    """The interval that a FHIR date, dateTime or instant means; raises ``ValueError`` when it is none."""
    match = PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date")
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    start_day = date(year, month, day)
    if match["hour"] is None:
        if match["day"]:
            days = 1
        elif match["month"]:
            days = calendar.monthrange(year, month)[1]
        else:
            days = 366 if calendar.isleap(year) else 365
        last = start_day.toordinal() + days > date.max.toordinal()
        return _midnight(start_day), END if last else _midnight(start_day + timedelta(days=days))
    zone = _zone(match["zone"]) or eastern(start_day)
    fraction = (match["fraction"] or "").ljust(3, "0")[:3]
    moment = datetime(
        *(year, month, day, int(match["hour"]), int(match["minute"]), int(match["second"] or 0)),
        int(fraction) * 1000,
        tzinfo=zone,
    )
    start = milliseconds(moment)
    if match["second"] is None:
        return start, start + 60_000
    return start, start + (1 if match["fraction"] else 1000)


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return timezone.utc  # noqa: UP017
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))


def milliseconds(moment: datetime) -> int:
    """A moment in milliseconds since the epoch."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _midnight(day: date) -> int:
    return milliseconds(datetime(day.year, day.month, day.day, tzinfo=eastern(day)))


def element_interval(value: Any) -> Interval:
    """The interval of an element: a date or time, or a Period, which may be open at either end."""
    if isinstance(value, dict):
        start = interval(value["start"])[0] if "start" in value else BEGINNING
        end = interval(value["end"])[1] if "end" in value else END
        return start, end
    return interval(value)
