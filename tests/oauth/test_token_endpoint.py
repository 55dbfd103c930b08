from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwk, jwt

from conformance.errors import ConfigError
from conformance.oauth.client_authentication import ASSERTION_TYPE, client_assertion
from conformance.oauth.request import Code
from conformance.oauth.token_endpoint import TokenEndpoint, answer_of
from conformance.target import Client
from conformance.transport import Exchange

URL = "https://auth.example/token"
CODE = Code("the-code", "the-verifier", "https://app.example/cb")
ISSUED = {
    "access_token": "AT-secret",
    "refresh_token": "RT-secret",
    "id_token": "x.y.z",
    "scope": "openid",
    "expires_in": 3600,
}


@pytest.fixture
def endpoint(transport: Any) -> TokenEndpoint:
    transport.answer(URL, json.dumps(ISSUED).encode())
    return TokenEndpoint(
        transport, URL, Client("public", client_id="app"), "https://auth.example/revoke", "https://auth.example/look"
    )


def last(endpoint: TokenEndpoint) -> dict[str, Any]:
    return endpoint.transport.calls[-1]  # type: ignore[attr-defined]


def test_a_code_is_exchanged_with_what_it_was_bound_to(endpoint: TokenEndpoint) -> None:
    answer = endpoint.exchange(CODE)

    assert answer.granted
    assert last(endpoint)["form"] == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "https://app.example/cb",
        "code_verifier": "the-verifier",
        "client_id": "app",
    }


def test_every_parameter_of_an_exchange_can_be_changed_or_left_out(endpoint: TokenEndpoint) -> None:
    endpoint.exchange(
        CODE, verifier=None, redirect_uri="https://other.example", parameters={"client_id": None, "x": "1"}
    )

    assert last(endpoint)["form"] == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "https://other.example",
        "x": "1",
    }


def test_refresh_revocation_and_introspection_say_what_they_are(endpoint: TokenEndpoint) -> None:
    endpoint.refresh("RT", scope="openid")
    assert last(endpoint)["form"] == {
        "grant_type": "refresh_token",
        "refresh_token": "RT",
        "scope": "openid",
        "client_id": "app",
    }

    endpoint.revoke("RT", hint="refresh_token")
    assert (last(endpoint)["url"], last(endpoint)["form"]["token_type_hint"]) == (
        "https://auth.example/revoke",
        "refresh_token",
    )

    endpoint.introspect("AT", bearer="other")
    assert last(endpoint)["url"] == "https://auth.example/look"
    assert last(endpoint)["headers"]["Authorization"] == "Bearer other"
    assert "client_id" not in last(endpoint)["form"]


@pytest.mark.parametrize(
    ("sent_as", "method", "place"), [("form", "POST", "form"), ("query", "GET", "params"), ("json", "POST", "json")]
)
def test_anything_can_be_sent_in_any_place(endpoint: TokenEndpoint, sent_as: Any, method: str, place: str) -> None:
    endpoint.raw({"grant_type": "password"}, sent_as=sent_as)

    call = last(endpoint)
    assert call["method"] == method
    assert call[place] == {"grant_type": "password", "client_id": "app"}
    assert sum(call[other] is not None for other in ("form", "params", "json")) == 1
    assert call["follow_redirects"] is False


