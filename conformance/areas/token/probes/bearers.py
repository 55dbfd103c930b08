"""Reads of the API with a bearer that is no valid access token: a tampered one, or an id_token."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from conformance.areas.shared.altered_tokens import altered
from conformance.areas.token.rules.access import Use
from conformance.errors import Undecided

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.oauth.token_endpoint import TokenAnswer


def tampered(authorizations: Authorizations, fhir: FhirClient, session: Session, patient: str) -> list[Use]:
    """Reads of the patient with tampered forms of the shared access token."""
    other = authorizations.run.target.members.get("b")
    another = (other.patient_id if other else "") or f"{secrets.randbelow(10**9)}"
    forged = altered(session.bearer(), another_patient=another, keys=authorizations.discovery.keys)
    return [_use(authorizations, fhir, patient, token, what) for what, token in forged.items()]


def id_token(authorizations: Authorizations, fhir: FhirClient, answer: TokenAnswer, patient: str) -> list[Use]:
    """A read of the patient with the id_token of a token response."""
    if not answer.id_token:
        raise Undecided("no id_token was issued, see PA-TOK-015", blocked_by="PA-TOK-015")
    if answer.id_token == answer.access_token:
        raise Undecided("id_token and access token are the same string: it cannot be seen which was accepted")
    return [_use(authorizations, fhir, patient, answer.id_token, "an id_token as access token")]


def refresh_token(own: OwnAuthorization) -> list[Use]:
    """A read of the patient with a refresh token of a grant of its own."""
    answer = own.refreshable(scopes=own.limited(), reason="a refresh token to be sent as bearer")
    if answer.refresh_token == answer.access_token:
        raise Undecided("refresh token and access token are the same string: it cannot be seen which was accepted")
    client = own.fhir(answer).with_token(lambda: answer.refresh_token)
    what = "a refresh token as access token"
    return [Use(what, client.read("Patient", own.patient(answer), purpose=what))]


def _use(authorizations: Authorizations, fhir: FhirClient, patient: str, token: str, what: str) -> Use:
    authorizations.run.redactor.register(token, "forged token")
    return Use(what, fhir.with_token(lambda: token).read("Patient", patient, purpose=what))
