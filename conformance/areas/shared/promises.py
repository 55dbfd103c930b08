"""The records that the fixture manifest promises, each with the resource as served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """One resource that the manifest promises: its entry there, and the resource as served (``None``: not served)."""

    member: str
    type: str
    entry: Mapping[str, Any]
    resource: Resource | None

    @property
    def id(self) -> str:
        """``Type/id``."""
        return f"{self.type}/{self.entry.get('id')}"

    @property
    def marks(self) -> frozenset[str]:
        """The marks of the manifest: what happened to the record."""
        return frozenset(self.entry.get("is") or ())


@dataclass(frozen=True, slots=True)
class Promises:
    """Promises, each with the resource as served."""

    every: Sequence[Promise] = field(default=())

    def marked(self, *marks: str) -> list[Promise]:
        """Promises with any of the marks."""
        return [promise for promise in self.every if promise.marks & set(marks)]

    def of_kind(self, *kinds: str) -> list[Promise]:
        """Promises of these kinds of ExplanationOfBenefit; none given means every kind of claim."""
        if kinds:
            return [promise for promise in self.every if promise.entry.get("kind") in kinds]
        return [promise for promise in self.every if promise.entry.get("kind", "authorization") != "authorization"]

    def served(self, promises: Iterable[Promise]) -> list[Promise]:
        """The promises whose resource was served."""
        return [promise for promise in promises if promise.resource is not None]
