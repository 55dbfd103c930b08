"""How a run asks for access: once more with prompt=consent, and with true reasons where no code came."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.areas.shared.authorizations import Authorizations
from conformance.errors import Undecided
from conformance.login.outcome import AuthorizationOutcome, Redirect
from conformance.oauth.token_endpoint import TokenAnswer, answer_of
from conformance.target import Client
from conformance.transport import Exchange

CALLBACK = "https://app.example/callback"
SCOPES = ("openid", "offline_access", "patient/Patient.read")


class Server(Authorizations):
    """Grants offline_access as ``needs`` says, and refuses every request when ``refuses`` says why."""

    def __init__(self, *, needs: str = "", never: bool = False, refuses: str = "", scopes: tuple[str, ...] = SCOPES):
        client = Client("main", client_id="app", redirect_uris=(CALLBACK,))
        target = SimpleNamespace(
            clients={"main": client}, deployment=SimpleNamespace(fhir_base="https://payer.example")
        )
        discovery: Any = SimpleNamespace(
            authorization_endpoint="https://payer.example/authorize", token_endpoint="https://payer.example/token"
        )
        super().__init__(SimpleNamespace(target=target, notes=[]), discovery, scopes)  # type: ignore[arg-type]
        self._needs, self._never, self._refuses = needs, never, refuses
        self.prompts: list[str] = []

    def launch(self, request: Any, **_: Any) -> AuthorizationOutcome:  # type: ignore[override]
        self.prompts.append(request.value("prompt"))
        answer = (("code", f"c{len(self.prompts)}"),)
        if self._refuses:
            answer = (("error", "invalid_request"), ("error_description", self._refuses))  # type: ignore[assignment]
        outcome = AuthorizationOutcome("redirect", request, Redirect(CALLBACK, answer))
        self.outcomes.append(outcome)
        return outcome

    def endpoint(self, client: str = "main") -> Any:
        return self

    def exchange(self, code: Any) -> TokenAnswer:
        offline = not self._never and (not self._needs or self.prompts[-1] == self._needs)
        scope = " ".join(each for each in self.scopes if offline or each != "offline_access")
        body = json.dumps({"access_token": code.value, "token_type": "Bearer", "scope": scope}).encode()
        headers = {"content-type": "application/json"}
        return answer_of(Exchange(1, "POST", "https://payer.example/token", {}, b"", 200, headers, body, 1.0))


def test_offline_access_that_is_granted_is_asked_for_once() -> None:
    server = Server()

    assert server.exchanged(server.shared_launch()).access_token == "c1"
    assert server.prompts == [""]


def test_offline_access_is_asked_for_once_more_with_consent() -> None:
    server = Server(needs="consent")

    assert server.exchanged(server.shared_launch()).access_token == "c2"
    assert server.prompts == ["", "consent"]
    assert server.request().value("prompt") == "consent"
    assert not server.request(scopes=("openid",)).value("prompt")
    assert "prompt=consent" in server.run.notes[0]


def test_where_consent_does_not_help_the_first_launch_counts() -> None:
    server = Server(never=True)

    assert server.exchanged(server.shared_launch()).access_token == "c1"
    assert server.prompts == ["", "consent"]
    assert not server.request().value("prompt")


def test_without_openid_nothing_is_asked_again() -> None:
    server = Server(never=True, scopes=("offline_access", "patient/Patient.read"))
    server.shared_launch()

    assert server.prompts == [""]


def test_a_refused_request_says_what_the_server_said() -> None:
    server = Server(refuses="ask for less")
    with pytest.raises(Undecided, match=r"invalid_request: ask for less, see PA-AUTH-001") as first:
        server.code_of(server.launch(server.request()))
    assert first.value.blocked_by == "PA-AUTH-001"

    server._refuses = ""
    server.launch(server.request())
    server._refuses = "ask for less"
    with pytest.raises(
        Undecided, match=r"request for 'openid' was refused with invalid_request: ask for less"
    ) as later:
        server.code_of(server.launch(server.request(scopes=("openid",))))
    assert not later.value.blocked_by
