"""The login pages that break recorded scripts, each served for real and walked through in one shared browser."""

from __future__ import annotations

import time
from typing import Any

import pytest

from conformance.login.outcome import AuthorizationOutcome
from conformance.login.totp import hotp
from conformance.oauth.request import AuthorizationRequest
from conformance.target import Member

pytestmark = pytest.mark.browser

FILL_USER = {"fill": "input[name=user]", "with": "${user.username}"}
FILL_PASSWORD = {"fill": "input[type=password]", "with": "${user.password}"}
SUBMIT = {"click": "button[type=submit]"}
LOGIN = {"name": "login", "when": {"visible": "input[type=password]"}, "do": [FILL_USER, FILL_PASSWORD, SUBMIT]}
REFUSED = {"name": "refused", "when": {"visible": ".error"}, "fail": "login refused: ${page.text:.error}"}

USER_FIELD = '<label>Member name <input name="user"></label>'
PASSWORD_FIELD = '<label>Password <input type="password" name="password"></label>'
BUTTON = '<button type="submit">Sign in</button>'
FORM = f'<form method="post" action="/login">{USER_FIELD}{PASSWORD_FIELD}{BUTTON}</form>'


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>Payer</title>{head}</head><body>{body}</body></html>"


def screens_of(outcome: AuthorizationOutcome) -> list[str]:
    return [visit.screen for visit in outcome.trail]


def test_a_plain_form_leads_to_the_code(payer: Any, walk: Any, request_to: AuthorizationRequest) -> None:
    outcome = walk(LOGIN)

    assert outcome.kind == "redirect"
    assert outcome.code.value == "the-code"
    assert outcome.code.verifier == request_to.pkce.verifier
    assert outcome.state_matches
    assert outcome.credentials_submitted
    assert screens_of(outcome) == ["login"]


def test_user_name_and_password_may_come_on_two_pages(payer: Any, site: Any, walk: Any) -> None:
    payer.login_page = page(f'<form method="post" action="/second">{USER_FIELD}{BUTTON}</form>')
    site.page("/second", page(f'<form method="post" action="/login">{PASSWORD_FIELD}{BUTTON}</form>'))
    user = {
        "name": "user",
        "when": {"visible": "input[name=user]", "hidden": "input[type=password]"},
        "do": [FILL_USER, SUBMIT],
    }
    password = {"name": "password", "when": {"visible": "input[type=password]"}, "do": [FILL_PASSWORD, SUBMIT]}

    outcome = walk(password, user)

    assert (outcome.kind, screens_of(outcome)) == ("redirect", ["user", "password"])
    assert site.asked("/second")[0].form["user"] == "ann.example"


def test_a_login_inside_a_frame_is_reached(payer: Any, site: Any, walk: Any) -> None:
    payer.login_page = page('<iframe id="outer" src="/frame"></iframe>')
    site.page("/frame", page(FORM.replace("<form", '<form target="_top"')))

    def inside(css: str) -> dict[str, str]:
        return {"css": css, "frame": "#outer"}

    outcome = walk(
        {
            "name": "framed",
            "when": {"visible": inside("input[type=password]")},
            "do": [
                {"fill": {"label": "member name", "frame": ["#outer"]}, "with": "${user.username}"},
                {"fill": inside("input[type=password]"), "with": "${user.password}"},
                {"click": {"role": "button", "name": "^sign in$", "frame": "#outer"}},
            ],
        }
    )

    assert outcome.kind == "redirect"


def test_the_hidden_copy_of_a_form_is_left_alone(payer: Any, site: Any, walk: Any) -> None:
    payer.login_page = page(f'<div style="display:none">{FORM}</div><div>{FORM}</div>')

    assert walk(LOGIN).kind == "redirect"
    assert site.asked("/login")[0].form["password"] == "correct horse"


def test_a_page_that_forbids_scripts_is_filled_in(payer: Any, site: Any, answer: Any, walk: Any) -> None:
    policy = {"Content-Security-Policy": "default-src 'none'; script-src 'none'; style-src 'none'"}
    site.page("/authorize", lambda visit: answer(payer.authorize(visit), 200, policy))

    outcome = walk(LOGIN)

    assert outcome.kind == "redirect"
    assert outcome.history[0].headers["content-security-policy"].startswith("default-src 'none'")


