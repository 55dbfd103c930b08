"""What is made of a server that breaks down over a wrong request."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.areas.shared.wrong_requests import WrongRequests
from conformance.errors import Undecided
from conformance.login.outcome import AuthorizationOutcome, Redirect
from conformance.oauth.request import AuthorizationRequest, authorization_request
from conformance.oauth.token_endpoint import TokenAnswer, answer_of
from conformance.target import Client
from conformance.transport import Exchange

CALLBACK = "https://app.example/callback"
CLIENT = Client("main", client_id="app", redirect_uris=(CALLBACK,))


class Server:
    """Serves every authorization request with a code, and exchanges codes with one status."""

    def __init__(self, status: int = 400, body: bytes = b"{}") -> None:
        self.status, self.body = status, body

    def smaller(self, *types: str) -> tuple[str, ...]:
        return ("openid", "patient/Patient.read")

    def request(self, *, scopes: Any = ("openid",), state: str = "", client: str = "") -> AuthorizationRequest:
        return authorization_request("https://payer.example/authorize", CLIENT, scopes, "https://payer.example/fhir")

    def attempt(self, request: AuthorizationRequest, **_: Any) -> AuthorizationOutcome:
        return AuthorizationOutcome("redirect", request, Redirect(CALLBACK, (("code", "c"),)))

    def endpoint(self, client: str = "") -> Server:
        return self

    def exchange(self, *_: Any, **__: Any) -> TokenAnswer:
        url, headers = "https://payer.example/token", {"content-type": "application/json"}
        return answer_of(Exchange(1, "POST", url, {}, b"", self.status, headers, self.body, 1.0))


@pytest.mark.parametrize("status", [500, 503, 429, 0])
def test_a_breakdown_over_the_code_of_a_wrong_request_is_no_refusal(status: int) -> None:
    with pytest.raises(
        Undecided, match=r"a request without aud gave a code whose exchange.*neither a refusal nor a grant"
    ):
        WrongRequests(Server(status)).attempts("aud")


def test_a_refused_exchange_and_a_served_one_are_decided() -> None:
    refused = WrongRequests(Server(400)).attempts("aud")
    served = WrongRequests(Server(500, b'{"access_token": "t"}')).attempts("aud")

    assert [attempt.usable for attempt in refused] == [False, False]
    assert [attempt.usable for attempt in served] == [True, True]


def test_sending_the_browser_on_for_a_stranger_is_wrong_whatever_the_exchange_says() -> None:
    attempts = WrongRequests(Server(500)).attempts("client_id")

    assert all(attempt.launch.redirect for attempt in attempts)
