"""Fixtures that set the fixture manifest beside what the members' records really hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.shared.promises import Promise, Promises
from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.collection import Collection
    from conformance.engine.run import Run

Resource = dict[str, Any]


@pytest.fixture(scope="session")
def collections(run: Run, collection: Collection, request: pytest.FixtureRequest) -> dict[str, Collection]:
    """What was gathered of member a, and of member b where the target has one."""
    if "b" not in run.target.members:
        return {"a": collection}
    return {"a": collection, "b": request.getfixturevalue("collection_b")}


@pytest.fixture(scope="session")
def promises(run: Run, collections: dict[str, Collection]) -> Promises:
    """Every resource the manifest promises of these members, with the resource as served."""
    manifest = run.target.manifest
    if not manifest:
        raise Undecided("add fixtures: a manifest of what the members' records hold, to the target file")
    return Promises(tuple(_promises(manifest, collections)))


def _promises(manifest: Any, collections: dict[str, Collection]) -> Iterator[Promise]:
    for member, gathered in collections.items():
        record = (manifest.get("members") or {}).get(member) or {}
        for type_name, entries in (record.get("resources") or {}).items():
            for entry in entries:
                described = entry if isinstance(entry, dict) else {"id": entry}
                yield Promise(member, type_name, described, gathered.get(f"{type_name}/{described['id']}"))


@pytest.fixture(scope="session")
def promised(promises: Promises) -> Callable[..., list[Promise]]:
    """Promises by mark (``denied``, ``capitated``, …); undecided when the manifest has none."""

    def by_mark(*marks: str, kind: str = "") -> list[Promise]:
        found = [each for each in promises.marked(*marks) if not kind or each.entry.get("kind") == kind]
        if not found:
            raise Undecided(f"the fixture manifest has no {' or '.join(marks)} {kind or 'claim'}; add one to fixtures")
        return found

    return by_mark


@pytest.fixture(scope="session")
def promised_claims(promises: Promises) -> list[Promise]:
    """Every promised claim; undecided when the manifest has none."""
    found = promises.of_kind()
    if not found:
        raise Undecided("the fixture manifest has no claims; add them to fixtures")
    return found


@pytest.fixture(scope="session")
def promised_authorizations(promises: Promises) -> list[Promise]:
    """Every promised prior authorization; undecided when the manifest has none."""
    found = promises.of_kind("authorization")
    if not found:
        raise Undecided("the fixture manifest has no prior authorizations; add them to fixtures")
    return found


@pytest.fixture(scope="session")
def documented_authorizations(promised_authorizations: list[Promise]) -> list[Promise]:
    """Promised authorizations with documentation; undecided when the manifest has none."""
    found = [promise for promise in promised_authorizations if promise.entry.get("documentation")]
    if not found:
        raise Undecided("the fixture manifest has no authorization with documentation; add one to fixtures")
    return found


@pytest.fixture(scope="session")
def early_claims(promised_claims: list[Promise]) -> list[Promise]:
    """Promised claims of 2016; undecided when the manifest has none."""
    found = [promise for promise in promised_claims if str(promise.entry.get("date", "")).startswith("2016")]
    if not found:
        raise Undecided("the fixture manifest has no claim of 2016; add a member who was enrolled then to fixtures")
    return found


@pytest.fixture(scope="session")
def gathered(collections: dict[str, Collection]) -> dict[str, Resource]:
    """Every resource of every gathered member by ``Type/id``."""
    return {
        f"{resource.get('resourceType')}/{resource.get('id')}": resource
        for collection in collections.values()
        for resource, _ in collection.seen()
    }


@pytest.fixture(scope="session")
def maintained_classes(run: Run) -> list[str]:
    """The data classes the payer says it keeps, in the target or in the manifest."""
    manifest = run.target.manifest if isinstance(run.target.manifest, dict) else {}
    classes = list(run.target.deployment.maintained_data_classes) or list(manifest.get("data_classes") or [])
    if not classes:
        raise Undecided("name the USCDI v3 data classes you keep in deployment.maintained_data_classes")
    return classes
