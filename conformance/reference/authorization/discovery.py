"""Where an app starts: SMART configuration, OpenID configuration, key set.

SMART App Launch 2.2.0 "Conformance", OpenID Connect Discovery 1.0 section 3, RFC 7517, RFC 8414.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from conformance.reference.authorization import assertions, clients, scopes
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call

PUBLIC = {"Cache-Control": "public, max-age=60"}


@step
def smart_configuration(tenant: Tenant) -> dict[str, Any]:
    """The SMART configuration document; it and the OpenID document are made of the same facts."""
    document = {
        **_shared(tenant),
        "management_endpoint": tenant.endpoint("manage"),
        "capabilities": capabilities(tenant),
    }
    return document if tenant.behaviour.id_token else _without(document, "issuer", "jwks_uri")


@step
def openid_configuration(tenant: Tenant) -> dict[str, Any]:
    """The OpenID provider's metadata."""
    return {
        **_shared(tenant),
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser"],
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": documentation_url(tenant),
    }


@step
def capabilities(tenant: Tenant) -> list[str]:
    """What this server can do, in SMART's words."""
    behaviour = tenant.behaviour
    return [
        "launch-standalone",
        "authorize-post",
        "client-public",
        "client-confidential-symmetric",
        "client-confidential-asymmetric",
        *(["sso-openid-connect"] if behaviour.id_token else []),
        "context-standalone-patient",
        *(["permission-offline"] if behaviour.refresh else []),
        "permission-patient",
        "permission-user",
        "permission-v1",
        "permission-v2",
    ]


@step
def key_set(tenant: Tenant) -> dict[str, Any]:
    """The public keys that verify our id_tokens."""
    return tenant.keys.published()


def documentation_url(tenant: Tenant) -> str:
    """The public developer page."""
    return f"{tenant.issuer}/developer"


def _shared(tenant: Tenant) -> dict[str, Any]:
    grant_types = ["authorization_code", *(["refresh_token"] if tenant.behaviour.refresh else [])]
    return {
        "issuer": tenant.issuer,
        "jwks_uri": f"{tenant.issuer}/.well-known/jwks.json",
        "authorization_endpoint": tenant.endpoint("authorize"),
        "token_endpoint": tenant.endpoint("token"),
        "registration_endpoint": tenant.endpoint("register"),
        "scopes_supported": scopes.supported(tenant),
        "response_types_supported": ["code"],
        "grant_types_supported": grant_types,
        "token_endpoint_auth_methods_supported": list(clients.METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(assertions.ALGORITHMS),
        "revocation_endpoint": tenant.endpoint("revoke"),
        **({"introspection_endpoint": tenant.endpoint("introspect")} if tenant.behaviour.introspection else {}),
        "code_challenge_methods_supported": ["S256"],
    }


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def smart_response(call: Call) -> Response:
    """The SMART configuration, JSON whatever the Accept header says."""
    return JSONResponse(smart_configuration(call.tenant), headers=PUBLIC)


def openid_response(call: Call) -> Response:
    """The OpenID configuration."""
    return JSONResponse(openid_configuration(call.tenant), headers=PUBLIC)


def keys_response(call: Call) -> Response:
    """The key set."""
    return JSONResponse(key_set(call.tenant), headers=PUBLIC)
