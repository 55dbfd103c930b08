"""Secrets come from outside, and from then on are never shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.target import Client, Deployment, Target, TargetProblems, load_target

STAGING = """\
deployment:
  fhir_base: ${env:BASE}
  environment: staging
clients:
  main:
    client_id: ${env:CLIENT}
    client_secret: ${env:SECRET}
    redirect_uris: [https://app.example/callback]
members:
  a: {username: '${env:USER_A}', password: '${file:a.txt}', totp_secret: '${env:TOTP}'}
headers:
  gateway.example: {Authorization: 'Bearer ${env:GATEWAY}'}
tokens: {expired: '${env:EXPIRED}'}
proxy: http://me:${env:PROXY_PASS}@proxy.example:3128
login:
  screens:
    - name: question
      when: {visible: '#pet', url: '${env:PATH_PART}'}
      do:
        - {fill: '#pet', with: '${env:PET}'}
        - {fill: '#password', with: '${user.password}'}
        - {fill: '#plan', with: gold}
"""
ENVIRONMENT = {
    "BASE": "https://api.example/fhir",
    "CLIENT": "the-app",
    "SECRET": "client-secret-1",
    "USER_A": "amelia@example.org",
    "TOTP": "JBSWY3DPEHPK3PXP",
    "GATEWAY": "gateway-token",
    "EXPIRED": "old-token-1",
    "PROXY_PASS": "proxy-pass",
    "PATH_PART": "/pet-page",
    "PET": "rex-the-dog",
}
SECRET = {
    "client-secret-1",
    "amelia@example.org",
    "password-in-file",
    "JBSWY3DPEHPK3PXP",
    "Bearer gateway-token",
    "gateway-token",
    "old-token-1",
    "proxy-pass",
    "rex-the-dog",
    "/pet-page",
}


def label(text: str) -> str:
    """How reports show a secret of that label."""
    return f"\u2039{text}\u203a"


@pytest.fixture
def staging(target_file):
    target_file("password-in-file\n", "a.txt")
    return load_target(target_file(STAGING), environ=ENVIRONMENT)


def test_references_are_resolved(staging):
    assert staging.deployment.fhir_base == "https://api.example/fhir"
    assert staging.members["a"].password == "password-in-file"
    assert staging.headers == {"gateway.example": {"Authorization": "Bearer gateway-token"}}
    assert staging.proxy == "http://me:proxy-pass@proxy.example:3128"
    assert staging.login["screens"][0]["do"][0]["with"] == "rex-the-dog"


def test_what_the_login_page_fills_in_stays_a_placeholder(staging):
    assert staging.login["screens"][0]["do"][1]["with"] == "${user.password}"


def test_every_secret_is_listed_and_configuration_is_not(staging):
    assert {value for value, _ in staging.secrets} == SECRET
    assert dict(staging.secrets)["client-secret-1"] == "clients.main.client_secret"


def test_no_representation_shows_a_secret(staging):
    shown = f"{staging!r} {staging.clients!r} {staging.members!r} {staging.tokens!r}"

    assert [secret for secret in SECRET if secret in shown] == []


def test_the_redacted_form_is_json_without_secrets(staging):
    shown = staging.redacted()

    text = json.dumps(shown)
    assert [secret for secret in SECRET if secret in text] == []
    assert shown["deployment"]["fhir_base"] == "https://api.example/fhir"
    assert shown["clients"]["main"] | {"client_id": "the-app"} == shown["clients"]["main"]
    assert shown["clients"]["main"]["client_secret"] == label("clients.main.client_secret")
    assert shown["members"]["a"]["totp_secret"] == label("members.a.totp_secret")
    assert shown["headers"]["gateway.example"]["Authorization"].startswith("\u2039")
    assert shown["proxy"] == f"http://me:{label('proxy')}@proxy.example:3128"
    typed = [action["with"] for action in shown["login"]["screens"][0]["do"]]
    assert typed[1] == "${user.password}"
    assert all(text.startswith("\u2039") for text in (typed[0], typed[2]))
    assert "secrets" not in shown


def test_the_redacted_form_names_files_without_their_folders(base, here, target_file):
    target_file("-", "certificates/ca.pem")
    target_file(base + "tls: {ca_file: certificates/ca.pem}\n")

    shown = load_target(here / "target.yaml", environ={}).redacted()

    assert (shown["tls"]["ca_file"], shown["source"]) == ("ca.pem", "target.yaml")
    assert str(here) not in json.dumps(shown)


def test_a_username_written_in_the_file_is_not_searched_for_everywhere(target_file):
    target = load_target(target_file(), environ={})

    assert "amelia" not in {value for value, _ in target.secrets}
    assert target.redacted()["members"]["a"]["username"] == label("members.a.username")


def test_trailing_line_ends_of_a_secret_file_are_stripped_and_nothing_else(base, target_file):
    target_file(" a b \r\n\n", "secret.txt")

    target = load_target(target_file(base.replace("amelia-password", "${file:secret.txt}")), environ={})

    assert target.members["a"].password == " a b "


def test_a_value_from_outside_is_not_read_again(base, target_file):
    file = target_file(base.replace("amelia-password", "${env:P}"))

    assert load_target(file, environ={"P": "${env:HOME}"}).members["a"].password == "${env:HOME}"


def test_a_literal_proxy_password_outside_a_lab_is_refused(target_file):
    target_file("password-in-file", "a.txt")
    file = target_file(STAGING.replace("${env:PROXY_PASS}", "literal-pass"))

    with pytest.raises(
        TargetProblems, match="proxy: a secret may stand in a target only with environment: lab"
    ) as refused:
        load_target(file, environ=ENVIRONMENT)

    assert "literal-pass" not in str(refused.value)


def test_a_literal_secret_by_set_outside_a_lab_is_refused(target_file):
    target_file("password-in-file", "a.txt")

    with pytest.raises(TargetProblems, match=r"--set members\.a\.password: a secret may stand") as refused:
        load_target(target_file(STAGING), environ=ENVIRONMENT, sets=["members.a.password=hush-hush"])

    assert "hush" not in str(refused.value)


PLACES = [
    "clients.main.client_secret",
    "clients.main.private_key",
    "members.a.password",
    "members.a.totp_secret",
    "members.a",
    "members.b.password",
    "tokens.expired",
    "tokens",
    "login.screens[0].do[0].secret",
    'headers."api.example".X-Key',
    'headers."api.example"',
    "politeness.sample",
    "slow",
]
SHAPES = ["{}", "[{}]", "{{x: {}}}", "'{}", '"{}', "!{}", "*{}", "&{}", "|{}", "${{env:S}}", "x${{env:S}}", "${{{}}}"]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=4, max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_secret_is_in_any_message_or_representation(data, base, target_file):
    secret = f"Zq{data.draw(TEXTS)}qZ"
    place = data.draw(st.sampled_from(PLACES))
    environment = data.draw(st.sampled_from(["lab", "staging", "labb"]))
    shape = data.draw(st.sampled_from(SHAPES))
    broken = data.draw(st.sampled_from(["", "sloww: 1\n", "tls: {ca_file: no.pem}\n", "members: 3\n", "a: b: c\n"]))
    file = target_file(base.replace("environment: lab", f"environment: {environment}") + broken)

    try:
        target = load_target(file, environ={"S": secret}, sets=[f"{place}={shape.format(secret)}"])
    except TargetProblems as refused:
        shown = f"{refused}{refused!r}{refused.problems!r}"
    else:
        shown = f"{target!r}{json.dumps(target.redacted(), ensure_ascii=False)}"

    assert secret not in shown


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=TEXTS,
    where=st.sampled_from(["app-secret-value", "amelia-password", "benedikt-password"]),
)
def test_no_literal_secret_in_a_file_is_in_any_message(secret, where, base, target_file):
    secret = f"Zq{secret}qZ"
    file = target_file(base.replace(where, secret))

    try:
        shown = repr(load_target(file, environ={}))
    except TargetProblems as refused:
        shown = f"{refused}{refused.problems!r}"

    assert secret not in shown


def test_a_secret_that_is_a_word_of_the_schema_masks_no_key_of_ours():
    target = Target(
        Deployment("https://payer.example/none", "lab", name="none of them, nonetheless"),
        {"public": Client("public", authentication="none"), "main": Client("main", client_secret="none")},
        {},
        secrets=(("none", "client_secret of main"),),
    )

    shown = target.redacted()

    assert shown["clients"]["public"]["authentication"] == "none"
    assert shown["clients"]["main"]["client_secret"] == "‹client_secret of main›"
    assert shown["deployment"]["name"] == "‹client_secret of main› of them, nonetheless"
    assert shown["deployment"]["fhir_base"] == "https://payer.example/‹client_secret of main›"
