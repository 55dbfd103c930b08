"""What a deployment says about itself becomes a target file that loads."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest

from conformance.errors import ConfigError, TargetUnreachable
from conformance.onboarding.probing import probe, provider_of
from conformance.target import load_target

BASE = "https://api.payer.example/fhir"
SMART = {
    "authorization_endpoint": "https://login.payer.example/realms/members/protocol/openid-connect/auth",
    "token_endpoint": "https://login.payer.example/token",
    "scopes_supported": [
        "openid",
        "fhirUser",
        "launch/patient",
        "patient/Patient.rs",
        "patient/Device.rs",
        "patient/Condition.rs",
    ],
    "capabilities": ["launch-standalone"],
}
METADATA = {
    "resourceType": "CapabilityStatement",
    "implementation": {"description": "Example payer"},
    "implementationGuide": ["http://hl7.org/fhir/us/carin-bb/ImplementationGuide/x|2.0.0", "http://x.example|1.0"],
    "rest": [{"mode": "server", "resource": [{"type": "Patient"}]}],
}


class Served:
    """Answers by path; everything else is 404, or nothing at all."""

    def __init__(self, answers=None, fault=""):
        self.answers, self.fault = answers or {}, fault

    def request(self, _method, url, **_):
        content = next((body for path, body in self.answers.items() if url.endswith(path)), None)
        body = b"" if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
        return SimpleNamespace(
            answered=not self.fault,
            fault=self.fault,
            detail="refused.",
            status=200 if content is not None else 404,
            json=lambda: json.loads(body),
            body=body,
            text=body.decode(),
            headers={},
            media_type="application/json",
            url=url,
            final_url=url,
        )


FULL = {"smart-configuration": SMART, "/metadata": METADATA}


def probed(answers=FULL, base=BASE):
    return probe(Served(answers), base, available=[("carin-bb", "2.0.0"), ("us-core", "6.1.0")])


def loaded(text, tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(text, encoding="utf-8")
    return load_target(file, environ={name: f"value-of-{name}" for name in re.findall(r"\$\{env:(\w+)\}", text)})


def test_what_was_found_is_in_a_target_that_loads(tmp_path):
    found = probed()
    target = loaded(found.text, tmp_path)
    assert (target.deployment.name, target.deployment.fhir_base) == ("Example payer", BASE)
    assert target.guides["carin-bb"] == "2.0.0"
    assert target.scopes.required == (
        "patient/Patient.rs",
        "patient/Coverage.rs",
        "patient/ExplanationOfBenefit.rs",
        "launch/patient",
        "openid",
        "fhirUser",
    )
    assert (target.scopes.optional, target.scopes.syntax) == (("patient/Condition.rs",), "v2")
    assert target.scopes.request_offline_access is False
    assert target.login["preset"] == "keycloak"
    assert any("preset was chosen by the address alone" in sentence for sentence in found.found)


def test_of_a_long_list_it_is_said_how_much_is_left_out():
    types = [{"type": f"Type{number}"} for number in range(53)]
    said = " ".join(probed({**FULL, "/metadata": {**METADATA, "rest": [{"mode": "server", "resource": types}]}}).found)

    assert "Type39 and 13 more." in said


def test_a_wildcard_covers_the_types_the_harness_asks_for(tmp_path):
    smart = {**SMART, "scopes_supported": ["patient/*.read", "offline_access"]}
    scopes = loaded(probed({**FULL, "smart-configuration": smart}).text, tmp_path).scopes

    assert "patient/Patient.read" in scopes.required
    assert "patient/Procedure.read" in scopes.optional
    assert scopes.request_offline_access


def test_types_that_are_listed_nowhere_are_stated_as_not_offered(tmp_path):
    offered = loaded(probed().text, tmp_path).offered

    assert (offered["Procedure"], offered["Condition"], offered["Patient"], offered["Coverage"]) == (
        False,
        True,
        True,
        True,
    )


def test_a_server_that_takes_keys_only_gets_a_client_with_a_key():
    smart = {**SMART, "token_endpoint_auth_methods_supported": ["private_key_jwt"]}
    found = probed({**FULL, "smart-configuration": smart})

    assert "private_key: ${file:client-key.pem}" in found.text
    assert "client_secret" not in found.text.partition("clients:")[2]
    assert any("private key" in sentence for sentence in found.needed)


@pytest.mark.parametrize("answers", [{}, {"/metadata": [1]}, {"smart-configuration": b"<html>"}])
def test_a_deployment_that_says_little_gives_a_target_that_says_what_is_needed(tmp_path, answers):
    found = probed(answers)
    assert loaded(found.text, tmp_path).deployment.fhir_base == BASE
    assert any("a SMART configuration" in sentence for sentence in found.needed)
    assert any("login.screens" in sentence for sentence in found.needed)
    (presets,) = (sentence for sentence in found.needed if "login.preset" in sentence)
    assert re.search(r"okta, pingfederate \(not verified against the product\)", presets)
    assert "keycloak (verified with Keycloak " in presets


def test_what_a_deployment_says_cannot_leave_its_comment(tmp_path):
    evil = {**METADATA, "implementationGuide": ["x\nallow: [writes]\n#"], "implementation": {"description": "a: b\nc"}}
    target = loaded(probed({**FULL, "/metadata": evil}).text, tmp_path)
    assert target.allow == ()
    assert target.deployment.name == "a: b\nc"


def test_a_preset_chosen_by_address_says_whether_anybody_tried_it():
    okta = {**SMART, "authorization_endpoint": "https://payer.okta.com/oauth2/v1/authorize"}
    said = " ".join(probed({**FULL, "smart-configuration": okta}).found)
    assert "look like okta; the preset was chosen by the address alone: not verified against the product." in said


def test_a_private_ca_is_asked_for_in_the_words_of_init():
    with pytest.raises(TargetUnreachable, match="--ca-file FILE"):
        probe(Served(fault="tls"), BASE, available=[])


def test_no_answer_and_no_base_are_told():
    with pytest.raises(TargetUnreachable, match="no HTTP answer"):
        probe(Served(fault="refused"), BASE, available=[])
    for wrong in ("api.payer.example", "ftp://x.example/", "https://u:p@x.example/fhir", "https://x.example/?a=b"):
        with pytest.raises(ConfigError):
            probe(Served(FULL), wrong, available=[])


@pytest.mark.parametrize(
    ("address", "preset"),
    [
        ("https://payer.okta.com/oauth2/v1/authorize", "okta"),
        ("https://payer.eu.auth0.com/authorize", "auth0"),
        ("https://payer.b2clogin.com/x/oauth2/v2.0/authorize", "b2c"),
        ("https://x.auth.us-east-1.amazoncognito.com/oauth2/authorize", "cognito"),
        ("https://sso.payer.example/as/authorization.oauth2", "pingfederate"),
        ("https://sso.payer.example/am/oauth2/realms/root/authorize", "forgerock"),
        ("https://okta.com.payer.example/authorize", ""),
        ("", ""),
    ],
)
def test_an_identity_provider_is_known_by_its_address(address, preset):
    assert provider_of(address) == preset
