"""How a client proves who it is at the token endpoint: nothing, a secret, a signed assertion or a certificate.

RFC 6749 section 2.3, RFC 7523 with SMART App Launch 2.2.0 "Asymmetric Authentication", RFC 8705. A certificate is
presented by the transport; the form then only names the client.
"""

from __future__ import annotations

import json
import secrets
import time
import warnings
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from conformance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.target import Client

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 240  # SMART allows five minutes at most; the rest is for clocks that differ

Proof = tuple[dict[str, str], dict[str, str]]
"""What authentication adds: form fields and headers."""


def client_assertion(
    client: Client, audience: str, *, claims: Mapping[str, Any] | None = None, header: Mapping[str, Any] | None = None
) -> str:
    """A signed JWT that names the client (RFC 7523 section 3); ``claims`` and ``header`` override, ``None`` removes.

    Raises :class:`ConfigError` when the client's private key cannot be used with its algorithm.
    """
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415

    now = int(time.time())
    payload: dict[str, Any] = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    } | dict(claims or {})
    head: dict[str, Any] = {"alg": client.algorithm, "typ": "JWT", "kid": client.key_id or None} | dict(header or {})
    try:
        return jwt.encode(_present(head), _present(payload), private_key(client), algorithms=[str(head["alg"])])
    except (JoseError, ValueError, TypeError):
        raise ConfigError(f"clients.{client.key}.private_key cannot sign with {client.algorithm}") from None


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def private_key(client: Client) -> Any:
    """The client's key (joserfc) from its PEM or JWK text.

    Raises :class:`ConfigError`, without the text, when it is neither or does not fit the client's algorithm.
    """
    from joserfc import jwk  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415

    type_: Literal["EC", "RSA"] = "EC" if client.algorithm.startswith("ES") else "RSA"
    text = client.private_key.strip()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            key = jwk.import_key(json.loads(text) if text.startswith("{") else text, type_)
        if key.is_private:
            return key
    except (JoseError, ValueError, TypeError, KeyError):
        pass
    raise ConfigError(f"clients.{client.key}.private_key is neither a PEM key nor a JWK for {client.algorithm}")


def _named(client: Client, _audience: str) -> Proof:
    return {"client_id": client.client_id}, {}


def _basic(client: Client, _audience: str) -> Proof:
    pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
    return {}, {"Authorization": f"Basic {b64encode(pair.encode()).decode('ascii')}"}


def _post(client: Client, _audience: str) -> Proof:
    return {"client_id": client.client_id, "client_secret": client.client_secret}, {}


def _assertion(client: Client, audience: str) -> Proof:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": client_assertion(client, audience)}, {}


METHODS: Mapping[str, Callable[[Client, str], Proof]] = {
    "none": _named,
    "client_secret_basic": _basic,
    "client_secret_post": _post,
    "private_key_jwt": _assertion,
    "tls_client_auth": _named,
}


def proof(client: Client, audience: str) -> Proof:
    """The form fields and headers by which the client authenticates; ``audience`` is the token endpoint's URL."""
    return METHODS[client.authentication](client, audience)
