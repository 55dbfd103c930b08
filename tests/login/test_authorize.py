"""What the browser really saw, for every way an authorization request can end."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from conformance.errors import HarnessError
from conformance.login.authorize import Browser, find_browser, launches
from conformance.login.browsers import BrowserCandidate
from conformance.login.chromium import BrowserSettings
from conformance.login.plan import LoginPlan, login_plan
from conformance.oauth.request import AuthorizationRequest, authorization_request
from conformance.target import Client, Member
from tests.pace import patience

pytestmark = pytest.mark.browser

GO = {"name": "go", "when": {"visible": "#go"}, "do": [{"click": "#go"}]}
FAILURE = {"name": "failure page", "when": {"visible": "#failure"}, "expect": "error_page"}


@pytest.fixture
def go(browser: Browser, request_to: AuthorizationRequest, member: Member) -> Any:
    def run(request: AuthorizationRequest = request_to, *screens: dict[str, Any], **options: Any) -> Any:
        browser.plan = login_plan({"screens": screens or [GO], "timeout": patience(options.pop("limit", 10))})
        return browser.authorize(request, member, **({"fresh": True} | options))

    return run


def location(answer: Any, where: str) -> Any:
    return lambda visit: answer(
        "", 302, {"Location": where.replace("STATE", (visit.query or visit.form).get("state", ""))}
    )


def test_a_request_may_be_posted_from_a_page_of_the_app(site: Any, answer: Any, go: Any, request_to: Any) -> None:
    site.page("/authorize", location(answer, "https://app.example/callback?code=c-1&state=STATE"))

    outcome = go(request_to.as_post())

    visit = site.asked("/authorize")[0]
    assert (visit.method, visit.form) == ("POST", dict(request_to.parameters))
    assert (visit.headers["origin"], visit.headers["content-type"]) == (
        "http://app.example",
        "application/x-www-form-urlencoded",
    )
    assert (outcome.kind, outcome.code.value, outcome.state_matches) == ("redirect", "c-1", True)
    assert [(hop.method, hop.status) for hop in outcome.history] == [("POST", 302)]


def test_repeated_parameters_reach_the_server_in_order(site: Any, answer: Any, go: Any, request_to: Any) -> None:
    site.page("/authorize", location(answer, "https://app.example/callback?error=invalid_request&state=STATE"))

    outcome = go(request_to.repeated("scope", "second").as_post())

    assert site.asked("/authorize")[0].lists["scope"] == ["openid launch/patient", "second"]
    assert (outcome.error, outcome.carries_grant) == ("invalid_request", False)


@pytest.mark.parametrize(
    ("where", "fragment"),
    [("redirect", {"access_token": "t", "state": "s"}), ("script", {"id_token": "i", "state": "s"})],
)
def test_what_comes_in_the_fragment_is_seen(
    site: Any, answer: Any, go: Any, where: str, fragment: dict[str, str]
) -> None:
    target = "https://app.example/callback?code=c#" + "&".join(f"{name}={value}" for name, value in fragment.items())
    script = f"<script>location = '{target}'</script>"
    site.page("/authorize", location(answer, target) if where == "redirect" else script)

    outcome = go()

    assert dict(outcome.redirect.query) == {"code": "c"}
    assert dict(outcome.redirect.fragment) == fragment
    assert outcome.carries_grant


def test_a_posted_redirect_is_seen(site: Any, go: Any, request_to: Any) -> None:
    fields = f'<input name="code" value="c"><input name="state" value="{request_to.state}">'
    form = f'<form method="post" action="https://app.example/callback">{fields}</form>'
    site.page("/authorize", f"{form}<script>document.forms[0].submit()</script>")

    outcome = go()

    assert (outcome.redirect.method, outcome.redirect.form[0], outcome.state_matches) == ("POST", ("code", "c"), True)


def test_a_redirect_to_an_apps_own_scheme_is_seen(site: Any, answer: Any, go: Any, member: Member) -> None:
    client = Client("public", client_id="app", redirect_uris=("com.example.app://callback",))
    site.page("/authorize", location(answer, "com.example.app://callback?code=c&state=STATE"))

    outcome = go(authorization_request(f"{site.origin}/authorize", client, [], "https://fhir.example"))

    assert (outcome.redirect.uri, outcome.code.value) == ("com.example.app://callback", "c")


@pytest.mark.parametrize(
    "asked",
    [
        "https://app.example/callback/more",
        "https://app.example/callback?extra=1",
        "https://app.example/CALLBACK",
        "https://evil.example/callback",
        "http://app.example/callback",
        "https://app.example@evil.example/callback",
        "https://app.example/callback/../other",
    ],
)
def test_a_redirect_to_a_uri_that_is_not_registered_is_seen(
    site: Any, answer: Any, go: Any, request_to: Any, asked: str
) -> None:
    joint = "&" if "?" in asked else "?"
    site.page("/authorize", location(answer, f"{asked}{joint}code=c&state=STATE"))

    outcome = go(request_to.with_(redirect_uri=asked))

    assert (outcome.kind, outcome.carries_grant, outcome.state_matches) == ("redirect", True, True)


def test_a_mangled_redirect_uri_on_the_apps_host_is_seen(site: Any, answer: Any, go: Any) -> None:
    site.page("/authorize", location(answer, "https://app.example/somewhere/else?error=invalid_request"))

    outcome = go()

    assert (outcome.kind, outcome.redirect.uri) == ("redirect", "https://app.example/somewhere/else")
    assert not outcome.state_matches


@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_error_status_is_an_error_page(site: Any, answer: Any, go: Any, status: int) -> None:
    site.page("/authorize", answer("<h1>Something is not right</h1>", status))

    outcome = go()

    assert (outcome.kind, outcome.last_status) == ("error-page", status)
    assert outcome.page.headings == ("Something is not right",)


def test_a_page_that_speaks_of_an_error_counts_when_an_error_is_expected(site: Any, go: Any) -> None:
    site.page("/authorize", "<h1>Sorry</h1><p>The client is not registered here.</p>")

    assert go(expect_error_page=True).kind == "error-page"
    assert go(expect_error_page=False).kind == "no-screen"


@pytest.mark.parametrize(
    "body",
    [
        "<h1>Before you go on</h1><p>Please choose your language.</p><button>English</button>",
        "<h1>Sign in</h1><p>Invalid session, please sign in</p><input type=password>",
        "",
    ],
)
def test_an_unknown_page_is_not_taken_for_a_refusal(site: Any, go: Any, body: str) -> None:
    site.page("/authorize", body)

    outcome = go(expect_error_page=True)

    assert outcome.kind == "no-screen"


def test_a_described_error_page_is_recognised(site: Any, go: Any, request_to: Any) -> None:
    site.page("/authorize", '<p id="failure">Lo sentimos</p>')

    assert go(request_to, GO, FAILURE).kind == "error-page"


def test_a_login_page_served_with_an_error_status_is_a_login_page(
    site: Any, answer: Any, go: Any, request_to: Any
) -> None:
    site.page("/authorize", answer('<a id="go" href="/next">Go</a>', 401))
    site.page(
        "/next",
        lambda _: answer("", 302, {"Location": f"https://app.example/callback?code=c&state={request_to.state}"}),
    )

    assert go().kind == "redirect"


def test_a_server_that_never_answers_ends_in_a_time_out(site: Any, go: Any) -> None:
    site.page("/authorize", lambda _: site.closing.wait(patience(30)) and "")

    outcome = go(limit=1)

    assert (outcome.kind, outcome.history, outcome.last_status) == ("timeout", (), 0)
    assert outcome.elapsed_s < patience(8)


def test_a_server_that_is_not_there_is_unreachable(go: Any, client: Client) -> None:
    outcome = go(authorization_request("http://127.0.0.1:1/authorize", client, [], "https://fhir.example"))

    assert outcome.kind == "unreachable"
    assert "127.0.0.1:1" in outcome.message


def test_a_redirect_loop_ends(site: Any, answer: Any, go: Any) -> None:
    site.page("/authorize", lambda visit: answer("", 302, {"Location": "/authorize?again"}))

    outcome = go()

    assert outcome.kind == "unreachable"
    assert "TOO_MANY_REDIRECTS" in outcome.message


def test_nothing_secret_is_in_what_an_outcome_shows(site: Any, answer: Any, go: Any, request_to: Any) -> None:
    site.page("/authorize", location(answer, "/step?token=internal-secret"))
    site.page(
        "/step",
        lambda _: answer("", 302, {"Location": f"https://app.example/callback?code=c-secret&state={request_to.state}"}),
    )

    outcome = go()

    shown = repr(outcome) + repr(outcome.code)
    assert [hop.url for hop in outcome.history] == [f"{site.origin}/authorize", f"{site.origin}/step"]
    for secret in ("c-secret", "internal-secret", request_to.state, request_to.pkce.verifier):
        assert secret not in shown


def test_a_browser_that_is_not_there_is_told_with_the_ways_out(request_to: Any, member: Member) -> None:
    with Browser(LoginPlan(executable="/no/such/browser")) as nobody:
        outcome = nobody.authorize(request_to, member)

    assert outcome.kind == "browser-missing"
    assert "/no/such/browser" in outcome.message
    assert "doctor --install" in outcome.message


def test_candidates_are_probed_by_starting_them() -> None:
    found = find_browser()

    assert found.path or found.channel or found.origin == "Playwright"
    assert launches(BrowserCandidate("configured", "/bin/false"))
    with pytest.raises(HarnessError, match="No browser could be started"):
        find_browser("/bin/false")


def test_a_live_app_is_not_reached_but_a_login_on_its_host_is(site: Any, answer: Any, member: Member) -> None:
    port = site.server.server_port
    app, portal = f"http://app.localhost:{port}", f"http://portal.localhost:{port}"
    client = Client("main", client_id="app", redirect_uris=(f"{app}/callback", f"{portal}/callback"))
    site.page("/callback", "the code arrived")
    site.page("/authorize", location(answer, f"{portal}/login"))
    site.page("/login", '<a id="go" href="/next">Go</a>')
    site.page("/next", location(answer, f"{app}/callback?code=c"))
    plan = login_plan({"screens": [GO], "timeout": patience(10)})

    with Browser(plan, BrowserSettings(app_uris=client.redirect_uris)) as browser:
        outcome = browser.authorize(
            authorization_request(f"{site.origin}/authorize", client, [], "https://f.example"), member
        )

    assert (outcome.kind, outcome.redirect.uri) == ("redirect", f"{app}/callback")
    assert site.asked("/callback") == []


def test_a_person_is_given_time(site: Any, browser: Browser, request_to: Any, member: Member) -> None:
    target = f"https://app.example/callback?code=c&state={request_to.state}"
    site.page("/authorize", f"<h1>Sign in</h1><script>setTimeout(() => {{ location = '{target}' }}, 2600)</script>")
    browser.plan = replace(login_plan({"mode": "manual"}), headless=True)

    outcome = browser.authorize(request_to, member, fresh=True)

    assert (outcome.kind, outcome.trail, outcome.credentials_submitted) == ("redirect", (), False)


def test_a_browser_that_dies_is_told_and_replaced(site: Any, answer: Any, request_to: Any, member: Member) -> None:
    site.page("/authorize", "<h1>Wait</h1>")
    with Browser(replace(LoginPlan(), timeout=patience(20))) as browser:
        ended: list[Any] = []
        thread = threading.Thread(target=lambda: ended.append(browser.authorize(request_to, member)))
        thread.start()
        until = time.monotonic() + patience(20)
        while not site.asked("/authorize") and time.monotonic() < until:
            time.sleep(0.05)
        assert browser._worker
        browser._worker.call(browser._browser.close(), timeout=patience(10))
        thread.join(patience(20))
        site.page("/authorize", location(answer, "https://app.example/callback?code=c&state=STATE"))
        again = browser.authorize(request_to, member)

    assert (ended[0].kind, again.kind) == ("broken", "redirect")


def test_closing_ends_an_authorization_under_way(site: Any, request_to: Any, member: Member) -> None:
    site.page("/authorize", lambda _: site.closing.wait(patience(30)) and "")
    ended: list[Any] = []
    browser = Browser(LoginPlan(timeout=patience(30)))
    thread = threading.Thread(target=lambda: ended.append(browser.authorize(request_to, member)))
    thread.start()
    until = time.monotonic() + patience(20)
    while not site.asked("/authorize") and time.monotonic() < until:
        time.sleep(0.05)
    browser.close()
    thread.join(patience(10))

    assert [outcome.kind for outcome in ended] == ["abandoned"]


def test_a_browser_is_started_again_after_it_was_closed(
    site: Any, answer: Any, request_to: Any, member: Member
) -> None:
    site.page("/authorize", location(answer, "https://app.example/callback?code=c&state=STATE"))
    browser = Browser(LoginPlan())
    kinds = []
    for _ in range(2):
        kinds.append(browser.authorize(request_to, member).kind)
        browser.close()

    assert kinds == ["redirect", "redirect"]
