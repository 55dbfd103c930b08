"""A requirement, the catalogue of all of them, and how strictly a row counts in a given run."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from conformance.errors import ConfigError
from conformance.requirements.compliance import Compliance

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

AREAS = (
    "discovery",
    "authorization",
    "token",
    "identity",
    "scopes",
    "isolation",
    "rest",
    "search",
    "everything",
    "profile",
    "data-content",
    "must-support",
    "security-transport",
    "documentation",
    "operations",
)

Strength = Literal["SHALL", "SHOULD", "MAY"]
Disposition = Literal["gate", "configurable", "advisory", "evidence"]
Effective = Literal["gate", "advisory", "off"]

MEDICARE_ADVANTAGE = Compliance()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row of the catalogue.

    ``strength`` is the verb of the norm. ``disposition`` says what a violation means unless the target decides
    otherwise: ``gate`` fails the run, ``configurable`` is advisory until the target makes it strict, ``advisory`` never
    fails by default, ``evidence`` needs material from the payer that no HTTP call shows. ``gate_from`` is the first run
    date on which the row gates whatever its disposition; before it the row is advisory. ``verified`` is whether the
    cited text was read (``basis`` says how). ``broken`` is what a defective deployment looks like. ``untested`` is the
    stated reason why no check exists; empty when one does or should.
    """

    id: str
    area: str
    title: str
    strength: Strength
    source: str
    applies_to: str
    how_to_test: str
    broken: str
    verified: bool
    basis: str
    disposition: Disposition
    gate_from: dt.date | None = None
    untested: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every row by id, in the order of :data:`AREAS` and of the rows' numbers."""

    rows: Mapping[str, Requirement]

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, row_id: str) -> Requirement:
        """The row of that id; raises :class:`ConfigError` naming the nearest one."""
        try:
            return self.rows[row_id]
        except KeyError:
            raise ConfigError(f"unknown requirement {row_id!r}{_did_you_mean(row_id, self.rows)}") from None

    def select(self, areas: Iterable[str] = (), prefixes: Iterable[str] = ()) -> frozenset[str]:
        """The ids in any of ``areas`` or beginning with any of ``prefixes``; both empty means all.

        Raises :class:`ConfigError` for an area that does not exist and for a prefix that matches no row.
        """
        areas, prefixes = tuple(areas), tuple(prefixes)
        if not areas and not prefixes:
            return frozenset(self.rows)
        chosen: set[str] = set()
        for area in areas:
            if area not in AREAS:
                raise ConfigError(f"unknown area {area!r}{_did_you_mean(area, AREAS)}; areas: {', '.join(AREAS)}")
            chosen.update(row.id for row in self if row.area == area)
        for prefix in prefixes:
            matched = {row_id for row_id in self.rows if row_id.startswith(prefix.upper())} if prefix else set()
            if not matched:
                raise ConfigError(f"no requirement begins with {prefix!r}{_did_you_mean(prefix.upper(), self.rows)}")
            chosen |= matched
        return frozenset(chosen)


def effective(
    row: Requirement, *, strict: Mapping[str, str], on: dt.date, payer: Compliance = MEDICARE_ADVANTAGE
) -> Effective:
    """How a violation of ``row`` counts on the run date ``on`` under the target's ``strict`` mapping.

    ``payer`` decides when the duties of a row with ``gate_from`` begin.

    A gate row cannot be softened by ``strict``: that is what waivers, with their reason and expiry, are for.
    """
    if row.disposition == "evidence":
        return "off"
    if row.gate_from is not None:
        by_date: Effective = "gate" if on >= payer.begins(row.gate_from) else "advisory"
        return by_date if by_date == "gate" else _chosen(strict.get(row.id), "advisory")
    if row.disposition == "gate":
        return "gate"
    return _chosen(strict.get(row.id), "advisory")


def _chosen(wish: str | None, default: Effective) -> Effective:
    return {"gate": "gate", "advisory": "advisory", "off": "off"}.get(wish or "", default)  # type: ignore[return-value]


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
