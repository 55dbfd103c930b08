"""Fixtures for authorizations, sessions and tokens; logins are shared, and what spends a grant gets its own."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import NotDemonstrated
from conformance.fhir import FhirClient
from conformance.plugin.authorizations import Authorizations
from conformance.plugin.own_authorization import OwnAuthorization
from conformance.smart import identity
from conformance.smart.id_token import read_id_token
from conformance.smart.plan import login_plan
from conformance.smart.scopes import parse_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.findings import Finding
    from conformance.plugin.run import Run
    from conformance.smart.discovery import Discovery
    from conformance.smart.id_token import IdToken
    from conformance.smart.outcome import AuthorizationOutcome
    from conformance.smart.session import Session
    from conformance.smart.token_endpoint import TokenAnswer
    from conformance.transport import Exchange

_BEYOND_THE_TABLE = ("AllergyIntolerance", "Immunization", "Procedure")


@pytest.fixture(scope="session")
def requested_scopes(run: Run, promised_scopes: Sequence[str], discovery: Discovery) -> tuple[str, ...]:
    """What the shared session asks for: promised scopes, those of further profiled types that are listed, refresh."""
    listed = parse_scopes(list(discovery.scopes_supported))
    further = [
        f"patient/{name}.read"
        for name in _BEYOND_THE_TABLE
        if run.target.offers(name) is not False and listed.allows(f"patient/{name}.read")
    ]
    offline = ["offline_access"] if run.target.scopes.request_offline_access else []
    return tuple(dict.fromkeys([*promised_scopes, *further, *offline]))


@pytest.fixture(scope="session")
def authorizations(run: Run, discovery: Discovery, requested_scopes: Sequence[str]) -> Iterator[Authorizations]:
    """Everything that asks for access; the browser ends with the session."""
    shared = Authorizations(run, discovery, requested_scopes)
    yield shared
    shared.close()


@pytest.fixture(scope="session", autouse=True)
def browser_under_way(request: pytest.FixtureRequest) -> None:
    """Where logins are due, the browser starts while what needs none is judged; trouble with it is for the logins."""
    if any("authorizations" in getattr(item, "fixturenames", ()) for item in request.session.items):
        with suppress(Exception):
            request.getfixturevalue("authorizations").warm()


@pytest.fixture(scope="session")
def standalone_launch(authorizations: Authorizations) -> AuthorizationOutcome:
    """The shared standalone launch of member a, however it ended."""
    return authorizations.launch(authorizations.request(), reason="shared session of member a")


@pytest.fixture(scope="session")
def token_answer(run: Run, authorizations: Authorizations, request: pytest.FixtureRequest) -> TokenAnswer:
    """The answer to exchanging the shared launch's code."""
    if _tokens_from_outside(run):
        raise NotDemonstrated("login.mode is tokens: no token response was seen; use login.mode browser")
    return authorizations.exchanged(request.getfixturevalue("standalone_launch"))


@pytest.fixture(scope="session")
def token_document(token_answer: TokenAnswer) -> dict[str, Any]:
    """The token response as a JSON object."""
    if token_answer.json is None or not token_answer.granted:
        raise NotDemonstrated("the exchange gave no token response, see PA-TOK-001", blocked_by="PA-TOK-001")
    return dict(token_answer.json)


def _tokens_from_outside(run: Run) -> bool:
    return login_plan(run.target.login).mode == "tokens"


@pytest.fixture(scope="session")
def session(run: Run, authorizations: Authorizations, request: pytest.FixtureRequest) -> Session:
    """The shared session of member a; from the target's own tokens in login mode ``tokens``."""
    if _tokens_from_outside(run):
        return authorizations.session(authorizations.from_outside())
    return authorizations.session(request.getfixturevalue("token_answer"))


@pytest.fixture(scope="session")
def fhir(run: Run, session: Session) -> FhirClient:
    """The FHIR API as member a."""
    return FhirClient(run.transport, run.target.deployment.fhir_base, session.bearer)


@pytest.fixture(scope="session")
def patient(session: Session) -> str:
    """The logical id of the patient in context."""
    if not session.patient.id:
        raise NotDemonstrated("no source names the patient in context, see PA-TOK-014", blocked_by="PA-TOK-014")
    return session.patient.id


