from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc import jwk

from conformance.errors import Undecided
from conformance.oauth.registration import register, registered, registration_metadata
from conformance.target import Client

URL = "https://auth.example/register"
CLIENT = Client("main", redirect_uris=("https://app.example/cb",), authentication="client_secret_basic", name="App")


def test_a_registered_client_is_the_one_the_server_made(transport: Any) -> None:
    body = {"client_id": "c-1", "client_secret": "made-secret", "token_endpoint_auth_method": "client_secret_post"}
    transport.answer(URL, json.dumps(body).encode(), status=201)

    answer = register(transport, URL, registration_metadata(CLIENT, ["openid"]), initial_token="first")
    client = registered(CLIENT, answer)

    assert (client.client_id, client.client_secret, client.authentication) == (
        "c-1",
        "made-secret",
        "client_secret_post",
    )
    assert client.redirect_uris == CLIENT.redirect_uris
    assert transport.calls[0]["json"]["token_endpoint_auth_method"] == "client_secret_basic"
    assert transport.calls[0]["headers"]["Authorization"] == "Bearer first"
    assert "made-secret" not in transport.redactor.text("made-secret") + repr(answer)


def test_an_unknown_method_is_not_taken_over(transport: Any) -> None:
    transport.answer(URL, b'{"client_id": "c-1", "token_endpoint_auth_method": "client_secret_jwt"}', status=201)

    assert registered(CLIENT, register(transport, URL, {})).authentication == "client_secret_basic"


@pytest.mark.parametrize(
    ("status", "body"), [(400, b'{"error": "invalid_redirect_uri"}'), (201, b"{}"), (200, b"<html>"), (0, b"")]
)
def test_a_refused_registration_is_no_demonstration(transport: Any, status: int, body: bytes) -> None:
    transport.answer(URL, body, status=status)

    with pytest.raises(Undecided, match="registration of client main was refused"):
        registered(CLIENT, register(transport, URL, registration_metadata(CLIENT, [])))


def test_only_the_public_half_of_a_key_is_sent() -> None:
    key = jwk.RSAKey.generate_key(2048)
    client = Client(
        "main", authentication="private_key_jwt", private_key=json.dumps(key.as_dict(private=True)), key_id="k"
    )

    (sent,) = registration_metadata(client, [])["jwks"]["keys"]

    assert (sent["kid"], sent["alg"], "d" in sent, "n" in sent) == ("k", "RS384", False, True)
