"""Each variant differs where it says and nowhere else, and none can be seen from another."""

from __future__ import annotations

import hmac
import json
import struct
import time
from base64 import b32decode
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
import yaml
from joserfc import jws


@pytest.fixture(scope="module")
def variant(payer, new_app):
    """An app at a variant."""

    def at(slug: str, key: str = "main"):
        facts = payer.ready["variants"][slug]
        return new_app(
            replace(payer, ready=payer.ready | {"fhir_base": facts["fhir_base"], "issuer": facts["issuer"]}), key
        )

    return at


def smart(app):
    return app.payer.get(".well-known/smart-configuration").json()


def test_no_refresh(variant):
    app = variant("no-refresh")

    assert "refresh_token" not in app.tokens("b")
    assert "permission-offline" not in smart(app)["capabilities"]
    assert smart(app)["grant_types_supported"] == ["authorization_code"]
    assert app.post_token(grant_type="refresh_token", refresh_token="x").json()["error"] == "unsupported_grant_type"


def test_no_introspection(variant):
    app = variant("no-introspection")

    assert "introspection_endpoint" not in smart(app)
    assert app.payer.http.post(app.payer.oauth("introspect"), data={"token": "x"}).status_code == 404


def test_no_id_token(variant):
    app = variant("no-id-token")
    tokens = app.tokens("b")

    assert "id_token" not in tokens
    assert "openid" not in tokens["scope"].split()
    assert {"issuer", "jwks_uri"}.isdisjoint(smart(app))
    assert app.payer.get(f"{app.payer.ready['issuer']}/.well-known/openid-configuration").status_code == 404


def test_one_grant(variant):
    app = variant("one-grant")
    first, second = app.tokens("b"), app.tokens("b")

    assert app.payer.get("Patient", first["access_token"]).status_code == 401
    assert app.payer.get("Patient", second["access_token"]).status_code == 200


def test_refresh_kills_access(variant):
    app = variant("refresh-kills-access")
    first = app.tokens("b")
    second = app.post_token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()

    assert app.payer.get("Patient", first["access_token"]).status_code == 401
    assert app.payer.get("Patient", second["access_token"]).status_code == 200


def test_short_tokens(variant):
    app = variant("short-tokens")
    tokens = app.tokens("b")
    app.payer.http.post(f"{app.payer.ready['issuer']}/_lab/age", json={"token": tokens["access_token"], "seconds": 61})

    assert tokens["expires_in"] == 60
    assert app.payer.get("Patient", tokens["access_token"]).status_code == 401


def test_two_step_login(variant):
    app = variant("two-step-login")
    with app.browse() as browser:
        page = browser.get(f"{app.payer.oauth('authorize')}?{urlencode(app.parameters())}", follow_redirects=True)

    assert 'name="username"' in page.text
    assert 'name="password"' not in page.text
    assert app.tokens("b")["access_token"]


def test_totp(variant, payer):
    app = variant("totp")
    secret = payer.ready["members"]["b"]["totp_secret"]
    digest = hmac.new(b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1").digest()
    number = struct.unpack(">I", digest[digest[-1] & 15 :][:4])[0] & 0x7FFFFFFF
    seen = []
    with app.browse() as browser:
        page = browser.get(f"{app.payer.oauth('authorize')}?{urlencode(app.parameters())}", follow_redirects=True)
        for otp in ("000000", f"{number % 1_000_000:06}"):
            fields = app._filled(page.text, "b", "", deny=False)
            if 'name="otp"' not in page.text:
                page = browser.post(str(page.url), data=fields, follow_redirects=True)
                fields = app._filled(page.text, "b", "", deny=False)
            page = browser.post(str(page.url), data=fields | {"otp": otp}, follow_redirects=True)
            seen.append(page.url.path.rsplit("/", 1)[1])

    assert seen == ["totp", "consent"]


def test_remembered_consent(variant):
    app = variant("remembered-consent")

    assert "code" in app.authorize("b", deny=True)
    assert app.authorize("b", deny=True, prompt="consent")["error"] == "access_denied"
    assert app.tokens("b")["scope"] == app.tokens("b", prompt="consent")["scope"]


@pytest.mark.parametrize(("slug", "status"), [("errors-on-pages", 400), ("friendly-errors", 200)])
def test_errors_on_pages(variant, slug, status):
    app = variant(slug)
    query = urlencode(app.parameters(response_type="token"))
    answer = app.payer.http.get(f"{app.payer.oauth('authorize')}?{query}")

    assert answer.status_code == status
    assert "location" not in answer.headers


def test_small_pages(variant):
    app = variant("small-pages")
    bundle = app.payer.get("ExplanationOfBenefit", app.tokens("b")["access_token"]).json()

    assert len(bundle["entry"]) == 7
    assert any(link["relation"] == "next" for link in bundle["link"])


def test_hash_sub(variant, session_b):
    def sub(token: str) -> str:
        return json.loads(jws.extract_compact(token.encode()).payload)["sub"]

    ours = sub(variant("hash-sub").tokens("b")["id_token"])

    assert len(ours) == 64
    assert ours != sub(session_b["id_token"])
    assert ours == sub(variant("hash-sub").tokens("b")["id_token"])


def test_signed_assertions_name_the_main_app_with_a_key(payer):
    file = Path(payer.ready["variants"]["signed-assertions"]["target_file"])
    main = yaml.safe_load(file.read_text(encoding="utf-8"))["clients"]["main"]

    assert main["authentication"] == "private_key_jwt"
    assert main["client_id"] == "app-asymmetric"


def test_a_tenant_knows_nothing_of_another(variant, payer, session_b, app):
    other = variant("small-pages")
    link = payer.get("ExplanationOfBenefit?_count=2", session_b["access_token"]).json()["link"][1]["url"]
    name = link.rpartition("=")[2]
    code = app.authorize("b")["code"]
    elsewhere = variant("small-pages")
    elsewhere.verifier = app.verifier

    assert other.payer.get("Patient", session_b["access_token"]).status_code == 401
    assert elsewhere.exchange(code).json()["error"] == "invalid_grant"
    refreshed = other.post_token(grant_type="refresh_token", refresh_token=session_b["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    token = other.tokens("b")["access_token"]
    assert other.payer.get(f"ExplanationOfBenefit?_page={name}", token).status_code == 404
    registered = payer.http.post(payer.oauth("register"), json={"redirect_uris": ["https://x.example/"]}).json()
    answer: httpx.Response = payer.http.get(
        f"{other.payer.oauth('authorize')}?{urlencode(other.parameters(client_id=registered['client_id']))}"
    )
    assert answer.status_code == 400
    assert payer.http.get(f"{payer.base.removesuffix('/fhir')}/t/nothing/fhir/metadata").status_code == 404
