"""Who logged in and whose record is open: fhirUser, sub and patient of a session, and the reads that they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.areas.identity.probes.tokens import readable
from conformance.areas.identity.rules.context import Subject, UserRead
from conformance.areas.shared.fixtures.collection import opens
from conformance.errors import NotApplicable, Undecided
from conformance.oauth.id_token import FHIR_ID

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.id_token import FhirUser, IdToken
    from conformance.oauth.session import Session

_MODES = ("standard", "documented", "either")


def _token_of(session: Session) -> IdToken:
    if session.id_token is None:
        raise Undecided("no id_token was issued, see PA-TOK-015", blocked_by="PA-TOK-015")
    return readable(session.id_token)


def _user_of(session: Session) -> FhirUser:
    user = _token_of(session).fhir_user
    if user is None:
        raise Undecided("fhirUser names no resource, see PA-IDEN-007", blocked_by="PA-IDEN-007")
    return user


def fhir_user(session: Session) -> str:
    """The fhirUser of a session as ``Type/id``."""
    user = _user_of(session)
    return f"{user.type}/{user.id}"


def patient_of(session: Session) -> str:
    """The ``patient`` of a session's token response; raises :class:`Undecided` where it has none."""
    named = session.patient.said.get("patient", "")
    if not named:
        raise Undecided("the token response has no patient, see PA-TOK-014", blocked_by="PA-TOK-014")
    return named


def read_fhir_user(session: Session, fhir: FhirClient) -> UserRead:
    """The resource that fhirUser names, read with the session's own token if it is on this server."""
    user = _user_of(session)
    name = f"{user.type}/{user.id}"
    if user.base and user.base.rstrip("/") != fhir.base:
        return UserRead(name, None, foreign=user.base)
    answer = fhir.read(user.type, user.id, purpose="the resource that fhirUser names")
    return UserRead(name, answer, opened=opens(session.scopes, user.type, "r"))


def patient_user(session: Session) -> str:
    """``Patient/id`` that fhirUser names; raises :class:`NotApplicable` for a user who is not a Patient."""
    user = _user_of(session)
    if user.type != "Patient":
        raise NotApplicable(f"the fhirUser of member a is a {user.type}, which need not be the patient in context")
    return f"{user.type}/{user.id}"


def subject_mode(run: Run) -> str:
    """What the target expects ``sub`` to be."""
    mode = run.target.expect.get("PA-IDEN-011", "standard")
    if mode not in _MODES:
        raise Undecided(f"expect.PA-IDEN-011 is {mode!r}; choose one of {', '.join(_MODES)}")
    return mode


def subject(run: Run, session: Session, fhir: FhirClient) -> Subject:
    """The ``sub`` of member a, the patient in context, and the answer to reading ``Patient/{sub}``."""
    sub, patient = _token_of(session).text("sub"), patient_of(session)
    if not sub:
        raise Undecided("the id_token has no sub, see PA-IDEN-005", blocked_by="PA-IDEN-005")
    bare = sub.removeprefix("Patient/")
    answer = fhir.read("Patient", bare, purpose="is sub a Patient") if FHIR_ID.fullmatch(bare) else None
    others = {member.patient_id for key, member in run.target.members.items() if key != "a"}
    others |= {each for member in run.target.members.values() for each in member.dependents}
    return Subject(sub, patient, answer, frozenset(others - {"", patient}))


def chosen_dependent(authorizations: Authorizations) -> str:
    """The dependent whose record the representative opens."""
    chosen = authorizations.member("representative").choose
    if not chosen:
        raise Undecided("give members.representative.choose (a dependent's patient id) in the target file")
    return chosen
