"""The grants that the checks compare: of one type, optional, of letters, of filters, of undefined words, of parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.areas.scopes.probes.trials import CONTEXT, grant_of
from conformance.areas.scopes.rules.enforcement import AccessAttempt, GrantTrial, OptionalScope
from conformance.areas.scopes.rules.grants import Grant
from conformance.areas.scopes.rules.writes import Write
from conformance.areas.shared.other_member import lookalike
from conformance.errors import NotApplicable, Undecided
from conformance.oauth.scopes import parse_scope, parse_scopes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.areas.scopes.probes.trials import ScopeTrials
    from conformance.areas.scopes.rules.enforcement import Way
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.session import Session

LABORATORY = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
CARIN = (
    *("patient/Organization.read", "patient/Practitioner.read", "user/Patient.read", "user/Coverage.read"),
    *("user/ExplanationOfBenefit.read", "user/Organization.read", "user/Practitioner.read"),
)


def alone(trials: ScopeTrials, type_name: str) -> GrantTrial:
    """The grant of launch/patient and one type, with every attempt made."""
    scope = trials.scope_of(type_name)
    return trials.trial(CONTEXT, scope, reason=f"what does {scope} alone open", attempts=trials.plan.around(type_name))


def granted_alone(trials: ScopeTrials, type_name: str) -> GrantTrial:
    """The same; raises :class:`Undecided` where the scope was not granted, which PA-SCOP-001 judges."""
    found = alone(trials, type_name)
    if found.grant.refused or found.grant.asked[-1] in found.grant.missing:
        raise Undecided(
            f"{found.grant.asked[-1]} alone was not granted ({found.grant.refused or found.grant.raw}), "
            "see PA-SCOP-001",
            blocked_by="PA-SCOP-001",
        )
    return found


def optional(trials: ScopeTrials, *types: str) -> OptionalScope:
    """The grant of one optional type, and that of Patient alone to compare it with.

    A type that the target does not offer is requested together with Patient, so that something is granted.
    """
    offered, closed = trials.run.target.offers(types[0]), alone(trials, "Patient")
    if offered is not False:
        return OptionalScope(types, alone(trials, types[0]), closed, offered)
    wanted = (CONTEXT, trials.scope_of("Patient"), trials.scope_of(types[0]))
    tried = trials.trial(*wanted, reason=f"is {wanted[-1]} dropped", attempts=trials.plan.around(types[0]))
    return OptionalScope((*types, "Patient"), tried, closed, offered)


def lone_fhir_user(trials: ScopeTrials) -> Grant:
    """The grant for fhirUser requested without openid."""
    wanted = (CONTEXT, trials.scope_of("Patient"), "fhirUser")
    return trials.trial(*wanted, reason="fhirUser without openid").grant


def v1(trials: ScopeTrials, discovery: Discovery) -> GrantTrial:
    """A grant of one type by a v1 scope, that of Condition where there are Conditions.

    Raises :class:`NotApplicable` where v1 is neither advertised nor documented, and :class:`Undecided` where a scope
    that is not advertised was not granted, which PA-SCOP-001 judges.
    """
    advertised = "permission-v1" in discovery.capabilities
    if trials.run.target.scopes.syntax == "v2" and not advertised:
        raise NotApplicable("permission-v1 is not among the capabilities, and only v2 scopes are documented")
    type_name = "Condition" if trials.known.found.get("Condition") else "Coverage"
    scope = f"patient/{type_name}.read"
    trial = trials.trial(CONTEXT, scope, reason=f"what does {scope} alone open", attempts=trials.plan.around(type_name))
    if (trial.grant.refused or scope in trial.grant.missing) and not advertised:
        raise Undecided(f"{scope} alone was not granted, see PA-SCOP-001", blocked_by="PA-SCOP-001")
    return trial


def letters(trials: ScopeTrials, discovery: Discovery) -> GrantTrial:
    """Claims with reading only and Coverage with searching only, in one grant."""
    _require_v2(discovery)
    return trials.trial(
        *(CONTEXT, "patient/ExplanationOfBenefit.r", "patient/Coverage.s"),
        reason="are the letters of v2 scopes kept apart",
        attempts=trials.plan.of(
            *(("search", "ExplanationOfBenefit"), ("read", "ExplanationOfBenefit")),
            *(("search", "Coverage"), ("read", "Coverage")),
        ),
    )


def granular(trials: ScopeTrials, discovery: Discovery) -> GrantTrial:
    """Claims by a v2 scope and, where they are offered, Observations limited to the laboratory category."""
    _require_v2(discovery)
    claims = (CONTEXT, "patient/ExplanationOfBenefit.rs")
    if trials.run.target.offers("Observation") is False:
        return trials.trial(*claims, reason="a v2 scope", attempts=trials.plan.each("ExplanationOfBenefit"))
    return trials.trial(
        *(*claims, f"patient/Observation.rs?category={LABORATORY}"),
        reason="v2 scopes and a granular one",
        attempts=trials.plan.each("ExplanationOfBenefit", "Observation"),
    )


def _require_v2(discovery: Discovery) -> None:
    """Raises :class:`NotApplicable` where permission-v2 is not advertised."""
    if "permission-v2" not in discovery.capabilities:
        raise NotApplicable("permission-v2 is not among the capabilities")


def undefined(trials: ScopeTrials) -> tuple[GrantTrial, list[Write]]:
    """Scopes with letters out of order and unknown words; where the target allows it, a write is tried with them."""
    unknown = lookalike(next(iter(trials.known.found.get("Observation", ())), "a1b2c3d4"))
    writes: list[Write] = []

    def write(client: FhirClient, grant: Grant) -> Iterable[AccessAttempt]:
        if trials.run.target.allows("writes") and any("Observation" in scope for scope in grant.granted):
            answer = client.send("DELETE", f"Observation/{unknown}", purpose="write with undefined letters")
            writes.append(Write("deleting an Observation with an unknown id", answer))
        return ()

    trial = trials.trial(
        *(CONTEXT, trials.scope_of("Patient"), "patient/Observation.dus", "patient/Observation.readx"),
        reason="undefined scope letters",
        attempts=write,
    )
    return trial, writes


def partial(trials: ScopeTrials) -> GrantTrial:
    """A request from which the member removes a part on the consent page; attempts are made on what was removed.

    Which scopes a box of the page stands for is the server's choice, so it is read from the grant.
    """
    if not trials.known.found.get("Coverage"):
        raise trials.known.nothing_of("Coverage", "Coverage", advice="give a member who is covered")
    kept = [CONTEXT, *map(trials.scope_of, ("Patient", "ExplanationOfBenefit"))]

    def removed(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
        types = dict.fromkeys(scope.type for raw in grant.missing if (scope := parse_scope(raw)).opens_resources)
        ways: list[tuple[Way, str]] = [(way, name) for name in types for way in ("search", "read")]
        return trials.plan.of(*ways)(client, grant)

    trial = trials.trial(
        *(*kept, trials.scope_of("Coverage")), reason="the member removes Coverage", ticked=kept, attempts=removed
    )
    if trial.grant.refused:
        raise Undecided(f"a part of the request could not be granted ({trial.grant.refused})")
    if not trial.attempts:
        raise Undecided(
            "the box that was unticked removed no resource scope from the grant, see PA-AUTH-016",
            blocked_by="PA-AUTH-016",
        )
    return trial


def clinical_type(trials: ScopeTrials, type_name: str, *, session: Session, fhir: FhirClient) -> GrantTrial:
    """One of the types beyond the scope table: by the shared grant where that has it, else by a grant of its own."""
    scope, search = trials.scope_of(type_name), trials.plan.of(("search", type_name))
    if session.scopes.allows(scope):
        grant = grant_of((scope,), session.first)
        return GrantTrial(grant, search(fhir, grant))
    if trials.run.target.offers(type_name) is False:
        return GrantTrial(Grant((scope,), refused="not offered"))
    return trials.trial(
        *(CONTEXT, trials.scope_of("Patient"), scope), reason=f"can {scope} be obtained at all", attempts=search
    )


def is_documented(trials: ScopeTrials, type_name: str) -> bool:
    """Whether the payer's documentation or capability statement has a type."""
    return type_name in trials.run.target.documentation.profiles or type_name in trials.known.served