@pytest.fixture(scope="session")
def granted_types(session: Session) -> tuple[str, ...]:
    """The resource types whose search the grant opens."""
    types = session.scopes.types("s")
    if "*" in types or not session.scopes.raw:
        from conformance.plugin.discovery_fixtures import MISSION_TYPES  # noqa: PLC0415  a wildcard opens them all

        return MISSION_TYPES
    return tuple(sorted(types))


@pytest.fixture(scope="session")
def granted_scope(session: Session) -> str:
    """The granted scope as written."""
    return session.scopes.raw


@pytest.fixture(scope="session")
def required_scopes(run: Run) -> list[str]:
    """The required scopes of the deployment."""
    return list(run.target.scopes.required)


@pytest.fixture(scope="session")
def scopes_not_granted(run: Run, session: Session, required_scopes: Sequence[str]) -> list[str]:
    """The required scopes that the grant lacks, whatever the spelling."""
    if not session.scopes.raw and _tokens_from_outside(run):
        raise NotDemonstrated("login.mode is tokens: nothing says which scopes were granted; use login.mode browser")
    return [scope for scope in required_scopes if not session.scopes.allows(scope)]


@pytest.fixture
def obtain_scopes(authorizations: Authorizations) -> Callable[[Sequence[str]], list[str]]:
    """Asks for scopes together, and for each one that was dropped alone; returns those that cannot be obtained."""

    def obtain(scopes: Sequence[str]) -> list[str]:
        granted = _granted(authorizations, scopes)
        dropped = [scope for scope in scopes if not granted.allows(scope)]
        return [scope for scope in dropped if not _granted(authorizations, [scope]).allows(scope)]

    return obtain


def _granted(authorizations: Authorizations, scopes: Sequence[str]) -> Any:
    asked = ("launch/patient", *scopes)
    request = authorizations.request(scopes=asked)
    outcome = authorizations.launch(request, reason="can every listed scope be obtained")
    return authorizations.exchanged(outcome).scopes if outcome.code else parse_scopes("")


@pytest.fixture(scope="session")
def authorize_post_is_advertised(discovery: Discovery) -> bool:
    """Whether authorize-post is among the capabilities."""
    return "authorize-post" in discovery.capabilities


@pytest.fixture(scope="session")
def access_token_lifetime(run: Run) -> int:
    """The documented lifetime of access tokens in seconds."""
    return int(run.target.deployment.access_token_lifetime)


@pytest.fixture(scope="session")
def refused_token_answer(authorizations: Authorizations) -> TokenAnswer:
    """The answer to a code that nobody issued."""
    answer = authorizations.endpoint().exchange("not-a-code", verifier="v" * 43)
    if answer.granted:
        raise NotDemonstrated("a code nobody issued was exchanged, see PA-TOK-007", blocked_by="PA-TOK-007")
    return answer


@pytest.fixture(scope="session")
def openid_granted(session: Session) -> None:
    """The grant has openid; undecided otherwise."""
    if "openid" not in session.scopes.names:
        raise NotDemonstrated("openid was not granted, see PA-SCOP-001", blocked_by="PA-SCOP-001")


@pytest.fixture
def read_patient_in_context(fhir: FhirClient, session: Session, patient: str) -> Callable[[], Exchange]:
    """Reads the Patient that the token response names (or any other source, where it names none)."""
    named = session.patient.said.get("patient", patient)
    return lambda: fhir.read("Patient", named, purpose="the Patient in context")


@pytest.fixture(scope="session")
def observed_behaviour(run: Run, session: Session, token_answer: TokenAnswer) -> dict[str, Any]:
    """What the server did in this run, to be compared with what it says of itself."""
    return {
        "has_id_token": bool(token_answer.id_token),
        "has_refresh_token": bool(token_answer.refresh_token),
        "granted": [scope.raw for scope in session.scopes],
        "authentication": run.target.clients["main"].authentication,
    }


