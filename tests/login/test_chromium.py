from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from conformance.login.browsers import browser_candidates
from conformance.login.chromium import BrowserSettings, context_options, driver_trusts, launch_options
from conformance.login.plan import LoginPlan


def test_the_hosts_of_the_apps_are_kept_out_of_reach_unless_the_login_lives_there() -> None:
    settings = BrowserSettings(
        origins=("https://portal.example",),
        app_uris=("https://app.example/cb", "https://portal.example/cb", "com.app://cb", "http://127.0.0.1:9/cb"),
    )

    assert settings.app_hosts() == {"app.example"}
    options = launch_options(LoginPlan(), settings, [], ["app.example"])
    assert options["args"] == ["--host-resolver-rules=MAP app.example ~NOTFOUND"]


def test_a_proxy_is_told_with_its_login_and_its_exceptions() -> None:
    settings = BrowserSettings(proxy="http://me:p%40ss@proxy.example:3128")

    options = launch_options(LoginPlan(extra_args=("--x",)), settings, ["--trust"], ["app.example"])

    assert options["args"][:2] == ["--trust", "--x"]
    assert options["proxy"] == {
        "server": "http://proxy.example:3128",
        "bypass": "app.example",
        "username": "me",
        "password": "p@ss",
    }
    assert "p%40ss" not in repr(settings)


def test_the_users_own_resolver_rules_stand() -> None:
    plan = LoginPlan(extra_args=("--host-resolver-rules=MAP x y",))

    assert launch_options(plan, BrowserSettings(), [], ["app.example"])["args"] == list(plan.extra_args)


def test_a_client_certificate_is_for_the_deployments_origins() -> None:
    settings = BrowserSettings(client_cert="c.pem", origins=("https://auth.example", "http://lab.example"))

    options = context_options(LoginPlan(), settings)

    assert options["client_certificates"] == [
        {"origin": "https://auth.example", "certPath": "c.pem", "keyPath": "c.pem"}
    ]
    assert context_options(LoginPlan(), BrowserSettings())["client_certificates"] is None


def test_the_drivers_authority_is_set_for_its_start_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "before")
    with driver_trusts(BrowserSettings(ca_file="ca.pem", client_cert="c.pem")):
        assert os.environ["NODE_EXTRA_CA_CERTS"] == "ca.pem"

    assert os.environ["NODE_EXTRA_CA_CERTS"] == "before"


def test_candidates_come_in_the_order_of_preference(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CONFORMANCE_BROWSER", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name in {"chromium", "google-chrome"} else None)

    origins = [candidate.origin for candidate in browser_candidates()]
    paths = [candidate.path for candidate in browser_candidates() if candidate.path]

    assert (origins[0], origins[-2:]) == ("Playwright", ["channel", "channel"])
    assert paths[:2] == ["/bin/google-chrome", "/bin/chromium"]
    monkeypatch.setattr(shutil, "which", "/bin/{}".format)
    assert browser_candidates()[1].path == "/bin/chromium-headless-shell"
    assert not [each for each in browser_candidates(headless=False) if "headless" in each.path]
    assert [str(candidate) for candidate in browser_candidates("/my/own")] == ["/my/own (configured)"]
    monkeypatch.setenv("CONFORMANCE_BROWSER", "/from/env")
    assert browser_candidates()[0].path == "/from/env"
