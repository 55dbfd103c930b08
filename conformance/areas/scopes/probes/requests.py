"""Requests with the shared grant, or without a token, beside the grants that are tried: reads and searches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.scopes.probes.grants import LABORATORY
from conformance.areas.scopes.probes.trials import CONTEXT
from conformance.errors import Undecided
from conformance.oauth.scopes import parse_scopes

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.areas.scopes.probes.known import KnownRecords
    from conformance.areas.scopes.probes.trials import ScopeTrials
    from conformance.areas.scopes.rules.enforcement import AccessAttempt
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.session import Session


def medications(trials: ScopeTrials, session: Session, fhir: FhirClient) -> list[AccessAttempt]:
    """Reads of Medications that MedicationRequests reference, with a grant that has a scope for Medication.

    The shared grant where it has one, else a grant of its own; nothing where no such scope is granted.
    """
    plan, scope = trials.plan, trials.scope_of("Medication")
    reading = trials.known.medications[:3]
    if session.scopes.opens("Medication"):
        return plan.all(fhir, [plan.read(fhir, "Medication", each) for each in reading])
    trial = trials.trial(
        *(CONTEXT, trials.scope_of("MedicationRequest"), scope),
        reason=f"does {scope} open Medication",
        attempts=lambda client, _: plan.all(client, [plan.read(client, "Medication", each) for each in reading]),
    )
    return list(trial.attempts) if trial.allows("Medication", "read") else []


def medication_scope_is_published(run: Run, discovery: Discovery) -> bool:
    """Whether a scope for Medication is listed or documented."""
    published = parse_scopes([*discovery.scopes_supported, *run.target.documentation.scopes])
    return published.allows("patient/Medication.read")


def documents_without_token(trials: ScopeTrials, fhir: FhirClient) -> list[AccessAttempt]:
    """The content of documents below the FHIR base, requested without a token."""
    if not trials.known.attachments:
        what = "document whose content is below the FHIR base"
        raise trials.known.nothing_of(what, "DocumentReference", advice="give members.a one")
    anonymous, plan = fhir.with_token(None), trials.plan
    return plan.all(anonymous, [plan.bytes(anonymous, url) for url in trials.known.attachments[:1]])


def laboratory_results(run: Run, known: KnownRecords, search: Callable[..., Any]) -> frozenset[str]:
    """``Observation/id`` of the laboratory category; empty where it has none, so that every Observation is outside."""
    if run.target.offers("Observation") is False:
        return frozenset()
    found = search("Observation", patient=known.patient, category=LABORATORY)
    if found.first.status != 200:
        raise Undecided("the Observations of the laboratory category cannot be searched")
    return frozenset(found.ids)
