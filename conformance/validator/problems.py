"""What a check hands back: nothing when all is well, otherwise a list of problems whose paths grow on the way out.

A check never builds a path while things are in order. When something fails, each caller on the way back to the root
puts its own step in front, so that a valid resource costs no string at all.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.findings import Finding

if TYPE_CHECKING:
    from conformance.findings import Severity

MAX_SHOWN_LENGTH = 200


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


def shown(value: Any) -> str:
    """``value`` as compact JSON, shortened to what a person reads."""
    if value is None:
        return "null"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MAX_SHOWN_LENGTH else text[: MAX_SHOWN_LENGTH - 1] + "…"


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
