from __future__ import annotations

from typing import Any

import pytest

from conformance.errors import HarnessError, LoginRefused, NoScreenFits, Undecided
from conformance.login.outcome import AuthorizationOutcome, Hop, Visit, judgeable, redirect_of, without_query
from conformance.login.trail import login_trail
from conformance.oauth.request import authorization_request
from conformance.target import Client

REQUEST = authorization_request(
    "https://auth.example/authorize",
    Client("main", "app", redirect_uris=("https://app.example/cb",)),
    [],
    "https://f.example",
)


def outcome(kind: Any, url: str = "", **more: Any) -> AuthorizationOutcome:
    return AuthorizationOutcome(kind, REQUEST, redirect_of(url) if url else None, message="why", **more)


@pytest.mark.parametrize("kind", ["redirect", "error-page", "unreachable", "timeout"])
def test_what_speaks_about_the_deployment_is_judged(kind: Any) -> None:
    assert judgeable(outcome(kind)).kind == kind


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("refused", LoginRefused),
        ("no-screen", NoScreenFits),
        ("untrusted", HarnessError),
        ("browser-missing", HarnessError),
        ("broken", HarnessError),
        ("abandoned", Undecided),
    ],
)
def test_what_speaks_about_us_is_raised(kind: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="why"):
        judgeable(outcome(kind))


def test_a_time_out_in_the_middle_of_the_screens_is_ours() -> None:
    with pytest.raises(NoScreenFits):
        judgeable(outcome("timeout", trail=(Visit("login", "https://auth.example/"),)))


@pytest.mark.parametrize(
    ("query", "grant"),
    [
        ("?code=c&state=s", True),
        ("?error=access_denied", False),
        ("?error=access_denied&code=c", True),
        ("#access_token=t", True),
        ("#error=unsupported_response_type", False),
        ("", False),
    ],
)
def test_a_redirect_with_a_code_or_a_token_carries_a_grant(query: str, grant: bool) -> None:
    assert outcome("redirect", f"https://app.example/cb{query}").carries_grant is grant


def test_the_state_comes_back_once_and_exactly() -> None:
    good = f"https://app.example/cb?state={REQUEST.state}"

    assert outcome("redirect", good).state_matches
    assert not outcome("redirect", f"{good}&state={REQUEST.state}").state_matches
    assert not outcome("redirect", good[:-1]).state_matches
    assert not outcome("timeout").state_matches


def test_parameters_are_decoded_once() -> None:
    redirect = redirect_of("https://app.example/cb?state=a%2525b+c&code=1&code=2")

    assert redirect.get("state") == "a%25b c"
    assert redirect.names == ("state", "code")
    assert redirect.query[-1] == ("code", "2")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@auth.example:8443/a?code=x#y", "https://auth.example:8443/a"),
        ("about:blank", "about:blank"),
        ("https://[broken", ""),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert without_query(url) == shown


def test_a_trail_tells_what_happened_and_nothing_secret() -> None:
    made = outcome(
        "no-screen",
        trail=(Visit("login", "https://auth.example/login", ("fill #u",), ("banner",)),),
        history=(Hop("GET", "https://auth.example/login", 200),),
        near=(("consent", "nothing visible fits #ok"),),
    )

    plain, explained = login_trail(made), login_trail(made, explain=True)

    assert plain[0] == "1. login at https://auth.example/login: fill #u"
    assert explained[0].endswith("[also matched: banner]")
    assert "   200 GET https://auth.example/login" in explained
    assert "   consent: nothing visible fits #ok" in plain
    assert any(line.startswith("Ended as no-screen") for line in plain)
    assert login_trail(outcome("redirect", "https://app.example/cb?code=secret-code"))[-1].count("secret-code") == 0
