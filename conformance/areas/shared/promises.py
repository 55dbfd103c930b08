"""What the fixture manifest promises of members' records, with what was served beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence


Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Promise:
    """One resource that the manifest promises: its entry there, and the resource as served (``None``: not served).

    ``listed`` is whether a search or $everything returned it; a resource that only a reference leads to is not.
    ``unread`` is why the search of its type shows nothing, with the row that owns that; empty where it was read.
    """

    member: str
    type: str
    entry: Mapping[str, Any]
    resource: Resource | None
    listed: bool = True
    unread: tuple[str, str] = ("", "")

    @property
    def id(self) -> str:
        """``Type/id``."""
        return f"{self.type}/{self.entry.get('id')}"

    @property
    def marks(self) -> frozenset[str]:
        """The marks that the manifest gives it (``denied``, ``paid``, …)."""
        return frozenset(self.entry.get("is") or ())


@dataclass(frozen=True, slots=True)
class Promises:
    """All promises of a manifest. ``today`` is the date whose rules apply.

    ``without_authorizations`` is why a payer may have no prior authorizations, empty where it must serve them.

    Every choice raises :class:`Undecided` when the manifest has no such promise, and when a promised resource is absent
    because the search of its type could not be read.
    """

    every: Sequence[Promise] = field(default=())
    today: dt.date | None = None
    without_authorizations: str = ""

    def marked(self, *marks: str, kind: str = "") -> list[Promise]:
        """Promises with any of the marks (``denied``, ``capitated``, …), of a kind or of any."""
        if kind == "authorization":
            self.authorizations()
        found = [one for one in self.every if one.marks & set(marks) and (not kind or one.entry.get("kind") == kind)]
        return _read(found) or _none(f"{' or '.join(marks)} {kind or 'claim'}")

    def claims(self) -> list[Promise]:
        """Promised claims of every kind."""
        found = [one for one in self.every if one.entry.get("kind", "authorization") != "authorization"]
        return _read(found) or _none("claim")

    def claims_of(self, year: str) -> list[Promise]:
        """Promised claims with a date of service in a year."""
        found = [one for one in self.claims() if str(one.entry.get("date", "")).startswith(year)]
        return found or _none(f"claim of {year}")

    def authorizations(self, *, documented: bool = False) -> list[Promise]:
        """Promised prior authorizations, all or those with documentation."""
        found = [one for one in self.every if one.entry.get("kind") == "authorization"]
        if not found and self.without_authorizations:
            raise NotApplicable(f"the fixture manifest has no prior authorization, and {self.without_authorizations}")
        if not documented:
            return _read(found) or _none("prior authorization")
        return [one for one in found if one.entry.get("documentation")] or _none("authorization with documentation")


def served(promises: Iterable[Promise]) -> list[Promise]:
    """Those whose resource was served."""
    return [promise for promise in promises if promise.resource is not None]


def _read(found: list[Promise]) -> list[Promise]:
    """The promises, unless one is absent only because the search of its type could not be read."""
    for promise in found:
        reason, row = promise.unread
        if promise.resource is None and reason:
            raise Undecided(f"{reason}, see {row}", blocked_by=row)
    return found


def _none(what: str) -> list[Promise]:
    raise Undecided(f"the fixture manifest has no {what}; add one to fixtures")
