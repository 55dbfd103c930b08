"""How a login ends when it is not simply approved: consent given in part or denied, refusals, and pages nobody described."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.target import Member
from tests.pace import patience

pytestmark = pytest.mark.browser

FILL_USER = {"fill": "input[name=user]", "with": "${user.username}"}
FILL_PASSWORD = {"fill": "input[type=password]", "with": "${user.password}"}
SUBMIT = {"click": "button[type=submit]"}
LOGIN = {"name": "login", "when": {"visible": "input[type=password]"}, "do": [FILL_USER, FILL_PASSWORD, SUBMIT]}
CONSENT = {
    "name": "consent",
    "when": {"visible": "#approve"},
    "scopes": {"checkbox": "input[name=scope]"},
    "decision": {"approve": "#approve", "deny": "#deny"},
}
REFUSED = {"name": "refused", "when": {"visible": ".error"}, "fail": "login refused: ${page.text:.error}"}


def page(body: str) -> str:
    return f"<!doctype html><html><head><title>Payer</title></head><body>{body}</body></html>"


@pytest.fixture
def consenting(payer: Any, site: Any) -> Any:
    def consent(visit: Any) -> Any:
        return (
            payer.redirect(code="the-code")
            if visit.form["decision"] == "yes"
            else payer.redirect(error="access_denied")
        )

    boxes = "".join(
        f'<label><input type="checkbox" name="scope" value="{scope}" {more}>{scope}</label>'
        for scope, more in (
            ("patient/Patient.read", "checked"),
            ("patient/Coverage.read", ""),
            ("openid", "checked disabled"),
        )
    )
    buttons = "".join(
        f'<button id="{name}" name="decision" value="{value}">{name}</button>'
        for name, value in (("approve", "yes"), ("deny", "no"))
    )
    heading = "<h1>Conformance app wants to see your record</h1>"
    form = f'{heading}<form method="post" action="/consent">{boxes}{buttons}</form>'
    site.page("/login", page(form))
    site.page("/consent", consent)
    return payer


def test_consent_is_given_for_all_scopes(consenting: Any, site: Any, walk: Any) -> None:
    outcome = walk(LOGIN, CONSENT)

    assert (outcome.kind, outcome.decision) == ("redirect", "approve")
    assert site.asked("/consent")[0].lists["scope"] == ["patient/Patient.read", "patient/Coverage.read"]
    assert [(choice.value, choice.checked, choice.enabled) for choice in outcome.choices] == [
        ("patient/Patient.read", True, True),
        ("patient/Coverage.read", True, True),
        ("openid", True, False),
    ]
    assert outcome.consent is not None
    assert outcome.consent.headings == ("Conformance app wants to see your record",)
    assert outcome.consent.screenshot.startswith(b"\x89PNG")


def test_consent_is_given_for_some_scopes_in_either_spelling(consenting: Any, site: Any, walk: Any) -> None:
    outcome = walk(LOGIN, CONSENT, scopes=["patient/Coverage.rs"])

    assert outcome.kind == "redirect"
    assert site.asked("/consent")[0].lists["scope"] == ["patient/Coverage.read"]


def test_consent_is_denied(consenting: Any, walk: Any) -> None:
    outcome = walk(LOGIN, CONSENT, decision="deny")

    assert (outcome.kind, outcome.error, outcome.decision) == ("redirect", "access_denied", "deny")
    assert outcome.state_matches
    assert outcome.code is None
    assert not outcome.carries_grant
    assert outcome.elapsed_s < patience(10)


def test_a_consent_page_without_a_described_deny_button_says_so(consenting: Any, walk: Any) -> None:
    outcome = walk(LOGIN, CONSENT | {"decision": {"approve": "#approve"}}, decision="deny")

    assert outcome.kind == "no-screen"
    assert "decision.deny" in outcome.message


def test_a_wrong_password_ends_at_once_and_is_sent_once(payer: Any, site: Any, walk: Any) -> None:
    who = Member("a", username="ann.example", password="wrong-secret")

    outcome = walk(LOGIN | {"max_visits": 3}, REFUSED, who=who)

    assert (outcome.kind, outcome.message) == ("refused", "login refused: Unknown member or password")
    assert len(site.asked("/login")) == 1
    assert outcome.elapsed_s < patience(10)
    assert "wrong-secret" not in repr(outcome)
    assert outcome.page is not None
    assert outcome.page.screenshot.startswith(b"\x89PNG")


def test_a_wrong_selector_ends_in_seconds_with_what_the_page_showed(payer: Any, walk: Any) -> None:
    outcome = walk(LOGIN | {"when": {"visible": "#no-such-field"}}, limit=60)

    assert outcome.kind == "no-screen"
    assert outcome.elapsed_s < patience(20)
    assert outcome.near == (("login", "nothing visible fits #no-such-field"),)
    assert outcome.page is not None
    assert outcome.page.fields == ("input[type=text][name=user]", "input[type=password][name=password]")
    assert outcome.page.buttons == ("Sign in",)


def test_a_missing_button_is_named(payer: Any, walk: Any) -> None:
    broken = LOGIN | {"do": [FILL_USER, FILL_PASSWORD, {"click": "#no-such-button", "timeout": 0.3}]}

    outcome = walk(broken)

    assert outcome.kind == "no-screen"
    assert "“login”" in outcome.message
    assert "#no-such-button" in outcome.message
    assert outcome.trail[0].did == ("fill input[name=user]", "fill input[type=password]")


def test_evidence_holds_no_secret(payer: Any, site: Any, walk: Any) -> None:
    site.page(
        "/login", lambda visit: page(f"<h1>Hello {visit.form['user']}</h1><p>You typed {visit.form['password']}</p>")
    )

    outcome = walk(LOGIN, limit=15)

    assert outcome.kind == "no-screen"
    shown = repr(outcome) + repr(outcome.page)
    assert "correct horse" not in shown
    assert "ann.example" not in shown
