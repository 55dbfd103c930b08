"""A nonce is sent with the scope openid only (OpenID Connect Core 1.0 section 3.1.2.1)."""

import pytest

from conformance.oauth.request import AuthorizationRequest, authorization_request
from conformance.target import Client

CLIENT = Client("main", client_id="app", redirect_uris=("https://app.example/callback",))


def made(*scopes: str) -> AuthorizationRequest:
    return authorization_request("https://payer.example/authorize", CLIENT, scopes, "https://payer.example/fhir")


@pytest.mark.parametrize(
    ("scopes", "sent"), [(("openid", "fhirUser"), True), (("patient/Patient.read",), False), ((), False)]
)
def test_nonce_goes_with_openid(scopes: tuple[str, ...], sent: bool) -> None:
    assert bool(made(*scopes).nonce) is sent


def test_a_scope_without_openid_takes_the_nonce_away() -> None:
    request = made("openid")

    assert not request.with_(scope="patient/Patient.read").nonce
    assert request.with_(scope="openid patient/Patient.read").nonce == request.nonce
    assert request.with_(aud="https://elsewhere.example").nonce == request.nonce
