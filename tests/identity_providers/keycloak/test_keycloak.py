"""The preset against the product itself: every screen of it, in each of the product's own themes."""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from typing import Any

import pytest

from conformance.login.outcome import AuthorizationOutcome
from conformance.oauth.session import Session
from conformance.target import Member

pytestmark = [pytest.mark.browser, pytest.mark.keycloak]

THEMES = ["keycloak.v2", "keycloak", "base"]
IDENTITY_FIRST = ["identity-first", "identity-first-keycloak", "identity-first-base"]


def member(username: str) -> Member:
    return Member(username, username=username, password="correct horse")


def screens_of(outcome: AuthorizationOutcome) -> list[str]:
    return [visit.screen.removeprefix("keycloak-") for visit in outcome.trail]


@pytest.fixture(params=THEMES)
def themed(request: pytest.FixtureRequest, deployment_of: Any) -> Any:
    return deployment_of(request.param)


@pytest.fixture(params=IDENTITY_FIRST)
def identity_first(request: pytest.FixtureRequest, deployment_of: Any) -> Any:
    return deployment_of(request.param)


def test_a_login_with_consent_ends_with_the_tokens_asked_for(themed: Any) -> None:
    outcome = themed.authorize()
    session = Session(themed.exchange(outcome), member="a")

    assert (outcome.kind, screens_of(outcome), outcome.decision) == ("redirect", ["login", "consent"], "approve")
    assert outcome.state_matches
    assert set(themed.target.scopes.required) <= set(session.answer.scopes.raw.split())
    assert (session.patient.id, session.patient.source) == ("pat-1", "patient")
    assert session.id_token is not None
    assert session.id_token.fhir_user.id == "pat-1"


def test_a_one_time_password_is_given(themed: Any) -> None:
    outcome = themed.authorize("b")

    assert screens_of(outcome) == ["login", "otp", "consent"]
    assert themed.exchange(outcome).granted


def test_a_wrong_one_time_password_is_refused_in_the_pages_own_words(themed: Any) -> None:
    stranger = replace(themed.target.members["b"], totp_secret=base64.b32encode(secrets.token_bytes(20)).decode())
    outcome = themed.authorize(stranger)

    assert outcome.kind == "refused"
    assert outcome.message == "login refused: Invalid authenticator code."


def test_a_wrong_password_is_refused_in_the_pages_own_words(themed: Any) -> None:
    outcome = themed.authorize(replace(themed.target.members["a"], password="incorrect horse"))

    assert (outcome.kind, screens_of(outcome)) == ("refused", ["login", "login-refused"])
    assert outcome.message == "login refused: Invalid username or password."


def test_a_user_name_and_a_password_on_pages_of_their_own(identity_first: Any) -> None:
    plain, with_code = identity_first.authorize(), identity_first.authorize("b")

    assert screens_of(plain) == ["username", "password", "consent"]
    assert screens_of(with_code) == ["username", "password", "otp", "consent"]
    assert identity_first.exchange(plain).granted


@pytest.mark.parametrize(
    ("wrong", "screens", "message"),
    [
        ({"username": "nobody"}, ["username", "login-refused"], "Invalid username or email."),
        ({"password": "incorrect horse"}, ["username", "password", "login-refused"], "Invalid password."),
    ],
)
def test_either_of_two_pages_may_refuse(
    identity_first: Any, wrong: dict[str, str], screens: list[str], message: str
) -> None:
    outcome = identity_first.authorize(replace(identity_first.target.members["a"], **wrong))

    assert (outcome.kind, screens_of(outcome)) == ("refused", screens)
    assert outcome.message == f"login refused: {message}"


def test_a_denied_consent_is_access_denied(themed: Any) -> None:
    outcome = themed.authorize(decision="deny")

    assert (outcome.kind, outcome.error, outcome.decision) == ("redirect", "access_denied", "deny")
    assert outcome.state_matches


def test_terms_are_accepted_before_the_consent(themed: Any) -> None:
    terry = member("terry.example")
    denied, approved = themed.authorize(terry, decision="deny"), themed.authorize(terry)

    assert (screens_of(denied), denied.error) == (["login", "terms", "consent"], "access_denied")
    assert (screens_of(approved), approved.error) == (["login", "consent"], "")


@pytest.mark.parametrize(
    ("username", "title"),
    [
        ("una.example", "Update password"),
        ("ulf.example", "Update Account Information"),
        ("olga.example", "Mobile Authenticator Setup"),
    ],
)
def test_what_a_member_must_do_first_ends_the_login(themed: Any, username: str, title: str) -> None:
    outcome = themed.authorize(member(username))

    assert (outcome.kind, screens_of(outcome)) == ("refused", ["login", "action-required"])
    assert outcome.message == f"the member must do something before they can log in: {title}"


def test_a_closed_account_is_refused_in_the_pages_own_words(themed: Any) -> None:
    outcome = themed.authorize(member("dan.example"))

    assert (outcome.kind, screens_of(outcome)) == ("refused", ["login", "login-refused"])
    assert outcome.message == "login refused: Account is disabled, contact your administrator."


def test_who_is_signed_in_is_not_asked_again(themed: Any) -> None:
    first, second = (themed.authorize(prompt="", fresh=False) for _ in range(2))

    assert (first.credentials_submitted, second.credentials_submitted) == (True, False)
    assert themed.exchange(second).granted


def test_a_request_with_a_foreign_redirect_uri_is_an_error_page(themed: Any) -> None:
    outcome = themed.authorize(redirect_uri="https://elsewhere.example/callback", expect_error_page=True)

    assert (outcome.kind, outcome.last_status) == ("error-page", 400)
    assert not outcome.credentials_submitted
