"""Grants and what is issued under them: codes (RFC 6749 4.1.2), access tokens, refresh tokens (RFC 9700 4.14).

A grant is what one person allowed one app for one member's record. Codes and tokens are random and mean nothing outside
this process. Revoking a grant kills everything issued under it.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from conformance.reference.authorization import scopes
from conformance.reference.authorization.entities import Code, Grant, Token
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant


def issue_code(tenant: Tenant, grant: Grant, redirect_uri: str, challenge: str) -> Code:
    """A fresh code for a grant the person has just allowed."""
    if tenant.behaviour.one_grant_per_member:
        for older in tenant.state.grants:
            if (older.client.id, older.person.subject) == (grant.client.id, grant.person.subject):
                older.revoked = True
    tenant.state.grants.append(grant)
    now = tenant.clock()
    expires = now + tenant.behaviour.code_lifetime
    code = Code(secrets.token_urlsafe(32), grant, redirect_uri, challenge, now, expires)
    tenant.state.keep(tenant.state.codes, code.value, code, now)
    return code


@step
def issue_access_token(tenant: Tenant, grant: Grant, scope: tuple[str, ...]) -> Token:
    """A fresh access token for all or a part of a grant's scope."""
    now = tenant.clock()
    resources = tuple(parsed for text in scope if (parsed := scopes.parse(tenant, text)))
    lifetime = tenant.behaviour.access_token_lifetime
    token = Token(secrets.token_urlsafe(32), grant, scope, now, now + lifetime, resources=resources)
    tenant.state.keep(tenant.state.access_tokens, token.value, token, now)
    tenant.state.keep(tenant.state.handles, token.handle, token, now)
    return token


@step
def issue_refresh_token(tenant: Tenant, grant: Grant) -> Token | None:
    """A fresh refresh token with the whole scope of the grant, if that includes ``offline_access``."""
    if not tenant.behaviour.refresh or "offline_access" not in grant.scope:
        return None
    now = tenant.clock()
    expires = now + tenant.behaviour.refresh_token_lifetime
    token = Token(secrets.token_urlsafe(32), grant, grant.scope, now, expires)
    tenant.state.keep(tenant.state.refresh_tokens, token.value, token, now)
    return token


@step
def revoke_grant(tenant: Tenant, grant: Grant) -> None:  # noqa: ARG001
    """Kill everything issued under a grant; what a replayed code or refresh token leads to."""
    grant.revoked = True


@step
def revoke_access_tokens(tenant: Tenant, grant: Grant) -> None:
    """Kill the access tokens of a grant and leave its refresh token alone."""
    for token in tenant.state.access_tokens.values():
        if token.grant is grant:
            token.revoked = True


@step
def access_token(tenant: Tenant, value: str) -> Token | None:
    """The living access token of this value."""
    token: Token | None = tenant.state.access_tokens.get(value)
    return token if token is not None and token.alive(tenant.clock()) else None
