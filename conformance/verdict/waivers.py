"""Waivers: violations that somebody accepts, with a reason, an owner and a last day (``waivers.schema.json``).

A waiver names a row, or a rule and a path pattern, never the text of a message, and covers violations only: trouble of
the harness stays what it is. One that has expired, whose row holds again, or that covers nothing fails the run, so that
the file never outlives what it is about.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from conformance.target.document import Layer, read_layer
from conformance.target.problems import Problem, TargetProblems, did_you_mean
from conformance.target.schema import violations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from conformance.findings import Finding
    from conformance.verdict.judgement import RowVerdict

State = Literal["in force", "expired", "now passing", "unused", "not decided"]

_INDEX = re.compile(r"\[[\d*]*\]")
_DECIDED = {"pass", "fail", "waived", "advisory", "not-applicable"}
_VIOLATED = {"fail", "waived", "advisory"}
_BROKEN: tuple[State, ...] = ("expired", "now passing", "unused")
_SHAPE = "waivers are a mapping that begins with waivers:"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted violation; ``row`` or ``rule`` and ``path`` may be empty, never all of them."""

    reason: str
    owner: str
    expires: dt.date
    row: str = ""
    rule: str = ""
    path: str = ""

    def about(self, row_id: str, finding: Finding) -> bool:
        """Whether the finding is one that the waiver speaks of, in force or not."""
        if self.row and self.row != row_id:
            return False
        return not self.rule or (self.rule == finding.rule and path_fits(self.path, finding.path))

    @property
    def subject(self) -> str:
        """What is waived, as the file names it."""
        return " ".join(part for part in (self.row, f"{self.rule} at {self.path}" if self.rule else "") if part)


@dataclass(slots=True)
class Waivers:
    """The waivers of a run on its date, and how many violations each has covered."""

    entries: tuple[Waiver, ...] = ()
    on: dt.date = field(default_factory=dt.date.today)

    def covering(self, row_id: str, finding: Finding) -> str:
        """Why the violation is accepted; empty when no waiver in force speaks of it."""
        for waiver in self.entries:
            if waiver.expires >= self.on and waiver.about(row_id, finding):
                return f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"
        return ""

    def account(self, rows: Sequence[RowVerdict], *, whole: bool) -> list[dict[str, Any]]:
        """Every waiver with its ``state`` and what it ``covers``, as ``conformance.json`` holds it.

        ``whole`` says that every row was asked for: only then can a waiver without a row be said to cover nothing.
        """
        return [self._entry(waiver, rows, whole=whole) for waiver in self.entries]

    def _entry(self, waiver: Waiver, rows: Sequence[RowVerdict], *, whole: bool) -> dict[str, Any]:
        covered: Counter[str] = Counter()
        for row in rows:
            if row.status in _VIOLATED and row.effective == "gate":
                errors = (finding for finding in row.findings if finding.severity == "error")
                covered[row.row.id] += sum(waiver.about(row.row.id, finding) for finding in errors)
        covered += Counter()  # only rows with something covered
        named = {
            "requirement": waiver.row,
            "rule": waiver.rule,
            "path": waiver.path,
            "reason": waiver.reason,
            "owner": waiver.owner,
            "expires": waiver.expires.isoformat(),
        }
        state = self._state(waiver, rows, violated=bool(covered), whole=whole)
        return named | {"state": state, "covers": covered.total(), "in": sorted(covered)}

    def _state(self, waiver: Waiver, rows: Sequence[RowVerdict], *, violated: bool, whole: bool) -> State:
        own = [row for row in rows if row.row.id == waiver.row]
        decided = all(row.status in _DECIDED for row in own) if own else whole and not _left_open(rows)
        if not decided and not violated:
            return "not decided"
        if waiver.expires < self.on:
            return "expired"
        if violated:
            return "in force"
        return "now passing" if own and not waiver.rule else "unused"


def _left_open(rows: Sequence[RowVerdict]) -> bool:
    """Whether a violation might still hide in a gate row that was not decided."""
    return any(row.status in {"undecided", "error"} for row in rows if row.effective == "gate")


def broken_waivers(account: Sequence[dict[str, Any]]) -> str:
    """The sentence that fails a run over its waivers; empty when all are in force or could not be decided."""
    parts = []
    for state in _BROKEN:
        subjects = [_subject(entry) for entry in account if entry["state"] == state]
        if subjects:
            parts.append(f"{len(subjects)} {state} ({', '.join(subjects[:5])}{', …' if len(subjects) > 5 else ''})")
    return f"waivers to remove or renew: {'; '.join(parts)}" if parts else ""


def _subject(entry: dict[str, Any]) -> str:
    return " ".join(part for part in (entry["requirement"], entry["rule"]) if part)


def path_fits(pattern: str, path: str) -> bool:
    """Whether ``path``, whatever its indexes, is one that ``pattern`` means; ``*`` matches any text."""
    parts = _INDEX.sub("", pattern).split("*")
    return re.fullmatch(".*".join(map(re.escape, parts)), _INDEX.sub("", path), re.DOTALL) is not None


@cache
def waivers_schema() -> dict[str, Any]:
    """The JSON Schema of a waivers file as data; do not change it."""
    text = files("conformance.verdict").joinpath("waivers.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def load_waivers(path: Path, known_rows: Iterable[str]) -> tuple[Waiver, ...]:
    """The waivers in ``path``; raises :class:`TargetProblems` with every mistake, its line and the nearest word."""
    layer = read_layer(path, str(path), shape=_SHAPE)
    found = list(violations(layer.data, waivers_schema()))
    problems = [*layer.problems, *(Problem(layer.place(where), where, text) for where, text in found)]
    shapeless = {where[:2] for where, _ in found}
    entries = layer.data.get("waivers") if isinstance(layer.data, dict) else None
    known = tuple(known_rows)
    for index in range(len(entries)) if isinstance(entries, list) else ():
        if ("waivers", index) not in shapeless:
            problems += _wrong(layer, index, known)
    if problems:
        raise TargetProblems(problems)
    return tuple(
        Waiver(**{**entry, "expires": dt.date.fromisoformat(entry["expires"])}) for entry in layer.data["waivers"]
    )


def _wrong(layer: Layer, index: int, known: Sequence[str]) -> Iterable[Problem]:
    """What the schema cannot say: an entry about nothing, an unknown row, and a day that does not exist."""
    entry, where = layer.data["waivers"][index], ("waivers", index)
    if not entry.keys() & {"row", "rule"}:
        yield Problem(layer.place(where), where, "names neither row nor rule and path")
    if entry.get("row", known[0]) not in known:
        row = (*where, "row")
        yield Problem(layer.place(row), row, f"is not a requirement{did_you_mean(entry['row'], known)}")
    try:
        dt.date.fromisoformat(entry["expires"])
    except ValueError:
        day = (*where, "expires")
        yield Problem(layer.place(day), day, "is not a day of the calendar")
