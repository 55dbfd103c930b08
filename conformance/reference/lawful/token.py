"""Lawful variations of the token endpoint: exchange, errors, introspection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse

from conformance.reference.authorization import errors, identity, inspection, server, token
from conformance.reference.authorization.errors import NO_STORE, OAuthError
from conformance.reference.faults.deviations import with_headers, with_members
from conformance.reference.lawful import token_refreshing
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_RFC = "RFC 6749"


def _json_too(original: Step, call: Any) -> dict[str, str]:
    if call.media_type != "application/json":
        return dict(original(call))
    try:
        return {str(name): str(value) for name, value in dict(call.json()).items()}
    except (ValueError, TypeError):
        raise OAuthError("invalid_request", "The body is not a JSON object.") from None


def _page_by_get(original: Step, call: Any, route: Any) -> Any:
    if route.handler is token.token and call.method in ("GET", "HEAD"):
        return HTMLResponse("<h1>Member services</h1><p>There is nothing to see here.</p>")
    return original(call, route)


def _first_without(name: str) -> Step:
    """The answer to the exchange of a code lacks a member that is recommended there."""

    def replacement(original: Step, call: Any, grant: Any, scope: Any, *, first: bool) -> Any:
        document = original(call, grant, scope, first=first)
        return {each: value for each, value in document.items() if each != name or not first}

    return replacement


def _id_token_again(original: Step, call: Any, grant: Any, scope: Any, *, first: bool) -> Any:
    document = original(call, grant, scope, first=first)
    if not first and "openid" in scope:
        document["id_token"] = identity.id_token(call.tenant, grant, document["access_token"])
    return document


def _replay_refused_only(original: Step, tenant: Any, code: Any) -> None:  # noqa: ARG001
    if code.used:
        raise OAuthError("invalid_grant", "The code was used before.")


def _unauthorized(original: Step, call: Any, error: Any) -> Any:
    """A grant type that is known and not for this client is refused as such."""
    known = dict(call.form).get("grant_type") in ("password", "client_credentials")
    if error.code == "unsupported_grant_type" and known:
        error = OAuthError("unauthorized_client", "This app may not use this grant type.", error.status)
    return original(call, error)


def _bad_request_for_clients(original: Step, call: Any, error: Any) -> Any:
    """401 is kept for clients that used the Authorization header."""
    response = original(call, error)
    if error.code == "invalid_client" and "authorization" not in call.headers:
        response.status_code = 400
        del response.headers["WWW-Authenticate"]
    return response


def _code_only(original: Step, call: Any, error: Any) -> Any:
    response = original(call, error)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return JSONResponse({"error": error.code}, response.status_code, headers)


def _with_address(original: Step, call: Any, error: Any) -> Any:
    response = original(call, error)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    body = {"error": error.code, "error_uri": f"{call.tenant.issuer}/developer#errors"}
    return JSONResponse(body, response.status_code, headers)


def _open_introspection(original: Step, call: Any, route: Any) -> Any:
    """Whoever has a token may ask what it is."""
    if route.handler is not inspection.introspect or call.method != "POST":
        return original(call, route)
    value = token.token_fields(call).get("token", "")
    if not value:
        raise OAuthError("invalid_request", "token is missing.")
    state = call.tenant.state
    found = state.access_tokens.get(value) or state.refresh_tokens.get(value)
    alive = found is not None and found.alive(call.tenant.clock())
    return JSONResponse(inspection.described(call.tenant, found) if alive else {"active": False}, headers=NO_STORE)


def _for_resource_servers(original: Step, call: Any, route: Any) -> Any:
    """No app may introspect; resource servers do, and none of them is known to apps."""
    if route.handler is inspection.introspect:
        raise OAuthError("invalid_client", "Only resource servers may ask.", 401)
    return original(call, route)


def _quiet_revocation(original: Step, tenant: Any, found: Any) -> None:
    """Revoking a refresh token leaves access tokens to their hour."""
    if found.value in tenant.state.refresh_tokens:
        found.revoked = True
        return
    original(tenant, found)


VARIATIONS = (
    Variation(
        "PA-TOK-001.json-too",
        "The token endpoint takes a JSON body as well as a form.",
        f"{_RFC} 4.1.3: the form binds the client; nothing forbids the server a further encoding",
        {token.token_fields: _json_too},
        also=("PA-TOK-013",),
    ),
    Variation(
        "PA-TOK-001.page-by-get",
        "GET at the token endpoint is answered 200 with a page that has nothing to do with tokens.",
        f"{_RFC} 3.2: the client uses POST; what GET answers is not said, and no token is issued",
        {server.dispatch: _page_by_get},
        also=("PA-DISC-004", "PA-DISC-012"),
    ),
    Variation(
        "PA-TOK-002.lower-case-bearer",
        "token_type is bearer.",
        f"{_RFC} 5.1: the value of token_type is case insensitive",
        {token.token_document: with_members(token_type="bearer")},  # noqa: S106
        also=("PA-TOK-017",),
    ),
    Variation(
        "PA-TOK-002.more-members",
        "The token response has members that the app did not ask for.",
        f"{_RFC} 5.1: the client must ignore unrecognized value names; SMART App Launch, launch context",
        {token.token_document: with_members(need_patient_banner=True, refresh_expires_in=7776000)},
        also=("PA-TOK-017", "PA-SCOP-009"),
    ),
    Variation(
        "PA-TOK-003.two-hours",
        "Access tokens live two hours.",
        "SMART App Launch 2.0.0, Obtain access token: a lifetime of no more than one hour is a SHOULD",
        behaviour={"access_token_lifetime": 7200},
        target={"deployment.access_token_lifetime": 7200},
        rows={"PA-TOK-003": "advisory"},
        choices=("lifetime of access tokens",),
    ),
    Variation(
        "PA-TOK-003.ten-minutes",
        "Access tokens live ten minutes.",
        f"{_RFC} 5.1, expires_in: the lifetime is the server's decision",
        behaviour={"access_token_lifetime": 600},
        target={"deployment.access_token_lifetime": 600},
        also=("PA-TOK-017", "PA-TOK-023"),
        choices=("lifetime of access tokens",),
    ),
    Variation(
        "PA-TOK-003.lifetime-unsaid",
        "The answer to the exchange of a code does not say how long the token lives.",
        "RFC 6749 5.1 and SMART App Launch 2.0.0, Obtain access token: expires_in is recommended",
        {token.token_document: _first_without("expires_in")},
        rows={"PA-TOK-003": "advisory"},
        also=("PA-TOK-023",),
    ),
    Variation(
        "PA-TOK-004.errors-without-headers",
        "Error responses of the token endpoint say nothing about caches.",
        f"{_RFC} 5.1 and 5.2: the headers are demanded of responses that contain tokens",
        {errors.error_response: with_headers(Cache_Control="", Pragma="")},
        rows={"PA-TOK-004": "advisory"},
    ),
    Variation(
        "PA-TOK-007.replay-refused-only",
        "A code that is used again is refused, and what it gave before goes on working.",
        f"{_RFC} 4.1.2: the request must be denied; tokens issued before should be revoked",
        {token.check_code_unused: _replay_refused_only},
        rows={"PA-TOK-007": "advisory"},
    ),
    Variation(
        "PA-TOK-010.unauthorized-client",
        "The grant types password and client_credentials are refused as unauthorized_client.",
        f"{_RFC} 5.2, unauthorized_client",
        {errors.error_response: _unauthorized},
        also=("PA-TOK-013",),
    ),
    Variation(
        "PA-TOK-011.bad-request",
        "A failed client authentication is 400 unless the Authorization header was used.",
        f"{_RFC} 5.2, invalid_client: 401 is a MAY, and a MUST only for the Authorization header",
        {errors.error_response: _bad_request_for_clients},
        also=("PA-TOK-008", "PA-TOK-012", "PA-TOK-019", "PA-TOK-028"),
    ),
    Variation(
        "PA-TOK-013.code-only",
        "Errors of the token endpoint are a code without a description.",
        f"{_RFC} 5.2: error_description is optional",
        {errors.error_response: _code_only},
        also=("PA-TOK-005", "PA-TOK-006", "PA-TOK-021"),
        choices=("body of token errors",),
    ),
    Variation(
        "PA-TOK-013.error-uri",
        "Errors of the token endpoint carry error_uri.",
        f"{_RFC} 5.2: error_uri is optional",
        {errors.error_response: _with_address},
        choices=("body of token errors",),
    ),
    Variation(
        "PA-TOK-027.refresh-token-only",
        "Revoking a refresh token leaves the access tokens of the grant to their end.",
        "RFC 7009 2.1: the server should also revoke the access tokens of the grant",
        {inspection.revoke_token: _quiet_revocation},
    ),
    Variation(
        "PA-TOK-028.open",
        "Introspection answers every request that presents a token.",
        "SMART App Launch 2.2.0, Token Introspection: access control is a MAY (RFC 7662 2.1 demands it)",
        {server.dispatch: _open_introspection},
        rows={"PA-TOK-028": "advisory"},
        choices=("introspection",),
    ),
    Variation(
        "PA-TOK-028.resource-servers-only",
        "Introspection is refused to every app.",
        "RFC 7662 2.1 and SMART App Launch 2.2.0, Token Introspection: the server decides who may ask",
        {server.dispatch: _for_resource_servers},
        rows={"PA-TOK-028": "undecided"},
        also=("PA-DISC-012",),
        choices=("introspection",),
    ),
    Variation(
        "PA-TOK-015.refresh-gives-id-token",
        "A refresh gives a new id_token too.",
        "OpenID Connect Core 1.0 12.2: the response to a refresh may contain an id_token",
        {token.token_document: _id_token_again},
        also=("PA-TOK-017", "PA-IDEN-004", "PA-IDEN-006"),
    ),
    Variation(
        "PA-TOK-018.whole-scope",
        "A refresh that asks for a part of the scope gives all of it.",
        "SMART App Launch 2.2.0, Refresh access token, response: scope is that of the original access token",
        {token.refreshed_scope: token_refreshing.whole_scope},
    ),
    *token_refreshing.VARIATIONS,
)
