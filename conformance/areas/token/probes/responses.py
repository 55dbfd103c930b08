"""Token responses as checks need them: with openid, with long-term access, with neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.shared.authorizations import ONCE_MORE
from conformance.errors import Undecided

if TYPE_CHECKING:
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.areas.shared.wrong_requests import WrongRequests
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.oauth.token_endpoint import TokenAnswer
    from conformance.transport import Exchange

Document = dict[str, Any]


def bare_response(wrong_requests: WrongRequests, own: OwnAuthorization) -> Document:
    """The token response of a grant without openid and without offline_access: one at hand, or a grant of its own."""
    attempt = wrong_requests.attempts("no-launch-scope")[0]
    if attempt.usable and attempt.reply is not None:
        return dict(attempt.reply.json or {})
    wanted = ("openid", "fhirUser")
    scopes = [scope for scope in own.authorizations.smaller("Patient") if scope not in wanted]
    return dict(own.grant(scopes=scopes, reason="a grant without openid and offline_access").json or {})


def as_served(answer: TokenAnswer) -> Document:
    """The answer to the exchange as it is; raises :class:`Undecided` when it is no successful JSON response."""
    if answer.json is None or answer.status != 200:
        raise Undecided("the exchange gave no token response, see PA-TOK-001", blocked_by="PA-TOK-001")
    return dict(answer.json)


def with_openid(document: Document, session: Session) -> Document:
    """The shared token response; raises :class:`Undecided` unless openid is granted."""
    if "openid" not in session.scopes.names:
        raise Undecided("openid was not granted, see PA-SCOP-001", blocked_by="PA-SCOP-001")
    return document


def with_long_term_access(document: Document, session: Session, run: Run) -> Document:
    """The shared token response; raises :class:`Undecided` unless the grant promises a refresh token."""
    scopes = run.target.scopes
    if "offline_access" in session.scopes.names or not scopes.refresh_requires_offline_access:
        return document
    if not scopes.request_offline_access:
        raise Undecided("offline_access was not requested; set scopes.request_offline_access: true in the target")
    again = any(entry["reason"] == ONCE_MORE for entry in run.login_log)
    how = "requested, with prompt=consent too," if again else "requested"
    raise Undecided(f"offline_access was {how} and not granted; have it allowed for clients.main")


def patient_in_context(fhir: FhirClient, session: Session, patient: str) -> Exchange:
    """A read of the Patient that the token response names (or any other source, where it names none)."""
    return fhir.read("Patient", session.patient.said.get("patient", patient), purpose="the Patient in context")
