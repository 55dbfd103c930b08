"""The fixture of profile checks: what was gathered of member a, each resource validated once per profile in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.profile.probes.profiled import ProfiledRecords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection
    from conformance.engine.run import Run
    from conformance.guides import Guides


@pytest.fixture(scope="session")
def profiled(
    run: Run,
    collection: Collection,
    validate: Validation,
    guides: Guides,
    granted_types: Sequence[str],
) -> ProfiledRecords:
    """The resources of member a, by kind, and what the validator finds on them."""
    return ProfiledRecords(run, collection, validate, guides, granted_types)
