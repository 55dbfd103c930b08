from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.oauth.discovery import discover
from conformance.transport.origin import origin_of

BASE = "https://fhir.example/r4"
SMART = f"{BASE}/.well-known/smart-configuration"
GOOD: dict[str, Any] = {
    "issuer": "https://auth.example/tenant",
    "authorization_endpoint": "https://auth.example/authorize",
    "token_endpoint": "https://auth.example/token",
    "jwks_uri": "https://auth.example/keys",
    "capabilities": ["launch-standalone"],
    "scopes_supported": ["openid"],
}


def test_the_documents_lead_to_each_other(transport: Any) -> None:
    transport.answer(SMART, json.dumps(GOOD).encode())
    transport.answer(
        "https://auth.example/tenant/.well-known/openid-configuration", b'{"userinfo_endpoint": "https://u.example/"}'
    )
    transport.answer("https://auth.example/keys", b'{"keys": [{"kty": "RSA"}, "junk"]}')

    found = discover(transport, BASE)

    assert found.token_endpoint == "https://auth.example/token"
    assert found.capabilities == ("launch-standalone",)
    assert found.keys == ({"kty": "RSA"},)
    assert found.origins == ("https://fhir.example", "https://auth.example", "https://u.example")
    assert [document.usable for document in (found.smart, found.openid, found.jwks)] == [True, True, True]


@pytest.mark.parametrize(
    ("body", "status", "fault", "problem"),
    [
        (b"<html>", 200, "", "not JSON"),
        (b"[]", 200, "", "not an object"),
        (b"\xff\xfe", 200, "", "not JSON"),
        (b"[" * 100_000, 200, "", "not JSON"),
        (b"{}", 404, "", "status 404"),
        (b"", 0, "tls", "no answer: tls"),
        (b"{}", 200, "too-large", "no answer: too-large"),
    ],
)
def test_a_bad_document_is_kept_with_its_exchange(
    transport: Any, body: bytes, status: int, fault: str, problem: str
) -> None:
    transport.answer(SMART, body, status=status, fault=fault)

    found = discover(transport, BASE)

    assert found.smart.problem == problem
    assert found.smart.exchange is not None
    assert found.token_endpoint == ""
    assert found.openid.problem == found.jwks.problem == "no address"


@pytest.mark.parametrize("wrong", [None, 7, [], {}, "http://[broken", "https://"])
def test_members_of_the_wrong_kind_are_harmless(transport: Any, wrong: Any) -> None:
    names = [*GOOD, "revocation_endpoint", "introspection_endpoint", "registration_endpoint"]
    transport.answer(SMART, json.dumps(dict.fromkeys(names, wrong)).encode())

    found = discover(transport, BASE)

    assert found.smart.usable
    assert (found.authorization_endpoint, found.jwks_uri, found.revocation_endpoint) == ("", "", "")
    assert (found.capabilities, found.keys) == ((), ())
    assert found.origins == ("https://fhir.example",)


def test_a_relative_endpoint_is_resolved_so_that_the_rest_can_be_judged(transport: Any) -> None:
    transport.answer(SMART, json.dumps(GOOD | {"token_endpoint": "/oauth2/token"}).encode())

    found = discover(transport, BASE)

    assert found.token_endpoint == "https://fhir.example/oauth2/token"
    assert found.smart.text("token_endpoint") == "/oauth2/token"


def test_the_configuration_is_looked_for_under_the_base_only(transport: Any) -> None:
    transport.answer("https://fhir.example/.well-known/smart-configuration", json.dumps(GOOD).encode())

    assert discover(transport, BASE + "/").smart.problem == "status 404"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTPS://Fhir.Example:8443/r4?x#y", "https://fhir.example:8443"),
        ("https://[::1]:9/x", "https://[::1]:9"),
        ("com.example.app://callback", ""),
        ("https://host:port/", ""),
        ("", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin
