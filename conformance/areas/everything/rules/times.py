"""Parts of ``$everything`` by time: ``start`` and ``end`` by the date of care, ``_since`` by the time of the record.

Which element is the date of care is not laid down for every type. A resource is held to a window only when all its
candidates agree, a day away from either end (the time zone of the payer is not known).
"""

from __future__ import annotations

import calendar
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conformance.areas.everything.rules.record import names, personal, record
from conformance.areas.shared.bundles import is_searchset, same_matches
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.search_oracle import DAY, Judged, Parameter, Span, span, spans, values
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.evidence import SearchEvidence

Resource = dict[str, Any]
Window = tuple[str, str]

CARE_DATES: Mapping[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod", "lastOccurrence", "recordedDate"),
    "Condition": ("onsetDateTime", "onsetPeriod", "abatementDateTime", "abatementPeriod", "recordedDate"),
    "Coverage": ("period",),
    "DocumentReference": ("context.period", "date"),
    "Encounter": ("period",),
    "ExplanationOfBenefit": ("billablePeriod", "item.servicedDate", "item.servicedPeriod"),
    "Immunization": ("occurrenceDateTime", "recorded"),
    "MedicationRequest": ("authoredOn",),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant"),
    "Procedure": ("performedDateTime", "performedPeriod"),
}
"""The elements that can tell when the care happened."""

_LASTING = frozenset({"AllergyIntolerance", "Condition", "Coverage", "MedicationRequest"})
"""What goes on after its date: a window later than that decides nothing."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SOON = 4.0
_EARLIEST, _LATEST = "1900-01", "2190-01"


def in_window(resource: Resource, window: Window) -> Judged:
    """Whether the care was within the window; None where that cannot be said."""
    kind = str(resource.get("resourceType"))
    found = spans(resource, Parameter("date", CARE_DATES.get(kind, ())))
    low, high = _edges(window)
    judged = {_overlaps(each, low, high) for each in found}
    if not found or len(judged) > 1:
        return None
    if judged == {False} and kind in _LASTING and any(each.low < low for each in found):
        return None
    return judged.pop()


def _edges(window: Window) -> tuple[float, float]:
    start, end = span(window[0]), span(window[1])
    return (start.low if start else -math.inf), (end.high if end else math.inf)


def _overlaps(found: Span, low: float, high: float) -> Judged:
    answers = {each.low < high and each.high > low for each in (found.moved(-DAY), found, found.moved(DAY))}
    return answers.pop() if len(answers) == 1 else None


def windows(resources: Sequence[Resource]) -> tuple[Window, Window] | None:
    """A month with care in it and care outside it, best on both sides, and the year around it; None without one."""
    dated = [each for each in personal(resources) if each["resourceType"] not in _LASTING]
    ranked: list[tuple[bool, int, Window]] = []
    texts = {text[:7] for each in dated for text in _texts(each) if len(text) >= len("2020-01")}
    for month in sorted(text for text in texts if _EARLIEST < text < _LATEST):
        window = _month(month)
        within = _count(dated, window)
        before, after = _count(dated, ("", _day_beside(window[0], -1))), _count(dated, (_day_beside(window[1], 1), ""))
        if within and (before or after):
            ranked.append((bool(before and after), within, window))
    if not ranked:
        return None
    chosen = max(ranked)[2]
    return chosen, (f"{chosen[0][:4]}-01-01", f"{chosen[0][:4]}-12-31")


def _month(text: str) -> Window:
    year, month = int(text[:4]), int(text[5:7])
    return f"{text}-01", f"{text}-{calendar.monthrange(year, month)[1]:02}"


def _day_beside(day: str, days: int) -> str:
    return (datetime.fromisoformat(day) + timedelta(days=days)).date().isoformat()


def _count(resources: Iterable[Resource], window: Window) -> int:
    return sum(in_window(each, window) is True for each in resources)


def _texts(resource: Resource) -> list[str]:
    found = []
    for path in CARE_DATES.get(str(resource.get("resourceType")), ()):
        for value in values(resource, path):
            ends = (value.get("start"), value.get("end")) if isinstance(value, dict) else (value,)
            found += [each for each in ends if span(each) is not None]
    return [str(each) for each in found]


def window_holds(search: SearchEvidence, whole: SearchEvidence, window: Window) -> Iterator[Finding]:
    """PA-EVRY-005: what was certainly within the window comes, what was certainly outside does not."""
    shown = " to ".join(each or "…" for each in window)
    what, number = f"{search.what} ({shown})", search.first.number
    problems = list(is_searchset(search.first, what=what))
    yield from problems
    if problems:
        return
    judged = {identity(each): in_window(each, window) for each in personal(record(whole))}
    found = names(personal(record(search)))
    required = {name for name, verdict in judged.items() if verdict is True}
    allowed = {name for name, verdict in judged.items() if verdict is not False}
    yield from same_matches(required | (found & allowed), found, rule="everything.window", what=what, exchange=number)


def grows(searches: Sequence[SearchEvidence]) -> Iterator[Finding]:
    """PA-EVRY-005: each window, wider than the one before, has all that the one before has."""
    for narrow, wide in pairwise(searches):
        if narrow.first.status == wide.first.status == 200:
            lost = names(personal(record(narrow))) - names(personal(record(wide)))
            if lost:
                shown = ", ".join(sorted(lost)[:5])
                message = f"{wide.what} with a wider window lacks {len(lost)} of a narrower one: {shown}"
                yield Finding("everything.window.shrinks", message, exchange=wide.first.number)


def moment_between(resources: Iterable[Resource]) -> str:
    """An instant in the middle of the gap nearest the middle of all updates; empty when all are of one time."""
    found = sorted({each.low for resource in personal(resources) if (each := updated(resource))})
    gaps = [(earlier, later) for earlier, later in pairwise(found) if later - earlier > _SOON]
    if not gaps:
        return ""
    earlier, later = gaps[len(gaps) // 2]
    moment = _EPOCH + timedelta(seconds=int((earlier + later) / 2))
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def updated(resource: Resource) -> Span | None:
    """When the record was last updated."""
    meta = resource.get("meta")
    return span(meta.get("lastUpdated")) if isinstance(meta, dict) else None


def since_holds(search: SearchEvidence, whole: SearchEvidence, since: str) -> Iterator[Finding]:
    """PA-EVRY-006: what was updated later comes, what was updated before does not; Patient and supporting ones may."""
    what, number, edge = f"{search.what} (since {since})", search.first.number, span(since)
    problems = list(is_searchset(search.first, what=what))
    yield from problems
    if problems or edge is None:
        return
    found = names(personal(record(search)))
    times = {identity(each): updated(each) for each in personal(record(whole))}
    required = {name for name, each in times.items() if each is not None and each.low > edge.high}
    allowed = {name for name, each in times.items() if each is None or each.high > edge.low}
    yield from same_matches(required | (found & allowed), found, rule="everything.since", what=what, exchange=number)
