"""A login that cannot work ends within seconds and says what was on the screen."""

import time

import pytest

from tests.pace import patience

pytestmark = pytest.mark.browser
PNG = b"\x89PNG"
SECONDS = 60


def launched(run, target):
    began = time.monotonic()
    ended = run(target, "--requirement", "PA-AUTH-001", "--requirement", "PA-TOK-002", "--allow-untested")
    assert time.monotonic() - began < patience(SECONDS)
    assert "Traceback" not in ended.output
    return ended


def kept(ended, kind):
    (trail,) = (ended.folder / "login").glob(f"*-{kind}.txt")
    assert trail.with_suffix(".png").read_bytes().startswith(PNG)
    return trail.read_text(encoding="utf-8")


def test_a_wrong_password_is_exit_4_with_the_pages_own_words(run, changed_target):
    target = changed_target(lambda t: t["members"]["a"].update(password="not-the-password"))
    ended = launched(run, target)
    assert ended.code == 4
    assert ended.statuses["PA-AUTH-001"] == "undecided"
    assert "The user name or the password is not right." in ended.document["run"]["explanation"]
    trail = kept(ended, "refused")
    assert "username-and-password" in trail
    assert "not-the-password" not in trail


def test_a_wrong_selector_is_exit_3_with_what_the_page_showed(run, changed_target):
    def rename(target):
        for screen in target["login"]["screens"]:
            if screen["name"].startswith("username"):
                screen["when"] = {"visible": "#user-name-that-is-not-there"}

    ended = launched(run, changed_target(rename))
    assert ended.code == 3
    assert ended.statuses["PA-AUTH-001"] == "error"
    assert ended.statuses["PA-TOK-002"] == "error" or ended.statuses["PA-TOK-002"] == "undecided"
    assert "password" in kept(ended, "no-screen")


def test_a_denied_consent_is_judged(run, changed_target):
    def deny(target):
        for screen in target["login"]["screens"]:
            if screen["name"] == "consent":
                screen["decision"]["approve"] = screen["decision"]["deny"]

    ended = launched(run, changed_target(deny))
    assert ended.code == 1
    row = ended.row("PA-AUTH-001")
    assert row["status"] == "fail"
    assert row["findings"][0]["rule"] == "authorize.error"
    assert row["findings"][0]["found"].startswith("access_denied: ")
    assert ended.statuses["PA-TOK-002"] == "undecided"
    assert "PA-AUTH-001" in ended.row("PA-TOK-002")["reason"]
