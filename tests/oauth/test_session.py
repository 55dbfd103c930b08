from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from conformance.errors import Undecided
from conformance.oauth.id_token import IdToken
from conformance.oauth.session import Session, patient_context
from conformance.oauth.token_endpoint import TokenAnswer, TokenEndpoint, answer_of
from conformance.target import Client
from conformance.transport import Exchange

URL = "https://auth.example/token"


def answer(**members: Any) -> TokenAnswer:
    body = json.dumps({"access_token": "AT-0", "expires_in": 3600} | members).encode()
    return answer_of(Exchange(1, "POST", URL, {}, b"", 200, {}, body, 1.0))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Issuing:
    """A transport whose token endpoint issues AT-1, AT-2, … and counts."""

    def __init__(self, **members: Any) -> None:
        self.count = 0
        self.members = members
        self.refuse = False
        self.forms: list[dict[str, str]] = []
        self.redactor = type("Redactor", (), {"register": lambda *_: None})()

    def request(self, *_: Any, form: dict[str, str], **__: Any) -> Exchange:
        self.count += 1
        self.forms.append(form)
        body = {"error": "invalid_grant"} if self.refuse else {"access_token": f"AT-{self.count}", "expires_in": 3600}
        status = 400 if self.refuse else 200
        return Exchange(1, "POST", URL, {}, b"", status, {}, json.dumps(body | self.members).encode(), 1.0)


def session(issuing: Issuing | None = None, clock: Clock | None = None, **more: Any) -> Session:
    endpoint = TokenEndpoint(issuing, URL, Client("main", "app")) if issuing else None  # type: ignore[arg-type]
    members = {name: more.pop(name) for name in ("refresh_token", "scope", "expires_in", "patient") if name in more}
    return Session(answer(**members), endpoint=endpoint, member="a", clock=clock or Clock(), **more)


def test_a_fresh_token_is_used_as_it_is() -> None:
    issuing = Issuing()

    assert session(issuing, refresh_token="RT").bearer() == "AT-0"
    assert issuing.count == 0


def test_a_token_about_to_expire_is_refreshed_once_and_replaces_the_old_one() -> None:
    issuing, clock = Issuing(refresh_token="RT-new"), Clock()
    shared = session(issuing, clock, refresh_token="RT-old", scope="openid")
    clock.now = 3550

    assert [shared.bearer(), shared.bearer()] == ["AT-1", "AT-1"]
    assert issuing.forms[0]["refresh_token"] == "RT-old"
    assert (shared.refresh_token, shared.refreshes) == ("RT-new", 1)
    assert shared.scopes.raw == "openid"


def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one() -> None:
    issuing, clock = Issuing(), Clock()
    shared = session(issuing, clock, refresh_token="RT")
    clock.now = 3599
    shared.bearer()

    assert shared.refresh_token == "RT"


def test_a_token_of_a_minute_is_not_refreshed_at_once() -> None:
    issuing, clock = Issuing(), Clock()
    shared = session(issuing, clock, refresh_token="RT", expires_in=60)

    assert shared.bearer() == "AT-0"
    clock.now = 50
    assert shared.bearer() == "AT-1"


def test_a_refused_refresh_keeps_a_living_token_and_names_a_dead_one() -> None:
    issuing, clock = Issuing(), Clock()
    issuing.refuse = True
    shared = session(issuing, clock, refresh_token="RT")
    clock.now = 3590

    assert shared.bearer() == "AT-0"
    clock.now = 3601
    with pytest.raises(Undecided, match="could not be renewed"):
        shared.bearer()


def test_without_a_refresh_token_a_new_authorization_is_asked_for() -> None:
    clock = Clock()
    shared = session(None, clock, reauthorize=lambda: answer(access_token="AT-again"))
    clock.now = 3590

    assert shared.bearer() == "AT-again"
    assert (shared.renewals, shared.refreshes) == (1, 0)


def test_a_lifetime_nobody_stated_is_not_guessed() -> None:
    clock = Clock()
    shared = session(Issuing(), clock, expires_in="soon", refresh_token="RT")
    clock.now = 1e9

    assert shared.expires_in is None
    assert shared.bearer() == "AT-0"


def test_many_threads_cause_one_refresh() -> None:
    issuing, clock = Issuing(refresh_token="RT-1"), Clock()
    shared = session(issuing, clock, refresh_token="RT-0")
    clock.now = 3590
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(shared.bearer())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (set(seen), issuing.count) == ({"AT-1"}, 1)


def test_an_explicit_refresh_without_a_token_cannot_be_judged() -> None:
    with pytest.raises(Undecided, match="no refresh token"):
        session(Issuing()).refresh()


def token(**claims: Any) -> IdToken:
    return IdToken("", {}, claims)


@pytest.mark.parametrize(
    ("patient", "claims", "configured", "found"),
    [
        ("p-1", {"fhirUser": "Patient/p-2", "sub": "p-3"}, "p-4", ("p-1", "patient")),
        ("Patient/p-1", {}, "", ("p-1", "patient")),
        ("", {"fhirUser": "https://fhir.example/Patient/p-2", "sub": "p-3"}, "p-4", ("p-2", "fhirUser")),
        ("", {"fhirUser": "RelatedPerson/r-1", "sub": "p-3"}, "p-4", ("p-4", "configured")),
        ("", {"sub": "p-3"}, "", ("p-3", "sub")),
        ("", {"sub": "not an id"}, "", ("", "")),
    ],
)
def test_the_patient_is_taken_from_the_first_source_that_names_one(
    patient: str, claims: dict[str, str], configured: str, found: tuple[str, str]
) -> None:
    context = patient_context(answer(patient=patient), token(**claims), configured)

    assert (context.id, context.source) == found


def test_the_order_of_sources_is_the_callers_and_all_are_told() -> None:
    context = patient_context(answer(patient="p-1"), token(sub="p-3"), order=("sub", "patient"))

    assert (context.id, context.source) == ("p-3", "sub")
    assert context.said == {"patient": "p-1", "sub": "p-3"}


def test_a_session_does_not_show_its_tokens() -> None:
    shown = repr(session(patient="p-1", refresh_token="RT-secret", scope="openid"))

    assert "AT-0" not in shown
    assert "RT-secret" not in shown
    assert "p-1" in shown
