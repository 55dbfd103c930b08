"""Fixtures for who logged in and whose record is open: member a, and a representative with a dependent chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.identity.rules.context import Subject, UserRead
from conformance.areas.shared.fixtures.collection import opens
from conformance.errors import NotApplicable, NotDemonstrated
from conformance.oauth.id_token import FHIR_ID

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.id_token import FhirUser, IdToken
    from conformance.oauth.session import Session

MODES = ("standard", "documented", "either")


def _token_of(session: Session) -> IdToken:
    if session.id_token is None:
        raise NotDemonstrated("no id_token was issued, see PA-TOK-015", blocked_by="PA-TOK-015")
    return session.id_token


def _user_of(session: Session) -> FhirUser:
    user = _token_of(session).fhir_user
    if user is None:
        raise NotDemonstrated("fhirUser names no resource, see PA-IDEN-007", blocked_by="PA-IDEN-007")
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
        raise NotDemonstrated("the token response has no patient, see PA-TOK-014", blocked_by="PA-TOK-014")
    return named


@pytest.fixture(scope="session")
def chosen_dependent(authorizations: Authorizations) -> str:
    """The dependent whose record the representative opens."""
    chosen = authorizations.member("representative").choose
    if not chosen:
        raise NotDemonstrated("give members.representative.choose (a dependent's patient id) in the target file")
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
        raise NotDemonstrated(f"expect.PA-IDEN-011 is {mode!r}; choose one of {', '.join(MODES)}")
    return mode


@pytest.fixture
def subject_of_member_a(run: Run, session: Session, fhir: FhirClient) -> Subject:
    """Member a's ``sub``, the patient in context, and what ``Patient/{sub}`` answers."""
    sub, patient = _token_of(session).text("sub"), _patient_of(session)
    if not sub:
        raise NotDemonstrated("the id_token has no sub, see PA-IDEN-005", blocked_by="PA-IDEN-005")
    bare = sub.removeprefix("Patient/")
    answer = fhir.read("Patient", bare, purpose="is sub a Patient") if FHIR_ID.fullmatch(bare) else None
    others = {member.patient_id for key, member in run.target.members.items() if key != "a"}
    others |= {each for member in run.target.members.values() for each in member.dependents}
    return Subject(sub, patient, answer, frozenset(others - {"", patient}))
