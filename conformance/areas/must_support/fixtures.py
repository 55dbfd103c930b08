"""Fixtures of must-support: the surveys of the records, and what is withheld."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.must_support.probes.surveys import Surveys
from conformance.areas.must_support.probes.withheld import withheld_from
from conformance.areas.shared.fixtures.collection import gatherer_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.areas.must_support.rules.missing_data import Withheld
    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run
    from conformance.guides import Guides


@pytest.fixture(scope="session")
def surveys(
    run: Run,
    guides: Guides,
    collections: dict[str, Collection],
    profile_of: Callable[[dict[str, Any]], str],
) -> Surveys:
    """The must-support elements in the records of all members."""
    return Surveys(run, guides, collections, profile_of)


@pytest.fixture
def withheld(
    run: Run, collections: dict[str, Collection], gatherer: Gatherer, request: pytest.FixtureRequest
) -> list[Withheld]:
    """Everything that the manifest says is withheld from the members; the client of member b only where it is asked."""
    return withheld_from(
        run,
        collections,
        lambda key: gatherer if key == "a" else gatherer_for(run, request.getfixturevalue(f"fhir_{key}")),
    )
