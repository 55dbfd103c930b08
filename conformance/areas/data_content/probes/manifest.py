"""The fixture manifest beside what was gathered of the members it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.shared.absence import SEARCH_ROW
from conformance.areas.shared.duties import PRIOR_AUTHORIZATIONS, not_binding_yet
from conformance.areas.shared.promises import Promise, Promises
from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.collection import Collection
    from conformance.engine.run import Run


def promises_of(run: Run, collections: Mapping[str, Collection]) -> Promises:
    """Every resource that the manifest promises of these members, with the resource as served."""
    if not run.target.manifest:
        raise Undecided("add fixtures: a manifest of what the members' records hold, to the target file")
    waits = not_binding_yet(run, PRIOR_AUTHORIZATIONS)
    return Promises(tuple(_promises(run.target.manifest, collections)), run.date, waits)


def _promises(manifest: Any, collections: Mapping[str, Collection]) -> Iterator[Promise]:
    for member, gathered in collections.items():
        record = (manifest.get("members") or {}).get(member) or {}
        for type_name, entries in (record.get("resources") or {}).items():
            for entry in entries:
                described = entry if isinstance(entry, dict) else {"id": entry}
                name = f"{type_name}/{described['id']}"
                listed = any(request.kind != "read" for request in gathered.returned_by(name))
                yield Promise(member, type_name, described, gathered.get(name), listed, unread(gathered, type_name))


def unread(gathered: Collection, type_name: str) -> tuple[str, str]:
    """Why the search of a type shows nothing, and the row that owns that; two empty strings where it was read."""
    if how := gathered.unread(type_name):
        return how, SEARCH_ROW
    if any(request.kind == "search" and request.what.startswith(f"{type_name}?") for request in gathered.requests):
        return "", ""
    return f"the grant opens no search of {type_name}", "PA-SCOP-001"


def unread_types(collections: Mapping[str, Collection]) -> frozenset[str]:
    """The types of which a search was begun and could not be read to its end."""
    return frozenset(each.type for found in collections.values() for each in found.unfinished if each.kind == "search")


def data_classes_of(run: Run) -> list[str]:
    """The data classes that the payer maintains, by the target or by the manifest."""
    manifest = run.target.manifest if isinstance(run.target.manifest, dict) else {}
    classes = list(run.target.deployment.maintained_data_classes) or list(manifest.get("data_classes") or [])
    if not classes:
        raise Undecided("name the USCDI v3 data classes you maintain in deployment.maintained_data_classes")
    return classes
