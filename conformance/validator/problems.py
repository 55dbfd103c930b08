"""What a check hands back: nothing when all is well, otherwise a list of problems whose paths grow on the way out.

A check never builds a path while things are in order. When something fails, each caller on the way back to the root
puts its own step in front, so that a valid resource costs no string at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from conformance.findings import Finding

if TYPE_CHECKING:
    from conformance.findings import Severity
    from conformance.validator.context import Context

LONGEST_VALUE = 200


class Problem:
    """One violation under construction: a :class:`Finding` whose ``path`` is still relative to the value checked."""

    __slots__ = ("expected", "found", "message", "path", "profile", "resource", "rule", "severity")

    def __init__(
        self,
        rule: str,
        message: str,
        *,
        severity: Severity = "error",
        path: str = "",
        expected: str = "",
        found: Any = "",
        profile: str = "",
    ) -> None:
        self.rule = rule
        self.message = message
        self.severity: Severity = severity
        self.path = path
        self.expected = expected
        self.found = found if found.__class__ is str else shown(found)
        self.profile = profile
        self.resource = ""

    def copy(self) -> Problem:
        """A problem like this one whose path may be changed."""
        twin = Problem.__new__(Problem)
        for name in Problem.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin

    def finding(self) -> Finding:
        """The finished finding."""
        return Finding(
            rule=self.rule,
            message=self.message,
            severity=self.severity,
            path=self.path,
            expected=self.expected,
            found=self.found,
            resource=self.resource,
            profile=self.profile,
        )


Problems = list[Problem] | None
Check = Callable[[Any, "Context"], Problems]
Matters = Callable[[frozenset[str]], bool] | None
"""Whether a check of a whole object matters for objects with these keys; None: always."""


def with_any(*keys: str) -> Matters:
    """The check matters where one of ``keys`` is there."""
    wanted = frozenset(keys)
    return lambda present: not wanted.isdisjoint(present)


def shown(value: Any) -> str:
    """``value`` as compact JSON, shortened to what a person reads."""
    if value is None:
        return "null"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def below(step: str, found: list[Problem]) -> list[Problem]:
    """``found`` with ``step`` (``.name`` or ``[2]``) in front of each path."""
    for problem in found:
        problem.path = step + problem.path
    return found


def joined(problems: Problems, found: Problems) -> Problems:
    """Both lists as one; ``None`` when neither holds anything."""
    if problems is None:
        return found
    return problems if found is None else problems + found


def all_of(checks: list[Check]) -> Check | None:
    """One check that runs every one of ``checks``; ``None`` when there is none to run."""
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks

        def both(value: Any, context: Context) -> Problems:
            found = first(value, context)
            other = second(value, context)
            return found if other is None else other if found is None else found + other

        return both
    several = tuple(checks)

    def every(value: Any, context: Context) -> Problems:
        problems: Problems = None
        for check in several:
            found = check(value, context)
            if found is not None:
                problems = found if problems is None else problems + found
        return problems

    return every


def after(first: Check, then: Check | None) -> Check:
    """``then`` runs only on values that ``first`` accepts, so that it may rely on their type."""
    if then is None:
        return first

    def in_turn(value: Any, context: Context) -> Problems:
        found = first(value, context)
        return then(value, context) if found is None else found

    return in_turn
