"""Findings on resources, divided by the row they belong to: structure, formats, invariants of R4, narrative.

No finding belongs to two of the four, so that a defect is said once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.findings import Finding

Kind = Literal["structure", "format", "invariant", "narrative", "elsewhere"]
ELSEWHERE = frozenset({"binding.extensible"})
"""Codes outside sets that may be left: the row of extensible bindings judges them by profile."""

NARRATIVE_INVARIANTS = frozenset({"invariant:txt-1", "invariant:txt-2"})
STRUCTURAL_INVARIANTS = frozenset({"invariant:ele-1", "invariant:ext-1"})
"""Said of the structure itself: an element has a value or children, an extension has one of the two."""


def kind_of(finding: Finding) -> Kind:
    """Which row a finding on a resource belongs to."""
    rule = finding.rule
    if rule in ELSEWHERE:
        return "elsewhere"
    if rule.startswith("narrative") or rule in NARRATIVE_INVARIANTS:
        return "narrative"
    if rule.startswith("format:"):
        return "format"
    if rule.startswith("invariant:") and rule not in STRUCTURAL_INVARIANTS:
        return "invariant"
    return "structure"


def structure(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-REST-016: properties, cardinalities, types, empty values, required bindings."""
    return _of(findings, "structure")


def formats(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-REST-017: ids, instants, dates and the other primitives."""
    return _of(findings, "format")


def invariants(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-REST-018: the rules that R4 states as expressions; the finding names the key."""
    return _of(findings, "invariant")


def narratives(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-REST-020: what a narrative may hold."""
    return _of(findings, "narrative")


def _of(findings: Iterable[Finding], kind: Kind) -> Iterator[Finding]:
    return (finding for finding in findings if kind_of(finding) == kind)
