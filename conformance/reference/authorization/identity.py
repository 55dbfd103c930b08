"""The id_token: who logged in (OpenID Connect Core 2, SMART "Scopes for requesting identity data")."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import Grant
    from conformance.reference.tenant import Tenant


@step
def id_token_claims(tenant: Tenant, grant: Grant, access_token: str) -> dict[str, Any]:
    """The claims: about the person, for the app. The open record is not here but beside the access token."""
    now = int(tenant.clock())
    claims: dict[str, Any] = {
        "iss": tenant.issuer,
        "sub": subject(tenant, grant),
        "aud": grant.client.id,
        "iat": now,
        "exp": now + 3600,
        "auth_time": grant.authenticated_at,
        "at_hash": at_hash(access_token),
    }
    if grant.nonce:
        claims["nonce"] = grant.nonce
    if "fhirUser" in grant.scope:
        claims["fhirUser"] = f"{tenant.fhir_base}/{grant.person.fhir_user(grant.patient)}"
    return claims


def at_hash(access_token: str) -> str:
    """What ties the id_token to the access token beside it (OpenID Connect Core 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


@step
def subject(tenant: Tenant, grant: Grant) -> str:
    """The person's identifier at this issuer: opaque, stable, the same for every app."""
    if tenant.behaviour.sub == "hash":
        return hashlib.sha256(f"{tenant.issuer} {grant.person.username}".encode()).hexdigest()
    return grant.person.subject


@step
def id_token(tenant: Tenant, grant: Grant, access_token: str) -> str:
    """The signed token."""
    return tenant.keys.sign(id_token_claims(tenant, grant, access_token))
