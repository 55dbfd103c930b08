"""What checks of ``$everything`` share: the operation on the patient in context, and the whole record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.everything.probes.invoking import Everything
from conformance.areas.shared.search_envelope import answered
from conformance.errors import Undecided

if TYPE_CHECKING:
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.collection import Gatherer
    from conformance.engine.run import Run


@pytest.fixture(scope="session")
def everything(run: Run, gatherer: Gatherer, patient: str) -> Everything:
    """Invokes the operation on the patient in context, each different request once in the run."""
    return Everything(run, gatherer, patient)


@pytest.fixture(scope="session")
def whole_record(everything: Everything) -> SearchEvidence:
    """The operation without parameters; undecided where it returns no searchset."""
    found = everything()
    if not answered([found]):
        raise Undecided(f"{found.what} returned no searchset, see PA-EVRY-001", blocked_by="PA-EVRY-001")
    return found
