"""A session is asked whether it lives only after somebody was given tokens, and renewed when it does not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from conformance.areas.shared.canary import Canary
from conformance.login.modes import outside_tokens
from conformance.oauth.session import Session
from conformance.transport.exchange import Exchange

TOKEN_ENDPOINT = "https://payer.example/token"


class Wire:
    """A transport whose FHIR server knows the tokens in ``living``."""

    def __init__(self, refusal: int = 401) -> None:
        self.exchanges: list[Exchange] = []
        self.refusal = refusal
        self.living = {"first"}

    def request(self, method, url, *, headers=None, **_):
        token = (headers or {}).get("Authorization", "").removeprefix("Bearer ")
        return self.note(method, url, 200 if token in self.living else self.refusal)

    def note(self, method, url, status):
        self.exchanges.append(Exchange(len(self.exchanges) + 1, method, url, {}, b"", status, {}, b"", 0.0))
        return self.exchanges[-1]


def watched(wire: Wire, tokens: list[str]) -> tuple[SimpleNamespace, Session]:
    """A run and its session, which is given the next of ``tokens`` at every authorization."""
    deployment = SimpleNamespace(fhir_base="https://payer.example/fhir")
    run = SimpleNamespace(authorizations=1, transport=wire, target=SimpleNamespace(deployment=deployment))

    def again():
        run.authorizations += 1
        return outside_tokens(tokens.pop(0))

    session = Session(again(), configured_patient="p", reauthorize=again, alive=Canary(run, TOKEN_ENDPOINT))
    return run, session


def test_one_question_per_grant_and_a_renewal_when_the_answer_is_no():
    wire = Wire()
    run, session = watched(wire, ["first", "second", "third"])

    assert (session.bearer(), session.bearer(), len(wire.exchanges)) == ("first", "first", 1)
    wire.note("POST", TOKEN_ENDPOINT, 400)
    assert (session.bearer(), len(wire.exchanges)) == ("first", 2)
    wire.note("POST", TOKEN_ENDPOINT, 200)
    assert (session.bearer(), session.bearer(), len(wire.exchanges)) == ("first", "first", 4)
    run.authorizations += 1
    wire.living = {"second"}
    assert (session.bearer(), session.bearer(), session.renewals) == ("second", "second", 1)


@pytest.mark.parametrize("refusal", [401, 403, 404])
def test_every_grant_of_somebody_else_may_end_the_session(refusal):
    wire = Wire(refusal)
    names = [f"token {number}" for number in range(6)]
    run, session = watched(wire, list(names))

    for name in names[1:]:
        run.authorizations += 1
        wire.living = {name}
        assert session.bearer() == name


def test_a_server_that_refuses_every_token_is_not_asked_for_ever():
    wire = Wire()
    wire.living = set()
    _, session = watched(wire, [f"token {number}" for number in range(20)])

    assert [session.bearer() for _ in range(6)][-1] == "token 1"
    assert session.renewals == 1
