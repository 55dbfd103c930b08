"""What a search must find, computed from the resources themselves (FHIR R4 search: token, date; three answers).

The answer is True or False only where every legal reading agrees. It is None where the time zone of the deployment
could decide (a date without a zone less than a day from a moment with one), or where R4 leaves room.
"""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Resource = dict[str, Any]
Judged = bool | None
Pairs = tuple[tuple[str, str], ...]

DAY = 86_400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIXES = ("gt", "lt", "ge", "le")
_MOMENT = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter: its kind and the paths, without the type, of the elements it looks at."""

    kind: Literal["token", "date"]
    paths: tuple[str, ...]


def _token(*paths: str) -> Parameter:
    return Parameter("token", paths)


def _date(*paths: str) -> Parameter:
    return Parameter("date", paths)


PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "": {"_id": _token("id"), "_lastUpdated": _date("meta.lastUpdated"), "status": _token("status")},
    "Condition": {"category": _token("category")},
    "DocumentReference": {"category": _token("category"), "type": _token("type"), "date": _date("date")},
    "ExplanationOfBenefit": {
        "identifier": _token("identifier"),
        "type": _token("type"),
        "use": _token("use"),
        "service-date": _date("billablePeriod", "item.servicedDate", "item.servicedPeriod"),
        "service-start-date": _date("billablePeriod.start", "item.servicedDate", "item.servicedPeriod.start"),
        "billable-period-start": _date("billablePeriod.start"),
    },
    "MedicationRequest": {"intent": _token("intent")},
    "Observation": {
        "category": _token("category"),
        "code": _token("code"),
        "date": _date("effectiveDateTime", "effectivePeriod", "effectiveInstant"),
    },
    "Procedure": {"date": _date("performedDateTime", "performedPeriod")},
}
"""The parameters that US Core 6.1.0, CARIN BB 2.1.0 and PDex ask for, by type; ``""`` is every type."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval in seconds since the epoch; without a zone it is local to the payer, which is unknown."""

    low: float
    high: float
    zoned: bool

    def moved(self, seconds: float) -> Span:
        """The same, later by some seconds."""
        return Span(self.low + seconds, self.high + seconds, self.zoned)


_AT_DISCRETION = ("meta.lastUpdated",)
"""The element whose boundary precision R4 leaves to the server (Search, _lastUpdated)."""


def parameter(type_name: str, name: str) -> Parameter:
    """The parameter of this name; raises ``KeyError`` for one that is not in the table."""
    return {**PARAMETERS[""], **PARAMETERS.get(type_name, {})}[name]


def holds(resource: Resource, asked: Pairs) -> Judged:
    """Whether a resource matches every parameter asked (``patient`` is not looked at)."""
    type_name = str(resource.get("resourceType"))
    return _every(
        _any(_matches(resource, parameter(type_name, name), part) for part in value.split(","))
        for name, value in asked
        if name != "patient"
    )


def _every(judged: Iterable[Judged]) -> Judged:
    seen = set(judged)
    return False if False in seen else None if None in seen else True


def _any(judged: Iterable[Judged]) -> Judged:
    seen = set(judged)
    return True if True in seen else None if None in seen else False


def _matches(resource: Resource, wanted: Parameter, value: str) -> Judged:
    if wanted.kind == "token":
        return any(_is_token(token, value) for token in tokens(resource, wanted))
    prefix, text = (value[:2], value[2:]) if value[:2] in _PREFIXES else ("eq", value)
    searched = span(text)
    if searched is None:
        return False
    margin = 1.0 if wanted.paths == _AT_DISCRETION else 0.0
    return _any(_compared(prefix, found, searched, margin) for found in spans(resource, wanted))


def values(resource: Resource, path: str) -> Iterator[Any]:
    """Every value at a path of element names, lists flattened."""
    found: list[Any] = [resource]
    for name in path.split("."):
        stepped = [node[name] for node in found if isinstance(node, dict) and name in node]
        found = [item for node in stepped for item in (node if isinstance(node, list) else [node])]
    yield from found


