"""Fixtures that compare the fixture manifest with what was gathered of the members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.data_content.probes.documents import documents_of
from conformance.areas.data_content.probes.manifest import promises_of

if TYPE_CHECKING:
    from conformance.areas.data_content.rules.documents import Document
    from conformance.areas.shared.promises import Promises
    from conformance.collection import Collection
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient

Resource = dict[str, Any]


@pytest.fixture(scope="session")
def collections(run: Run, collection: Collection, request: pytest.FixtureRequest) -> dict[str, Collection]:
    """What was gathered of member a, and of member b where the target has one."""
    if "b" not in run.target.members:
        return {"a": collection}
    return {"a": collection, "b": request.getfixturevalue("collection_b")}


@pytest.fixture(scope="session")
def promises(run: Run, collections: dict[str, Collection]) -> Promises:
    """What the fixture manifest promises of these members."""
    return promises_of(run, collections)


@pytest.fixture(scope="session")
def gathered(collections: dict[str, Collection]) -> dict[str, Resource]:
    """Every resource of every gathered member by ``Type/id``."""
    return {
        f"{resource.get('resourceType')}/{resource.get('id')}": resource
        for collection in collections.values()
        for resource, _ in collection.seen()
    }


@pytest.fixture
def documents(
    promises: Promises, gathered: dict[str, Resource], fhir: FhirClient, request: pytest.FixtureRequest
) -> list[Document]:
    """The documents of promised authorizations, read; the client of member b only where it is needed."""
    return documents_of(
        promises.authorizations(documented=True),
        gathered,
        lambda member: fhir if member == "a" else request.getfixturevalue(f"fhir_{member}"),
    )
