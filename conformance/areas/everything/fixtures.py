"""What checks of ``$everything`` share: the operation on the patient in context, and the whole record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.everything.probes.invoking import Everything
from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.search_envelope import answered
from conformance.errors import Undecided

if TYPE_CHECKING:
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.collection import Gatherer
    from conformance.engine.run import Run
    from conformance.transport import Exchange


@pytest.fixture(scope="session")
def everything(run: Run, gatherer: Gatherer, patient: str, capability_statement_answer: Exchange) -> Everything:
    """Invokes the operation on the patient in context, each different request once in the run.

    Not applicable where the deployment does not offer it, which no guide requires.
    """
    found = Everything(run, gatherer, patient)
    found.require_offered(resource_of(capability_statement_answer))
    return found


@pytest.fixture(scope="session")
def whole_record(everything: Everything) -> SearchEvidence:
    """The operation without parameters; undecided where it returns no searchset."""
    found = everything()
    if not answered([found]):
        raise Undecided(f"{found.what} returned no searchset, see PA-EVRY-001", blocked_by="PA-EVRY-001")
    return found
