"""Tampered access tokens: each differs from the right one in what it means, and none is a valid one by accident."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from conformance.areas.shared.altered_tokens import altered, made_up

KEY = RSAKey.generate_key(2048, private=True, parameters={"kid": "one"})
URLSAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(scope="module")
def token():
    claims = {"sub": "someone", "patient": "1", "exp": 2_000_000_000, "fhirUser": "https://payer.example/Patient/1"}
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)


def part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@given(st.text(URLSAFE, min_size=8, max_size=64))
def test_an_opaque_token_is_changed_in_letters(token):
    found = altered(token, another_patient="2")

    assert len(found) == 4
    assert token not in found.values()
    assert all(abs(len(token) - len(each)) <= 1 for each in found.values())


@given(st.binary(min_size=16, max_size=48))
def test_changed_letters_mean_other_bytes(content):
    token = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    for what, forged in altered(token, another_patient="2").items():
        if len(forged) == len(token):
            assert base64.urlsafe_b64decode(forged + "=" * (-len(forged) % 4)) != content, what


def test_a_jwt_is_changed_in_every_part(token):
    found = altered(token, another_patient="2", keys=[KEY.as_dict(private=False)])

    assert len(found) == 9
    for what, forged in found.items():
        with pytest.raises((JoseError, ValueError)):
            pytest.fail(f"{what} verifies: {jwt.decode(forged, KEY, algorithms=['RS256']).claims}")
    another = found["a JWT with alg none and another patient"]
    assert part(another, 0)["alg"] == "none"
    assert part(another, 1)["patient"] == "2"
    assert part(another, 1)["fhirUser"] == "https://payer.example/Patient/2"


def test_the_public_key_serves_as_a_secret(token):
    found = altered(token, another_patient="2", keys=[KEY.as_dict(private=False)])

    forged = found["a JWT signed symmetrically with the public key"]
    head, _, mac = forged.rpartition(".")
    right = hmac.new(KEY.as_pem(private=False), head.encode(), hashlib.sha256).digest()
    assert part(forged, 0)["alg"] == "HS256"
    assert part(forged, 1)["exp"] > 2_000_000_000
    assert base64.urlsafe_b64decode(f"{mac}=") == right


@pytest.mark.parametrize("keys", [(), [{"kty": "EC"}], [{"kty": "RSA", "n": "!", "e": "AQAB"}]])
def test_keys_that_cannot_be_used_are_left_out(token, keys):
    assert len(altered(token, another_patient="2", keys=keys)) == 8


def test_made_up_values_differ_from_the_issued_one():
    content = base64.urlsafe_b64encode(b'{"grant": "1"}').rstrip(b"=").decode()
    for value, count in (("opaque-value-1234", 2), (content, 3), ("0" * 40, 2)):
        made = made_up(value, "a code")
        assert len(made) == count
        assert value not in made.values()
    assert json.loads(base64.urlsafe_b64decode(made_up(content, "a code")["a code with changed content"] + "=="))["jti"]
