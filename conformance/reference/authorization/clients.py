"""Apps: what is registered about them, dynamic registration (RFC 7591), authentication (RFC 6749 2.3)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from starlette.responses import JSONResponse, Response

from conformance.reference import limits
from conformance.reference.authorization import assertions
from conformance.reference.authorization.entities import Client
from conformance.reference.authorization.errors import NO_STORE, OAuthError
from conformance.reference.steps import step
from conformance.reference.tenant import MAX_KEPT

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call

METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
ORIGIN = "https://app.example"
CALLBACK = f"{ORIGIN}/callback"
OTHER_CALLBACK = f"{ORIGIN}/other"


def given_clients() -> dict[str, Client]:
    """The apps that exist from the start, with fresh secrets."""
    basic, post = "client_secret_basic", "client_secret_post"
    clients = [
        Client("app", "Conformance app", (CALLBACK, OTHER_CALLBACK), basic, secrets.token_urlsafe(24)),
        Client("app-public", "Conformance app (public)", (CALLBACK, OTHER_CALLBACK)),
        Client("app-second", "Another app", (CALLBACK, OTHER_CALLBACK), post, secrets.token_urlsafe(24)),
    ]
    key = ECKey.generate_key("P-384", private=True, auto_kid=True)
    public = {"keys": [key.as_dict(private=False) | {"alg": "ES384", "use": "sig"}]}
    asymmetric = Client(
        *("app-asymmetric", "Conformance app (with a key)", (CALLBACK, OTHER_CALLBACK), "private_key_jwt"),
        jwks=public,
        private_key=dict(key.as_dict(private=True)) | {"alg": "ES384"},
    )
    return {client.id: client for client in (*clients, asymmetric)}


def register(call: Call) -> Response:
    """POST to the registration endpoint: a new app, at once (RFC 7591 3.1 and 3.2)."""
    try:
        client = _described(call.json())
    except (ValueError, AttributeError, TypeError):
        raise OAuthError("invalid_client_metadata", "The body must be a JSON object of client metadata.") from None
    if len(call.tenant.state.clients) >= MAX_KEPT:
        raise OAuthError("temporarily_unavailable", "No more apps can be registered here.", 503)
    call.tenant.state.clients[client.id] = client
    body: dict[str, Any] = {
        "client_id": client.id,
        "client_id_issued_at": int(time.time()),
        "client_name": client.name,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": client.method,
    }
    if client.secret:
        body |= {"client_secret": client.secret, "client_secret_expires_at": 0}
    if client.jwks:
        body["jwks"] = client.jwks
    return JSONResponse(body, 201, NO_STORE)


def _described(metadata: dict[str, Any]) -> Client:
    uris = metadata.get("redirect_uris")
    if not isinstance(uris, list) or not uris or not all(isinstance(uri, str) and _redirectable(uri) for uri in uris):
        raise OAuthError("invalid_redirect_uri", "redirect_uris must be absolute URLs without a fragment.")
    method = metadata.get("token_endpoint_auth_method", "client_secret_basic")
    if method not in METHODS:
        raise OAuthError("invalid_client_metadata", f"token_endpoint_auth_method must be one of {', '.join(METHODS)}.")
    if "authorization_code" not in metadata.get("grant_types", ["authorization_code"]):
        raise OAuthError("invalid_client_metadata", "Only the authorization_code grant is offered.")
    name = str(metadata.get("client_name") or urlsplit(uris[0]).netloc)[:200]
    secret = secrets.token_urlsafe(24) if method.startswith("client_secret") else ""
    jwks = _keys(metadata) if method == "private_key_jwt" else {}
    return Client(f"app-{secrets.token_hex(8)}", name, tuple(uris), method, secret, jwks)


def _keys(metadata: dict[str, Any]) -> dict[str, Any]:
    """The public keys of an app that registers with some."""
    try:
        keys = KeySet.import_key_set(metadata["jwks"])
    except (KeyError, TypeError, ValueError, JoseError):
        raise OAuthError("invalid_client_metadata", "private_key_jwt needs jwks, a set of public keys.") from None
    return dict(keys.as_dict(private=False))


def _redirectable(uri: str) -> bool:
    """Https anywhere, http on loopback only, or an app's private scheme (RFC 8252 7); never a fragment."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if not parts.scheme or "#" in uri or parts.scheme in ("javascript", "data", "file", "blob", "about"):
        return False
    if parts.scheme == "http":
        return parts.hostname in ("localhost", "127.0.0.1", "::1")
    return bool(parts.netloc) if parts.scheme == "https" else "." in parts.scheme


@step
def authenticate(call: Call, fields: dict[str, str]) -> Client:
    """The app that makes a token request; raises ``invalid_client`` when it cannot show that it is itself.

    Raises :class:`~conformance.reference.limits.TooMany` when one address names unknown clients again and again.
    """
    header = call.headers.get("authorization", "")
    if bool(header) + ("client_secret" in fields) + ("client_assertion" in fields) > 1:
        raise OAuthError("invalid_request", "Use one way of client authentication only.")
    if header:
        client_id, proof, method = *_basic(header), "client_secret_basic"
    elif "client_assertion" in fields:
        client_id, proof, method = assertions.client_id(fields), fields["client_assertion"], "private_key_jwt"
    else:
        client_id, proof = fields.get("client_id", ""), fields.get("client_secret", "")
        method = "client_secret_post" if "client_secret" in fields else "none"
    client = call.tenant.state.clients.get(client_id)
    if client is None:
        limits.require(call.tenant, limits.UNKNOWN_CLIENT, call.peer)
    other = fields.get("client_id", client_id) != client_id
    if client is None or other or client.method != method or not authentic(call.tenant, client, proof):
        raise OAuthError("invalid_client", "The client could not be authenticated.", 401)
    return client


@step
def authentic(tenant: Tenant, client: Client, proof: str) -> bool:
    """Whether the proof is the client's: its secret, or an assertion signed by its key; a public one needs none."""
    if client.method == "private_key_jwt":
        return assertions.proven(tenant, client, proof)
    return secret_matches(tenant, client, proof)


@step
def secret_matches(tenant: Tenant, client: Client, secret: str) -> bool:  # noqa: ARG001
    """Whether the secret is the client's; in constant time."""
    return hmac.compare_digest(secret.encode(), client.secret.encode())


def _basic(header: str) -> tuple[str, str]:
    """Client id and secret of a Basic header, each form-decoded (RFC 6749 2.3.1)."""
    scheme, _, value = header.partition(" ")
    try:
        client_id, _, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        client_id = secret = ""
    if scheme.lower() != "basic" or not client_id:
        raise OAuthError("invalid_client", "The Authorization header is not a Basic one.", 401)
    return unquote_plus(client_id), unquote_plus(secret)
