"""Sets of codes that may be known only in part, and their algebra.

A code set answers for every (system, code) with True, False or None (unknown). It lists, per system, the codes it has
an answer for and what holds for the rest of that system's codes, and what holds for all other systems. Union,
intersection and difference of such sets are again such sets, by Kleene's three-valued logic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Truth = bool | None


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one system: single codes, and the rest."""

    known: Mapping[str, Truth] = field(default_factory=dict)
    rest: Truth = False


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Parts by system, and what holds for every system not listed."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    rest: Truth = False

    def contains(self, system: str, code: str) -> Truth:
        """Whether a code of a system is in the set."""
        part = self.parts.get(system)
        return self.rest if part is None else part.known.get(code, part.rest)

    def __or__(self, other: CodeSet) -> CodeSet:
        return _combine(_either, self, other)

    def __and__(self, other: CodeSet) -> CodeSet:
        return _combine(_both, self, other)

    def __sub__(self, other: CodeSet) -> CodeSet:
        return _combine(lambda one, two: _both(one, None if two is None else not two), self, other)


NOTHING = CodeSet()
UNKNOWN = CodeSet(rest=None)


def listed(system: str, codes: Iterable[str], rest: Truth = False) -> CodeSet:
    """The given codes of one system; ``rest`` says what holds for its other codes. No other system is in."""
    return CodeSet({system: Part(dict.fromkeys(codes, True), rest)})


def undecided(system: str) -> CodeSet:
    """Some codes of one system; which ones is not known."""
    return CodeSet({system: Part({}, None)})


def _either(one: Truth, two: Truth) -> Truth:
    if one is True or two is True:
        return True
    return None if one is None or two is None else False


def _both(one: Truth, two: Truth) -> Truth:
    if one is False or two is False:
        return False
    return None if one is None or two is None else True


def _combine(truth: Callable[[Truth, Truth], Truth], one: CodeSet, two: CodeSet) -> CodeSet:
    parts = {}
    for system in {**one.parts, **two.parts}:
        left = one.parts.get(system, Part({}, one.rest))
        right = two.parts.get(system, Part({}, two.rest))
        codes = {**left.known, **right.known}
        known = {code: truth(left.known.get(code, left.rest), right.known.get(code, right.rest)) for code in codes}
        parts[system] = Part(known, truth(left.rest, right.rest))
    return _least(CodeSet(parts, truth(one.rest, two.rest)))


def _least(codes: CodeSet) -> CodeSet:
    """The same set without entries that only repeat the rest."""
    parts = {}
    for system, part in codes.parts.items():
        known = {code: yes for code, yes in part.known.items() if yes is not part.rest}
        if known or part.rest is not codes.rest:
            parts[system] = Part(known, part.rest)
    return CodeSet(parts, codes.rest)


_WORDS: Mapping[Truth, str] = {True: "in", False: "out", None: "unknown"}


def facts(codes: CodeSet) -> dict[str, Any]:
    """A code set as the members ``systems`` and ``rest`` of a value set table."""
    systems = {}
    for system, part in sorted(codes.parts.items()):
        lists: dict[str, list[str]] = {}
        for code, yes in sorted(part.known.items()):
            lists.setdefault(_WORDS[yes], []).append(code)
        systems[system] = {**lists, "rest": _WORDS[part.rest]}
    return {"rest": _WORDS[codes.rest], "systems": systems}


def of_facts(table: Mapping[str, Any]) -> CodeSet:
    """The code set that a value set table holds: the inverse of ``facts``."""
    truths = {word: truth for truth, word in _WORDS.items()}
    parts = {
        system: Part({code: truths[word] for word in truths for code in part.get(word, ())}, truths[part["rest"]])
        for system, part in table["systems"].items()
    }
    return CodeSet(parts, truths[table["rest"]])
