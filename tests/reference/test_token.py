"""The token endpoint: exchange, refresh, refusals, client authentication."""

from __future__ import annotations

import secrets
import time
from types import SimpleNamespace

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from conformance.reference import limits


def refused(answer, *codes: str, status: int = 400) -> bool:
    """Whether an answer is a proper OAuth refusal with one of these codes."""
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert set(answer.json()) == {"error", "error_description"}
    return answer.status_code == status and answer.json()["error"] in codes


def test_the_token_response_is_complete(session_a):
    assert set(session_a) == {
        *("access_token", "token_type", "expires_in", "scope", "patient", "refresh_token", "id_token")
    }
    assert session_a["token_type"] == "Bearer"
    assert session_a["expires_in"] == 3600
    assert {"openid", "fhirUser", "launch/patient", "offline_access"} < set(session_a["scope"].split())


WRONG = {
    "no verifier": {"code_verifier": None},
    "another verifier": {"code_verifier": "x" * 43},
    "no redirect_uri": {"redirect_uri": None},
    "another redirect_uri": {"redirect_uri": "https://app.example/other"},
    "another code": {"code": "nonsense"},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_exchange_is_refused(app, case):
    changes = {"code": app.authorize("b")["code"]} | WRONG[case]

    assert refused(app.exchange(**changes), "invalid_grant", "invalid_request")


def test_a_verifier_with_one_character_more_is_refused(app):
    code = app.authorize("b")["code"]

    assert refused(app.exchange(code, code_verifier=app.verifier + "x"), "invalid_grant")


def test_a_replayed_code_kills_what_it_gave(app, payer):
    code = app.authorize("b")["code"]
    tokens = app.exchange(code).json()

    assert refused(app.exchange(code), "invalid_grant")
    assert payer.get("Patient", tokens["access_token"]).status_code == 401
    assert refused(app.post_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]), "invalid_grant")


def test_a_code_belongs_to_its_client(app, payer, new_app):
    code = app.authorize("b")["code"]
    second = new_app(payer, "second", verifier=app.verifier)

    assert refused(second.exchange(code), "invalid_grant")


def test_a_code_expires(app, payer):
    code = app.authorize("b")["code"]
    payer.http.post(f"{payer.ready['issuer']}/_lab/age", json={"code": code, "seconds": 61})

    assert refused(app.exchange(code), "invalid_grant")


@pytest.mark.parametrize("grant_type", ["password", "client_credentials", "made-up"])
def test_other_grants_are_refused(app, grant_type):
    assert refused(app.post_token(grant_type=grant_type), "unsupported_grant_type")


def test_a_token_request_is_a_form_post(app, payer):
    fields = {"grant_type": "authorization_code", "code": "x", "client_id": "app-public"}

    assert payer.http.get(payer.oauth("token"), params=fields).status_code == 405
    assert refused(payer.http.post(payer.oauth("token"), json=fields), "invalid_request")
    assert refused(payer.http.post(payer.oauth("token"), params=fields), "invalid_request")


