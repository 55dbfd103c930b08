"""What checks of the REST interface share: reads of each type, answers, refusals, and the validated resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.rest.probes import access, reads, validated
from conformance.areas.rest.probes.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.evidence import Read, SearchEvidence
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.areas.shared.rest_evidence import Asked
    from conformance.collection import Collection, Gatherer
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session


@pytest.fixture(scope="session")
def instances(gatherer: Gatherer, searches_by_patient: Sequence[SearchEvidence]) -> list[Read]:
    """One instance of each type that the grant opens and the member has, read."""
    return reads.first_of_each(gatherer, searches_by_patient)


@pytest.fixture(scope="session")
def health_data_answers(
    instances: Sequence[Read], searches_by_patient: Sequence[SearchEvidence], gatherer: Gatherer, patient: str
) -> list[Asked]:
    """Answers that hold the member's data: a read and a search of each type, and $everything."""
    everything = gatherer.operation(f"Patient/{patient}/$everything")
    return reads.with_health_data(instances, searches_by_patient, everything)


@pytest.fixture(scope="session")
def refused(
    fhir: FhirClient,
    session: Session,
    searched_types: Sequence[str],
    capability_statement: dict[str, Any],
    patient: str,
) -> Refused:
    """The requests that must be refused."""
    return Refused(fhir, session, searched_types, capability_statement, patient)


@pytest.fixture(scope="session")
def refusals(refused: Refused) -> list[Asked]:
    """The answers to all of them."""
    return refused.all


@pytest.fixture(scope="session")
def protected_places(
    instances: Sequence[Read], patient: str, collection: Collection, fhir: FhirClient
) -> list[access.Protected]:
    """Every described way to the member's data."""
    return access.described_places(instances, patient, collection, fhir)


@pytest.fixture(scope="session")
def everything_validated(collection: Collection, validate: Validation) -> validated.Validated:
    """What the validator finds on every resource of the sweep, against R4 itself."""
    return validated.everything_seen(collection, validate)
