"""What is ours in a sentence is never masked; what was put into it is."""

from __future__ import annotations

import json

import pytest

from conformance.findings import Finding
from conformance.redaction import Redactor
from conformance.verdict.document import redacted


@pytest.fixture
def redactor():
    masking = Redactor()
    masking.register("none", "client_secret of main")
    masking.register("password", "password of a")  # shown as "secret": its own label would give it away
    return masking


@pytest.mark.parametrize(
    "sentence",
    [
        "the documentation asks for a password",
        "clients.public is not public; give one with authentication: none",
        "none, or scopes.refresh_requires_offline_access: false in the target",
        "CarePlan names none of the expected profiles",
        "evidence.member_data is none",
        "a wrong password can only be tried with login.mode browser; the documentation asks for a password",
        "the client authenticates with Basic authentication",
        "Bearer tokens are refused",
        "client_credentials is not listed",
    ],
)
def test_our_sentences_stay_whole(sentence, redactor):
    assert redactor.sentence(sentence) == sentence


def test_values_put_into_a_sentence_are_masked(redactor):
    assert redactor.sentence("none names none of the expected profiles") == (
        "‹client_secret of main› names none of the expected profiles"
    )
    assert redactor.sentence("a wrong password led to password") == "a wrong password led to ‹secret›"


def test_a_sentence_in_no_template_is_the_deployments(redactor):
    assert redactor.sentence("your password is none!") == "your ‹secret› is ‹client_secret of main›!"


def test_a_template_of_few_words_protects_no_word(redactor):
    assert redactor.sentence("pass: none: x") == "pass: ‹client_secret of main›: x"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html><body><p>Wrong: none / password</p></body></html>", "text/html"),
        (b'{"error_description": "none is not password", "list": ["none", "password"]}', "application/json"),
        (b'{"resourceType": "OperationOutcome", "issue": [{"diagnostics": "password none"}]}', "application/fhir+json"),
        (b"the client none sent password", "text/plain"),
        (b"a=none&b=password", "application/x-www-form-urlencoded"),
    ],
)
def test_what_a_deployment_echoes_is_masked(body, kind, redactor):
    shown = redactor.body(body, kind)

    assert "‹client_secret of main›" in shown
    assert "‹secret›" in shown
    assert "none" not in shown
    assert "password" not in shown


def test_a_header_that_echoes_is_masked(redactor):
    assert redactor.headers({"x-hint": "none", "www-authenticate": 'Bearer error_description="password"'}) == {
        "x-hint": "‹client_secret of main›",
        "www-authenticate": 'Bearer error_description="‹secret›"',
    }


def test_longer_words_are_other_words(redactor):
    assert redactor.text("nonetheless passwords") == "nonetheless passwords"


def test_found_and_expected_are_the_deployments(redactor):
    finding = Finding("x", "the documentation asks for a password", path="x", expected="none", found="password")

    shown = redacted(finding, redactor)

    assert (shown.message, shown.expected, shown.found) == (
        "the documentation asks for a password",
        "‹client_secret of main›",
        "‹secret›",
    )


@pytest.mark.parametrize("word", ["null", "string", "missing", "array", "HTTP 401"])
def test_that_something_is_missing_is_no_secret(word, redactor):
    assert redactor.found("refresh_token", word) == word
    assert redactor.found("family", word) == word


def test_a_value_of_a_secrets_name_is_one(redactor):
    assert redactor.found("refresh_token", "abc") == "‹refresh_token›"


def test_a_members_name_in_our_words_stays(redactor):
    redactor.learn({"resourceType": "Patient", "name": [{"given": ["Wrong"]}]})

    assert redactor.sentence("a wrong password led to Wrong") == "a wrong password led to Xxxxx"


def test_json_of_the_deployment_stays_json(redactor):
    body = json.dumps({"token_endpoint_auth_methods_supported": ["none", "client_secret_basic"]}).encode()

    assert json.loads(redactor.body(body, "application/json")) == {
        "token_endpoint_auth_methods_supported": ["‹client_secret of main›", "client_secret_basic"]
    }
