"""Discovery documents, key set, metadata, developer page: public, consistent, alive."""

from __future__ import annotations

import httpx
import pytest

from conformance.guides import Guides

DISCOVERY = [".well-known/smart-configuration", "metadata"]


@pytest.mark.parametrize("accept", ["text/html", "application/fhir+xml", ""])
def test_the_smart_configuration_is_json_whatever_is_accepted(payer, accept):
    answer = payer.get(".well-known/smart-configuration", Accept=accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


def test_smart_and_openid_agree(payer):
    smart = payer.get(".well-known/smart-configuration").json()
    openid = payer.get(f"{payer.ready['issuer']}/.well-known/openid-configuration").json()

    shared = [name for name in smart if name in openid]

    assert len(shared) >= 10
    assert {name: smart[name] for name in shared} == {name: openid[name] for name in shared}
    assert openid["issuer"] == payer.ready["issuer"]


def test_every_endpoint_of_discovery_is_alive(payer):
    smart = payer.get(".well-known/smart-configuration").json()

    dead = {
        name: payer.http.get(url).status_code
        for name, url in smart.items()
        if name.endswith(("_endpoint", "_uri")) and payer.http.get(url).status_code in (404, 500)
    }

    assert dead == {}


def test_the_key_set_holds_public_rsa_keys(payer):
    keys = payer.get(f"{payer.ready['issuer']}/.well-known/jwks.json").json()["keys"]

    assert all(set(key) == {"kty", "n", "e", "kid", "use", "alg"} and key["kty"] == "RSA" for key in keys)


@pytest.mark.parametrize("path", DISCOVERY)
def test_discovery_may_be_read_from_any_origin(payer, path):
    answer = payer.get(path, Origin="https://anywhere.example")

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(("origin", "allowed"), [("https://app.example", True), ("https://evil.example", False)])
def test_the_api_may_be_called_from_registered_origins_only(payer, origin, allowed):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answers = [
        payer.http.options(f"{payer.base}/Patient/x", headers=asked),
        payer.http.options(payer.oauth("token"), headers=asked),
        payer.http.get(f"{payer.base}/Patient/x", headers={"Origin": origin}),
    ]

    assert [answer.headers.get("access-control-allow-origin") == origin for answer in answers] == [allowed] * 3


def test_metadata_lists_what_is_served(payer, session_a):
    rest = payer.get("metadata").json()["rest"][0]
    served = {each["type"]: each for each in rest["resource"]}
    refused = [
        (name, parameter["name"], answer.status_code)
        for name, each in served.items()
        for parameter in each.get("searchParam", [])
        if (answer := _searched(payer, session_a, name, parameter)).status_code != 200
    ]

    assert refused == []
    assert {"Patient", "Coverage", "ExplanationOfBenefit", "Organization", "Provenance", "Binary"} <= set(served)


def _searched(payer, session, name, parameter) -> httpx.Response:
    value = {"date": "ge2020-01-01", "reference": "x", "token": "x", "string": "x"}[parameter["type"]]
    return payer.get(f"{name}?{parameter['name']}={value}", session["access_token"])


def test_every_declared_parameter_is_one_of_a_guide_with_its_type(payer):
    guides = Guides.load()
    unknown = [
        (resource["type"], parameter["name"])
        for resource in payer.get("metadata").json()["rest"][0]["resource"]
        for parameter in resource.get("searchParam", [])
        if guides.search_parameters(resource["type"]).get(parameter["name"], {}).get("type") != parameter["type"]
        and parameter["name"] != "_id"
    ]

    assert unknown == []


def test_the_developer_page_is_public_and_names_every_scope_and_type(payer):
    page = payer.get(payer.ready["developer_page"])
    smart = payer.get(".well-known/smart-configuration").json()
    served = [each["type"] for each in payer.get("metadata").json()["rest"][0]["resource"]]

    assert page.status_code == 200
    assert [scope for scope in smart["scopes_supported"] if f">{scope}<" not in page.text] == []
    assert [name for name in served if f"/{name}" not in page.text] == []


def test_keys_rotate_without_losing_old_tokens(run_payer):
    payer = run_payer()
    jwks = f"{payer.ready['issuer']}/.well-known/jwks.json"
    before = [key["kid"] for key in payer.get(jwks).json()["keys"]]

    payer.http.post(f"{payer.ready['issuer']}/_lab/rotate-keys")

    after = [key["kid"] for key in payer.get(jwks).json()["keys"]]
    assert len(after) == 2
    assert after[1:] == before
