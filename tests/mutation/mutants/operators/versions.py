"""Profiles by version: a claim to ``canonical|version`` means exactly that version (FHIR R4, canonical)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutants.edit import put, take
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from mutants.definitions import Structure

US_CORE = ("3.1.1", "6.1.0", "7.0.0")


def others(base: Base) -> Iterator[Structure]:
    """The profile that a resource claims, in the versions that it does not claim."""
    for claim in base.resource.get("meta", {}).get("profile", ())[:1]:
        url = claim.partition("|")[0]
        own = base.knows.definitions.structure(claim)
        for version in US_CORE if own is not None and "/us/core/" in url else ():
            found = base.knows.definitions.structure(f"{url}|{version}") if own and version != own.version else None
            if found is not None:
                yield found


def required_elsewhere(base: Base, rng: Random) -> Iterator[Fault]:
    """The claim names another version, which requires what this one leaves optional."""
    root = base.places[0]
    for other in shuffled(others(base), rng):
        claimed = put(base.resource, ("meta", "profile"), [f"{other.url}|{other.version}"])
        for name in shuffled(other.root.names(), rng):
            child = other.root.child(name)
            own = [below.min for node in root.content if (below := node.child(name)) is not None]
            if child is not None and child.min > 0 and max(own, default=0) == 0:
                present = next((one for one in root.elements if one.name == name), None)
                mutant = claimed if present is None else take(claimed, present.path)
                yield Fault(mutant, (name,), f"{child.cited} min {child.min}")


OPERATORS = (
    Operator("claim to another version of the profile", required_elsewhere, ("cardinality.min", "slicing.min")),
)