def test_basic_authentication_encodes_before_it_joins(endpoint: TokenEndpoint) -> None:
    client = Client("main", client_id="a:b", client_secret="s+ü/", authentication="client_secret_basic")
    endpoint.as_client(client).exchange(CODE)

    scheme, _, value = last(endpoint)["headers"]["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(value)) == ("Basic", b"a%3Ab:s%2B%C3%BC%2F")
    assert "client_id" not in last(endpoint)["form"]


def test_a_secret_can_be_posted(endpoint: TokenEndpoint) -> None:
    client = Client("main", client_id="app", client_secret="s3", authentication="client_secret_post")
    endpoint.as_client(client).exchange(CODE)

    assert (last(endpoint)["form"]["client_id"], last(endpoint)["form"]["client_secret"]) == ("app", "s3")


@pytest.mark.parametrize(("algorithm", "form"), [("RS384", "pem"), ("ES384", "jwk"), ("RS256", "jwk")])
def test_a_client_can_sign_for_itself(endpoint: TokenEndpoint, algorithm: Any, form: str) -> None:
    made: Any = jwk.RSAKey.generate_key(2048) if algorithm.startswith("RS") else jwk.ECKey.generate_key("P-384")
    text = made.as_pem(private=True).decode() if form == "pem" else json.dumps(made.as_dict(private=True))
    client = Client("main", "app", authentication="private_key_jwt", private_key=text, key_id="k", algorithm=algorithm)
    endpoint.as_client(client).exchange(CODE)

    sent = last(endpoint)["form"]
    token = jwt.decode(sent["client_assertion"], made, algorithms=[algorithm])
    assert sent["client_assertion_type"] == ASSERTION_TYPE
    assert token.header == {"alg": algorithm, "typ": "JWT", "kid": "k"}
    assert (token.claims["iss"], token.claims["sub"], token.claims["aud"]) == ("app", "app", URL)
    assert token.claims["exp"] - token.claims["iat"] <= 300
    wrong = jwt.decode(client_assertion(client, URL, claims={"aud": "x", "jti": None}), made, algorithms=[algorithm])
    assert (wrong.claims["aud"], "jti" in wrong.claims) == ("x", False)


@pytest.mark.parametrize("text", ["", "no key at all", "{}", '{"kty": "oct", "k": "AAAA"}'])
def test_an_unusable_key_names_its_place_and_not_itself(endpoint: TokenEndpoint, text: str) -> None:
    client = Client("second", "app", authentication="private_key_jwt", private_key=text)

    with pytest.raises(ConfigError, match=r"clients\.second\.private_key") as caught:
        endpoint.as_client(client).exchange(CODE)

    assert "no key at all" not in str(caught.value)


def answer(status: int, body: str, fault: Any = "") -> Any:
    return answer_of(Exchange(1, "POST", URL, {}, b"", status, {}, body.encode(), 1.0, fault))


@pytest.mark.parametrize(
    ("status", "body", "refused", "granted", "as_specified"),
    [
        (400, '{"error": "invalid_grant"}', True, False, True),
        (401, '{"error": "invalid_grant"}', True, False, True),
        (400, '{"error": "invalid_client"}', True, False, False),
        (200, '{"error": "invalid_grant"}', True, False, False),
        (400, '{"error": "invalid_grant", "access_token": "x"}', False, False, False),
        (200, '{"access_token": "x"}', False, True, False),
        (400, "<html>", True, False, False),
        (500, '{"error": "invalid_grant"}', False, False, False),
        (0, "", False, False, False),
    ],
)
def test_an_answer_is_a_refusal_a_grant_or_neither(
    status: int, body: str, refused: bool, granted: bool, as_specified: bool
) -> None:
    made = answer(status, body)

    assert (made.refused, made.granted, made.refused_with("invalid_grant")) == (refused, granted, as_specified)


@pytest.mark.parametrize(
    ("served", "lifetime"),
    [
        ("3600", 3600),
        ('"3600"', 3600),
        ("3600.0", 3600),
        ("true", None),
        ('"soon"', None),
        ("-1", None),
        ("null", None),
    ],
)
def test_a_lifetime_is_read_tolerantly(served: str, lifetime: int | None) -> None:
    assert answer(200, f'{{"expires_in": {served}}}').lifetime == lifetime


def test_an_answer_shows_no_token_and_the_redactor_knows_them(endpoint: TokenEndpoint) -> None:
    made = endpoint.exchange(CODE)
    redact = endpoint.transport.redactor.text

    assert "secret" not in repr(made)
    assert "AT-secret" not in redact("token AT-secret, RT-secret, the-verifier, the-code")
    assert "the-verifier" not in redact("the-verifier")


def test_a_changed_secret_belongs_to_the_copy_only(endpoint: TokenEndpoint) -> None:
    client = Client("main", client_id="app", client_secret="right", authentication="client_secret_post")
    confidential = endpoint.as_client(client)
    confidential.as_client(replace(client, client_secret="wrong")).exchange(CODE)

    assert last(endpoint)["form"]["client_secret"] == "wrong"
    assert confidential.client.client_secret == "right"
