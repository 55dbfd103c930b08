"""From which day the duties that begin in 2027 bind a payer of a given kind.

42 CFR 422.119, 431.60 and 457.730 name the day itself. Managed care follows by 42 CFR 438.242 and 457.1233 with the
first rating period, a qualified health plan by 45 CFR 156.221 with the first plan year, that begins on or after it.
Rating periods and plan years last twelve months (42 CFR 438.2, 45 CFR 155.20).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

_PERIODS = {
    "medicaid-managed-care": ("rating period", "rating_period_start", "42 CFR 438.242"),
    "chip-managed-care": ("rating period", "rating_period_start", "42 CFR 457.1233"),
    "qualified-health-plan": ("plan year", "plan_year_start", "45 CFR 156.221"),
}


@dataclass(frozen=True, slots=True)
class Compliance:
    """What decides the day: the kind of payer and, where periods count, the day on which one of its own begins."""

    payer_type: str = "medicare-advantage"
    period_start: str = ""

    def begins(self, duty: dt.date) -> dt.date:
        """The first day on which a duty that begins on ``duty`` certainly binds the payer."""
        if self.payer_type not in _PERIODS:
            return duty
        if not self.period_start:
            return _a_year_after(duty) - dt.timedelta(days=1)
        start = dt.date.fromisoformat(self.period_start)
        while start < duty:
            start = _a_year_after(start)
        return start

    def note(self, duty: dt.date) -> str:
        """Which day was used and why; empty where the regulation names the day itself."""
        if self.payer_type not in _PERIODS:
            return ""
        period, key, source = _PERIODS[self.payer_type]
        stated = f"deployment.{key} is {self.period_start}"
        why = stated if self.period_start else f"the latest possible day, for deployment.{key} is not set"
        return (
            f"the duties of {duty} bind from {self.begins(duty)}: {source} counts from the first {period} "
            f"that begins on or after {duty}; {why}"
        )


def compliance(payer_type: str, *, rating_period_start: str = "", plan_year_start: str = "") -> Compliance:
    """The payer's own dates; those that its kind does not count by are left out."""
    _, key, _ = _PERIODS.get(payer_type, ("", "", ""))
    starts = {"rating_period_start": rating_period_start, "plan_year_start": plan_year_start}
    return Compliance(payer_type, starts.get(key, ""))


def _a_year_after(day: dt.date) -> dt.date:
    """The same day of the next year; the first of March after a 29th of February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return dt.date(day.year + 1, 3, 1)
