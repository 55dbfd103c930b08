"""Fixtures for the token endpoint and the tokens it issues: right and wrong requests, each made once in a run."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.shared.altered_tokens import altered
from conformance.areas.shared.own_authorization import OwnAuthorization
from conformance.areas.shared.refusals import Probe
from conformance.areas.token.probes.codes import CodeProbes
from conformance.areas.token.probes.lives import TokenLives
from conformance.areas.token.probes.public_client import PublicClient
from conformance.areas.token.probes.refreshes import RefreshProbes
from conformance.areas.token.rules.access import Use
from conformance.errors import NotApplicable, Undecided
from conformance.login.plan import login_plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.wrong_requests import WrongRequests
    from conformance.areas.token.probes.lives import Introspections
    from conformance.areas.token.rules.access import Expiry
    from conformance.areas.token.rules.refresh import Context, Narrowing, Refreshed, Widening
    from conformance.areas.token.rules.replay import Replay, Rotation
    from conformance.areas.token.rules.status import Revocation
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.session import Session
    from conformance.oauth.token_endpoint import TokenAnswer
    from conformance.transport import Exchange

MADE_UP_GRANT = "urn:example:grant-type:made-up"


@pytest.fixture(scope="session")
def own_grants(run: Run, authorizations: Authorizations) -> OwnAuthorization:
    """Grants whose evidence several checks share."""
    return OwnAuthorization(authorizations, run.target.deployment.fhir_base)


@pytest.fixture(scope="session")
def all_code_probes(own_grants: OwnAuthorization) -> CodeProbes:
    """What was tried with codes in this run."""
    return CodeProbes(own_grants)


@pytest.fixture
def code_probes(all_code_probes: CodeProbes, own_authorization: OwnAuthorization) -> CodeProbes:  # noqa: ARG001
    """The same for one check: late, with a canary call afterwards."""
    return all_code_probes


@pytest.fixture
def wrong_exchanges(code_probes: CodeProbes) -> Callable[[str], list[Probe]]:
    """Wrong exchanges of a theme: query, json, no-verifier, wrong-verifier, redirect_uri, client."""
    return code_probes.probes


@pytest.fixture
def code_replay(code_probes: CodeProbes) -> Replay:
    """A code that was exchanged twice."""
    return code_probes.replay


@pytest.fixture
def code_race(code_probes: CodeProbes) -> list[Probe]:
    """A code that was exchanged twice at the same time."""
    return code_probes.race


@pytest.fixture
def wrong_client_proofs(code_probes: CodeProbes) -> list[Probe]:
    """Right exchanges by somebody who cannot prove to be the client."""
    return code_probes.wrong_proofs()


@pytest.fixture
def uses_basic(code_probes: CodeProbes) -> bool:
    """Whether the main client authenticates by the Basic scheme."""
    return code_probes.authentication == "client_secret_basic"


@pytest.fixture(scope="session")
def unsupported_grants(run: Run, authorizations: Authorizations) -> list[Probe]:
    """Token requests with grant types that nobody may use: password (a member's real one), made up, none."""
    endpoint = authorizations.endpoint()
    probes = [
        Probe("a made-up grant type", endpoint.raw({"grant_type": MADE_UP_GRANT}, purpose="a made-up grant type")),
        Probe("a token request without grant_type", endpoint.raw({"scope": "openid"}, purpose="no grant type")),
    ]
    person = run.target.members.get("a")
    if person is None or not person.password or login_plan(run.target.login).mode == "tokens":
        return probes
    scope = " ".join(authorizations.smaller("Patient"))
    form = {"grant_type": "password", "username": person.username, "password": person.password, "scope": scope}
    answer = endpoint.raw(form, purpose="the password grant")
    run.logins += 1
    run.login_log.append(
        {
            "member": person.key,
            "scopes": scope,
            "reason": "the password grant must be refused",
            "login": True,
            "outcome": "granted" if answer.granted else "refused",
        }
    )
    run.authorizations += 1
    return [Probe("the password grant", answer), *probes]


@pytest.fixture(scope="session")
def all_refresh_probes(own_grants: OwnAuthorization) -> RefreshProbes:
    """What was tried with refresh tokens in this run."""
    return RefreshProbes(own_grants)


@pytest.fixture
def refresh_probes(all_refresh_probes: RefreshProbes, own_authorization: OwnAuthorization) -> RefreshProbes:  # noqa: ARG001
    """The same for one check: late, with a canary call afterwards."""
    return all_refresh_probes


@pytest.fixture
def refreshed(refresh_probes: RefreshProbes) -> Refreshed:
    """A token response and what refreshing it answered."""
    return refresh_probes.refreshed


@pytest.fixture
def invalid_refreshes(refresh_probes: RefreshProbes) -> list[Probe]:
    """Refreshes with what is no refresh token."""
    return refresh_probes.invalid


@pytest.fixture
def refresh_by_another_client(refresh_probes: RefreshProbes) -> list[Probe]:
    """A refresh by the second client."""
    return refresh_probes.by_another_client


@pytest.fixture
def widening(refresh_probes: RefreshProbes) -> Widening:
    """A refresh for more than was granted."""
    return refresh_probes.widening


@pytest.fixture
def narrowing(refresh_probes: RefreshProbes) -> Narrowing:
    """A refresh for less than was granted."""
    return refresh_probes.narrowing


@pytest.fixture
def refreshed_context(refresh_probes: RefreshProbes) -> Context:
    """The patient in context before and after a refresh."""
    return refresh_probes.context


@pytest.fixture
def others_patient_after_refresh(run: Run, refresh_probes: RefreshProbes) -> Exchange:
    """Another member's Patient, read with a refreshed token of member a."""
    other = run.target.members.get("b")
    if other is None or not other.patient_id:
        raise Undecided("add members.b with its patient_id to the target file")
    return refresh_probes.others_patient(other.patient_id)


@pytest.fixture(scope="session")
def all_public_exchanges(own_grants: OwnAuthorization) -> PublicClient:
    """What the public client did in this run."""
    return PublicClient(own_grants)


@pytest.fixture
def public_client(all_public_exchanges: PublicClient, own_authorization: OwnAuthorization) -> PublicClient:  # noqa: ARG001
    """The same for one check: late, with a canary call afterwards."""
    return all_public_exchanges


@pytest.fixture
def public_exchange(public_client: PublicClient) -> TokenAnswer:
    """A public client's exchange without a secret."""
    return public_client.exchange[1]


@pytest.fixture
def unnamed_exchange(public_client: PublicClient) -> list[Probe]:
    """A public client's exchange that does not say which client it is by."""
    return [public_client.exchange[0]]


@pytest.fixture
def public_rotation(public_client: PublicClient) -> Rotation:
    """A public client's refresh token used twice."""
    return public_client.rotation


@pytest.fixture
def bare_token(
    wrong_requests: WrongRequests, own_authorization: OwnAuthorization, authorizations: Authorizations
) -> dict[str, Any]:
    """The token response of a grant without openid and without offline_access."""
    attempt = wrong_requests.attempts("no-launch-scope")[0]
    if attempt.usable and attempt.reply is not None:
        return dict(attempt.reply.json or {})
    wanted = ("openid", "fhirUser")
    scopes = [scope for scope in authorizations.smaller("Patient") if scope not in wanted]
    return dict(own_authorization.grant(scopes=scopes, reason="a grant without openid and offline_access").json or {})


@pytest.fixture(scope="session")
def long_term_access_granted(run: Run, session: Session) -> None:
    """The grant promises a refresh token; undecided otherwise."""
    scopes = run.target.scopes
    if "offline_access" in session.scopes.names or not scopes.refresh_requires_offline_access:
        return
    if not scopes.request_offline_access:
        raise Undecided("offline_access was not asked for; set scopes.request_offline_access: true in the target")
    raise Undecided("offline_access was asked for and not granted; have it allowed for clients.main")


@pytest.fixture(scope="session")
def refresh_requires_offline_access(run: Run) -> bool:
    """Whether the deployment says that refresh tokens come with offline_access only."""
    return run.target.scopes.refresh_requires_offline_access


@pytest.fixture
def error_answers(
    code_probes: CodeProbes,
    unsupported_grants: list[Probe],
    refused_token_answer: TokenAnswer,
    refresh_probes: RefreshProbes,
) -> list[Probe]:
    """Every error answer of the token endpoint that this run can provoke."""
    probes = [Probe("an exchange of a code nobody issued", refused_token_answer), *unsupported_grants]
    for more in (code_probes.every, lambda: refresh_probes.invalid):
        try:
            probes += more()
        except (Undecided, NotApplicable):
            continue
    return probes


@pytest.fixture
def altered_token_uses(run: Run, fhir: FhirClient, session: Session, patient: str, discovery: Discovery) -> list[Use]:
    """Reads with tampered forms of the shared access token."""
    other = run.target.members.get("b")
    somebody = (other.patient_id if other else "") or f"{secrets.randbelow(10**9)}"
    forged = altered(session.bearer(), another_patient=somebody, keys=discovery.keys)
    return [Use(what, _read(run, fhir, patient, token, what)) for what, token in forged.items()]


@pytest.fixture
def id_token_use(run: Run, fhir: FhirClient, patient: str, token_answer: TokenAnswer) -> list[Use]:
    """A read with the id_token as bearer."""
    if not token_answer.id_token:
        raise Undecided("no id_token was issued, see PA-TOK-015", blocked_by="PA-TOK-015")
    what = "an id_token as access token"
    return [Use(what, _read(run, fhir, patient, token_answer.id_token, what))]


def _read(run: Run, fhir: FhirClient, patient: str, token: str, purpose: str) -> Exchange:
    run.redactor.register(token, "forged token")
    return fhir.with_token(lambda: token).read("Patient", patient, purpose=purpose)


@pytest.fixture(scope="session")
def all_token_lives(run: Run, own_grants: OwnAuthorization, patient: str) -> TokenLives:
    """What was done to access tokens in this run."""
    return TokenLives(run, own_grants, patient)


@pytest.fixture
def token_lives(all_token_lives: TokenLives, own_authorization: OwnAuthorization) -> TokenLives:  # noqa: ARG001
    """The same for one check: late, with a canary call afterwards."""
    return all_token_lives


@pytest.fixture
def expiry(token_lives: TokenLives) -> Expiry:
    """An expired access token used."""
    return token_lives.expiry


@pytest.fixture
def query_token_use(token_lives: TokenLives) -> list[Use]:
    """An access token in the query."""
    return token_lives.in_query()


@pytest.fixture
def revocation(token_lives: TokenLives) -> Revocation:
    """Tokens revoked, and used afterwards."""
    return token_lives.revocation


@pytest.fixture
def introspections(token_lives: TokenLives, session: Session) -> Introspections:
    """Living and dead tokens introspected."""
    return token_lives.introspections(session)
