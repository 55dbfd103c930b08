"""The token endpoint: codes and refresh tokens become access tokens (RFC 6749 4.1.3, 5 and 6; RFC 7636 4.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from conformance.reference.authorization import clients, grants, identity
from conformance.reference.authorization.errors import NO_STORE, OAuthError, single
from conformance.reference.steps import step
from conformance.reference.web import FORM, Call

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import Client, Code, Grant, Token
    from conformance.reference.tenant import Tenant

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def token(call: Call) -> Response:
    """POST to the token endpoint."""
    if call.method != "POST":
        raise OAuthError("invalid_request", "The token endpoint takes POST only.", 405)
    fields = token_fields(call)
    client = unnamed_public_client(call, fields) or clients.authenticate(call, fields)
    grant_type = fields.get("grant_type", "")
    if grant_type == "authorization_code":
        return token_response(call, exchange_code(call, client, fields))
    if grant_type == "refresh_token" and call.tenant.behaviour.refresh:
        return token_response(call, refresh(call, client, fields))
    if not grant_type:
        raise OAuthError("invalid_request", "grant_type is missing.")
    raise OAuthError("unsupported_grant_type", "Use authorization_code or refresh_token.")


@step
def unnamed_public_client(call: Call, fields: dict[str, str]) -> Client | None:
    """The public client that a refresh is for when it does not say so: SMART's refresh request has no client_id."""
    named = {"client_id", "client_secret", "client_assertion"} & set(fields) or "authorization" in call.headers
    old: Token | None = call.tenant.state.refresh_tokens.get(fields.get("refresh_token", ""))
    return old.grant.client if old is not None and not named and old.grant.client.public else None


@step
def token_fields(call: Call) -> dict[str, str]:
    """The parameters of the request: a form in the body, nowhere else."""
    if call.media_type != FORM:
        raise OAuthError("invalid_request", f"Send {FORM}.")
    return single(call.form)


@step
def exchange_code(call: Call, client: Client, fields: dict[str, str]) -> dict[str, Any]:
    """A code for tokens."""
    if "code" not in fields:
        raise OAuthError("invalid_request", "code is missing.")
    code: Code | None = call.tenant.state.codes.get(fields["code"])
    if code is None:
        raise OAuthError("invalid_grant", "The code is unknown.")
    check_code_unused(call.tenant, code)
    if not code_is_for_client(call.tenant, code, client):
        raise OAuthError("invalid_grant", "The code was issued to another client.")
    if not redirect_matches(call.tenant, code, fields.get("redirect_uri", "")):
        raise OAuthError("invalid_grant", "redirect_uri is not the one of the authorization request.")
    if not verifier_matches(call.tenant, code, fields.get("code_verifier", "")):
        raise OAuthError("invalid_grant", "code_verifier does not match the challenge.")
    if not code_is_fresh(call.tenant, code):
        raise OAuthError("invalid_grant", "The code has expired.")
    code.used = True
    return token_document(call, code.grant, code.grant.scope, first=True)


@step
def check_code_unused(tenant: Tenant, code: Code) -> None:
    """A code works once; a second use means that somebody else has it (RFC 6749 4.1.2)."""
    if code.used:
        grants.revoke_grant(tenant, code.grant)
        raise OAuthError("invalid_grant", "The code was used before; what it gave has been revoked.")


@step
def code_is_for_client(tenant: Tenant, code: Code, client: Client) -> bool:  # noqa: ARG001
    """Whether the code was issued to this client."""
    return code.grant.client.id == client.id


@step
def code_is_fresh(tenant: Tenant, code: Code) -> bool:
    """Whether the code's minute has not passed."""
    return tenant.clock() < code.expires and not code.grant.revoked


@step
def redirect_matches(tenant: Tenant, code: Code, redirect_uri: str) -> bool:  # noqa: ARG001
    """Whether redirect_uri repeats that of the authorization request."""
    return redirect_uri == code.redirect_uri


@step
def verifier_matches(tenant: Tenant, code: Code, verifier: str) -> bool:  # noqa: ARG001
    """Whether the verifier is the one whose S256 hash the code is bound to."""
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, code.challenge)


@step
def refresh(call: Call, client: Client, fields: dict[str, str]) -> dict[str, Any]:
    """A refresh token for a new access token and a new refresh token; the old one must never be seen again."""
    if "refresh_token" not in fields:
        raise OAuthError("invalid_request", "refresh_token is missing.")
    old: Token | None = call.tenant.state.refresh_tokens.get(fields["refresh_token"])
    if old is None or not refresh_is_for_client(call.tenant, old, client):
        raise OAuthError("invalid_grant", "The refresh token is unknown.")
    check_refresh_unused(call.tenant, old)
    if not old.alive(call.tenant.clock()):
        raise OAuthError("invalid_grant", "The refresh token has expired or was revoked.")
    scope = refreshed_scope(call.tenant, old, fields.get("scope", ""))
    retire_refresh_token(call.tenant, old)
    if call.tenant.behaviour.refresh_kills_access:
        grants.revoke_access_tokens(call.tenant, old.grant)
    return token_document(call, old.grant, scope, first=False)


@step
def refresh_is_for_client(tenant: Tenant, old: Token, client: Client) -> bool:  # noqa: ARG001
    """Whether the refresh token was issued to this client."""
    return old.grant.client.id == client.id


@step
def check_refresh_unused(tenant: Tenant, old: Token) -> None:
    """A rotated token that comes back was stolen from one side or the other: the family dies (RFC 9700 4.14.2)."""
    if old.revoked:
        grants.revoke_grant(tenant, old.grant)
        raise OAuthError("invalid_grant", "The refresh token was used before; its family has been revoked.")


@step
def retire_refresh_token(tenant: Tenant, old: Token) -> None:  # noqa: ARG001
    """Rotation: the token that was just used is used up."""
    old.revoked = True


@step
def refreshed_scope(tenant: Tenant, old: Token, requested: str) -> tuple[str, ...]:  # noqa: ARG001
    """The scope of the new access token: that of the old one, or the part of it that was asked for."""
    words = requested.split()
    if not words:
        return old.scope
    if not set(words) <= set(old.scope):
        raise OAuthError("invalid_scope", "A refresh cannot widen the scope.")
    return tuple(scope for scope in old.scope if scope in words)


@step
def token_document(call: Call, grant: Grant, scope: tuple[str, ...], *, first: bool) -> dict[str, Any]:
    """The token response: the access token, what it opens, and the launch context beside it."""
    tenant = call.tenant
    access = grants.issue_access_token(tenant, grant, scope)
    document: dict[str, Any] = {
        "access_token": access.value,
        "token_type": "Bearer",
        "expires_in": tenant.behaviour.access_token_lifetime,
        "scope": " ".join(scope),
    }
    if grant.patient:
        document["patient"] = grant.patient
    if (new := grants.issue_refresh_token(tenant, grant)) is not None:
        document["refresh_token"] = new.value
    if first and "openid" in scope and tenant.behaviour.id_token:
        document["id_token"] = identity.id_token(tenant, grant, access.value)
    return document


@step
def token_response(call: Call, document: dict[str, Any]) -> Response:  # noqa: ARG001
    """JSON that nobody may keep."""
    return JSONResponse(document, headers=NO_STORE)
