"""Faults of the token endpoint: exchange, client authentication, refusals."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from conformance.reference.authorization import authorize, errors, identity, server, token
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults import token_errors, token_refreshing, token_use
from conformance.reference.faults.deviations import (
    edited,
    skipped,
    with_headers,
    with_members,
    without,
    yes,
)
from conformance.reference.faults.fault import Fault
from conformance.reference.web import FORM

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _by_get(original: Step, call: Any, route: Any) -> Any:
    """A GET with the parameters in the query is taken for the form."""
    if route.handler is not token.token or call.method != "GET":
        return original(call, route)
    headers = Headers({**call.headers, "content-type": FORM})
    return original(replace(call, method="POST", body=urlencode(call.query).encode(), headers=headers), route)


def _as_text(original: Step, call: Any, document: Any) -> Any:
    response = original(call, document)
    return PlainTextResponse(response.body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _misspelt(original: Step, call: Any, document: Any) -> Any:
    return original(call, {"accessToken" if name == "access_token" else name: document[name] for name in document})


def _always_401(original: Step, call: Any, error: Any) -> Any:
    return original(call, OAuthError(error.code, error.description, 401))


def _refused_only(original: Step, tenant: Any, code: Any) -> None:  # noqa: ARG001
    if code.used:
        raise OAuthError("invalid_grant", "The code was used before.")


def _looked_up_too_early(original: Step, tenant: Any, code: Any) -> None:
    """Whether a code is used is looked up before a slow step, and not again after it."""
    original(tenant, code)
    time.sleep(0.5)


def _always_an_id_token(original: Step, call: Any, grant: Any, scope: Any, *, first: bool) -> Any:
    document = original(call, grant, scope, first=first)
    return document | {"id_token": identity.id_token(call.tenant, grant, document["access_token"])}


def _id_reversed(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"patient": str(document.get("patient"))[::-1]}


def _readable_code(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
    if "code" in answer:
        content = json.dumps({"grant": answer["code"], "jti": secrets.token_hex(8)}).encode()
        answer = answer | {"code": base64.urlsafe_b64encode(content).rstrip(b"=").decode()}
    return original(tenant, redirect_uri, answer, state)


def _believed(original: Step, call: Any, client: Any, fields: dict[str, str]) -> Any:
    sent = fields.get("code", "")
    try:
        content = json.loads(base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4)))
        fields = fields | {"code": content["grant"]}
    except (ValueError, KeyError, TypeError):
        pass
    return original(call, client, fields)


FAULTS = (
    Fault(
        "PA-TOK-001.by-get",
        "token.not-refused",
        "GET with the code in the query is served, so that codes end up in logs.",
        {server.dispatch: _by_get},
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
        "PA-TOK-002.no-access-token",
        "token.access_token.missing",
        "A refresh and an exchange give accessToken instead of access_token.",
        {token.token_response: _misspelt},
        collateral="no client gets a token",
    ),
    Fault(
        "PA-TOK-002.commas",
        "token.scope.separator",
        "scope separates its values by commas.",
        {token.token_document: edited(lambda document: document | {"scope": document["scope"].replace(" ", ",")})},
    ),
    Fault(
        "PA-TOK-002.double-spaces",
        "token.scope.spaces",
        "scope has two spaces between its values.",
        {token.token_document: edited(lambda document: document | {"scope": document["scope"].replace(" ", "  ")})},
        warning=True,
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
        "PA-TOK-003.not-as-documented",
        "token.expires_in.undocumented",
        "Access tokens live half as long as documented.",
        behaviour={"access_token_lifetime": 1800},
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
        "Error responses may be cached.",
        {errors.error_response: with_headers(Cache_Control="public, max-age=60")},
        warning=True,
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
        "PA-TOK-006.refused-as-unauthorized",
        "token.refusal.unauthorized",
        "Every wrong exchange is refused with HTTP 401.",
        {errors.error_response: _always_401},
        warning=True,
    ),
    Fault(
        "PA-TOK-007.tokens-outlive-a-replay",
        "token.code.replay-keeps-tokens",
        "The tokens of a code that is used again go on working.",
        {token.check_code_unused: _refused_only},
        warning=True,
    ),
    Fault(
        "PA-TOK-007.raced",
        "token.code.raced",
        "Two exchanges of a code at the same time are both served.",
        {token.check_code_unused: _looked_up_too_early},
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
        {token.token_document: edited(_id_reversed)},
    ),
    Fault(
        "PA-TOK-015.missing",
        "token.id_token.missing",
        "No id_token comes although openid is granted.",
        {token.token_document: without("id_token")},
    ),
    Fault(
        "PA-TOK-015.unasked",
        "token.id_token.unasked",
        "An id_token comes although openid was not asked for.",
        {token.token_document: _always_an_id_token},
        warning=True,
    ),
    Fault(
        "PA-TOK-029.codes-believed",
        "token.made-up",
        "A code is unsigned JSON, and whatever content is sent is believed.",
        {authorize.back: _readable_code, token.exchange_code: _believed},
    ),
    *token_errors.FAULTS,
    *token_refreshing.FAULTS,
    *token_use.FAULTS,
)
