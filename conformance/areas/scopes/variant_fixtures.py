"""Fixtures for scopes in all their spellings: letters, filters, undefined words, parts of a request, and writing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.scopes.fixtures import CONTEXT
from conformance.areas.scopes.probes.trials import grant_of
from conformance.areas.scopes.rules.enforcement import AccessAttempt, GrantTrial
from conformance.areas.scopes.rules.grants import Grant
from conformance.areas.scopes.rules.writes import Unchanged, Write
from conformance.areas.shared.other_member import lookalike
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.areas.scopes.probes.trials import AccessPlan, Known, ScopeTrials
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

LABORATORY = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
CARIN = (
    *("patient/Organization.read", "patient/Practitioner.read", "user/Patient.read", "user/Coverage.read"),
    *("user/ExplanationOfBenefit.read", "user/Organization.read", "user/Practitioner.read"),
)


@pytest.fixture
def offline_grants(
    run: Run, authorizations: Authorizations, request: pytest.FixtureRequest
) -> tuple[Grant, Grant | None]:
    """The shared grant, which asked for offline_access; and where that was turned away, one that did not ask."""
    if "offline_access" not in authorizations.scopes:
        raise Undecided("offline_access is not asked for; set scopes.request_offline_access: true")
    launched = request.getfixturevalue("standalone_launch")
    if launched.code is not None:
        return request.getfixturevalue("shared_grant"), None
    less = [scope for scope in authorizations.scopes if scope != "offline_access"]
    again = authorizations.launch(authorizations.request(scopes=less), reason="without offline_access")
    refused = Grant(authorizations.scopes, refused=launched.error or launched.kind)
    del run
    return refused, Grant(tuple(less), refused="" if again.code else again.error or again.kind)


@pytest.fixture
def v1_trial(run: Run, single_scope: Callable[[str], GrantTrial], known_records: Known) -> GrantTrial:
    """A grant of one type by a v1 scope, Condition's where there are Conditions."""
    if run.target.scopes.syntax == "v2":
        raise NotApplicable("the target says that only v2 scopes are documented (scopes.syntax: v2)")
    trial = single_scope("Condition" if known_records.found.get("Condition") else "Coverage")
    if not trial.grant.asked[-1].endswith(".read"):
        raise NotApplicable(f"{trial.grant.asked[-1]} is documented in v2 spelling")
    return trial


@pytest.fixture
def v2_is_advertised(discovery: Discovery) -> None:
    """The row holds where permission-v2 is among the capabilities."""
    if "permission-v2" not in discovery.capabilities:
        raise NotApplicable("permission-v2 is not among the capabilities")


@pytest.fixture
def letters_trial(v2_is_advertised: None, scope_trials: ScopeTrials, doors: AccessPlan) -> GrantTrial:
    """Claims with reading only and Coverage with searching only, in one grant."""
    del v2_is_advertised
    return scope_trials.trial(
        *(CONTEXT, "patient/ExplanationOfBenefit.r", "patient/Coverage.s"),
        reason="are the letters of v2 scopes kept apart",
        doors=doors.of(*((way, name) for name in ("ExplanationOfBenefit", "Coverage") for way in ("search", "read"))),
    )


@pytest.fixture
def granular_trial(v2_is_advertised: None, scope_trials: ScopeTrials, doors: AccessPlan) -> GrantTrial:
    """Claims by a v2 scope, and Observations limited to the laboratory's."""
    del v2_is_advertised
    return scope_trials.trial(
        *(CONTEXT, "patient/ExplanationOfBenefit.rs", f"patient/Observation.rs?category={LABORATORY}"),
        reason="v2 scopes and a granular one",
        doors=doors.each("ExplanationOfBenefit", "Observation"),
    )


@pytest.fixture
def laboratory_results(known_records: Known, search: Callable[..., Any]) -> frozenset[str]:
    """``Observation/id`` of what the laboratory category holds; all of them are outside where it holds none."""
    found = search("Observation", patient=known_records.patient, category=LABORATORY)
    if found.first.status != 200:
        raise Undecided("the laboratory's Observations cannot be searched")
    return frozenset(found.ids)


@pytest.fixture
def undefined_trial(run: Run, scope_trials: ScopeTrials, known_records: Known) -> tuple[GrantTrial, list[Write]]:
    """Scopes with letters out of order and unknown words; where the target allows it, a write is tried with them."""
    unknown = lookalike(next(iter(known_records.found.get("Observation", ())), "a1b2c3d4"))
    attempts: list[Write] = []

    def write(client: FhirClient, grant: Grant) -> Iterable[AccessAttempt]:
        if run.target.allows("writes") and any("Observation" in scope for scope in grant.granted):
            answer = client.send("DELETE", f"Observation/{unknown}", purpose="write with undefined letters")
            attempts.append(Write("deleting an Observation nobody has", answer))
        return ()

    trial = scope_trials.trial(
        *(CONTEXT, scope_trials.scope_of("Patient"), "patient/Observation.dus", "patient/Observation.readx"),
        reason="undefined scope letters",
        doors=write,
    )
    return trial, attempts


