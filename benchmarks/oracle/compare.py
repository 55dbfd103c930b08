"""Where two validators differ about a resource, and whether the difference is accounted for."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from oracle.corpus import Case

KNOWN = Path(__file__).parent / "disagreements.yaml"
SURROUNDINGS = ("Reference_REF_CantResolve", "Type_Specific_Checks_DT_URL_Resolve", "A definition for CodeSystem")
"""What the peer says because resources and code systems are not at hand: no opinion on the resource."""


class Verdict(NamedTuple):
    """Both opinions on one case: our rules and the peer's message names, of errors only."""

    case: Case
    ours: frozenset[str]
    theirs: frozenset[str]

    @property
    def agrees(self) -> bool:
        """Whether both find it valid, or both invalid."""
        return bool(self.ours) == bool(self.theirs)


class Ruling(NamedTuple):
    """Who is right where only one side finds an error by ``rule``, and why."""

    side: str
    rule: str
    right: str
    why: str
    breaks: str = ""


def rulings() -> list[Ruling]:
    """The disagreements accounted for; ``rule`` is a prefix of our rule or of the peer's message name."""
    listed = yaml.safe_load(KNOWN.read_text(encoding="utf-8")) or []
    return [Ruling(one["side"], str(one["rule"]), one["right"], one["why"], one.get("breaks", "")) for one in listed]


def ruling_for(verdict: Verdict, side: str, rule: str, known: Iterable[Ruling]) -> Ruling | None:
    """The ruling on what one side says of a case and the other does not."""
    for one in known:
        fits = one.side == side and rule.startswith(one.rule)
        if fits and (not one.breaks or verdict.case.breaks.startswith(one.breaks)):
            return one
    return None


def disagreements(verdicts: Iterable[Verdict]) -> Iterator[tuple[Verdict, str, str]]:
    """Each case that only one side finds invalid: with that side and each of its rules."""
    for verdict in verdicts:
        if not verdict.agrees:
            side = "ours" if verdict.ours else "theirs"
            yield from ((verdict, side, rule) for rule in sorted(verdict.ours or verdict.theirs))


def agreement(verdicts: Iterable[Verdict]) -> dict[str, tuple[int, int]]:
    """Per corpus, and for mutants per rule broken: in how many cases both agree, of how many."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for verdict in verdicts:
        keys = [verdict.case.corpus]
        if verdict.case.breaks:
            keys.append(f"breaks {verdict.case.breaks}")
        for key in keys:
            counts[key][0] += verdict.agrees
            counts[key][1] += 1
    return {key: (agreed, of) for key, (agreed, of) in sorted(counts.items())}


def report(verdicts: list[Verdict], known: list[Ruling]) -> tuple[list[str], int]:
    """The lines to print, and how many disagreements nobody has accounted for."""
    lines = [f"{agreed:>5} of {of:<5} {key}" for key, (agreed, of) in agreement(verdicts).items()]
    accounted: Counter[Ruling] = Counter()
    open_ones = []
    for verdict, side, rule in disagreements(verdicts):
        ruling = ruling_for(verdict, side, rule, known)
        if ruling is None:
            open_ones.append(f"open: {verdict.case.corpus} {verdict.case.name}: {side} {rule}")
        else:
            accounted[ruling] += 1
    lines += [f"{n:>5} {one.side} only: {one.rule} – right: {one.right}. {one.why}" for one, n in accounted.items()]
    return [*lines, *open_ones], len(open_ones)
