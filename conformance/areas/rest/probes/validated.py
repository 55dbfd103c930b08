"""What the validator finds on every resource seen, against its base type alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
        findings += validate.resource(without_profiles(resource), seen_in=exchange)
        narratives += isinstance(resource.get("text"), dict)
    return Validated(findings, len(collection), narratives)


def without_profiles(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource without the profiles it claims, which other rows judge."""
    meta = resource.get("meta")
    if not isinstance(meta, dict) or "profile" not in meta:
        return resource
    kept = {name: value for name, value in meta.items() if name not in {"profile", "_profile"}}
    bare = {name: value for name, value in resource.items() if name != "meta"}
    return bare | {"meta": kept} if kept else bare