def test_a_repeated_parameter_is_refused(payer):
    body = "grant_type=authorization_code&code=a&code=b&client_id=app-public"
    answer = payer.http.post(
        payer.oauth("token"), content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert refused(answer, "invalid_request")


@pytest.mark.parametrize("auth", [("app", "wrong"), ("nobody", "wrong"), ("app-public", "")], ids=str)
def test_failed_client_authentication_is_a_challenge(payer, auth):
    answer = payer.http.post(payer.oauth("token"), data={"grant_type": "authorization_code"}, auth=auth)

    assert refused(answer, "invalid_client", status=401)
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_a_public_client_needs_its_id_and_no_secret(public_app, payer):
    assert public_app.tokens("b")["access_token"]
    code = public_app.authorize("b")["code"]
    fields = {"grant_type": "authorization_code", "code": code, "code_verifier": public_app.verifier}

    assert refused(payer.http.post(payer.oauth("token"), data=fields), "invalid_client", status=401)


@pytest.mark.parametrize("key", ["main", "public", "second"])
def test_every_way_of_client_authentication_works(payer, key, new_app):
    assert new_app(payer, key).tokens("b")["patient"] == payer.ready["members"]["b"]["patient_id"]


def test_a_public_client_may_refresh_without_its_id_and_nobody_else_may(public_app, app, payer):
    def refreshed(tokens):
        fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        return payer.http.post(payer.oauth("token"), data=fields)

    assert refreshed(public_app.tokens("b")).status_code == 200
    assert refused(refreshed(app.tokens("b")), "invalid_client", status=401)


def test_refresh_rotates_and_narrows_but_never_widens(app, payer):
    first = app.tokens("b", scope="launch/patient offline_access patient/Patient.read patient/Coverage.read")
    wider = app.post_token(
        grant_type="refresh_token", refresh_token=first["refresh_token"], scope="patient/Condition.read"
    )
    narrower = app.post_token(
        grant_type="refresh_token", refresh_token=first["refresh_token"], scope="patient/Patient.read"
    ).json()

    assert refused(wider, "invalid_scope")
    assert narrower["scope"] == "patient/Patient.read"
    assert narrower["patient"] == first["patient"]
    assert payer.get("Coverage", narrower["access_token"]).status_code == 403
    assert payer.get("Patient", narrower["access_token"]).status_code == 200
    whole = app.post_token(grant_type="refresh_token", refresh_token=narrower["refresh_token"]).json()
    assert whole["scope"] == first["scope"]


def test_a_reused_refresh_token_kills_its_family(app, payer):
    first = app.tokens("b")
    second = app.post_token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()

    assert refused(app.post_token(grant_type="refresh_token", refresh_token=first["refresh_token"]), "invalid_grant")
    assert refused(app.post_token(grant_type="refresh_token", refresh_token=second["refresh_token"]), "invalid_grant")
    assert payer.get("Patient", second["access_token"]).status_code == 401


def test_a_refresh_token_belongs_to_its_client(app, payer, new_app):
    tokens = app.tokens("b")
    second = new_app(payer, "second")

    answer = second.post_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    assert refused(answer, "invalid_grant")
    assert app.post_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("kind", ["random", "truncated", "access token"])
def test_an_invalid_refresh_token_is_refused(app, session_b, kind):
    value = {
        "random": secrets.token_urlsafe(32),
        "truncated": session_b["refresh_token"][:-4],
        "access token": session_b["access_token"],
    }[kind]

    assert refused(app.post_token(grant_type="refresh_token", refresh_token=value), "invalid_grant")


def test_no_offline_access_no_refresh_token_and_no_openid_no_id_token(app):
    tokens = app.tokens("b", scope="launch/patient patient/Patient.read fhirUser")

    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "patient"}
    assert tokens["scope"] == "launch/patient patient/Patient.read"


def test_an_expired_access_token_is_refused(app, payer):
    tokens = app.tokens("b")
    payer.http.post(f"{payer.ready['issuer']}/_lab/age", json={"token": tokens["access_token"], "seconds": 3601})

    answer = payer.get("Patient", tokens["access_token"])

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_introspection_tells_about_live_tokens_only(app, payer, session_b):
    client = app.client
    auth = (client["client_id"], client["client_secret"])

    def ask(token: str):
        return payer.http.post(payer.oauth("introspect"), data={"token": token}, auth=auth).json()

    live = ask(session_b["access_token"])

    assert live["active"] is True
    assert live["patient"] == session_b["patient"]
    assert live["client_id"] == "app"
    assert live["iss"] == payer.ready["issuer"]
    assert live["fhirUser"].endswith(session_b["patient"])
    assert ask("nonsense") == {"active": False}
    second = payer.ready["clients"]["second"]
    foreign = {"token": session_b["access_token"], **{name: second[name] for name in ("client_id", "client_secret")}}
    assert payer.http.post(payer.oauth("introspect"), data=foreign).json() == {"active": False}


def test_revocation_ends_a_token_and_unknown_ones_are_fine(app, payer):
    client = app.client
    auth = (client["client_id"], client["client_secret"])
    tokens = app.tokens("b")

    def revoke(token: str) -> int:
        return payer.http.post(payer.oauth("revoke"), data={"token": token}, auth=auth).status_code

    assert revoke("nonsense") == 200
    assert revoke(tokens["access_token"]) == 200
    assert payer.get("Patient", tokens["access_token"]).status_code == 401
    fresh = app.post_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert revoke(fresh["refresh_token"]) == 200
    assert payer.get("Patient", fresh["access_token"]).status_code == 401


