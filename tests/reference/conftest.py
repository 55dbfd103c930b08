"""One running payer for all tests of the room, and an app that walks through its pages without a browser."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.pace import patience

BASE_DATE = "2026-11-23"
ALL_READ = " ".join(
    f"patient/{name}.read"
    for name in (
        *("Patient", "Coverage", "ExplanationOfBenefit", "Condition", "MedicationRequest", "Observation"),
        *("DocumentReference", "AllergyIntolerance", "Immunization", "Procedure", "Organization", "Practitioner"),
        *("PractitionerRole", "RelatedPerson", "Provenance", "Location", "Medication", "Encounter", "Specimen"),
        "Endpoint",
    )
)
FULL = f"launch/patient openid fhirUser offline_access {ALL_READ}"


@dataclass
class Payer:
    """What the ready file says, and HTTP to it."""

    ready: dict[str, Any]
    http: httpx.Client

    @property
    def base(self) -> str:
        return str(self.ready["fhir_base"])

    def oauth(self, name: str) -> str:
        return f"{self.ready['issuer']}/oauth2/{name}"

    def get(self, path: str, token: str = "", **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        return self.http.get(path if path.startswith("https") else f"{self.base}/{path}", headers=sent | headers)


@dataclass
class App:
    """A registered app: makes authorization requests, plays the member, exchanges codes."""

    payer: Payer
    key: str = "main"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def client(self) -> dict[str, Any]:
        return dict(self.payer.ready["clients"][self.key])

    def parameters(self, **changes: str | None) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        given: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client["client_id"],
            "redirect_uri": self.client["redirect_uris"][0],
            "scope": FULL,
            "state": secrets.token_urlsafe(32),
            "nonce": "n-" + secrets.token_urlsafe(12),
            "aud": self.payer.base,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in given.items() if value is not None}

    def browse(self) -> httpx.Client:
        return httpx.Client(verify=self.payer.ready["context"], timeout=patience(10))

    def authorize(
        self, member: str = "a", *, untick: str = "", deny: bool = False, **changes: str | None
    ) -> dict[str, str]:
        """Walk through login, choice of member and consent; returns the parameters of the redirect."""
        with self.browse() as browser:
            answer = browser.get(f"{self.payer.oauth('authorize')}?{urlencode(self.parameters(**changes))}")
            for _ in range(8):
                location = answer.headers.get("location", "")
                if location.startswith(self.client["redirect_uris"][0].rsplit("/", 1)[0]):
                    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
                if location:
                    answer = browser.get(location)
                else:
                    fields = self._filled(answer.text, member, untick, deny=deny)
                    answer = browser.post(str(answer.url), data=fields)
        raise AssertionError(f"no redirect to the app: {answer.status_code} {answer.text[:400]}")

    def _filled(self, page: str, member: str, untick: str, *, deny: bool) -> dict[str, Any]:
        person = self.payer.ready["members"][member]
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page)
        fields: dict[str, Any] = dict(hidden)
        if 'name="username"' in page:
            fields["username"] = person["username"]
        if 'name="password"' in page:
            fields["password"] = person["password"]
        if 'name="patient"' in page:
            fields["patient"] = person["choices"][-1]
        if 'name="scope"' in page:
            boxes = [html.unescape(value) for value in re.findall(r'name="scope" value="([^"]+)"', page)]
            fields["scope"] = [box for box in boxes if box != untick]
            fields["decision"] = "deny" if deny else "approve"
        return fields

    def post_token(self, **fields: str) -> httpx.Response:
        client = self.client
        auth = None
        if client["authentication"] == "client_secret_basic":
            auth = (client["client_id"], client["client_secret"])
        elif client["authentication"] == "client_secret_post":
            fields = {**fields, "client_id": client["client_id"], "client_secret": client["client_secret"]}
        else:
            fields = {**fields, "client_id": client["client_id"]}
        return self.payer.http.post(self.payer.oauth("token"), data=fields, auth=auth)

    def exchange(self, code: str, **changes: str | None) -> httpx.Response:
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client["redirect_uris"][0],
            "code_verifier": self.verifier,
            **changes,
        }
        return self.post_token(**{name: value for name, value in fields.items() if value is not None})

    def tokens(self, member: str = "a", **changes: str | None) -> dict[str, Any]:
        answer = self.exchange(self.authorize(member, **changes)["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def start(folder: Path, *arguments: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start a payer and wait for its ready file."""
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "conformance.reference", "--port", "0", "--ready-file", str(ready)]
    process = subprocess.Popen(
        [*command, "--base-date", BASE_DATE, "--stop-with-parent", *arguments], stdin=subprocess.PIPE
    )
    deadline = time.monotonic() + patience(30)
    while not ready.exists():
        if process.poll() is not None:
            process.stdin.close()  # type: ignore[union-attr]
            pytest.fail("the payer ended before it was ready")
        assert time.monotonic() < deadline, "the payer did not get ready"
        time.sleep(0.02)
    return process, json.loads(ready.read_text())


@pytest.fixture(scope="session")
def run_payer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Payer]]:
    """Start payers with extra arguments; they end with the session."""
    running: list[tuple[subprocess.Popen[bytes], httpx.Client]] = []

    def run(*arguments: str) -> Payer:
        process, ready = start(tmp_path_factory.mktemp("payer"), *arguments)
        ready["context"] = ssl.create_default_context(cafile=ready["ca_file"])
        http = httpx.Client(verify=ready["context"], timeout=patience(10))
        running.append((process, http))
        return Payer(ready, http)

    yield run
    for process, http in running:
        http.close()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(patience(10)) == 0


@pytest.fixture(scope="session")
def payer(run_payer: Callable[..., Payer]) -> Payer:
    """The clean payer."""
    return run_payer()


@pytest.fixture(scope="session")
def new_app() -> type[App]:
    """Makes apps: ``new_app(payer, key)``."""
    return App


@pytest.fixture
def app(payer: Payer) -> App:
    """The main app."""
    return App(payer)


@pytest.fixture
def public_app(payer: Payer) -> App:
    """The public app."""
    return App(payer, "public")


@pytest.fixture(scope="session")
def session_a(payer: Payer) -> dict[str, Any]:
    """Maria's token response with everything granted."""
    return App(payer).tokens("a")


@pytest.fixture(scope="session")
def session_b(payer: Payer) -> dict[str, Any]:
    """Walter's."""
    return App(payer).tokens("b")
