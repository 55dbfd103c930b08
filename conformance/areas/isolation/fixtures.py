"""The two members of the isolation checks: member a, who asks, and member b, whose records must not be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.isolation.probes.requests import Pair
from conformance.areas.isolation.probes.session import AsMemberA, require_session
from conformance.areas.shared.absence import nothing_of
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.other_member import OtherMember, lookalike, other_member_from
from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session


@pytest.fixture(scope="session")
def pair(collection: Collection, collection_b: Collection, compartment_types: Sequence[str]) -> Pair:
    """Member a, who asks, and member b, who must not be seen; undecided where b has nothing to be seen."""
    if not any(identity(resource) != f"Patient/{collection_b.patient}" for resource, _ in collection_b.seen()):
        advice = "members.b must be a person with claims and clinical data"
        raise nothing_of(collection_b, "record", advice=advice)
    return Pair(collection.patient, collection_b, collection, compartment_types)


@pytest.fixture(scope="session")
def other_member(pair: Pair, fhir: FhirClient) -> OtherMember:
    """What must not be seen of member b."""
    usual = fhir.read("Patient", lookalike(pair.other), purpose="how an unknown id is refused")
    ours = [*pair.ours.of("Patient"), *pair.ours.of("Coverage")]
    theirs = [resource for resource, _ in pair.theirs.seen()]
    return other_member_from(pair.other, theirs, ours, usual.body.decode("utf-8", "replace"))


@pytest.fixture(scope="session")
def other_member_if_any(request: pytest.FixtureRequest) -> OtherMember:
    """What must not be seen of member b; nothing in particular where the target has no second member."""
    try:
        known: OtherMember = request.getfixturevalue("other_member")
    except Undecided:
        return OtherMember("")
    return known


@pytest.fixture(scope="session")
def as_member_a(run: Run, session: Session, gatherer: Gatherer) -> AsMemberA:
    """Requests as member a."""
    return AsMemberA(run, session, gatherer)


@pytest.fixture
def client_b(run: Run, session_b: Session, fhir_b: FhirClient) -> FhirClient:
    """The FHIR API as member b, whose session works at this moment."""
    return require_session(run, session_b, fhir_b)
