"""Reads of what the fixture manifest says is withheld, and the searches that must leave it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.areas.must_support.rules.missing_data import Withheld
from conformance.areas.shared.fixtures.collection import searched_by
from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run


def withheld_from(
    run: Run, collections: Mapping[str, Collection], gatherer_of: Callable[[str], Gatherer]
) -> list[Withheld]:
    """Everything that the manifest says is withheld from these members; undecided when it names nothing."""
    manifest = run.target.manifest if isinstance(run.target.manifest, dict) else {}
    members = manifest.get("members") or {}
    found: list[Withheld] = []
    for member, record in collections.items():
        ids = (members.get(member) or {}).get("withheld") or {}
        if ids:
            found += _withheld(gatherer_of(member), record.patient, ids)
    if not found:
        raise Undecided("the fixture manifest lists nothing withheld; add the withheld resources of a member to it")
    return found


def _withheld(asked: Gatherer, patient: str, ids: Mapping[str, Sequence[str]]) -> Iterator[Withheld]:
    for type_name, names in ids.items():
        listing = asked.search(type_name, searched_by(type_name, patient))
        outcomes = [outcome for page in listing.pages for outcome in page.outcomes]
        for logical_id in names:
            read = asked.read(type_name, logical_id, purpose="a resource that is withheld")
            yield Withheld(f"{type_name}/{logical_id}", read, listing.matches, outcomes)