class Signer:
    """An app with a key."""

    def __init__(self, payer, new_app) -> None:
        self.app = new_app(payer, "asymmetric")
        self.key = ECKey.import_key({k: v for k, v in self.app.client["private_key"].items() if k != "alg"})
        self.url = payer.oauth("token")

    def assertion(self, **changes) -> str:
        now = int(time.time())
        claims = {"iss": "app-asymmetric", "sub": "app-asymmetric", "aud": self.url, "exp": now + 240}
        claims |= {"jti": secrets.token_hex(8)} | changes
        return jwt.encode({"alg": "ES384", "kid": self.key.kid}, claims, self.key, algorithms=["ES384"])

    def exchange(self, assertion: str):
        code = self.app.authorize("b")["code"]
        return self.app.payer.http.post(
            self.url,
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.app.client["redirect_uris"][0],
                "code_verifier": self.app.verifier,
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": assertion,
            },
        )


def test_a_signed_assertion_authenticates_once(payer, new_app):
    signer = Signer(payer, new_app)
    assertion = signer.assertion()

    assert signer.exchange(assertion).status_code == 200
    assert refused(signer.exchange(assertion), "invalid_client", status=401)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://evil.example/token"},
        {"exp": int(time.time()) - 120},
        {"exp": int(time.time()) + 3600},
        {"iss": "app"},
    ],
    ids=["aud", "expired", "too long", "iss"],
)
def test_a_wrong_assertion_is_refused(payer, changes, new_app):
    signer = Signer(payer, new_app)

    assert refused(signer.exchange(signer.assertion(**changes)), "invalid_client", status=401)


def test_an_assertion_of_another_key_is_refused(payer, new_app):
    signer = Signer(payer, new_app)
    signer.key = ECKey.generate_key("P-384", parameters={"kid": signer.key.kid}, private=True)

    assert refused(signer.exchange(signer.assertion()), "invalid_client", status=401)


def test_an_app_registers_itself_and_works(payer, new_app):
    answer = payer.http.post(
        payer.oauth("register"),
        json={
            "client_name": "Tèst <b>app</b>",
            "redirect_uris": ["https://new.example/cb"],
            "token_endpoint_auth_method": "none",
        },
    )
    payer.ready["clients"]["registered"] = answer.json() | {"authentication": "none"}

    assert answer.status_code == 201
    assert new_app(payer, "registered").tokens("b")["access_token"]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        [],
        {"redirect_uris": []},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": ["http://app.example/cb"]},
        {"redirect_uris": ["https://app.example/cb#x"]},
        {"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "tls_client_auth"},
        {"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "private_key_jwt"},
        {"redirect_uris": ["https://app.example/cb"], "grant_types": ["implicit"]},
    ],
    ids=str,
)
def test_a_wrong_registration_is_refused(payer, metadata):
    answer = payer.http.post(payer.oauth("register"), json=metadata)

    assert refused(answer, "invalid_client_metadata", "invalid_redirect_uri")


def test_a_burst_is_told_to_wait_and_then_served_again(run_payer):
    payer = run_payer()

    def ask(client_id):
        return payer.http.post(payer.oauth("revoke"), data={"token": "x", "client_id": client_id})

    answers = []
    while len(answers) < 400 and (not answers or answers[-1].status_code == 401):  # the bucket fills again meanwhile
        answers.append(ask("app-that-nobody-knows"))
    waiting = answers[-1]

    assert waiting.status_code == 429
    assert len(answers) > 50
    assert int(waiting.headers["retry-after"]) == 1
    assert ask("app-public").status_code == 200
    time.sleep(int(waiting.headers["retry-after"]))
    assert ask("app-that-nobody-knows").status_code == 401


def test_a_bucket_empties_at_once_and_fills_as_time_goes_by():
    now = [0.0]
    tenant = SimpleNamespace(clock=lambda: now[0], state=SimpleNamespace(buckets={}), replacements={})

    for _ in range(limits.TOKEN.burst):
        limits.require(tenant, limits.TOKEN, "somebody")
    with pytest.raises(limits.TooMany) as caught:
        limits.require(tenant, limits.TOKEN, "somebody")
    limits.require(tenant, limits.TOKEN, "somebody else")
    now[0] += caught.value.seconds
    for _ in range(int(limits.TOKEN.rate)):
        limits.require(tenant, limits.TOKEN, "somebody")
    with pytest.raises(limits.TooMany):
        limits.require(tenant, limits.TOKEN, "somebody")