@pytest.fixture
def own_authorization(
    run: Run, authorizations: Authorizations, request: pytest.FixtureRequest
) -> Iterator[OwnAuthorization]:
    """Authorizations that a check may spend; afterwards the shared session is proved alive or re-established."""
    try:
        session: Session | None = request.getfixturevalue("session")
    except NotDemonstrated:
        session = None
    yield OwnAuthorization(authorizations, run.target.deployment.fhir_base)
    if session is None or not session.patient.id:
        return
    canary = FhirClient(run.transport, run.target.deployment.fhir_base, session.bearer)
    if canary.read("Patient", session.patient.id, purpose="canary").status in {401, 403}:
        renewed = session.renew()
        run.notes.append(f"the shared session died with a check and was {'renewed' if renewed else 'not renewable'}")


class JudgedIdToken:
    """The id_token of the shared session with everything it is judged by; each method yields the findings of a row."""

    def __init__(self, run: Run, authorizations: Authorizations, token: IdToken, nonce: str) -> None:
        self.token = token
        self._run = run
        self._discovery = authorizations.discovery
        self._client_id = authorizations.client().client_id
        self._nonce = nonce

    def __repr__(self) -> str:
        return f"JudgedIdToken({self.token.algorithm})"

    def signature(self) -> Iterator[Finding]:
        """PA-IDEN-001."""
        yield from identity.signature_findings(
            self.token, self._discovery.keys, self._discovery.openid.texts("id_token_signing_alg_values_supported")
        )

    def issuer(self) -> Iterator[Finding]:
        """PA-IDEN-002."""
        yield from identity.issuer_findings(
            self.token, self._discovery.smart.text("issuer"), self._discovery.openid.text("issuer")
        )

    def audience(self) -> Iterator[Finding]:
        """PA-IDEN-003."""
        yield from identity.audience_findings(self.token, self._client_id)

    def times(self) -> Iterator[Finding]:
        """PA-IDEN-004."""
        yield from identity.time_findings(self.token, time.time(), self._run.target.deployment.clock_skew)

    def subject(self, *, again: IdToken, another: IdToken) -> Iterator[Finding]:
        """PA-IDEN-005."""
        yield from identity.subject_findings(self.token)
        yield from identity.subject_identity_findings(self.token, again, another)

    def nonce(self) -> Iterator[Finding]:
        """PA-IDEN-006."""
        yield from identity.nonce_findings(self.token, self._nonce)

    def fhir_user(self) -> Iterator[Finding]:
        """PA-IDEN-007."""
        yield from identity.fhir_user_findings(self.token)


@pytest.fixture(scope="session")
def id_token(
    run: Run, authorizations: Authorizations, standalone_launch: AuthorizationOutcome, token_answer: TokenAnswer
) -> JudgedIdToken:
    """The id_token of the shared session."""
    token = _id_token(token_answer)
    return JudgedIdToken(run, authorizations, token, standalone_launch.request.nonce)


@pytest.fixture(scope="session")
def second_id_token(authorizations: Authorizations) -> IdToken:
    """The id_token of a second, fresh login of member a."""
    request = authorizations.request(scopes=("launch/patient", "openid", "fhirUser", "patient/Patient.read"))
    outcome = authorizations.launch(request, reason="is sub stable over logins", fresh=True)
    return _id_token(authorizations.exchanged(outcome))


@pytest.fixture(scope="session")
def other_members_id_token(token_answer_b: TokenAnswer) -> IdToken:
    """The id_token of member b."""
    return _id_token(token_answer_b)


@pytest.fixture(scope="session")
def id_token_issuer(request: pytest.FixtureRequest, discovery: Discovery) -> str:
    """The ``iss`` of the id_token, or empty where single sign-on is not claimed or no id_token came."""
    if "sso-openid-connect" not in discovery.capabilities:
        return ""
    try:
        answer: TokenAnswer = request.getfixturevalue("token_answer")
    except NotDemonstrated:
        return ""
    return read_id_token(answer.id_token).text("iss") if answer.id_token else ""


def _id_token(answer: TokenAnswer) -> IdToken:
    if not answer.id_token:
        raise NotDemonstrated("no id_token was issued, see PA-TOK-015", blocked_by="PA-TOK-015")
    return read_id_token(answer.id_token)