def test_a_form_that_a_script_fills_in_late_is_waited_for(payer: Any, walk: Any) -> None:
    script = f"<script>setTimeout(() => {{ document.getElementById('app').innerHTML = `{FORM}` }}, 700)</script>"
    payer.login_page = page(f'<div id="app">Loading</div>{script}')

    assert walk(LOGIN).kind == "redirect"


def test_a_third_party_script_that_never_comes_does_not_matter(payer: Any, site: Any, answer: Any, walk: Any) -> None:
    site.page("/slow.js", lambda _: site.closing.wait(30) and "")
    other_host = site.origin.replace("127.0.0.1", "localhost")
    payer.login_page = page(FORM, head=f'<script async src="{other_host}/slow.js"></script>')

    assert walk(LOGIN).kind == "redirect"


def test_a_script_that_holds_up_the_page_can_be_blocked(payer: Any, site: Any, walk: Any) -> None:
    site.page("/slow.js", lambda _: site.closing.wait(30) and "")
    payer.login_page = page(FORM, head='<script src="/slow.js"></script>')

    assert walk(LOGIN, login={"block": [r"/slow\.js$"]}).kind == "redirect"


def test_a_one_time_password_is_entered(payer: Any, site: Any, walk: Any) -> None:
    def login(visit: Any) -> Any:
        return page(f'<h1>Second step</h1><form method="post" action="/otp"><input name="otp">{BUTTON}</form>')

    def otp(visit: Any) -> Any:
        step = int(time.time() // 30)
        valid = {hotp(b"1234567890", step), hotp(b"1234567890", step - 1)}
        return payer.redirect(code="the-code") if visit.form["otp"] in valid else page('<p class="error">Wrong</p>')

    site.page("/login", login)
    site.page("/otp", otp)
    who = Member("a", username="ann.example", password="correct horse", totp_secret="GEZDGNBVGY3TQOJQ")
    second = {
        "name": "otp",
        "when": {"visible": "input[name=otp]"},
        "do": [{"totp": "input[name=otp]", "secret": "${user.totp_secret}"}, SUBMIT],
    }

    outcome = walk(LOGIN, second, REFUSED, who=who)

    assert (outcome.kind, screens_of(outcome)) == ("redirect", ["login", "otp"])


def test_a_button_that_wakes_up_on_typing_is_pressed(payer: Any, walk: Any) -> None:
    script = "password.addEventListener('keyup', () => { document.querySelector('button').disabled = false })"
    wake = f"<script>const password = document.querySelector('[type=password]'); {script}</script>"
    payer.login_page = page(FORM.replace("<button", "<button disabled") + wake)
    typed = {"keys": "input[type=password]", "with": "${user.password}"}

    assert walk(LOGIN | {"do": [FILL_USER, typed, SUBMIT]}).kind == "redirect"


def test_a_cookie_banner_is_put_away_first(payer: Any, walk: Any) -> None:
    button = '<button onclick="this.parentNode.remove()">Accept All</button>'
    payer.login_page = page(f'{FORM}<div style="position:fixed;inset:0;background:#fff">{button}</div>')
    cookies = {
        "name": "cookies",
        "when": {"visible": {"role": "button", "name": "accept all"}},
        "do": [{"click": {"role": "button", "name": "accept all"}}],
    }

    outcome = walk(cookies, LOGIN)

    assert (outcome.kind, screens_of(outcome)) == ("redirect", ["cookies", "login"])
    assert outcome.trail[0].also_matched == ("login",)


def test_who_is_signed_in_already_sees_no_login(payer: Any, site: Any, answer: Any, walk: Any) -> None:
    def authorize(visit: Any) -> Any:
        shown = payer.authorize(visit)
        return payer.redirect(code="again") if "session=1" in visit.cookies else shown

    def login(visit: Any) -> Any:
        redirect = payer.redirect(code="first")
        redirect.headers["Set-Cookie"] = "session=1; HttpOnly; SameSite=Lax; Path=/"
        return redirect

    site.page("/authorize", authorize)
    site.page("/login", login)

    first = walk(LOGIN, fresh=False)
    second = walk(LOGIN, fresh=False)
    apart = walk(LOGIN, fresh=True)

    assert [outcome.code.value for outcome in (first, second, apart)] == ["first", "again", "first"]
    assert [outcome.credentials_submitted for outcome in (first, second, apart)] == [True, False, True]
    assert (first.fresh, second.fresh, apart.fresh) == (True, False, True)
    assert (first.cookies[0].name, first.cookies[0].http_only) == ("session", True)
    assert first.history[-1].cookies == ("session=; HttpOnly; SameSite=Lax; Path=/",)


def test_open_shadow_roots_are_looked_into(payer: Any, walk: Any) -> None:
    script = f"<script>document.getElementById('host').attachShadow({{mode: 'open'}}).innerHTML = `{FORM}`</script>"
    payer.login_page = page(f'<div id="host"></div>{script}')

    assert walk(LOGIN).kind == "redirect"


def test_a_login_may_open_a_window_of_its_own(payer: Any, site: Any, walk: Any) -> None:
    payer.login_page = page('<button type="button" onclick="window.open(\'/window\')">Open</button>')
    site.page("/window", page(FORM))
    opener = {"name": "opener", "when": {"visible": {"text": "^open$"}}, "do": [{"click": {"text": "^open$"}}]}

    outcome = walk(opener, LOGIN)

    assert (outcome.kind, screens_of(outcome)) == ("redirect", ["opener", "login"])


def test_a_member_is_chosen_from_a_list(payer: Any, site: Any, walk: Any) -> None:
    site.page(
        "/login",
        page(
            '<h2>Which member?</h2><form method="post" action="/chosen">'
            '<select name="list"><option value="x">X</option><option value="pat-2">Bo</option></select>'
            '<input type="radio" name="radio" value="x" checked><input type="radio" name="radio" value="pat-2">'
            f'<input type="checkbox" name="terms" value="yes">{BUTTON}</form>'
        ),
    )
    site.page("/chosen", lambda _: payer.redirect(code="the-code"))
    who = Member("representative", username="rep", password="correct horse", choose="pat-2")
    picker = {
        "name": "picker",
        "when": {"visible": {"text": "which member"}},
        "do": [
            {"choose": "option[value='${user.choose}']"},
            {"choose": {"css": "input[type=radio][value='${user.choose}']"}},
            {"check": "input[name=terms]"},
            SUBMIT,
        ],
    }

    assert walk(LOGIN, picker, who=who).kind == "redirect"
    chosen = site.asked("/chosen")[0].form
    assert (chosen["list"], chosen["radio"], chosen["terms"]) == ("pat-2", "pat-2", "yes")


def test_select_press_wait_uncheck_and_read_do_what_they_say(payer: Any, site: Any, walk: Any) -> None:
    payer.login_page = page(
        '<p id="hint">hint-77</p><form method="post" action="/login">'
        '<select name="kind"><option>A</option><option>B</option></select>'
        '<input type="checkbox" name="stay" checked><input name="hint">'
        f"{USER_FIELD}{PASSWORD_FIELD}{BUTTON}</form>"
    )
    everything = LOGIN | {
        "do": [
            {"wait": "#hint"},
            {"wait": 0.05},
            {"read": "#hint", "as": "hint"},
            {"fill": "input[name=hint]", "with": "${read.hint}"},
            {"select": "select", "label": "B"},
            {"uncheck": "input[name=stay]"},
            {"click": "#not-there", "optional": True, "timeout": 0.1},
            FILL_USER,
            FILL_PASSWORD,
            {"press": "Enter", "on": "button"},
        ]
    }

    assert walk(everything).kind == "redirect"
    sent = site.asked("/login")[0].form
    assert (sent["hint"], sent["kind"], "stay" in sent) == ("hint-77", "B", False)