def tokens(resource: Resource, wanted: Parameter) -> list[tuple[str, str]]:
    """``(system, code)`` of every coding, identifier or code; no system is the empty string."""
    found: list[tuple[str, str]] = []
    for value in (value for path in wanted.paths for value in values(resource, path)):
        for part in value.get("coding", [value]) if isinstance(value, dict) else [{"code": value}]:
            code = part.get("code", part.get("value")) if isinstance(part, dict) else None
            if isinstance(code, str):
                found.append((str(part.get("system", "")), code))
    return found


def _is_token(token: tuple[str, str], value: str) -> bool:
    system, bar, code = value.rpartition("|")
    return token[1] == code and (not bar or token[0] == system)


def spans(resource: Resource, wanted: Parameter) -> list[Span]:
    """The interval of every date, time or Period."""
    found = [_span_of(value) for path in wanted.paths for value in values(resource, path)]
    return [each for each in found if each is not None]


def _span_of(value: object) -> Span | None:
    if not isinstance(value, dict):
        return span(value)
    start, end = span(value.get("start")), span(value.get("end"))
    if start is None and end is None:
        return None
    low = start.low if start else -math.inf
    high = end.high if end else math.inf
    return Span(low, high, all(each.zoned for each in (start, end) if each))


def span(text: object) -> Span | None:
    """The interval that a FHIR date, dateTime or instant means; None when it is none."""
    return _read(text) if isinstance(text, str) else None


@lru_cache(maxsize=20_000)
def _read(text: str) -> Span | None:
    """As :func:`span`; the dates of a record are asked about again and again."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        clock = (int(hour or 0), int(minute or 0), int(second or 0))
        start = datetime(int(year), int(month or 1), int(day or 1), *clock, tzinfo=_zone(zone))
        low = (start - _EPOCH).total_seconds() + float(fraction or 0)
        return Span(low, low + _length(start, sum(part is not None for part in match.groups()[:7])), bool(zone))
    except (ValueError, OverflowError):
        return None


def _length(start: datetime, parts: int) -> float:
    """How long a moment of so many parts (year, month, day, hour, minute, second, fraction) lasts, in seconds."""
    if parts <= 1:
        return DAY * (366 if calendar.isleap(start.year) else 365)
    if parts == 2:
        return DAY * calendar.monthrange(start.year, start.month)[1]
    return {3: DAY, 5: 60.0, 6: 1.0}.get(parts, 0.001)


def _zone(text: str | None) -> timezone:
    if not text or text == "Z":
        return timezone.utc  # noqa: UP017
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))


def _compared(prefix: str, found: Span, searched: Span, margin: float) -> Judged:
    """Under every displacement that a margin or an unknown zone allows, and under both readings of R4, the same."""
    shift = max(margin, 0.0 if found.zoned == searched.zoned else DAY)
    shifts = (-shift, 0.0, shift)
    answers = {reading(found, searched.moved(shift)) for shift in shifts for reading in _READINGS[prefix]}
    return answers.pop() if len(answers) == 1 else None


def _within(found: Span, searched: Span) -> bool:
    return searched.low <= found.low and found.high <= searched.high


_READINGS: Mapping[str, tuple[Callable[[Span, Span], bool], ...]] = {
    "eq": (_within,),
    "gt": (lambda found, searched: found.high > searched.high,),
    "lt": (lambda found, searched: found.low < searched.low,),
    "ge": (
        lambda found, searched: found.high > searched.high or _within(found, searched),
        lambda found, searched: found.high > searched.low,
    ),
    "le": (
        lambda found, searched: found.low < searched.low or _within(found, searched),
        lambda found, searched: found.low < searched.high,
    ),
}
"""How a found interval is compared. A Period that only touches the searched one is ge and le to some, not to others."""
