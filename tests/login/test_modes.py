from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.errors import Undecided
from conformance.login.authorize import Browser
from conformance.login.modes import NoLogin, Pasting, authorizer_for, outside_tokens
from conformance.oauth.discovery import Discovery, Document
from conformance.oauth.request import authorization_request
from conformance.oauth.session import Session
from conformance.redaction import Redactor
from conformance.target import Client, Member

MEMBER = Member("a")
CLIENT = Client("main", "app", redirect_uris=("https://app.example/cb",))
REQUEST = authorization_request("https://auth.example/authorize", CLIENT, ["openid"], "https://f.example")
NOTHING = Document("", "", problem="no address")


@pytest.mark.parametrize(
    ("mode", "kind"), [("browser", Browser), ("manual", Browser), ("tokens", NoLogin), ("code", Pasting)]
)
def test_a_mode_has_its_authorizer(mode: str, kind: type) -> None:
    target: Any = SimpleNamespace(
        login={"mode": mode},
        tls=SimpleNamespace(ca_file="", client_cert="", client_key=""),
        proxy="",
        clients={"main": CLIENT},
    )

    with authorizer_for(target, Discovery("https://f.example", NOTHING, NOTHING, NOTHING)) as authorizer:
        assert isinstance(authorizer, kind)


def test_a_pasted_redirect_is_an_outcome() -> None:
    asked: list[str] = []
    redactor = Redactor()
    pasted = f" https://app.example/cb?code=pasted-code&state={REQUEST.state} "

    outcome = Pasting(lambda text: asked.append(text) or pasted, redactor).authorize(REQUEST, MEMBER, decision="deny")

    assert REQUEST.url in asked[0]
    assert "press deny" in asked[0]
    assert outcome.code is not None
    assert (outcome.kind, outcome.code.value, outcome.state_matches) == ("redirect", "pasted-code", True)
    assert "pasted-code" not in redactor.text("pasted-code")


def test_nothing_pasted_is_no_verdict_unless_an_error_page_was_expected() -> None:
    nobody = Pasting(lambda _: "")

    assert nobody.authorize(REQUEST, MEMBER).kind == "abandoned"
    assert nobody.authorize(REQUEST, MEMBER, expect_error_page=True).kind == "error-page"
    with pytest.raises(Undecided):
        nobody.authorize(REQUEST.as_post(), MEMBER)


def test_without_a_login_nothing_about_logins_is_judged() -> None:
    with pytest.raises(Undecided, match=r"login\.mode is tokens"):
        NoLogin().authorize(REQUEST, MEMBER)


def test_tokens_from_outside_make_a_session() -> None:
    session = Session(outside_tokens("AT", "RT"), member="a", configured_patient="p-1")

    assert (session.bearer(), session.refresh_token, session.expires_in) == ("AT", "RT", None)
    assert (session.patient.id, session.patient.source) == ("p-1", "configured")
    assert "AT" not in repr(session.answer)
