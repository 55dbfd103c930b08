"""Keycloak itself on loopback, realms in it that serve SMART apps, and FHIR bases that point to them."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any

import httpx
import pytest
import yaml

from conformance.login.outcome import AuthorizationOutcome
from conformance.login.shared_browser import SharedBrowser
from conformance.oauth.discovery import OPENID_PATH, SMART_PATH, discover
from conformance.oauth.request import authorization_request
from conformance.oauth.token_endpoint import TokenAnswer, token_endpoint_of
from conformance.redaction import Redactor
from conformance.reference.certificates import Authority
from conformance.target import Member, load_target
from conformance.transport import transport_for

HERE = Path(__file__).parent
START_SECONDS = 180.0
STOP_SECONDS = 20.0
# The theme of each realm, and what it has besides.
REALMS: dict[str, tuple[str, ...]] = {
    "keycloak.v2": ("keycloak.v2",),
    "keycloak": ("keycloak",),
    "base": ("base",),
    "identity-first": ("keycloak.v2", "identity_first.yaml"),
    "identity-first-keycloak": ("keycloak", "identity_first.yaml"),
    "identity-first-base": ("base", "identity_first.yaml"),
}
CAPABILITIES = (
    "launch-standalone",
    "client-confidential-symmetric",
    "context-standalone-patient",
    "permission-patient",
    "permission-offline",
    "sso-openid-connect",
)


def filled(file: str, **values: str) -> str:
    """A file beside this one with its ``$names`` filled in."""
    return Template((HERE / file).read_text(encoding="utf-8")).safe_substitute(values)


def totp_key(realm: str) -> str:
    """One for each realm: a code is never given twice, and waiting for the next takes half a minute."""
    return f"{realm:-<32}"


@dataclass
class Keycloak:
    """The running product: a client that reaches it, the version it calls itself, and its administration."""

    client: httpx.Client
    version: str
    password: str = field(repr=False)

    def create_realm(self, name: str, theme: str, *files: str) -> None:
        realm = {"realm": name, "loginTheme": theme}
        for file in ("realm.yaml", *files):
            realm |= yaml.safe_load(filled(file, totp_key=totp_key(name)))
        login = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": self.password}
        token = self.client.post("/realms/master/protocol/openid-connect/token", data=login).json()["access_token"]
        made = self.client.post("/admin/realms", json=realm, headers={"Authorization": f"Bearer {token}"})
        assert made.status_code == 201, made.text

    def answer(self, realm: str, path: str, authorization: str) -> tuple[int, dict[str, Any]]:
        """What a FHIR base of the realm answers to a GET; the product itself is asked whether a token lives."""
        if path == SMART_PATH:
            return 200, self.client.get(f"/realms/{realm}{OPENID_PATH}").json() | {"capabilities": CAPABILITIES}
        told = {"token": authorization.removeprefix("Bearer ")}
        address = f"/realms/{realm}/protocol/openid-connect/token/introspect"
        if self.client.post(address, data=told, auth=("app", "app-secret-1")).json().get("typ") != "Bearer":
            return 401, {"resourceType": "OperationOutcome"}
        known = path == "/Patient/pat-1"
        return (
            (200, {"resourceType": "Patient", "id": "pat-1"}) if known else (404, {"resourceType": "OperationOutcome"})
        )


@dataclass
class Certificates:
    """A private authority, and the key and certificate it issued to this machine."""

    authority_file: Path
    server_file: Path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder, authority = tmp_path_factory.mktemp("certificates"), Authority()
    (folder / "ca.pem").write_bytes(authority.pem())
    return Certificates(folder / "ca.pem", authority.server_file(folder, "127.0.0.1"))


@pytest.fixture(scope="session")
def keycloak_home() -> Path:
    if home := os.environ.get("KEYCLOAK_HOME"):
        return Path(home).resolve()
    pytest.skip("KEYCLOAK_HOME names no unpacked Keycloak; `make keycloak` fetches one and runs these")


@pytest.fixture(scope="session")
def keycloak(
    keycloak_home: Path, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Keycloak]:
    log, password = tmp_path_factory.mktemp("keycloak") / "log.txt", secrets.token_urlsafe(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = _start(keycloak_home, port, certificates.server_file, password, log)
    try:
        version = _version_once_ready(process, log)
        trusted = ssl.create_default_context(cafile=certificates.authority_file)
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusted, timeout=60) as client:
            yield Keycloak(client, version, password)
    finally:
        _stop(process)


def _start(home: Path, port: int, certificate: Path, password: str, log: Path) -> subprocess.Popen[bytes]:
    options = ("--db=dev-mem", "--http-enabled=false", "--http-host=127.0.0.1", f"--https-port={port}")
    files = (f"--https-certificate-file={certificate}", f"--https-certificate-key-file={certificate}")
    with log.open("wb") as output:
        return subprocess.Popen(
            [home / "bin" / "kc.sh", "start-dev", *options, *files],
            env={**os.environ, "KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": password},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _version_once_ready(process: subprocess.Popen[bytes], log: Path) -> str:
    """The version it names when it listens; the first start of a distribution builds it and takes longer."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if told := re.search(r"Keycloak (\S+) on JVM .* started in", log.read_text(errors="replace")):
            return told[1]
        time.sleep(0.1)
    raise AssertionError(f"Keycloak did not start: {log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the script and the virtual machine it started, which are one process group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="session")
def fhir_bases(keycloak: Keycloak, certificates: Certificates) -> Iterator[str]:
    """An address under which each realm has a FHIR base: its SMART configuration, and one Patient for living tokens."""

    class Base(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            realm, _, path = self.path.strip("/").partition("/")
            status, content = keycloak.answer(realm, f"/{path}", self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if path.startswith(".") else "application/fhir+json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Base)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.server_file)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def target_file_of(
    keycloak: Keycloak, certificates: Certificates, fhir_bases: str, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    """``target_file_of(realm)``: how the harness is told of it; the realm is created when it is first asked for."""
    folder, written = tmp_path_factory.mktemp("targets"), dict[str, Path]()

    def write(realm: str) -> Path:
        if realm not in written:
            keycloak.create_realm(realm, *REALMS[realm])
            secret = base64.b32encode(totp_key(realm).encode()).decode()
            base, authority = f"{fhir_bases}/{realm}", str(certificates.authority_file)
            target = filled("target.yaml", fhir_base=base, ca_file=authority, totp_secret=secret)
            written[realm] = folder / f"{realm}.yaml"
            written[realm].write_text(target, encoding="utf-8")
        return written[realm]

    return write


class Deployment:
    """A realm as an app meets it: discovery, a login in the browser, the token endpoint."""

    def __init__(self, target_file: Path, kept: SharedBrowser) -> None:
        self.target = load_target(target_file)
        self.redactor = Redactor()
        self.transport = transport_for(self.target, self.redactor)
        self.discovery = discover(self.transport, self.target.deployment.fhir_base)
        self.browser = kept.lease(self.target, self.discovery, self.redactor)

    def authorize(self, member: str | Member = "a", prompt: str = "consent", **options: Any) -> AuthorizationOutcome:
        """Log in with a clean browser; the product remembers a consent for good unless it is asked for anew."""
        scopes = [*self.target.scopes.required, "offline_access"]
        app, base = self.target.clients["main"], self.target.deployment.fhir_base
        request = authorization_request(self.discovery.authorization_endpoint, app, scopes, base)
        who = self.target.members[member] if isinstance(member, str) else member
        changed = {"prompt": prompt} if prompt else {}
        if "redirect_uri" in options:
            changed["redirect_uri"] = options.pop("redirect_uri")
        return self.browser.authorize(request.with_(**changed), who, **({"fresh": True} | options))

    def exchange(self, outcome: AuthorizationOutcome) -> TokenAnswer:
        assert outcome.code is not None, outcome.message
        return token_endpoint_of(self.discovery, self.transport, self.target.clients["main"]).exchange(outcome.code)


@pytest.fixture(scope="session")
def kept_browser() -> Iterator[SharedBrowser]:
    with SharedBrowser() as kept:
        yield kept


@pytest.fixture
def deployment_of(target_file_of: Callable[[str], Path], kept_browser: SharedBrowser) -> Iterator[Any]:
    opened: list[Deployment] = []

    def open_(realm: str) -> Deployment:
        opened.append(Deployment(target_file_of(realm), kept_browser))
        return opened[-1]

    yield open_
    for deployment in opened:
        deployment.browser.close()
        deployment.transport.close()
