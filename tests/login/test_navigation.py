from __future__ import annotations

import pytest

from conformance.login.navigation import NavigationRecorder

WATCHED = ("https://app.example/callback", "com.example.app://cb", "https://portal.example/app/cb")


@pytest.fixture
def watch() -> NavigationRecorder:
    return NavigationRecorder(
        WATCHED, "the-state", "https://auth.example/authorize", (ValueError,), own={"https://app.example/launch/1"}
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example/callback",
        "https://app.example/callback?code=c",
        "HTTPS://APP.example:443/callback",
        "com.example.app://cb?error=x",
        "https://app.example/elsewhere?code=c",
        "https://app.example/elsewhere?state=the-state",
        "https://portal.example/app/cb?x",
    ],
)
def test_leaving_for_the_app_is_a_redirect(watch: NavigationRecorder, url: str) -> None:
    assert watch.is_redirect(url, main=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://auth.example/login?state=the-state&code=upstream",
        "https://idp.example/cb?state=the-state&code=upstream",
        "https://portal.example/login",
        "https://app.example/launch/1",
        "http://app.example/callback",
        "https://app.example:8443/callback",
        "https://app.example.evil.example/callback",
        "https://host:port/",
        "about:blank",
    ],
)
def test_the_login_itself_is_none(watch: NavigationRecorder, url: str) -> None:
    assert not watch.is_redirect(url, main=True)


def test_a_frame_counts_only_for_the_exact_address(watch: NavigationRecorder) -> None:
    assert watch.is_redirect("https://app.example/callback?code=c", main=False)
    assert not watch.is_redirect("https://app.example/other?code=c", main=False)


def test_the_authorization_servers_own_host_is_never_the_apps() -> None:
    shared = NavigationRecorder(("https://auth.example/app/cb",), "s", "https://auth.example/authorize", (ValueError,))

    assert shared.is_redirect("https://auth.example/app/cb?code=c", main=True)
    assert not shared.is_redirect("https://auth.example/login?state=s", main=True)
