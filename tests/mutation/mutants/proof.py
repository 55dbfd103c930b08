"""Runs a validator over bases and mutants, and says what it missed."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mutants.edit import shown, value_at
from mutants.model import Base, Mutant, Operator, mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.findings import Finding


CHOICE = re.compile(r"(\w+)\.ofType\((\w)(\w*)\)")
STEP = re.compile(r"[A-Za-z_]\w*|\d+")


@dataclass
class Score:
    """What became of the mutants of one operator."""

    operator: Operator
    made: int = 0
    killed: int = 0
    named: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    strangers: list[tuple[Mutant, list[Finding]]] = field(default_factory=list)

    @property
    def line(self) -> str:
        """One line of the table: share killed, and how many by the rule they break, at its place."""
        share = f"{self.killed}/{self.made}"
        named = f"  rule {self.named}/{self.killed}" if self.named < self.killed else ""
        return f"{share:>7} {self.operator.name}{named}"


def clean(bases: Iterable[Base], judge: Callable[[Base, Any], list[Finding]]) -> tuple[list[Base], list[Base]]:
    """The bases without an error, and those with one, which prove nothing."""
    good: list[Base] = []
    bad: list[Base] = []
    for base in bases:
        has_error = any(one.severity == "error" for one in judge(base, base.resource))
        (bad if has_error else good).append(base)
    return good, bad


def told(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    """Rules and places of the errors and warnings."""
    return Counter((one.rule, one.path) for one in findings if one.severity != "information")


def new_findings(
    mutant: Mutant, judge: Callable[[Base, Any], list[Finding]], before: dict[Base, Counter[tuple[str, str]]]
) -> list[Finding]:
    """The errors (where the operator says so, the warnings too) that the base does not have."""
    found = judge(mutant.base, mutant.fault.resource)
    if mutant.operator.severity == "error":
        return [one for one in found if one.severity == "error"]
    if mutant.base not in before:
        before[mutant.base] = told(judge(mutant.base, mutant.base.resource))
    more = told(found) - before[mutant.base]
    return [one for one in found if (one.rule, one.path) in more]


def score(
    operator: Operator, bases: Sequence[Base], judge: Callable[[Base, Any], list[Finding]], before: dict[Any, Any]
) -> Score:
    """Make and judge the mutants of one operator; the bases have no error."""
    result = Score(operator)
    for mutant in mutants(operator, bases):
        result.made += 1
        try:
            found = new_findings(mutant, judge, before)
        except Exception as trouble:  # noqa: BLE001 - a crash is the worst way to miss a fault, and told as such
            result.survivors.append(mutant)
            result.crashes.append(f"{type(trouble).__name__}: {trouble} | {described(mutant)}")
            continue
        if not found:
            result.survivors.append(mutant)
            continue
        result.killed += 1
        if any(one.rule.startswith(operator.rules or "") and is_near(one, mutant) for one in found):
            result.named += 1
        else:
            result.strangers.append((mutant, found))
    return result


def is_near(finding: Finding, mutant: Mutant) -> bool:
    """Whether a finding speaks of the object that was changed, of something in it or around it."""
    if mutant.operator.raw:
        return True
    plain = CHOICE.sub(lambda match: f"{match[1]}{match[2].upper()}{match[3]}", finding.path)
    steps = STEP.findall(plain)[1:]
    holder = [str(step) for step in mutant.fault.path[:-1]]
    return all(one == other for one, other in zip(steps, holder, strict=False))


def described(mutant: Mutant) -> str:
    """A survivor for people: operator, base, definition, and the changed part."""
    fault = mutant.fault
    place = shown(fault.path) or "(the whole)"
    return f"{mutant.operator.name} | {mutant.base.name} | {place} | {fault.because} | {snippet(mutant)}"


def snippet(mutant: Mutant) -> str:
    """The changed part as JSON; the nearest parent where the place itself is gone."""
    resource, path = mutant.fault.resource, mutant.fault.path
    if isinstance(resource, bytes):
        return repr(difference(mutant))
    while True:
        try:
            text = json.dumps(value_at(resource, path), ensure_ascii=False, default=str)
        except (KeyError, IndexError, TypeError):
            path = path[:-1]
        else:
            return text if len(text) < 400 else f"{text[:400]}…"


def difference(mutant: Mutant) -> bytes:
    """Where the bytes of a mutant first differ from its base, with some context."""
    base = json.dumps(mutant.base.resource, ensure_ascii=False).encode()
    text: bytes = mutant.fault.resource
    at = next(
        (n for n, pair in enumerate(zip(base, text, strict=False)) if pair[0] != pair[1]), min(len(base), len(text))
    )
    return text[max(0, at - 40) : at + 80]
