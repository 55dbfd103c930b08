"""The authorization request: what must be right before the member sees anything.

RFC 6749 4.1.1 and 4.1.2.1, RFC 7636 4.3 and 4.4.1 (S256 only), RFC 9207 (`iss` in the response), SMART App Launch 2.2.0
"Obtain authorization code" (`aud`). Until client and redirect_uri are known to belong together, errors are shown to the
member and never sent anywhere.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from conformance.reference.authorization import pages, scopes
from conformance.reference.authorization.entities import AuthorizationRequest
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.steps import step
from conformance.reference.web import FORM, Call

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import Client
    from conformance.reference.tenant import Tenant

CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")
LIFETIME = 600


class NoRedirect(Exception):
    """The request cannot be answered by a redirect; ``reason`` is for the member."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def authorize(call: Call) -> Response:
    """GET or POST to the authorization endpoint."""
    fields = call.query if call.method == "GET" else call.form
    if call.method == "POST" and call.media_type != FORM:
        return pages.error_page(call, f"An authorization request is sent as {FORM}.")
    try:
        client, redirect_uri = known_redirect(call, fields)
    except NoRedirect as refusal:
        return pages.error_page(call, refusal.reason)
    states = [value for name, value in fields if name == "state"]
    state = states[0] if len(states) == 1 else ""
    try:
        request = checked(call, fields, client, redirect_uri)
    except OAuthError as error:
        if call.tenant.behaviour.errors_on_pages:
            return pages.error_page(call, error.description)
        return back(call.tenant, redirect_uri, {"error": error.code, "error_description": error.description}, state)
    call.tenant.state.keep(call.tenant.state.requests, request.id, request, call.tenant.clock())
    return RedirectResponse(f"{call.tenant.endpoint('login')}?request={request.id}", 303)


@step
def known_redirect(call: Call, fields: list[tuple[str, str]]) -> tuple[Client, str]:
    """The client and the redirect_uri, once each, and registered together by exact comparison (RFC 9700 2.1)."""
    ids = [value for name, value in fields if name == "client_id"]
    uris = [value for name, value in fields if name == "redirect_uri"]
    client: Client | None = call.tenant.state.clients.get(ids[0]) if len(ids) == 1 else None
    if client is None:
        raise NoRedirect("The app that sent you here is not registered with us.")
    if len(uris) != 1 or not redirect_registered(call.tenant, client, uris[0]):
        raise NoRedirect("The app that sent you here gave an address for the way back that is not registered.")
    return client, uris[0]


@step
def redirect_registered(tenant: Tenant, client: Client, redirect_uri: str) -> bool:  # noqa: ARG001
    """Whether the address is one of the client's, character for character."""
    return redirect_uri in client.redirect_uris


@step
def checked(call: Call, fields: list[tuple[str, str]], client: Client, redirect_uri: str) -> AuthorizationRequest:
    """The request, if it is right; raises the error to send back to the app."""
    check_not_repeated(call, fields)
    values = dict(fields)
    check_response_type(call, values)
    check_challenge(call, values)
    check_audience(call, values)
    check_prompt(call, values)
    return AuthorizationRequest(
        id=secrets.token_urlsafe(24),
        client=client,
        redirect_uri=redirect_uri,
        state=values.get("state", ""),
        scope=requested_scope(call, values),
        challenge=values.get("code_challenge", ""),
        nonce=values.get("nonce", ""),
        prompt=values.get("prompt", ""),
        expires=call.tenant.clock() + LIFETIME,
    )


@step
def check_not_repeated(call: Call, fields: list[tuple[str, str]]) -> None:  # noqa: ARG001
    """Every parameter at most once (RFC 6749 3.1)."""
    names = [name for name, _ in fields]
    for name in names:
        if names.count(name) > 1:
            raise OAuthError("invalid_request", f"The parameter {name} is repeated.")


@step
def check_response_type(call: Call, values: dict[str, str]) -> None:  # noqa: ARG001
    """Only the code flow; parameters of flows we do not have are refused by name."""
    if "response_type" not in values:
        raise OAuthError("invalid_request", "response_type is missing.")
    if values["response_type"] != "code":
        raise OAuthError("unsupported_response_type", "Only response_type=code is offered.")
    if values.get("response_mode", "query") != "query":
        raise OAuthError("invalid_request", "Only response_mode=query is offered.")
    for name in ("request", "request_uri"):
        if name in values:
            raise OAuthError(f"{name}_not_supported", f"The parameter {name} is not offered.")


@step
def check_challenge(call: Call, values: dict[str, str]) -> None:  # noqa: ARG001
    """A PKCE challenge made with S256, from every client (RFC 9700 2.1.1)."""
    if not values.get("code_challenge"):
        raise OAuthError("invalid_request", "code_challenge is missing: PKCE is required.")
    if values.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256.")
    if not CHALLENGE.fullmatch(values["code_challenge"]):
        raise OAuthError("invalid_request", "code_challenge is not the base64url form of a SHA-256 hash.")


@step
def check_audience(call: Call, values: dict[str, str]) -> None:
    """`aud` names this FHIR server, so that a counterfeit one gains nothing; a closing slash makes no difference."""
    if "aud" not in values:
        raise OAuthError("invalid_request", "aud is missing: it must be the FHIR base URL.")
    if values["aud"].removesuffix("/") != call.tenant.fhir_base:
        raise OAuthError("invalid_request", "aud is not the base URL of this FHIR server.")


@step
def check_prompt(call: Call, values: dict[str, str]) -> None:  # noqa: ARG001
    """We always ask for consent, so `prompt=none` cannot be served (OpenID Connect Core 3.1.2.6)."""
    if "none" in values.get("prompt", "").split():
        raise OAuthError("interaction_required", "The member is always asked for consent.")


@step
def requested_scope(call: Call, values: dict[str, str]) -> list[str]:
    """What the member will be asked to allow."""
    scope = scopes.grantable(call.tenant, values.get("scope", ""))
    if not scope:
        raise OAuthError("invalid_scope", "No scope was asked for that this server offers.")
    return scope


@step
def back(tenant: Tenant, redirect_uri: str, answer: dict[str, str], state: str) -> Response:
    """To the app, by a redirect that turns any method into GET; `state` untouched, `iss` as RFC 9207 says."""
    parameters = {**answer, **({"state": state} if state else {}), "iss": tenant.issuer}
    separator = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(f"{redirect_uri}{separator}{urlencode(parameters)}", 303, {"Cache-Control": "no-store"})
