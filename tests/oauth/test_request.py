from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit

from conformance.oauth.pkce import new_state, s256
from conformance.oauth.request import AuthorizationRequest, authorization_request
from conformance.target import Client

CLIENT = Client("main", client_id="app", redirect_uris=("https://app.example/cb", "https://app.example/other"))


def made(**more: str) -> AuthorizationRequest:
    return authorization_request(
        "https://auth.example/authorize", CLIENT, ["openid", "patient/Patient.read"], "https://fhir.example/r4", **more
    )


def test_a_standalone_launch_has_every_parameter() -> None:
    request = made()
    sent = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}

    assert sent == {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": "https://app.example/cb",
        "scope": "openid patient/Patient.read",
        "state": request.state,
        "aud": "https://fhir.example/r4",
        "code_challenge": s256(request.pkce.verifier),
        "code_challenge_method": "S256",
        "nonce": request.nonce,
    }


def test_parameters_can_be_changed_left_out_and_repeated() -> None:
    request = made().with_(aud="https://evil.example", extra="x").without("nonce").repeated("scope", "openid")

    assert request.value("aud") == "https://evil.example"
    assert request.value("extra") == "x"
    assert request.nonce == ""
    assert [name for name, _ in request.parameters].count("scope") == 2


def test_what_is_watched_is_what_was_sent_and_what_is_registered() -> None:
    request = made().repeated("redirect_uri", "https://evil.example/cb")

    assert request.watched == ("https://app.example/cb", "https://evil.example/cb", "https://app.example/other")
    assert made().without("redirect_uri").redirect_uri == "https://app.example/cb"


def test_a_state_with_punctuation_survives_the_url() -> None:
    request = made(state=new_state(punctuation=True))

    assert dict(parse_qsl(urlsplit(request.url).query))["state"] == request.state


def test_an_endpoint_with_a_query_keeps_it() -> None:
    request = authorization_request("https://auth.example/authorize?tenant=1", CLIENT, [], "https://fhir.example")

    assert request.url.startswith("https://auth.example/authorize?tenant=1&response_type=code&")


def test_a_request_does_not_show_its_values() -> None:
    request = made()

    assert request.state not in repr(request)
    assert request.pkce.verifier not in repr(request)
