"""Cookies that a browser has to ignore."""

import pytest

from conformance.login.cookies import rejected_cookies
from conformance.login.outcome import AuthorizationOutcome, Hop, judgeable
from conformance.oauth.pkce import new_pkce
from conformance.oauth.request import AuthorizationRequest


def hop(*lines: str) -> Hop:
    return Hop("GET", "https://auth.example/login", 200, cookies=lines)


@pytest.mark.parametrize(
    ("line", "rejected"),
    [
        ("sid=; Path=/; Secure; HttpOnly", False),
        ("sid=; Path=/", False),
        ("__Host-sid=; Path=/; Secure", False),
        ("__Host-sid=; Path=/; HttpOnly", True),
        ("__Host-sid=; Path=/app; Secure", True),
        ("__Host-sid=; Path=/; Secure; Domain=example", True),
        ("__Secure-sid=; Path=/", True),
        ("__Secure-sid=; Secure", False),
        ("sid=; SameSite=None", True),
        ("sid=; SameSite=None; Secure", False),
    ],
)
def test_cookies_that_no_browser_keeps(line: str, rejected: bool) -> None:
    assert bool(rejected_cookies([hop(line)])) is rejected


@pytest.mark.parametrize("kind", ["refused", "no-screen", "timeout"])
def test_a_login_without_its_cookie_speaks_about_the_deployment(kind: str) -> None:
    request = AuthorizationRequest("https://auth.example/authorize", (), new_pkce())
    outcome = AuthorizationOutcome(kind, request, message="no screen fits", history=(hop("__Host-sid=; Path=/"),))  # type: ignore[arg-type]

    assert "sets a cookie that no browser keeps (__Host-sid: " in judgeable(outcome).message
