"""Requests with the shared grant, or without a token, beside the grants that are tried: reads, searches, writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.scopes.probes.grants import LABORATORY
from conformance.areas.scopes.probes.trials import CONTEXT
from conformance.areas.scopes.rules.writes import Unchanged, Write
from conformance.areas.shared.other_member import lookalike
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
    from conformance.transport import Exchange


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


def laboratory_results(known: KnownRecords, search: Callable[..., Any]) -> frozenset[str]:
    """``Observation/id`` of the laboratory category; empty where it has none, so that every Observation is outside."""
    found = search("Observation", patient=known.patient, category=LABORATORY)
    if found.first.status != 200:
        raise Undecided("the Observations of the laboratory category cannot be searched")
    return frozenset(found.ids)


def write(run: Run, session: Session, fhir: FhirClient, known: KnownRecords) -> tuple[list[Write], list[Unchanged]]:
    """Creating, updating, patching and deleting with read scopes, and the record before and after.

    Deleting is tried last, and only while every other attempt was refused.
    """
    if not run.target.allows("writes"):
        raise Undecided("the target does not allow write probes; add writes to allow in the target file")
    if any(scope.interactions & frozenset("cud") for scope in session.scopes):
        raise Undecided("the shared session was granted more than reading, see PA-SCOP-015")
    name = next((each for each, ids in known.found.items() if each != "Patient" and ids), "")
    if not name:
        raise Undecided("member a has nothing a write could change; give members.a a record")
    own = known.found[name][0]
    before, listed = fhir.read(name, own, purpose="before writing"), _ids(fhir, known, name)
    body = _body(before)
    attempts = [
        _write(fhir, "PUT", f"{name}/{own}", body, f"updating a {name}"),
        _write(fhir, "PATCH", f"{name}/{own}", [{"op": "test", "path": "/id", "value": own}], f"patching a {name}"),
        _write(fhir, "POST", name, {key: value for key, value in body.items() if key != "id"}, f"creating a {name}"),
        _write(fhir, "PUT", f"{name}/{lookalike(own)}", body, f"updating a {name} with an unknown id"),
    ]
    if all(attempt.answer.status >= 400 for attempt in attempts):
        attempts.append(_write(fhir, "DELETE", f"{name}/{own}", None, f"deleting a {name}"))
    after, left = fhir.read(name, own, purpose="after writing"), _ids(fhir, known, name)
    return attempts, [
        Unchanged(f"{name}/{own}", (before.status, body), (after.status, _body(after))),
        Unchanged(f"what searching {name} finds", listed, left),
    ]


def _write(fhir: FhirClient, method: str, path: str, body: object, what: str) -> Write:
    headers = {"Content-Type": "application/json-patch+json"} if method == "PATCH" else {}
    answer = fhir.send(method, path, body=body, headers=headers, purpose=what, endpoint=f"write {method}")
    return Write(f"{what} ({method})", answer)


def _ids(fhir: FhirClient, known: KnownRecords, name: str) -> frozenset[str]:
    first = fhir.search(name, known.search(name), purpose="what is there")
    return frozenset(str(match.get("id")) for page in fhir.pages(first) for match in page.matches)


def _body(answer: Exchange) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
