"""Fixtures for who logged in and whose record is open: member a, and a representative with a dependent chosen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from conformance.areas.identity.rules import id_token as identity
from conformance.areas.identity.rules.context import Subject, UserRead
from conformance.areas.shared.authorizations import Authorizations
from conformance.areas.shared.fixtures.collection import opens
from conformance.errors import NotApplicable, Undecided
from conformance.fhir import FhirClient
from conformance.oauth.id_token import FHIR_ID, read_id_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.findings import Finding
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.id_token import FhirUser, IdToken
    from conformance.oauth.session import Session
    from conformance.oauth.token_endpoint import TokenAnswer

MODES = ("standard", "documented", "either")


def _token_of(session: Session) -> IdToken:
    if session.id_token is None:
        raise Undecided("no id_token was issued, see PA-TOK-015", blocked_by="PA-TOK-015")
    return session.id_token


def _user_of(session: Session) -> FhirUser:
    user = _token_of(session).fhir_user
    if user is None:
        raise Undecided("fhirUser names no resource, see PA-IDEN-007", blocked_by="PA-IDEN-007")
    return user


@pytest.fixture
def fhir_user_read(session: Session, fhir: FhirClient) -> UserRead:
    """The resource that member a's fhirUser names, read with a's own token if it lies on this server."""
    user = _user_of(session)
    name = f"{user.type}/{user.id}"
    if user.base and user.base.rstrip("/") != fhir.base:
        return UserRead(name, None, foreign=user.base)
    answer = fhir.read(user.type, user.id, purpose="the resource that fhirUser names")
    return UserRead(name, answer, opened=opens(session.scopes, user.type, "r"))


@pytest.fixture
def fhir_user_of_member_a(session: Session) -> str:
    """``Patient/id`` that member a's fhirUser names; the row says nothing of users who are no Patient."""
    user = _user_of(session)
    if user.type != "Patient":
        raise NotApplicable(f"the fhirUser of member a is a {user.type}, which need not be the patient in context")
    return f"{user.type}/{user.id}"


@pytest.fixture
def patient_beside_the_token(session: Session) -> str:
    """The ``patient`` of member a's token response."""
    return _patient_of(session)


def _patient_of(session: Session) -> str:
    named = session.patient.said.get("patient", "")
    if not named:
        raise Undecided("the token response has no patient, see PA-TOK-014", blocked_by="PA-TOK-014")
    return named


@pytest.fixture(scope="session")
def chosen_dependent(authorizations: Authorizations) -> str:
    """The dependent whose record the representative opens."""
    chosen = authorizations.member("representative").choose
    if not chosen:
        raise Undecided("give members.representative.choose (a dependent's patient id) in the target file")
    return chosen


@pytest.fixture(scope="session")
def representative_session(authorizations: Authorizations, chosen_dependent: str) -> Session:
    """The session of the representative with the dependent's record open."""
    del chosen_dependent
    answer = authorizations.answer(reason="the representative, for a dependent", member="representative")
    opened = authorizations.session(answer, member="representative")
    _patient_of(opened)
    return opened


@pytest.fixture
def patient_of_the_representative(representative_session: Session) -> str:
    """The ``patient`` of the representative's token response."""
    return _patient_of(representative_session)


@pytest.fixture
def fhir_user_of_the_representative(representative_session: Session) -> str:
    """Who the id_token says logged in, as ``Type/id``."""
    user = _user_of(representative_session)
    return f"{user.type}/{user.id}"


@pytest.fixture
def subject_mode(run: Run) -> str:
    """What the target expects ``sub`` to be."""
    mode = run.target.expect.get("PA-IDEN-011", "standard")
    if mode not in MODES:
        raise Undecided(f"expect.PA-IDEN-011 is {mode!r}; choose one of {', '.join(MODES)}")
    return mode


@pytest.fixture
def subject_of_member_a(run: Run, session: Session, fhir: FhirClient) -> Subject:
    """Member a's ``sub``, the patient in context, and what ``Patient/{sub}`` answers."""
    sub, patient = _token_of(session).text("sub"), _patient_of(session)
    if not sub:
        raise Undecided("the id_token has no sub, see PA-IDEN-005", blocked_by="PA-IDEN-005")
    bare = sub.removeprefix("Patient/")
    answer = fhir.read("Patient", bare, purpose="is sub a Patient") if FHIR_ID.fullmatch(bare) else None
    others = {member.patient_id for key, member in run.target.members.items() if key != "a"}
    others |= {each for member in run.target.members.values() for each in member.dependents}
    return Subject(sub, patient, answer, frozenset(others - {"", patient}))


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
    except Undecided:
        return ""
    return read_id_token(answer.id_token).text("iss") if answer.id_token else ""


def _id_token(answer: TokenAnswer) -> IdToken:
    if not answer.id_token:
        raise Undecided("no id_token was issued, see PA-TOK-015", blocked_by="PA-TOK-015")
    return read_id_token(answer.id_token)
