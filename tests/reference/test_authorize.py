"""The authorization request and the pages behind it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest


def sent(app, *more: tuple[str, str], **changes):
    """The first answer to an authorization request."""
    fields = [*app.parameters(**changes).items(), *more]
    return app.payer.http.get(f"{app.payer.oauth('authorize')}?{urlencode(fields)}")


def error_of(answer) -> dict[str, str]:
    """The parameters of an error redirect to the app."""
    location = answer.headers["location"]
    assert location.startswith("https://app.example/callback?"), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def test_a_member_gets_back_to_the_app_with_code_state_and_issuer(app, payer):
    redirect = app.authorize("a", state="a'b\"c d%20é&=" + "x" * 40)

    assert set(redirect) == {"code", "state", "iss"}
    assert redirect["state"] == "a'b\"c d%20é&=" + "x" * 40
    assert redirect["iss"] == payer.ready["issuer"]


REFUSED = {
    "no challenge": ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    "plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "no method": ({"code_challenge_method": None}, "invalid_request"),
    "s256": ({"code_challenge_method": "s256"}, "invalid_request"),
    "short challenge": ({"code_challenge": "abc"}, "invalid_request"),
    "implicit": ({"response_type": "token"}, "unsupported_response_type"),
    "hybrid": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "no response_type": ({"response_type": None}, "invalid_request"),
    "fragment": ({"response_mode": "fragment"}, "invalid_request"),
    "no aud": ({"aud": None}, "invalid_request"),
    "foreign aud": ({"aud": "https://counterfeit.example/fhir"}, "invalid_request"),
    "no scope": ({"scope": ""}, "invalid_scope"),
    "nonsense scope": ({"scope": "patient/NotAResource.read banana"}, "invalid_scope"),
    "prompt none": ({"prompt": "none"}, "interaction_required"),
    "request object": ({"request": "e30."}, "request_not_supported"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_request_returns_to_the_app_with_error_and_state(app, case):
    changes, code = REFUSED[case]

    error = error_of(sent(app, state="the-state", **changes))

    assert (error["error"], error["state"]) == (code, "the-state")
    assert "code" not in error


@pytest.mark.parametrize("name", ["scope", "aud", "state", "code_challenge"])
def test_a_repeated_parameter_is_refused(app, name):
    assert error_of(sent(app, (name, "again")))["error"] == "invalid_request"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"client_id": ""},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://app.example/callback/more"},
        {"redirect_uri": "https://app.example/callback?more=1"},
        {"redirect_uri": "https://app.example/CALLBACK"},
        {"redirect_uri": "http://app.example/callback"},
        {"redirect_uri": "https://app.example@evil.example/callback"},
        {"redirect_uri": "https://app.example/callback.evil.example"},
    ],
    ids=str,
)
def test_nothing_is_sent_to_an_unknown_client_or_address(app, changes):
    answer = sent(app, **changes)

    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_client_or_address_goes_nowhere(app, name):
    answer = sent(app, (name, "https://evil.example/"))

    assert answer.status_code == 400


def test_post_works_like_get(app, payer):
    answer = payer.http.post(payer.oauth("authorize"), data=app.parameters())

    assert answer.status_code == 303
    assert "/oauth2/login?request=" in answer.headers["location"]


def test_denying_returns_access_denied(app):
    assert app.authorize("a", deny=True, state="s")["error"] == "access_denied"


def test_an_unticked_scope_is_not_granted(app):
    tokens = app.exchange(app.authorize("a", untick="patient/Coverage.read")["code"]).json()

    assert "patient/Coverage.read" not in tokens["scope"].split()
    assert app.payer.get("Coverage", tokens["access_token"]).status_code == 403


def test_a_wrong_password_does_not_reach_consent_and_is_limited(run_payer, new_app):
    app = new_app(run_payer())
    with app.browse() as browser:
        page = browser.get(sent(app).headers["location"])
        statuses = []
        for _ in range(6):
            fields = app._filled(page.text, "a", "", deny=False) | {"password": "wrong"}
            answer = browser.post(str(page.url), data=fields)
            statuses.append(answer.status_code)

    assert statuses == [400] * 5 + [429]
    assert int(answer.headers["retry-after"]) > 0


def test_a_form_without_its_anti_forgery_value_is_refused(app):
    with app.browse() as browser:
        page = browser.get(sent(app).headers["location"])
        fields = app._filled(page.text, "a", "", deny=False)
        answer = browser.post(str(page.url), data=fields | {"anti_forgery": "0" * 64})

    assert answer.status_code == 403


def test_another_browser_cannot_take_a_request_over(app):
    location = sent(app).headers["location"]
    with app.browse() as first, app.browse() as second:
        first.get(location)
        answer = second.get(location)

    assert answer.status_code == 400


def test_pages_resist_framing_leaking_and_storing(app, payer):
    page = payer.http.get(sent(app).headers["location"])

    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    cookie = page.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("secure", "httponly", "samesite=lax", "__host-"))


def test_a_signed_in_browser_is_asked_for_consent_only(app, payer):
    with app.browse() as browser:
        page = browser.get(sent(app).headers["location"])
        browser.post(str(page.url), data=app._filled(page.text, "a", "", deny=False))
        again = browser.get(sent(app).headers["location"], follow_redirects=True)
        forced = browser.get(sent(app, prompt="login").headers["location"], follow_redirects=True)

    assert again.url.path == "/oauth2/consent"
    assert forced.url.path == "/oauth2/login"


def test_a_representative_opens_a_dependents_record(app, payer):
    tokens = app.tokens("representative")
    person = payer.ready["members"]["representative"]

    assert tokens["patient"] == person["choices"][-1]
    assert payer.get(f"Patient/{person['patient_id']}", tokens["access_token"]).status_code == 404


def test_a_member_ends_an_apps_access(app, payer):
    tokens = app.tokens("a")
    with app.browse() as browser:
        page = browser.get(payer.oauth("manage"))
        page = browser.post(
            payer.oauth("manage"), data=app._filled(page.text, "a", "", deny=False), follow_redirects=True
        )
        while 'name="grant"' in page.text:
            page = browser.post(
                payer.oauth("manage"), data=app._filled(page.text, "a", "", deny=False), follow_redirects=True
            )

    assert payer.get("Patient", tokens["access_token"]).status_code == 401
