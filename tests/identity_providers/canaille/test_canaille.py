"""Logging in at Canaille, an identity provider that we did not write: user name, password, passcode, consent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

import pytest

from conformance.areas.identity.rules import id_token as identity
from conformance.errors import LoginRefused
from conformance.login.outcome import AuthorizationOutcome, judgeable
from conformance.login.totp import hotp, secret_bytes
from conformance.oauth.id_token import read_id_token
from conformance.oauth.request import AuthorizationRequest
from conformance.oauth.token_endpoint import TokenAnswer
from tests.pace import patience

pytestmark = pytest.mark.browser

STEPS_BACK = 30


def screens_of(outcome: AuthorizationOutcome) -> list[str]:
    return [visit.screen for visit in outcome.trail]


def time_steps_of(passcodes: list[str], secret: str, period: int) -> list[int]:
    """When each was valid; one that never was among the latest time steps is missing."""
    now = int(time.time() // period)
    valid = {hotp(secret_bytes(secret), step): step for step in range(now - STEPS_BACK, now + 1)}
    return [valid[passcode] for passcode in passcodes if passcode in valid]


def broken_rules(app: Any, request: AuthorizationRequest, answer: TokenAnswer) -> list[str]:
    """What is wrong with the id_token that came for the request."""
    token, found = read_id_token(answer.id_token), app.discovery
    findings = [
        *identity.signature_findings(token, found.keys),
        *identity.issuer_findings(token, found.smart.text("issuer"), found.openid.text("issuer")),
        *identity.audience_findings(token, request.value("client_id")),
        *identity.time_findings(token, time.time()),
        *identity.subject_findings(token),
        *identity.nonce_findings(token, request.nonce),
        *identity.at_hash_findings(token, answer.access_token),
    ]
    return [finding.rule for finding in findings]


def test_an_approved_login_yields_the_scopes_and_a_proper_id_token(app: Any) -> None:
    request = app.request()

    outcome = app.authorize("a", request=request)
    stolen = app.endpoint.exchange(outcome.code, verifier="x" * 43)
    answer = app.endpoint.exchange(outcome.code)

    assert (outcome.kind, outcome.decision, outcome.state_matches) == ("redirect", "approve", True)
    assert screens_of(outcome) == ["username", "password", "passcode", "consent"]
    assert request.value("code_challenge_method") == "S256"
    assert stolen.refused_with("invalid_grant")
    assert answer.granted
    assert set(answer.scopes.raw.split()) == set(app.target.scopes.required)
    assert broken_rules(app, request, answer) == []
    assert read_id_token(answer.id_token).claims["amr"] == ["pwd", "otp", "mfa"]


def test_every_authorization_has_a_time_step_of_its_own(app: Any, canaille: Any) -> None:
    before = len(canaille.passcodes)

    first = app.authorize("b")
    answer = app.endpoint.exchange(first.code)
    second = app.authorize("b")
    again = app.endpoint.exchange(second.code)

    assert [(outcome.kind, outcome.fresh) for outcome in (first, second)] == [("redirect", True)] * 2
    assert screens_of(second)[:3] == ["username", "password", "passcode"]
    assert answer.granted
    assert again.granted
    assert answer.access_token != again.access_token
    earlier, later = time_steps_of(canaille.passcodes[before:], app.target.members["b"].totp_secret, canaille.period)
    assert earlier < later


def test_a_wrong_password_ends_with_the_words_of_the_page(app: Any, canaille: Any) -> None:
    before = canaille.passcodes

    outcome = app.authorize(replace(app.target.members["a"], password="not-the-password"))

    assert (outcome.kind, outcome.redirect) == ("refused", None)
    assert outcome.message == "login refused: Login failed. Please check your information."
    assert screens_of(outcome) == ["username", "password", "refused"]
    assert canaille.passcodes == before
    with pytest.raises(LoginRefused, match="Please check your information"):
        judgeable(outcome)


def test_a_first_login_sets_an_authenticator_up_and_a_denied_consent_is_access_denied(app: Any, canaille: Any) -> None:
    before = len(canaille.issued)

    outcome = app.authorize("empty", decision="deny")

    assert screens_of(outcome) == ["username", "password", "authenticator", "consent"]
    assert (outcome.kind, outcome.error, outcome.code) == ("redirect", "access_denied", None)
    assert (outcome.state_matches, outcome.carries_grant, outcome.decision) == (True, False, "deny")
    assert canaille.issued[before:] == []


def test_the_login_command_tells_the_way_and_no_secret(app: Any, canaille: Any) -> None:
    sent, given = len(canaille.passcodes), len(canaille.issued)
    command = [sys.executable, "-m", "conformance", "login", str(canaille.target_file), "--explain"]
    command += ["--member=representative", *(f"--set={value}" for value in canaille.sets)]
    environment = {**os.environ, "NO_COLOR": "1"}

    done = subprocess.run(command, capture_output=True, text=True, timeout=patience(120), env=environment, check=False)

    told, passcodes, issued = done.stdout + done.stderr, canaille.passcodes[sent:], canaille.issued[given:]
    assert done.returncode == 0, told
    for number, screen in enumerate(("username", "password", "passcode", "consent"), 1):
        assert f"{number}. {screen} at {canaille.issuer}/" in told
    assert "Redirected to https://app.example/callback with a code" in told
    assert f"granted scopes: {' '.join(app.target.scopes.required)}" in told
    assert "token response: access_token, expires_in, id_token, scope, token_type" in told
    assert (len(passcodes), len(issued)) == (1, 3)  # a code, an access token and an id_token
    secrets = [*(value for value, _ in app.target.secrets), *passcodes, *issued]
    assert [secret for secret in secrets if secret in told] == []
