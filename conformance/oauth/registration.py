"""Dynamic client registration (RFC 7591), for deployments that offer it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.errors import Undecided
from conformance.oauth.client_authentication import METHODS, private_key
from conformance.oauth.token_endpoint import TokenAnswer, answer_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.target import Client
    from conformance.transport import Transport

SECRETS = ("client_secret", "registration_access_token")


def registration_metadata(client: Client, scopes: Sequence[str]) -> dict[str, Any]:
    """What the client says about itself (RFC 7591 section 2); a key pair is named by its public half."""
    metadata: dict[str, Any] = {
        "client_name": client.name or "Patient access conformance",
        "redirect_uris": list(client.redirect_uris),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": client.authentication,
        "scope": " ".join(scopes),
    }
    if client.authentication == "private_key_jwt":
        public = private_key(client).as_dict(private=False)
        extra = {"use": "sig", "alg": client.algorithm} | ({"kid": client.key_id} if client.key_id else {})
        metadata["jwks"] = {"keys": [public | extra]}
    if client.origin:
        metadata["client_uri"] = client.origin
    return metadata


def register(
    transport: Transport, endpoint: str, metadata: Mapping[str, Any], *, initial_token: str = ""
) -> TokenAnswer:
    """Register a client; whatever the server says is the answer.

    ``initial_token`` is sent as bearer when there is one.
    """
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {initial_token}"} if initial_token else {})
    exchange = transport.request(
        "POST",
        endpoint,
        headers=headers,
        json=json.loads(json.dumps(metadata)),
        follow_redirects=False,
        purpose="register a client",
        endpoint="registration",
    )
    answer = answer_of(exchange)
    for name in SECRETS:
        if value := answer.text(name):
            transport.redactor.register(value, name)
    return answer


def registered(client: Client, answer: TokenAnswer) -> Client:
    """The client as the server registered it; :class:`Undecided` when it did not.

    A server may change what was asked for (RFC 7591 section 3.2.1): its authentication method and redirect URIs hold.
    """
    if answer.status not in {200, 201} or not answer.text("client_id"):
        told = f"status {answer.status}{f', error {answer.error}' if answer.error else ''}"
        raise Undecided(f"dynamic registration of client {client.key} was refused ({told})")
    uris = answer.member("redirect_uris")
    kept = tuple(uri for uri in uris if isinstance(uri, str)) if isinstance(uris, list) else client.redirect_uris
    said: Any = answer.text("token_endpoint_auth_method")
    return replace(
        client,
        client_id=answer.text("client_id"),
        client_secret=answer.text("client_secret"),
        authentication=said if said in METHODS else client.authentication,
        redirect_uris=kept or client.redirect_uris,
    )
