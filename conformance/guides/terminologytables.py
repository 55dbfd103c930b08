"""Value sets and code systems as tables: whether a code is in, out, or cannot be known offline.

Membership is three-valued throughout: True (in), False (out), None (unknown). Only False may ever become an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUTH: Mapping[str, bool | None] = {"in": True, "out": False, "unknown": None}


class ValueSetTable:
    """A value set, decided as far as the definitions at hand allow.

    ``facts`` is the table: ``systems`` maps each system to its codes known to be ``in`` or ``out`` and to what holds
    for the ``rest`` of that system's codes; ``rest`` at the top is what holds for systems that the set does not name.
    """

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self.url: str = facts["url"]
        self.version: str = facts.get("version", "")
        self.package: str = facts.get("package", "")
        self.stand_in: str = facts.get("standIn", "")
        self._rest = _TRUTH[facts.get("rest", "out")]

    def __repr__(self) -> str:
        return f"ValueSetTable({self.url}|{self.version})"

    @cached_property
    def _systems(self) -> dict[str, _Part]:
        return {system: _part(part) for system, part in self.facts.get("systems", {}).items()}

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems whose codes are, or may be, in the set."""
        parts = self.facts.get("systems", {})
        return tuple(system for system, part in parts.items() if part["rest"] != "out" or part.get("in"))

    @property
    def complete(self) -> bool:
        """Whether every code of every system is decided."""
        parts = self._systems.values()
        return self._rest is not None and all(
            part.rest is not None and None not in part.known.values() for part in parts
        )

    def codes(self) -> frozenset[tuple[str, str]]:
        """Every (system, code) known to be in the set."""
        parts = self.facts.get("systems", {})
        return frozenset((system, code) for system, part in parts.items() for code in part.get("in", ()))

    def contains(self, system: str, code: str) -> bool | None:
        """Whether a code is in the set.

        Without a system (``""``: the element is a plain code) the code is in when any system of the set has it, and
        out only when no system can have it.
        """
        if not system:
            return self._contains_plain(code)
        if system not in self._systems:
            return self._rest
        return self._systems[system].contains(code)

    def _contains_plain(self, code: str) -> bool | None:
        answers = [part.contains(code) for part in self._systems.values()]
        if True in answers:
            return True
        return None if None in answers or self._rest is not False else False


class CodeSystemTable:
    """The codes of a code system. ``contains`` is None for codes not listed in a system that is not complete."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self.url: str = facts["url"]
        self.version: str = facts.get("version", "")
        self.package: str = facts.get("package", "")
        self.content: str = facts.get("content", "")

    def __repr__(self) -> str:
        return f"CodeSystemTable({self.url}|{self.version})"

    @cached_property
    def _codes(self) -> _Part:
        rest = "out" if self.content == "complete" else "unknown"
        return _part({"in": self.facts.get("codes", ()), "rest": rest, "fold": self.facts.get("fold", False)})

    def contains(self, code: str) -> bool | None:
        """Whether the system has this code."""
        return self._codes.contains(code)


@dataclass(frozen=True, slots=True)
class _Part:
    """One system of a set: answers by code, what holds for the rest, and the grammar that every code fits."""

    known: Mapping[str, bool | None]
    rest: bool | None
    fold: bool
    shape: re.Pattern[str] | None

    def contains(self, code: str) -> bool | None:
        answer = self.known.get(code.casefold() if self.fold else code, self.rest)
        if answer is None and self.shape is not None and not self.shape.fullmatch(code):
            return False
        return answer


def _part(facts: Mapping[str, Any]) -> _Part:
    fold = bool(facts.get("fold"))
    known = {code: truth for word, truth in _TRUTH.items() for code in facts.get(word, ())}
    shape = re.compile(facts["shape"]) if "shape" in facts else None
    return _Part(
        {code.casefold(): yes for code, yes in known.items()} if fold else known, _TRUTH[facts["rest"]], fold, shape
    )
