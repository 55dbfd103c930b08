"""Canaille as a process of its own, and everything an app needs to have members log in there."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from conformance.login.authorize import Browser, browser_for
from conformance.login.outcome import AuthorizationOutcome
from conformance.oauth.discovery import Discovery, discover
from conformance.oauth.request import AuthorizationRequest, authorization_request
from conformance.oauth.token_endpoint import TokenEndpoint, token_endpoint_of
from conformance.redaction import Redactor
from conformance.target import Member, Target, load_target
from conformance.transport import Transport, transport_for
from tests.pace import patience

HERE = Path(__file__).parent
START_SECONDS = 60.0
# As canaille.yaml has them. Passcodes change every 10 s instead of 30, so that a test need not wait as long for the next.
PASSCODE_SECONDS, LOGIN_SECONDS = 10, 30


@dataclass(frozen=True)
class Canaille:
    """The running server."""

    issuer: str
    fhir_base: str
    folder: Path
    target_file: Path
    period: int

    @property
    def sets(self) -> list[str]:
        """What the target file does not know: where Canaille serves today."""
        return [f"deployment.fhir_base={self.fhir_base}"]

    @property
    def passcodes(self) -> list[str]:
        """Every passcode it was ever sent, in order."""
        return self._kept("passcodes.txt")

    @property
    def issued(self) -> list[str]:
        """Every code and token it ever gave, in order."""
        return self._kept("issued.txt")

    def _kept(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text(encoding="utf-8").split() if file.exists() else []


def stretched_target(path: Path, period: int) -> Path:
    """The target with the times of this machine: a member on a slow one needs longer for a passcode, too."""
    text = (HERE / "canaille.yaml").read_text(encoding="utf-8")
    for written, here in (
        (f"period: {PASSCODE_SECONDS}s", f"period: {period}s"),
        (f"timeout: {LOGIN_SECONDS}s", f"timeout: {patience(LOGIN_SECONDS):.0f}s"),
    ):
        assert written in text
        text = text.replace(written, here)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def canaille(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaille]:
    folder, period = tmp_path_factory.mktemp("canaille"), round(patience(PASSCODE_SECONDS))
    target_file = stretched_target(folder / "canaille.yaml", period)
    ready, log = folder / "ready.json", folder / "log.txt"
    command = [sys.executable, str(HERE / "canaille_server.py"), str(target_file), str(folder), str(period)]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=folder) as process,
    ):
        until = time.monotonic() + patience(START_SECONDS)
        while not ready.exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        try:
            assert ready.exists(), f"Canaille did not start: {log.read_text(encoding='utf-8')}"
            yield Canaille(
                **json.loads(ready.read_text(encoding="utf-8")), folder=folder, target_file=target_file, period=period
            )
        finally:
            process.terminate()


class App:
    """The app of the target: sends members to Canaille and exchanges the codes that come back."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.redactor = Redactor()
        self.transport: Transport = transport_for(target, self.redactor)
        self.discovery: Discovery = discover(self.transport, target.deployment.fhir_base)

    @cached_property
    def browser(self) -> Browser:
        return browser_for(self.target, self.discovery, self.redactor)

    @property
    def endpoint(self) -> TokenEndpoint:
        return token_endpoint_of(self.discovery, self.transport, self.target.clients["main"])

    def request(self) -> AuthorizationRequest:
        scopes = [*self.target.scopes.required, *self.target.scopes.optional]
        client, base = self.target.clients["main"], self.target.deployment.fhir_base
        return authorization_request(self.discovery.authorization_endpoint, client, scopes, base)

    def authorize(self, member: str | Member, **options: Any) -> AuthorizationOutcome:
        """In a browser without cookies."""
        who = self.target.members[member] if isinstance(member, str) else member
        return self.browser.authorize(options.pop("request", None) or self.request(), who, fresh=True, **options)


@pytest.fixture(scope="session")
def app(canaille: Canaille) -> Iterator[App]:
    """One app with one browser for all tests, so that it is one memory that knows which passcodes were used."""
    app = App(load_target(canaille.target_file, sets=canaille.sets))
    with app.browser, closing(app.transport):
        yield app
