"""Clients that we did not write: the Python SMART client, fhirpy, and Authlib's OAuth 2.0 client with PKCE."""

from __future__ import annotations

import json
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import KeySet
from joserfc.jwt import decode


def as_member(app, payer, url: str, member: str = "a") -> str:
    """Do in a browser what the member does from an authorization URL on; returns the whole redirect URL."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    fixed = {name: query.get(name) for name in app.parameters()}
    answer = app.authorize(member, **fixed)
    return f"{query['redirect_uri']}?{urlencode(answer)}"


def test_the_python_smart_client_launches_reads_and_searches(payer, app, monkeypatch):
    from fhirclient import client as client_module
    from fhirclient.models.explanationofbenefit import ExplanationOfBenefit

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", payer.ready["ca_file"])
    settings = {
        "app_id": "app",
        "app_secret": app.client["client_secret"],
        "api_base": payer.base,
        "redirect_uri": app.client["redirect_uris"][0],
        "scope": "launch/patient openid fhirUser patient/Patient.read patient/ExplanationOfBenefit.read",
    }
    smart = client_module.FHIRClient(settings=settings)
    assert not smart.ready
    smart.prepare()

    smart.handle_callback(as_member(app, payer, smart.authorize_url))

    assert smart.ready
    assert smart.human_name(smart.patient.name[0]).startswith("María Elena Álvarez-Núñez")
    claims = ExplanationOfBenefit.where(struct={"patient": smart.patient_id, "_count": "5"})
    assert len(list(claims.perform_resources_iter(smart.server))) == 36
    smart.server.session.close()


def test_fhirpy_reads_searches_and_pages(payer, session_a, monkeypatch):
    import fhirpy

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", payer.ready["ca_file"])
    client = fhirpy.SyncFHIRClient(payer.base, authorization=f"Bearer {session_a['access_token']}")

    patient = client.reference("Patient", session_a["patient"]).to_resource()
    everything = client.resources("ExplanationOfBenefit").search(patient=patient["id"]).limit(10).fetch_all()
    labs = client.resources("Observation").search(category="laboratory", date__ge="2026-01-01").fetch_all()

    assert patient["name"][0]["family"] == "Álvarez-Núñez"
    assert len({each["id"] for each in everything}) == len(everything) == 36
    assert labs
    assert all(each["effectiveDateTime"] >= "2026" for each in labs)


@pytest.fixture
def authlib_client(payer, app):
    """Authlib's client, set up as its documentation says."""
    from authlib.integrations import httpx_client as integration

    client = integration.OAuth2Client(
        client_id="app",
        client_secret=app.client["client_secret"],
        scope="launch/patient openid fhirUser offline_access patient/Patient.read",
        redirect_uri=app.client["redirect_uris"][0],
        code_challenge_method="S256",
        verify=payer.ready["context"],
    )
    yield client
    client.close()


@pytest.mark.filterwarnings("ignore:The httpx module is deprecated")
def test_authlib_logs_in_refreshes_introspects_and_revokes(payer, app, authlib_client):
    nonce, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
    url, state = authlib_client.create_authorization_url(
        payer.oauth("authorize"), aud=payer.base, nonce=nonce, code_verifier=verifier
    )
    redirect = as_member(app, payer, url)

    token = authlib_client.fetch_token(
        payer.oauth("token"), authorization_response=redirect, state=state, code_verifier=verifier
    )

    keys = KeySet.import_key_set(httpx.get(jwks(payer), verify=payer.ready["context"]).json())
    claims = decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (payer.ready["issuer"], "app", nonce)
    assert authlib_client.get(f"{payer.base}/Patient/{token['patient']}").status_code == 200
    fresh = authlib_client.refresh_token(payer.oauth("token"), refresh_token=token["refresh_token"])
    assert fresh["access_token"] != token["access_token"]
    told = authlib_client.introspect_token(payer.oauth("introspect"), token=fresh["access_token"])
    assert json.loads(told.content)["patient"] == token["patient"]
    assert authlib_client.revoke_token(payer.oauth("revoke"), token=fresh["refresh_token"]).status_code == 200
    assert payer.get("Patient", fresh["access_token"]).status_code == 401


def jwks(payer) -> str:
    """The key set's address, as discovery tells it."""
    return str(payer.get(".well-known/smart-configuration").json()["jwks_uri"])
