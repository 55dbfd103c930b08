"""Faults of access tokens: expiry, tampering, other places and kinds, revocation, introspection; the area is token."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse

from conformance.reference.authorization import clients, grants, identity, inspection, server
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults.deviations import edited, skipped, with_headers, with_members, without
from conformance.reference.faults.fault import Fault
from conformance.reference.faults.token_refreshing import claims_of
from conformance.reference.fhir import access, answer

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _for_ever(original: Step, tenant: Any, value: str) -> Any:
    found = tenant.state.access_tokens.get(value)
    dead = found is None or found.revoked or found.grant.revoked
    return original(tenant, value) if dead else found


def _by_its_beginning(original: Step, tenant: Any, value: str) -> Any:
    known = [each for each in tenant.state.access_tokens if each[:24] == value[:24]]
    return original(tenant, known[0] if known else value)


def _as_jwt(original: Step, tenant: Any, grant: Any, scope: Any) -> Any:
    """Access tokens are JWTs that name the patient."""
    issued = original(tenant, grant, scope)
    del tenant.state.access_tokens[issued.value]
    claims = {"jti": secrets.token_urlsafe(16), "patient": grant.patient, "scope": " ".join(scope)}
    issued.value = tenant.keys.sign(claims | {"exp": int(issued.expires), "iss": tenant.issuer})
    tenant.state.access_tokens[issued.value] = issued
    return issued


def _unverified(original: Step, tenant: Any, value: str) -> Any:
    """A JWT is accepted whatever its signature."""
    try:
        wanted = claims_of(value)["jti"]
    except (ValueError, KeyError, IndexError):
        return None
    same = [each for each in tenant.state.access_tokens if claims_of(each)["jti"] == wanted]
    return original(tenant, same[0] if same else value)


def _unsigned_will_do(original: Step, tenant: Any, value: str) -> Any:
    """A JWT without a signature is taken at its word, any other one is verified."""
    return _unverified(original, tenant, value) if value.endswith(".") else original(tenant, value)


def _who_logged_in(original: Step, tenant: Any, value: str) -> Any:
    """An id_token serves as the newest access token of its person."""
    try:
        subject = claims_of(value)["sub"]
    except (ValueError, KeyError, IndexError):
        return original(tenant, value)
    theirs = [each for each in tenant.state.access_tokens.values() if identity.subject(tenant, each.grant) == subject]
    return theirs[-1] if theirs else None


def _refresh_token_too(original: Step, tenant: Any, value: str) -> Any:
    """A refresh token serves as the newest access token of its grant."""
    known = tenant.state.refresh_tokens.get(value)
    if known is None:
        return original(tenant, value)
    theirs = [each for each in tenant.state.access_tokens.values() if each.grant is known.grant]
    return theirs[-1] if theirs else None


def _forbidden(response: Any) -> None:
    if response.status_code == 401:
        response.status_code = 403


def _a_page(original: Step, call: Any, route: Any) -> Any:
    if route.handler is inspection.revoke:
        return HTMLResponse("<h1>Member services</h1>")
    return original(call, route)


def _anywhere(original: Step, call: Any) -> str:
    return str(original(call)) or dict(call.query).get("access_token", "")


def _refresh_lives(original: Step, tenant: Any, revoked: Any) -> None:
    if revoked.value in tenant.state.access_tokens:
        original(tenant, revoked)


def _access_lives(original: Step, tenant: Any, revoked: Any) -> None:
    if revoked.value in tenant.state.refresh_tokens:
        original(tenant, revoked)


def _unknown_is_an_error(original: Step, call: Any, route: Any) -> Any:
    state = call.tenant.state
    sent = dict(call.form).get("token", "")
    if route.handler is inspection.revoke and sent not in state.access_tokens and sent not in state.refresh_tokens:
        raise OAuthError("invalid_request", "The token is unknown.")
    return original(call, route)


def _dead_or_alive(original: Step, call: Any, route: Any) -> Any:
    """Introspection looks whether it knows a token, not whether that is still good."""
    known = call.tenant.state.access_tokens.get(dict(call.form).get("token", ""))
    if route.handler is inspection.introspect and known is not None:
        clients.authenticate(call, dict(call.form))
        return JSONResponse(inspection.described(call.tenant, known))
    return original(call, route)


def _for_anybody(original: Step, call: Any, fields: dict[str, str]) -> Any:
    known = call.tenant.state.access_tokens.get(fields.get("token", ""))
    anonymous = not ({"client_id", "client_assertion"} & set(fields) or "authorization" in call.headers)
    return known.grant.client if known is not None and anonymous else original(call, fields)


def _chatty(original: Step, call: Any, route: Any) -> Any:
    response = original(call, route)
    known = call.tenant.state.access_tokens.get(dict(call.form).get("token", ""))
    if route.handler is inspection.introspect and response.body == b'{"active":false}' and known is not None:
        return JSONResponse({"active": False, "sub": identity.subject(call.tenant, known.grant)})
    return response


FAULTS = (
    Fault(
        "PA-TOK-023.for-ever",
        "token.expired.accepted",
        "Access tokens work after their expiry.",
        {grants.access_token: _for_ever},
    ),
    Fault(
        "PA-TOK-023.forbidden",
        "token.expired.status",
        "An expired access token is refused with HTTP 403.",
        {answer.refusal: edited(_forbidden)},
        warning=True,
    ),
    Fault(
        "PA-TOK-023.without-a-reason",
        "token.expired.challenge",
        "The refusal of an expired token does not say invalid_token.",
        {answer.refusal: with_headers(WWW_Authenticate='Bearer realm="fhir"')},
        warning=True,
    ),
    Fault(
        "PA-TOK-024.forbidden",
        "token.use.status",
        "An altered access token is refused with HTTP 403.",
        {answer.refusal: edited(_forbidden)},
        warning=True,
    ),
    Fault(
        "PA-TOK-024.beginning-will-do",
        "token.use.accepted",
        "Only the beginning of an access token is compared.",
        {grants.access_token: _by_its_beginning},
    ),
    Fault(
        "PA-TOK-024.unverified",
        "token.use.accepted",
        "Access tokens are JWTs, and their signature is never verified.",
        {grants.issue_access_token: _as_jwt, grants.access_token: _unverified},
    ),
    Fault(
        "PA-TOK-024.alg-none",
        "token.use.accepted",
        "Access tokens are JWTs, and one with algorithm none is accepted.",
        {grants.issue_access_token: _as_jwt, grants.access_token: _unsigned_will_do},
    ),
    Fault(
        "PA-TOK-025.id-token-opens",
        "token.use.accepted",
        "An id_token opens the API.",
        {grants.access_token: _who_logged_in},
    ),
    Fault(
        "PA-TOK-025.refresh-token-opens",
        "token.use.accepted",
        "A refresh token opens the API.",
        {grants.access_token: _refresh_token_too},
    ),
    Fault(
        "PA-TOK-026.in-the-query",
        "token.use.accepted",
        "An access token in the query is honoured.",
        {access.bearer: _anywhere},
    ),
    Fault(
        "PA-TOK-027.nothing-happens",
        "token.revocation.access-lives",
        "The revocation endpoint answers 200, and tokens keep working.",
        {inspection.revoke_token: skipped},
    ),
    Fault(
        "PA-TOK-027.refresh-lives",
        "token.revocation.refresh-lives",
        "A revoked refresh token keeps working.",
        {inspection.revoke_token: _refresh_lives},
    ),
    Fault(
        "PA-TOK-027.access-lives",
        "token.revocation.access-lives",
        "A revoked access token keeps working.",
        {inspection.revoke_token: _access_lives},
    ),
    Fault(
        "PA-TOK-027.unknown-is-an-error",
        "token.revocation.status",
        "Revoking an unknown token is an error.",
        {server.dispatch: _unknown_is_an_error},
    ),
    Fault(
        "PA-TOK-027.a-page",
        "token.revocation.page",
        "The revocation endpoint is a page for people.",
        {server.dispatch: _a_page},
    ),
    Fault(
        "PA-TOK-028.no-scope",
        "token.introspection.scope",
        "Introspection leaves out scope.",
        {inspection.described: without("scope")},
    ),
    Fault(
        "PA-TOK-028.no-expiry",
        "token.introspection.exp",
        "Introspection leaves out exp.",
        {inspection.described: without("exp")},
    ),
    Fault(
        "PA-TOK-028.no-user",
        "token.introspection.fhirUser",
        "Introspection leaves out fhirUser.",
        {inspection.described: without("fhirUser")},
    ),
    Fault(
        "PA-TOK-028.no-patient",
        "token.introspection.patient",
        "Introspection leaves out the patient.",
        {inspection.described: without("patient")},
    ),
    Fault(
        "PA-TOK-028.no-subject",
        "token.introspection.sub",
        "Introspection leaves out iss and sub, although an id_token was issued.",
        {inspection.described: without("iss", "sub")},
    ),
    Fault(
        "PA-TOK-028.dead-or-alive",
        "token.introspection.active",
        "An expired or revoked token is reported active.",
        {server.dispatch: _dead_or_alive},
    ),
    Fault(
        "PA-TOK-028.another-expiry",
        "token.introspection.exp-differs",
        "exp has nothing to do with expires_in.",
        {inspection.described: edited(lambda document: document | {"exp": document["exp"] + 86400})},
    ),
    Fault(
        "PA-TOK-028.for-anybody",
        "token.introspection.open",
        "Anybody may ask about a token.",
        {clients.authenticate: _for_anybody},
    ),
    Fault(
        "PA-TOK-028.chatty",
        "token.introspection.detail",
        "Introspection says whose a dead token was.",
        {server.dispatch: _chatty},
    ),
    Fault(
        "PA-TOK-028.never-active",
        "token.introspection.inactive",
        "Every token is reported inactive.",
        {inspection.described: with_members(active=False)},
    ),
)
