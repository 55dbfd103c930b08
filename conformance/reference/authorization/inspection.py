"""What became of a token: introspection (RFC 7662, SMART "Token Introspection") and revocation (RFC 7009).

A client learns about and revokes its own tokens only; somebody else's look like unknown ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from conformance.reference.authorization import clients, grants, identity
from conformance.reference.authorization.errors import NO_STORE, OAuthError
from conformance.reference.authorization.token import token_fields
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import Client, Token
    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call


def introspect(call: Call) -> Response:
    """POST to the introspection endpoint."""
    token = _own_token(call)
    alive = token is not None and token.alive(call.tenant.clock())
    document = described(call.tenant, token) if token is not None and alive else {"active": False}
    return JSONResponse(document, headers=NO_STORE)


@step
def described(tenant: Tenant, token: Token) -> dict[str, Any]:
    """A living token: its scope and context, and who is behind it."""
    grant = token.grant
    document: dict[str, Any] = {
        "active": True,
        "scope": " ".join(token.scope),
        "client_id": grant.client.id,
        "token_type": "Bearer",
        "iat": int(token.issued),
        "exp": int(token.expires),
        "aud": tenant.fhir_base,
    }
    if grant.patient:
        document["patient"] = grant.patient
    if "openid" in grant.scope and tenant.behaviour.id_token:
        document |= {"iss": tenant.issuer, "sub": identity.subject(tenant, grant)}
        if "fhirUser" in grant.scope:
            document["fhirUser"] = f"{tenant.fhir_base}/{grant.person.fhir_user(grant.patient)}"
    return document


def revoke(call: Call) -> Response:
    """POST to the revocation endpoint: 200 whether or not the token was known."""
    token = _own_token(call)
    if token is not None:
        revoke_token(call.tenant, token)
    return Response(status_code=200, headers=NO_STORE)


@step
def revoke_token(tenant: Tenant, token: Token) -> None:
    """An access token dies alone; a refresh token takes everything of its grant with it."""
    if token.value in tenant.state.refresh_tokens:
        grants.revoke_grant(tenant, token.grant)
    token.revoked = True


def _own_token(call: Call) -> Token | None:
    fields = token_fields(call)
    client: Client = clients.authenticate(call, fields)
    if not fields.get("token"):
        raise OAuthError("invalid_request", "token is missing.")
    state = call.tenant.state
    found: Token | None = state.access_tokens.get(fields["token"]) or state.refresh_tokens.get(fields["token"])
    return found if found is not None and found.grant.client.id == client.id else None