@pytest.fixture
def partial_trial(scope_trials: ScopeTrials, doors: AccessPlan, known_records: Known) -> GrantTrial:
    """A request from which the member takes one type away on the consent page."""
    if not known_records.found.get("Coverage"):
        raise Undecided("member a has no Coverage; give a member who is covered")
    kept = [CONTEXT, *map(scope_trials.scope_of, ("Patient", "ExplanationOfBenefit"))]
    trial = scope_trials.trial(
        *(*kept, scope_trials.scope_of("Coverage")),
        reason="the member takes Coverage away",
        ticked=kept,
        doors=doors.of(("search", "Coverage"), ("read", "Coverage")),
    )
    if trial.grant.refused:
        raise Undecided(f"a part of the request could not be granted ({trial.grant.refused})")
    return trial


@pytest.fixture
def clinical_type_trial(
    run: Run,
    session: Session,
    fhir: FhirClient,
    scope_trials: ScopeTrials,
    doors: AccessPlan,
) -> Callable[[str], GrantTrial]:
    """One of the types beyond the scope table: by the shared grant where that has it, else by a grant of its own."""

    def trial(type_name: str) -> GrantTrial:
        scope = scope_trials.scope_of(type_name)
        if session.scopes.allows(scope):
            grant = grant_of((scope,), session.first)
            return GrantTrial(grant, doors.of(("search", type_name))(fhir, grant))
        if run.target.offers(type_name) is False:
            return GrantTrial(Grant((scope,), refused="not offered"))
        return scope_trials.trial(
            *(CONTEXT, scope_trials.scope_of("Patient"), scope),
            reason=f"can {scope} be had at all",
            doors=doors.of(("search", type_name)),
        )

    return trial


@pytest.fixture
def type_is_documented(run: Run, known_records: Known) -> Callable[[str], bool]:
    """Whether the payer's documentation or capability statement has a type."""
    return lambda name: name in run.target.documentation.profiles or name in known_records.served


@pytest.fixture
def carin_trial(scope_trials: ScopeTrials, doors: AccessPlan, known_records: Known) -> GrantTrial:
    """The scopes beyond the patient's own that CARIN Blue Button lists, asked for together."""
    named = known_records.organizations[:1]
    return scope_trials.trial(
        *(CONTEXT, *CARIN),
        reason="the minimum scopes of CARIN Blue Button",
        doors=lambda client, grant: doors.all(client, [doors.read(client, "Organization", each) for each in named]),  # noqa: ARG005
    )


@pytest.fixture
def attempts_to_write(
    run: Run, session: Session, fhir: FhirClient, known_records: Known
) -> tuple[list[Write], list[Unchanged]]:
    """Creating, updating, patching and deleting with reading scopes, and the record before and after.

    Deleting is tried last, and only while everything before it was refused.
    """
    if not run.target.allows("writes"):
        raise Undecided("the target does not allow write probes; add writes to allow in the target file")
    if any(scope.interactions & frozenset("cud") for scope in session.scopes):
        raise Undecided("the shared session was granted more than reading, see PA-SCOP-015")
    name = next((each for each, ids in known_records.found.items() if each != "Patient" and ids), "")
    if not name:
        raise Undecided("member a has nothing a write could change; give members.a a record")
    own = known_records.found[name][0]
    before, listed = fhir.read(name, own, purpose="before writing"), _ids(fhir, known_records, name)
    body = _body(before)
    attempts = [
        _write(fhir, "PUT", f"{name}/{own}", body, f"updating a {name}"),
        _write(fhir, "PATCH", f"{name}/{own}", [{"op": "test", "path": "/id", "value": own}], f"patching a {name}"),
        _write(fhir, "POST", name, {key: value for key, value in body.items() if key != "id"}, f"creating a {name}"),
        _write(fhir, "PUT", f"{name}/{lookalike(own)}", body, f"updating a {name} nobody has"),
    ]
    if all(attempt.answer.status >= 400 for attempt in attempts):
        attempts.append(_write(fhir, "DELETE", f"{name}/{own}", None, f"deleting a {name}"))
    after, left = fhir.read(name, own, purpose="after writing"), _ids(fhir, known_records, name)
    return attempts, [
        Unchanged(f"{name}/{own}", (before.status, body), (after.status, _body(after))),
        Unchanged(f"what searching {name} finds", listed, left),
    ]


def _write(fhir: FhirClient, method: str, path: str, body: object, what: str) -> Write:
    headers = {"Content-Type": "application/json-patch+json"} if method == "PATCH" else {}
    answer = fhir.send(method, path, body=body, headers=headers, purpose=what, endpoint=f"write {method}")
    return Write(f"{what} ({method})", answer)


def _ids(fhir: FhirClient, known: Known, name: str) -> frozenset[str]:
    first = fhir.search(name, known.search(name), purpose="what is there")
    return frozenset(str(match.get("id")) for page in fhir.pages(first) for match in page.matches)


def _body(answer: Exchange) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
