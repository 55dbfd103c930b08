"""A session is asked whether it lives only after somebody was given tokens, and renewed when it does not."""

from __future__ import annotations

from types import SimpleNamespace

from conformance.plugin.canary import Canary
from conformance.smart.modes import outside_tokens
from conformance.smart.session import Session
from conformance.transport.exchange import Exchange

TOKEN_ENDPOINT = "https://payer.example/token"


class Wire:
    """A transport whose FHIR server knows the tokens in ``living``."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.living = {"first"}

    def request(self, method, url, *, headers=None, **_):
        token = (headers or {}).get("Authorization", "").removeprefix("Bearer ")
        return self.note(method, url, 200 if token in self.living else 401)

    def note(self, method, url, status):
        self.exchanges.append(Exchange(len(self.exchanges) + 1, method, url, {}, b"", status, {}, b"", 0.0))
        return self.exchanges[-1]


def test_one_question_per_grant_and_a_renewal_when_the_answer_is_no():
    wire = Wire()
    run = SimpleNamespace(
        authorizations=1,
        transport=wire,
        target=SimpleNamespace(deployment=SimpleNamespace(fhir_base="https://payer.example/fhir")),
    )
    session = Session(
        outside_tokens("first"),
        configured_patient="p",
        reauthorize=lambda: outside_tokens("second"),
        alive=Canary(run, TOKEN_ENDPOINT),
    )

    assert (session.bearer(), wire.exchanges) == ("first", [])
    wire.note("POST", TOKEN_ENDPOINT, 400)
    assert (session.bearer(), len(wire.exchanges)) == ("first", 1)
    wire.note("POST", TOKEN_ENDPOINT, 200)
    assert (session.bearer(), session.bearer(), len(wire.exchanges)) == ("first", "first", 3)
    wire.note("POST", TOKEN_ENDPOINT, 200)
    wire.living = {"second"}
    assert (session.bearer(), session.renewals) == ("second", 1)
    run.authorizations += 1
    wire.living = {"third"}
    assert session.bearer() == "second"
    assert session.renewals == 2
