"""Faults of the token endpoint: exchange, client authentication, refusals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse

from conformance.reference.authorization import clients, errors, scopes, server, signin, token
from conformance.reference.authorization.entities import Grant
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults import token_refreshing, token_use
from conformance.reference.faults.deviations import edited, skipped, with_headers, with_members, without, yes
from conformance.reference.faults.fault import Fault
from conformance.reference.web import FORM

if TYPE_CHECKING:
    from conformance.reference.steps import Step

TRACE = """<h1>500</h1><pre>Traceback (most recent call last):
  File "/srv/payer/tokens.py", line 118, in exchange
    row = cursor.execute("SELECT * FROM codes WHERE value = ?").fetchone()["client"]
TypeError: 'NoneType' object is not subscriptable</pre>"""


def _by_get(original: Step, call: Any, route: Any) -> Any:
    """A GET with the parameters in the query is taken for the form."""
    if route.handler is not token.token or call.method != "GET":
        return original(call, route)
    headers = Headers({**call.headers, "content-type": FORM})
    return original(replace(call, method="POST", body=urlencode(call.query).encode(), headers=headers), route)


def _any_body(original: Step, call: Any) -> dict[str, str]:
    return dict(call.json()) if call.media_type == "application/json" else dict(original(call))


def _as_text(original: Step, call: Any, document: Any) -> Any:
    response = original(call, document)
    return PlainTextResponse(response.body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


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


def _id_of_nobody(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"patient": str(document.get("patient"))[::-1]}


FAULTS = (
    Fault(
        "PA-TOK-001.by-get",
        "token.not-refused",
        "GET with the code in the query is served, so that codes end up in logs.",
        {server.dispatch: _by_get},
    ),
    Fault(
        "PA-TOK-001.by-json",
        "token.not-refused",
        "A JSON body is served like a form.",
        {token.token_fields: _any_body},
    ),
    Fault(
        "PA-TOK-001.plain-text",
        "http.content-type",
        "Token responses are labelled text/plain.",
        {token.token_response: _as_text},
    ),
    Fault(
        "PA-TOK-002.scope-left-out",
        "token.scope.missing",
        "scope is left out of the token response.",
        {token.token_document: without("scope")},
    ),
    Fault(
        "PA-TOK-002.another-type",
        "token.token_type",
        "token_type is not Bearer.",
        {token.token_document: with_members(token_type="access")},  # noqa: S106
    ),
    Fault(
        "PA-TOK-003.a-day",
        "token.expires_in.too-long",
        "Access tokens live a day.",
        behaviour={"access_token_lifetime": 86400},
    ),
    Fault(
        "PA-TOK-003.text",
        "token.expires_in.type",
        "expires_in is a string.",
        {token.token_document: edited(lambda document: document | {"expires_in": str(document["expires_in"])})},
    ),
    Fault(
        "PA-TOK-004.cacheable",
        "token.cache-control",
        "Token responses may be cached.",
        {
            token.token_response: with_headers(Cache_Control="public, max-age=3600", Pragma=""),
            errors.error_response: with_headers(Cache_Control="public, max-age=3600", Pragma=""),
        },
    ),
    Fault(
        "PA-TOK-004.no-pragma",
        "token.pragma",
        "Token responses lack Pragma: no-cache.",
        {token.token_response: with_headers(Pragma="")},
    ),
    Fault(
        "PA-TOK-004.errors-cacheable",
        "token.cache-control",
        "Error answers may be cached.",
        {errors.error_response: with_headers(Cache_Control="public, max-age=60")},
    ),
    Fault(
        "PA-TOK-005.verifier-optional",
        "token.not-refused",
        "code_verifier is checked only when it is sent.",
        {token.verifier_matches: lambda original, tenant, code, sent: not sent or original(tenant, code, sent)},
    ),
    Fault(
        "PA-TOK-006.any-verifier",
        "token.not-refused",
        "The server checks only that a verifier was sent.",
        {token.verifier_matches: lambda original, tenant, code, verifier: bool(verifier)},  # noqa: ARG005
    ),
    Fault(
        "PA-TOK-006.challenge-as-verifier",
        "token.not-refused",
        "The challenge itself is accepted as verifier.",
        {
            token.verifier_matches: lambda original, tenant, code, sent: (
                sent == code.challenge or original(tenant, code, sent)
            )
        },
    ),
    Fault(
        "PA-TOK-006.verifier-cut",
        "token.not-refused",
        "A verifier is cut to the shortest length allowed before it is checked.",
        {token.verifier_matches: lambda original, tenant, code, sent: original(tenant, code, sent[:43])},
    ),
    Fault(
        "PA-TOK-007.code-works-twice",
        "token.not-refused",
        "A code can be exchanged again and again.",
        {token.check_code_unused: skipped},
    ),
    Fault(
        "PA-TOK-008.any-client",
        "token.not-refused",
        "Any registered client can redeem any code.",
        {token.code_is_for_client: yes},
    ),
    Fault(
        "PA-TOK-009.redirect-ignored",
        "token.not-refused",
        "redirect_uri in the exchange is ignored.",
        {token.redirect_matches: yes},
    ),
    Fault(
        "PA-TOK-009.redirect-optional",
        "token.not-refused",
        "redirect_uri is checked only when it is sent.",
        {token.redirect_matches: lambda original, tenant, code, sent: not sent or original(tenant, code, sent)},
    ),
    Fault(
        "PA-TOK-010.password",
        "token.not-refused",
        "The password grant gives a token for a member's credentials.",
        {server.dispatch: _password_grant},
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
        "PA-TOK-013.undefined-code",
        "token.error.undefined",
        "Errors have undefined codes.",
        {errors.error_response: _undefined},
    ),
    Fault(
        "PA-TOK-013.another-form",
        "token.error.undefined",
        'Errors are {"detail": …} without a code.',
        {errors.error_response: _detail},
    ),
    Fault(
        "PA-TOK-014.patient-is-a-reference",
        "token.patient.not-an-id",
        "patient is Patient/… instead of an id.",
        {token.token_document: edited(lambda document: document | {"patient": f"Patient/{document.get('patient')}"})},
    ),
    Fault(
        "PA-TOK-014.missing",
        "token.patient.missing",
        "patient is missing beside the token.",
        {token.token_document: without("patient")},
    ),
    Fault(
        "PA-TOK-014.unreadable",
        "token.patient.unreadable",
        "patient is an id that the token cannot read.",
        {token.token_document: edited(_id_of_nobody)},
    ),
    Fault(
        "PA-TOK-015.missing",
        "token.id_token.missing",
        "No id_token comes although openid is granted.",
        {token.token_document: without("id_token")},
    ),
    *token_refreshing.FAULTS,
    *token_use.FAULTS,
)
