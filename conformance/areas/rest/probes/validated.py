"""What the validator finds on every resource seen, against its base type alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection
    from conformance.findings import Finding


@dataclass(frozen=True, slots=True)
class Validated:
    """The findings on ``count`` resources, and how many of these have a narrative."""

    findings: Sequence[Finding]
    count: int
    narratives: int = 0

    @property
    def judged(self) -> tuple[int, int]:
        """(looked at, available)."""
        return self.count, self.count


def everything_seen(collection: Collection, validate: Validation) -> Validated:
    """Every resource of the sweep against R4 itself, whatever profiles it claims; each once."""
    findings: list[Finding] = []
    narratives = 0
    for resource, exchange in collection.seen():
        findings += validate.resource(resource, seen_in=exchange, by_claims=False)
        narratives += isinstance(resource.get("text"), dict)
    return Validated(findings, len(collection), narratives)
