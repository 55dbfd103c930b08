"""The whole client against the built-in payer: discovery, login in a browser behind a private CA, tokens, identity."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.areas.identity.rules import id_token as identity
from conformance.login.authorize import Browser, browser_for
from conformance.login.shared_browser import SharedBrowser
from conformance.oauth.discovery import Discovery, discover
from conformance.oauth.registration import register, registered, registration_metadata
from conformance.oauth.request import AuthorizationRequest, authorization_request
from conformance.oauth.session import Session
from conformance.oauth.token_endpoint import TokenEndpoint, token_endpoint_of
from conformance.redaction import Redactor
from conformance.target import Client, Target, load_target
from conformance.transport import Transport, transport_for
from tests.pace import patience

pytestmark = pytest.mark.browser

SCOPES = ["launch/patient", "openid", "fhirUser", "offline_access", "patient/Patient.read", "patient/Coverage.read"]


class Deployment:
    """A tenant of the payer with everything an app has: transport, discovery, browser."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.redactor = Redactor()
        for value, label in target.secrets:
            self.redactor.register(value, label)
        self.transport: Transport = transport_for(target, self.redactor)
        self.discovery: Discovery = discover(self.transport, target.deployment.fhir_base)
        self.browser: Browser = browser_for(target, self.discovery, self.redactor)

    def request(self, key: str = "main", scopes: list[str] = SCOPES) -> AuthorizationRequest:
        endpoint = self.discovery.authorization_endpoint
        return authorization_request(endpoint, self.target.clients[key], scopes, self.target.deployment.fhir_base)

    def authorize(self, member: str = "a", request: AuthorizationRequest | None = None, **options: Any) -> Any:
        return self.browser.authorize(request or self.request(), self.target.members[member], **options)

    def endpoint(self, client: Client | None = None) -> TokenEndpoint:
        return token_endpoint_of(self.discovery, self.transport, client or self.target.clients["main"])

    def close(self) -> None:
        self.browser.close()
        self.transport.close()


