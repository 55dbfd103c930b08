"""Fixtures for what was gathered of each member: one sweep per member and run, shared by every check."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from conformance.collection import Gatherer, Plan, sweep
from conformance.errors import NotDemonstrated
from conformance.fhir import FhirClient
from conformance.fhir import capability as capabilities
from conformance.rules.compartment import MISSION_TYPES, NOT_SEARCHED_BY_PATIENT, OWNER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.collection import Collection
    from conformance.plugin.authorizations import Authorizations
    from conformance.plugin.run import Run
    from conformance.smart.scopes import ScopeSet
    from conformance.smart.session import Session
    from conformance.smart.token_endpoint import TokenAnswer
    from conformance.transport import Exchange


@pytest.fixture(scope="session")
def gatherer(run: Run, fhir: FhirClient) -> Gatherer:
    """Asks the FHIR API as member a, each question once in the run."""
    return gatherer_for(run, fhir)


def gatherer_for(run: Run, client: FhirClient) -> Gatherer:
    """A gatherer within the target's politeness; the run hears first of every resource it brings."""
    return Gatherer(client, concurrency=run.target.politeness.concurrency, learn=run.meet)


@pytest.fixture(scope="session")
def gather(run: Run, capability_statement_answer: Exchange) -> Callable[..., Collection]:
    """Sweeps what a session opens, with the time on the account of collecting."""

    def gather(session: Session, by: Gatherer, *, member: str) -> Collection:
        revive(run, session, by.client)
        began, login_before = time.perf_counter(), run.seconds.get("login", 0.0)
        plan = plan_for(run, session, member=member, served=served_types(capability_statement_answer))
        found = sweep(by, plan)
        run.spend("collection", time.perf_counter() - began - run.seconds.get("login", 0.0) + login_before)
        run.notes.append(found.account)
        return found

    return gather


def revive(run: Run, session: Session, client: FhirClient) -> bool:
    """Whether a session works; one that another authorization of the same member ended is renewed first."""
    if not session.patient.id:
        return False
    status = client.read("Patient", session.patient.id, purpose="does the session still work").status
    if status == 401 and session.renew():
        run.notes.append(f"the session of member {session.member} had ended and was renewed")
        status = client.read("Patient", session.patient.id, purpose="does the renewed session work").status
    return status == 200


@pytest.fixture(scope="session")
def compartment_types(run: Run, session: Session, capability_statement_answer: Exchange) -> tuple[str, ...]:
    """The compartment types that the grant of member a opens for search by patient, those of the mission first."""
    plan = plan_for(run, session, member="a", served=served_types(capability_statement_answer))
    return tuple(plan.searches)


def plan_for(run: Run, session: Session, *, member: str, served: frozenset[str]) -> Plan:
    """What to gather for a session: every compartment type its grant opens and the target does not switch off."""
    patient = session.patient.id
    if not patient:
        raise NotDemonstrated(f"nothing names the patient of member {member}, see PA-TOK-014", blocked_by="PA-TOK-014")
    types = [name for name in _searchable(session.scopes, served) if run.target.offers(name) is not False]
    return Plan(
        member=member,
        patient=patient,
        searches={name: searched_by(name, patient) for name in types if name not in NOT_SEARCHED_BY_PATIENT},
        opened=lambda name: opens(session.scopes, name, "r"),
        most=None if run.exhaustive else run.target.politeness.sample,
        seed=run.date.isoformat(),
        provenance=types if opens(session.scopes, "Provenance", "r") and "Provenance" in served else (),
    )


def searched_by(type_name: str, patient: str) -> Mapping[str, str]:
    """The parameters that find everything of one type about a patient."""
    return {"_id": patient} if type_name == "Patient" else {"patient": patient}


def opens(scopes: ScopeSet, type_name: str, interaction: str) -> bool:
    """Whether a grant opens an interaction with a type; a grant whose scopes nobody told is taken to open all."""
    return not scopes.raw or scopes.opens(type_name, interaction)


def served_types(answer: Exchange) -> frozenset[str]:
    """The types the capability statement declares; empty when it cannot be read."""
    try:
        return frozenset(capabilities.resource_types(answer.json() if answer.status == 200 else None))
    except ValueError:
        return frozenset()


def _searchable(scopes: ScopeSet, served: frozenset[str]) -> list[str]:
    """Compartment types the grant opens, those of the mission first; under a wildcard, those that are served."""
    opened = scopes.types("s")
    wanted = (served or set(MISSION_TYPES)) if "*" in opened or not scopes.raw else opened
    first = [name for name in MISSION_TYPES if name in wanted]
    return first + sorted(name for name in wanted if name in OWNER and name not in first)


@pytest.fixture(scope="session")
def collection(gather: Callable[..., Collection], session: Session, gatherer: Gatherer) -> Collection:
    """Everything the grant of member a opens, and which request brought it."""
    return gather(session, gatherer, member="a")


@pytest.fixture(scope="session")
def token_answer_b(authorizations: Authorizations) -> TokenAnswer:
    """The token response of the one session of member b; undecided when the target has no second member."""
    return authorizations.answer(reason="session of member b", member="b")


@pytest.fixture(scope="session")
def session_b(authorizations: Authorizations, token_answer_b: TokenAnswer, session: Session) -> Session:
    """The session of member b, who must be another person than member a."""
    other = authorizations.session(token_answer_b, member="b")
    if not other.patient.id:
        raise NotDemonstrated("nothing names the patient of member b, see PA-TOK-014", blocked_by="PA-TOK-014")
    if other.patient.id == session.patient.id:
        raise NotDemonstrated("members a and b open the same record; members.b must be another person's login")
    return other


@pytest.fixture(scope="session")
def fhir_b(run: Run, session_b: Session) -> FhirClient:
    """The FHIR API as member b."""
    return FhirClient(run.transport, run.target.deployment.fhir_base, session_b.bearer)


@pytest.fixture(scope="session")
def collection_b(run: Run, gather: Callable[..., Collection], session_b: Session, fhir_b: FhirClient) -> Collection:
    """Everything the grant of member b opens."""
    return gather(session_b, gatherer_for(run, fhir_b), member="b")
