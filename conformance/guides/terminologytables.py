"""Value sets and code systems as tables: whether a code is in, out, or cannot be known offline.

Membership is three-valued throughout: True (in), False (out), None (unknown). Only False may ever become an error.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, TYPE_CHECKING

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
    def _systems(self) -> dict[str, tuple[dict[str, bool], bool | None, bool]]:
        return {system: _answers(part) for system, part in self.facts.get("systems", {}).items()}

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems whose codes are, or may be, in the set."""
        return tuple(
            system for system, (codes, rest, _) in self._systems.items() if rest is not False or any(codes.values())
        )

    @property
    def complete(self) -> bool:
        """Whether every code of every system is decided."""
        return self._rest is not None and all(rest is not None for _, rest, _ in self._systems.values())

    def codes(self) -> frozenset[tuple[str, str]]:
        """Every (system, code) known to be in the set."""
        return frozenset(
            (system, code) for system, (codes, _, _) in self._systems.items() for code, yes in codes.items() if yes
        )

    def contains(self, system: str, code: str) -> bool | None:
        """Whether a code is in the set.

        Without a system (``""``: the element is a plain code) the code is in when any system of the set has it, and
        out only when no system can have it.
        """
        if not system:
            return self._contains_plain(code)
        if system not in self._systems:
            return self._rest
        return _lookup(self._systems[system], code)

    def _contains_plain(self, code: str) -> bool | None:
        answers = [_lookup(part, code) for part in self._systems.values()]
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
    def _answers(self) -> tuple[dict[str, bool], bool | None, bool]:
        rest = "out" if self.content == "complete" else "unknown"
        return _answers({"in": self.facts.get("codes", ()), "rest": rest, "fold": self.facts.get("fold", False)})

    def contains(self, code: str) -> bool | None:
        """Whether the system has this code."""
        return _lookup(self._answers, code)


def _answers(part: Mapping[str, Any]) -> tuple[dict[str, bool], bool | None, bool]:
    fold = bool(part.get("fold"))
    known = dict.fromkeys(part.get("in", ()), True) | dict.fromkeys(part.get("out", ()), False)
    return ({code.casefold(): yes for code, yes in known.items()} if fold else known), _TRUTH[part["rest"]], fold


def _lookup(part: tuple[dict[str, bool], bool | None, bool], code: str) -> bool | None:
    codes, rest, fold = part
    return codes.get(code.casefold() if fold else code, rest)