def carin(trials: ScopeTrials) -> list[GrantTrial]:
    """The further scopes that CARIN Blue Button lists, requested together; one by one where that is refused."""
    named, plan = trials.known.organizations[:1], trials.plan

    def read(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
        del grant
        return plan.all(client, [plan.read(client, "Organization", each) for each in named])

    together = trials.trial(*(CONTEXT, *CARIN), reason="the minimum scopes of CARIN Blue Button", attempts=read)
    if together.grant.given:
        return [together]
    return [trials.trial(CONTEXT, scope, reason=f"can {scope} be obtained at all", attempts=read) for scope in CARIN]


def document_content(trials: ScopeTrials, discovery: Discovery) -> tuple[list[AccessAttempt], list[AccessAttempt]]:
    """Requests for the content of documents with their scope, and with that of Patient alone, if no more was granted.

    Where the scope of DocumentReference does not open the content and one for Binary is listed, that is requested too.
    """
    scope, without = trials.scope_of("DocumentReference"), alone(trials, "Patient")
    covers_documents = without.allows("DocumentReference", "read") or without.allows("Binary", "read")
    closed = [] if covers_documents else without.at("Binary")
    trial = alone(trials, "DocumentReference")
    if trial.grant.refused or scope in trial.grant.missing:
        return [], closed
    opened = trial.at("Binary")
    binary = "patient/Binary.read"
    if any(attempt.answer.status != 200 for attempt in opened) and parse_scopes(
        list(discovery.scopes_supported)
    ).allows(binary):
        more = trials.trial(
            *(CONTEXT, scope, binary), reason="the content of documents", attempts=trials.plan.contents()
        )
        opened = more.at("Binary") if binary not in more.grant.missing and more.grant.given else opened
    return opened, closed
