"""The fixture of profile checks: what was gathered of member a, each resource validated once per profile in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.profile.probes.records import Records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection
    from conformance.engine.run import Run
    from conformance.guides import Guides


@pytest.fixture(scope="session")
def records(
    run: Run,
    collection: Collection,
    validate: Validation,
    guides: Guides,
    granted_types: Sequence[str],
) -> Records:
    """The resources of member a, by kind."""
    return Records(run, collection, validate, guides, granted_types)
