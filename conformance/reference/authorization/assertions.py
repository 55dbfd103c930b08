"""Clients that prove themselves with a key: `private_key_jwt` (RFC 7523, SMART "Authorizing with asymmetric keys")."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from conformance.reference.authorization.errors import OAuthError
from conformance.reference.steps import step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.authorization.entities import Client
    from conformance.reference.tenant import Tenant

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("RS384", "ES384")
MAX_LIFETIME = 300
SKEW = 30


@step
def proven(tenant: Tenant, client: Client, assertion: str) -> bool:
    """Whether the assertion is a fresh, unused statement of this client for this token endpoint, signed by its key."""
    try:
        claims = verified_claims(tenant, client, assertion)
        check_claims(tenant, client, claims)
        check_unused(tenant, client, claims)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


@step
def verified_claims(tenant: Tenant, client: Client, assertion: str) -> dict[str, Any]:  # noqa: ARG001
    """The claims, if one of the client's registered keys signed them."""
    keys = KeySet.import_key_set(client.jwks)  # type: ignore[arg-type]
    return dict(jwt.decode(assertion, keys, algorithms=list(ALGORITHMS)).claims)


@step
def check_claims(tenant: Tenant, client: Client, claims: Mapping[str, Any]) -> None:
    """Iss and sub are the client, aud is this token endpoint, exp is near and not past; raises ``ValueError``."""
    now = tenant.clock()
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims["iss"] != client.id or claims["sub"] != client.id:
        raise ValueError("iss and sub must be the client")
    if tenant.endpoint("token") not in audience:
        raise ValueError("aud must be the token endpoint")
    if not now - SKEW < claims["exp"] <= now + MAX_LIFETIME + SKEW or claims.get("nbf", 0) > now + SKEW:
        raise ValueError("exp must lie within the next five minutes")


@step
def check_unused(tenant: Tenant, client: Client, claims: Mapping[str, Any]) -> None:
    """Every jti once; raises ``ValueError``."""
    seen = tenant.state.seen_assertions
    for old in [name for name, expires in seen.items() if expires < tenant.clock() - SKEW]:
        del seen[old]
    name = f"{client.id} {claims['jti']}"
    if name in seen:
        raise ValueError("jti was used before")
    seen[name] = float(claims["exp"])


def client_id(fields: Mapping[str, str]) -> str:
    """The client an assertion speaks for: as the form says, or as the unverified ``sub`` does."""
    if fields.get("client_assertion_type") != TYPE:
        raise OAuthError("invalid_request", f"client_assertion_type must be {TYPE}.")
    if "client_id" in fields:
        return fields["client_id"]
    try:
        payload = fields["client_assertion"].split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])
    except (ValueError, KeyError, TypeError, IndexError):
        return ""
