"""What a violation is: one rule, broken at one place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (str, "string"),
    (int, "number"),
    (float, "number"),
    (list, "array"),
    (dict, "object"),
)


def json_kind(value: object) -> str:
    """The kind of a JSON value in the words of RFC 8259; ``null`` for None."""
    return next((word for kind, word in _KINDS if isinstance(value, kind)), "null")


def json_word(value: object) -> str:
    """A JSON value as JSON writes it: ``null``, ``true``, ``"text"``, ``["a"]``."""
    return json.dumps(value, ensure_ascii=False, default=str)


def json_text(value: object) -> str:
    """A string as it is, any other JSON value as JSON writes it."""
    return value if isinstance(value, str) else json_word(value)


Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of one rule.

    ``rule`` is a stable identifier (``cardinality.min``, ``invariant:us-core-6``, ``token.cache-control``) that
    waivers, faults and tests refer to; the wording of ``message`` may change. ``path`` is a FHIRPath location with
    indexes for resources, or the name of the header, parameter or member otherwise. ``requirement`` is the row a
    finding belongs to; empty means every row of its check. ``exchange`` is the number of the exchange it was seen in;
    0 is none. ``line`` and ``column`` (from 1) are known only for raw text.
    """

    rule: str
    message: str
    severity: Severity = "error"
    path: str = ""
    expected: str = ""
    found: str = ""
    resource: str = ""
    profile: str = ""
    requirement: str = ""
    exchange: int = 0
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """One line for a terminal: severity, rule, place, sentence."""
        place = " at ".join(part for part in (self.resource, self.path) if part)
        return f"{self.severity} {self.rule}{f' [{place}]' if place else ''}: {self.message}"
