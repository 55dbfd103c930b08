"""Faults of refusals at the token endpoint: grant types, client authentication, errors; the area is token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from conformance.reference.authorization import clients, errors, scopes, server, signin, token
from conformance.reference.authorization.entities import Grant
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults.deviations import (
    with_headers,
    with_status,
    yes,
)
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from conformance.reference.steps import Step


TRACE = """<h1>500</h1><pre>Traceback (most recent call last):
  File "/srv/payer/tokens.py", line 118, in exchange
    row = cursor.execute("SELECT * FROM codes WHERE value = ?").fetchone()["client"]
TypeError: 'NoneType' object is not subscriptable</pre>"""


def _password_grant(original: Step, call: Any, route: Any) -> Any:
    fields = dict(call.form)
    if route.handler is not token.token or fields.get("grant_type") != "password":
        return original(call, route)
    client = clients.authenticate(call, fields)
    person = signin.authenticated(call.tenant, fields.get("username", ""), fields.get("password", ""))
    if person is None:
        raise OAuthError("invalid_grant", "The user name or the password is not right.")
    scope = tuple(scopes.grantable(call.tenant, fields.get("scope", "")))
    grant = Grant(client, person, person.own, scope, "", int(call.tenant.clock()))
    return token.token_response(call, token.token_document(call, grant, scope, first=True))


def _unknown_grant_breaks(original: Step, call: Any, error: Any) -> Any:
    if error.code == "unsupported_grant_type":
        return PlainTextResponse("Something went wrong.", 500)
    return original(call, error)


def _fine_but_not(original: Step, call: Any, error: Any) -> Any:
    """A failed client authentication is answered 200 with an error in the body."""
    response = original(call, error)
    if error.code == "invalid_client":
        response.status_code = 200
    return response


def _secrets_for_all(original: Step, call: Any, fields: dict[str, str]) -> Any:
    client = original(call, fields)
    if client.public:
        raise OAuthError("invalid_client", "Send your client secret.", 401)
    return client


def _known_by_the_code(original: Step, call: Any, fields: dict[str, str]) -> Any:
    """A public client need not say which one it is."""
    code = call.tenant.state.codes.get(fields.get("code", ""))
    named = "client_id" in fields or "authorization" in call.headers
    return code.grant.client if code and code.grant.client.public and not named else original(call, fields)


def _undefined(original: Step, call: Any, error: Any) -> Any:
    return original(call, OAuthError("code_expired", error.description, error.status))


def _detail(original: Step, call: Any, error: Any) -> Any:
    return JSONResponse({"detail": error.description}, original(call, error).status_code, errors.NO_STORE)


def _everything_invalid(original: Step, call: Any, error: Any) -> Any:
    if error.code == "unsupported_grant_type":
        error = OAuthError("invalid_request", error.description, error.status)
    return original(call, error)


def _bad_request(original: Step, call: Any, error: Any) -> Any:
    response = original(call, error)
    if error.code == "invalid_client":
        response.status_code = 400
    return response


def _unknown_code_breaks(original: Step, call: Any, client: Any, fields: dict[str, str]) -> Any:
    if fields.get("code", "") not in call.tenant.state.codes:
        raise RuntimeError("no row")
    return original(call, client, fields)


def _unknown_client_breaks(original: Step, call: Any, fields: dict[str, str]) -> Any:
    if "authorization" not in call.headers and fields.get("client_id", "") not in call.tenant.state.clients:
        raise RuntimeError("no row")
    return original(call, fields)


def _says_the_challenge(original: Step, tenant: Any, code: Any, sent: str) -> bool:
    if not original(tenant, code, sent):
        raise OAuthError("invalid_grant", f"code_verifier does not give {code.challenge}.")
    return True


FAULTS = (
    Fault(
        "PA-TOK-010.password",
        "token.not-refused",
        "The password grant gives a token for a member's credentials.",
        {server.dispatch: _password_grant},
    ),
    Fault(
        "PA-TOK-010.invalid-request",
        "token.refusal.error",
        "A grant type that is not known is refused as invalid_request.",
        {errors.error_response: _everything_invalid},
        warning=True,
    ),
    Fault(
        "PA-TOK-010.breaks",
        "token.refusal.status",
        "An unknown grant type gives HTTP 500.",
        {errors.error_response: _unknown_grant_breaks},
    ),
    Fault(
        "PA-TOK-011.any-secret",
        "token.not-refused",
        "Any secret is accepted.",
        {clients.secret_matches: yes},
    ),
    Fault(
        "PA-TOK-011.error-with-200",
        "token.refusal.status",
        "A wrong secret is answered 200 with an error in the body.",
        {errors.error_response: _fine_but_not},
    ),
    Fault(
        "PA-TOK-011.no-challenge",
        "token.client.no-challenge",
        "A wrong secret is refused without saying how to authenticate.",
        {errors.error_response: with_headers(WWW_Authenticate="")},
    ),
    Fault(
        "PA-TOK-011.basic-without-401",
        "token.client.status",
        "A wrong secret in the Authorization header is answered 400.",
        {errors.error_response: _bad_request},
    ),
    Fault(
        "PA-TOK-012.secret-demanded",
        "token.public.refused",
        "A client registered as public is asked for a secret.",
        {clients.authenticate: _secrets_for_all},
    ),
    Fault(
        "PA-TOK-012.nameless",
        "token.not-refused",
        "A public client need not say which one it is.",
        {clients.authenticate: _known_by_the_code},
    ),
    Fault(
        "PA-TOK-013.stack-trace",
        "token.error.internals",
        "Errors are an HTML page with status 500 and a stack trace.",
        {errors.error_response: lambda original, call, error: HTMLResponse(TRACE, 500)},  # noqa: ARG005
    ),
    Fault(
        "PA-TOK-013.unknown-code-breaks",
        "token.error.broken",
        "An unknown code gives HTTP 500.",
        {token.exchange_code: _unknown_code_breaks},
    ),
    Fault(
        "PA-TOK-013.unknown-client-breaks",
        "token.error.broken",
        "An unknown client_id gives HTTP 500.",
        {clients.authenticate: _unknown_client_breaks},
    ),
    Fault(
        "PA-TOK-013.challenge-in-the-text",
        "token.error.secret",
        "The refusal of a wrong verifier says which challenge was expected.",
        {token.verifier_matches: _says_the_challenge},
        warning=True,
    ),
    Fault(
        "PA-TOK-013.conflict",
        "token.error.status",
        "Errors of the token endpoint have HTTP status 409.",
        {errors.error_response: with_status(409)},
        warning=True,
    ),
    Fault(
        "PA-TOK-013.as-text",
        "token.error.content-type",
        "Errors are JSON labelled text/plain.",
        {errors.error_response: with_headers(Content_Type="text/plain")},
        warning=True,
    ),
    Fault(
        "PA-TOK-013.undefined-code",
        "token.error.unknown",
        "Errors have codes that are not registered.",
        {errors.error_response: _undefined},
        warning=True,
    ),
    Fault(
        "PA-TOK-013.another-form",
        "token.error.undefined",
        'Errors are {"detail": …} without a code.',
        {errors.error_response: _detail},
    ),
)
