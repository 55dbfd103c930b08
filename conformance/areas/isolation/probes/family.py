"""What a representative sees with one record of a family open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.areas.isolation.probes.requests import Asked
from conformance.areas.isolation.probes.session import AsMemberA
from conformance.areas.isolation.rules.paths import Household
from conformance.areas.shared.compartment import owners, target_of
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.fixtures.collection import revive
from conformance.collection import Gatherer
from conformance.errors import Undecided
from conformance.fhir import FhirClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.oauth.session import Session


def household(run: Run, authorizations: Authorizations, session: Session, *, opened: str) -> Household:
    """What the representative sees with a dependent's record open (that of ``session``), or with their own."""
    person = authorizations.member("representative")
    client = FhirClient(run.transport, run.target.deployment.fhir_base, session.bearer)
    revive(run, session, client)
    if opened == "a dependent's record":
        return _household(run, session, client, person.dependents)
    own = person.patient_id or _subscriber(client, session.patient.id)
    if not own:
        raise Undecided(
            "nothing names the representative's own record; give members.representative.patient_id in the target file"
        )
    outcome = authorizations.attempt(
        authorizations.request(), reason="the representative's own record", person=replace(person, choose=own)
    )
    mine = authorizations.session(authorizations.exchanged(outcome), member="representative")
    if mine.patient.id != own:
        raise Undecided("the representative's own record could not be opened by choosing it at the login")
    return _household(run, mine, client.with_token(mine.bearer), person.dependents)


def _subscriber(client: FhirClient, dependent: str) -> str:
    """Whose contract the dependent is on, by their Coverage."""
    first = client.search("Coverage", {"patient": dependent}, purpose="who is the subscriber")
    for page in client.pages(first, limit=1):
        for coverage in page.matches:
            for element in ("subscriber", "policyHolder"):
                value = coverage.get(element)
                text = value.get("reference") if isinstance(value, dict) else None
                target = target_of(text) if isinstance(text, str) else ""
                if target.startswith("Patient/") and target != f"Patient/{dependent}":
                    return target.partition("/")[2]
    return ""


def _household(run: Run, session: Session, client: FhirClient, family: Sequence[str]) -> Household:
    """Searches with one record open, direct reads of other people in them, and probes for the other records."""
    context, asking = session.patient.id, AsMemberA(run, session, Gatherer(client))
    asked = [Asked("Patient"), Asked("Coverage"), Asked("ExplanationOfBenefit"), Asked("RelatedPerson")]
    asked += [
        Asked("Coverage", (("patient", context), ("_include", "Coverage:subscriber"), ("_include", "Coverage:*"))),
        Asked("ExplanationOfBenefit", (("patient", context), ("_include", "ExplanationOfBenefit:*"))),
    ]
    searches = asking.searches(asked)
    returned = {
        identity(resource)
        for search in searches
        for resource in search.resources
        if (found := owners(resource)) and context not in found
    }
    reads = {
        each: client.get(each, purpose="may the token read what an include showed", endpoint="isolation read")
        for each in sorted(returned)
    }
    return Household(context, searches, reads, asking.reads([f"Patient/{each}" for each in family if each != context]))
