"""A written target file loads, says again what was known, and comments every key."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.target import load_target, write_target

BASE = {"fhir_base": "https://api.payer.example/fhir"}


def environment(text: str) -> dict[str, str]:
    return {name: f"value-of-{name}" for name in re.findall(r"\$\{env:(\w+)\}", text)}


def test_the_base_alone_makes_a_target_that_loads(target_file):
    text = write_target({"deployment": BASE})

    target = load_target(target_file(text), environ=environment(text))

    assert target.deployment.fhir_base == BASE["fhir_base"]
    assert target.members["b"].password == "value-of-PA_PASSWORD_B"


def test_what_is_not_known_is_guessed_on_the_safe_side(target_file):
    text = write_target({"deployment": BASE})

    target = load_target(target_file(text), environ=environment(text))

    assert (target.deployment.environment, target.deployment.data, target.allow) == ("production", "real", ())


def test_what_was_found_stands_at_the_head_and_what_is_needed_is_marked():
    text = write_target({"deployment": BASE}, found=["Registration is open at /register."], schema="target.schema.json")

    assert text.splitlines()[:2] == [
        "# yaml-language-server: $schema=target.schema.json",
        "# Registration is open at /register.",
    ]
    assert "# Test persons with a login. (to be completed)\nmembers:\n" in text
    assert "# What is tested.\ndeployment:\n" in text


def test_every_key_of_a_section_has_its_comment():
    lines = write_target({"deployment": BASE, "politeness": {"rate": 5, "timeout": "30s"}}).splitlines()

    for number, line in enumerate(lines):
        if re.match(r"  (rate|timeout|fhir_base|environment|main|screens):", line):
            assert lines[number - 1].startswith("  # "), line


FACTS = {
    "deployment": {**BASE, "name": "0o17", "environment": "lab", "data": "synthetic", "smart_version": "2.2.0"},
    "clients": {"main": {"client_id": "1e5", "client_secret": "yes", "redirect_uris": ["https://app.example/?a=b"]}},
    "members": {"a": {"username": "null", "password": "a: b # c"}, "b": {"username": "true", "password": "- {x}"}},
    "login": {"preset": "keycloak", "browser": {"headless": False}},
    "scopes": {"required": ["openid", "patient/Patient.rs"], "optional": [], "syntax": "v2"},
    "offered": {"Condition": False},
    "headers": {"api.example:8443": {"X-Key": "@abc"}},
    "strict": {"PA-SCOP-020": "off"},
    "allow": [],
    "run_date": "2027-01-01",
}


def test_facts_come_back_as_they_were(target_file):
    target = load_target(target_file(write_target(FACTS)), environ={})

    assert (target.deployment.name, target.deployment.smart_version) == ("0o17", "2.2.0")
    assert (target.clients["main"].client_id, target.clients["main"].client_secret) == ("1e5", "yes")
    assert (target.members["a"].username, target.members["a"].password) == ("null", "a: b # c")
    assert (target.members["b"].username, target.members["b"].password) == ("true", "- {x}")
    assert (target.scopes.required, target.scopes.optional) == (("openid", "patient/Patient.rs"), ())
    assert target.headers == {"api.example:8443": {"X-Key": "@abc"}}
    assert (target.offered["Condition"], target.strict, target.allow) == (False, {"PA-SCOP-020": "off"}, ())
    assert target.login["browser"] == {"headless": False}


@pytest.mark.parametrize(
    "secret", ["0777", "0x1F", "1_000", ".5", "~", "on", "2026-01-01", "<<", "=", "a\tb", "é", "ü"]
)
def test_words_that_look_like_something_else_are_quoted(secret, target_file):
    facts = {**FACTS, "members": {"a": {"username": "someone", "password": secret}}}

    assert load_target(target_file(write_target(facts)), environ={}).members["a"].password == secret


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="$"), min_size=1)
)
def test_any_text_survives_being_written(secret, target_file):
    facts = {**FACTS, "members": {"a": {"username": "someone", "password": secret}}}

    assert load_target(target_file(write_target(facts)), environ={}).members["a"].password == secret