@pytest.fixture(scope="module")
def payer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("payer")
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "conformance.reference", "--port", "0", "--stop-with-parent"]
    files = ["--ready-file", str(ready), "--write-target", str(folder / "target.yaml")]
    with subprocess.Popen([*command, *files], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + patience(60)
        while not (ready.exists() and ready.stat().st_size) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        yield json.loads(ready.read_text())
        process.terminate()


@pytest.fixture(scope="module")
def clean(payer: dict[str, Any]) -> Iterator[Deployment]:
    deployment = Deployment(load_target(payer["target_file"]))
    yield deployment
    deployment.close()


def test_a_member_logs_in_and_everything_about_the_answer_is_right(clean: Deployment) -> None:
    request = clean.request()

    outcome = clean.authorize(request=request, fresh=True)
    answer = clean.endpoint().exchange(outcome.code)
    session = Session(answer, endpoint=clean.endpoint(), member="a")

    assert (outcome.kind, outcome.decision, outcome.credentials_submitted) == ("redirect", "approve", True)
    assert (session.patient.id, session.patient.source) == (clean.target.members["a"].patient_id, "patient")
    assert not session.scopes.missing(answer.scopes)
    assert not session.scopes.beyond(answer.scopes)
    token = session.id_token
    assert token is not None
    assert [
        *identity.signature_findings(
            token, clean.discovery.keys, clean.discovery.openid.texts("id_token_signing_alg_values_supported")
        ),
        *identity.issuer_findings(token, clean.discovery.smart.text("issuer"), clean.discovery.openid.text("issuer")),
        *identity.audience_findings(token, "app"),
        *identity.time_findings(token, time.time()),
        *identity.subject_findings(token),
        *identity.nonce_findings(token, request.nonce),
        *identity.fhir_user_findings(token),
        *identity.at_hash_findings(token, answer.access_token),
    ] == []
    assert session.refresh().granted
    assert clean.endpoint().exchange(outcome.code).refused_with("invalid_grant")


def test_the_second_authorization_needs_no_login(clean: Deployment) -> None:
    clean.authorize()

    again = clean.authorize(request=clean.request("public", SCOPES[:3]))

    assert (again.kind, again.credentials_submitted) == ("redirect", False)
    client = clean.target.clients["public"]
    assert clean.endpoint(client).exchange(again.code, verifier="x" * 43).refused_with("invalid_grant")


def test_a_representative_chooses_a_dependent(clean: Deployment) -> None:
    outcome = clean.authorize("representative")
    answer = clean.endpoint().exchange(outcome.code)

    assert answer.text("patient") == clean.target.members["representative"].choose
    assert "member-picker" in [visit.screen for visit in outcome.trail]


def test_a_registered_app_is_an_app(clean: Deployment) -> None:
    wanted = Client(
        "dynamic", redirect_uris=("https://new.example/cb",), authentication="client_secret_post", name="New"
    )
    made = register(clean.transport, clean.discovery.registration_endpoint, registration_metadata(wanted, SCOPES))
    client = registered(wanted, made)
    base = clean.target.deployment.fhir_base
    request = authorization_request(clean.discovery.authorization_endpoint, client, SCOPES[:3], base)

    outcome = clean.authorize(request=request)

    assert clean.endpoint(client).exchange(outcome.code).granted


def test_refusals_are_what_the_browser_saw(clean: Deployment) -> None:
    good = clean.request()
    options: dict[str, Any] = {"expect_error_page": True}

    denied = clean.authorize(decision="deny")
    no_challenge = clean.authorize(request=good.without("code_challenge", "code_challenge_method"), **options)
    stranger = clean.authorize(request=good.with_(client_id="nobody"), **options)
    elsewhere = clean.authorize(request=good.with_(redirect_uri="https://evil.example/cb"), **options)

    assert (denied.error, denied.state_matches) == ("access_denied", True)
    assert (no_challenge.kind, no_challenge.error) == ("redirect", "invalid_request")
    assert [stranger.kind, elsewhere.kind] == ["error-page", "error-page"]
    assert not any(outcome.carries_grant for outcome in (denied, no_challenge, stranger, elsewhere))


@pytest.fixture
def variant(payer: dict[str, Any]) -> Iterator[Any]:
    opened: list[Deployment] = []

    def open_(slug: str) -> Deployment:
        opened.append(Deployment(load_target(payer["variants"][slug]["target_file"])))
        return opened[-1]

    yield open_
    for deployment in opened:
        deployment.close()


@pytest.mark.parametrize(
    ("slug", "screens"), [("two-step-login", {"username", "password"}), ("totp", {"one-time-code"})]
)
def test_the_same_screens_fit_another_login(variant: Any, slug: str, screens: set[str]) -> None:
    outcome = variant(slug).authorize()

    assert outcome.kind == "redirect"
    assert screens <= {visit.screen for visit in outcome.trail}


@pytest.mark.parametrize(("slug", "status"), [("errors-on-pages", 400), ("friendly-errors", 200)])
def test_an_error_told_on_a_page_is_a_refusal_whatever_its_status(variant: Any, slug: str, status: int) -> None:
    deployment = variant(slug)

    outcome = deployment.authorize(request=deployment.request().without("code_challenge"), expect_error_page=True)

    assert (outcome.kind, outcome.last_status) == ("error-page", status)


def test_nothing_written_holds_a_secret(clean: Deployment, tmp_path: Path) -> None:
    outcome = clean.authorize(fresh=True)
    answer = clean.endpoint().exchange(outcome.code)
    file = tmp_path / "exchanges.jsonl"
    with file.open("w") as lines:
        for exchange in clean.transport.exchanges:
            lines.write(json.dumps(clean.transport.redacted(exchange), default=str) + "\n")

    written = file.read_text() + repr(outcome) + repr(answer) + repr(outcome.page) + repr(outcome.consent)
    secrets = [outcome.code.value, outcome.request.pkce.verifier, answer.access_token, answer.refresh_token]
    assert all(secret and secret not in written for secret in secrets)
    assert all(value not in written for value, _ in clean.target.secrets)


def test_a_kept_browser_is_lent_again_and_remembers_nobody(clean: Deployment) -> None:
    with SharedBrowser() as kept:
        outcomes = []
        browsers = set()
        for _ in range(2):
            with kept.lease(clean.target, clean.discovery, Redactor()) as lent:
                outcomes.append(lent.authorize(clean.request(), clean.target.members["a"]))
                browsers.add(id(lent._browser))

    assert [(outcome.kind, outcome.credentials_submitted) for outcome in outcomes] == [("redirect", True)] * 2
    assert len(browsers) == 1
