"""The state of one conformance run: the target, the shared clients, and what has been found so far."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.login.shared_browser import SharedBrowser
    from conformance.redaction import Redactor
    from conformance.requirements import Catalogue, Effective
    from conformance.target import Target
    from conformance.transport import Transport
    from conformance.verdict import CheckResult
    from conformance.verdict.acceptance import Acceptance

RUN: pytest.StashKey[Run] = pytest.StashKey()
BROWSER: pytest.StashKey[SharedBrowser] = pytest.StashKey()


@dataclass(slots=True)
class Run:
    """Everything the hooks and fixtures of one run share."""

    target: Target
    catalogue: Catalogue
    redactor: Redactor
    transport: Transport
    selected: frozenset[str]
    selection: dict[str, list[str]]
    effective: dict[str, Effective]
    out: Path
    date: dt.date
    today: dt.date
    acceptance: Acceptance
    allow_untested: bool = False
    reference: bool = False
    live: bool = False
    verdict_only: bool = False
    exhaustive: bool = False
    waivers_file: str = ""
    certify: bool = False
    browser: SharedBrowser | None = None
    started: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    clock: float = field(default_factory=time.perf_counter)
    results: list[CheckResult] = field(default_factory=list)
    login_log: list[dict[str, Any]] = field(default_factory=list)
    logins: int = 0
    authorizations: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    guides: list[dict[str, str]] = field(default_factory=list)
    not_checked: dict[str, int] = field(default_factory=dict)
    must_support: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[str, int] = field(default_factory=dict)
    interrupted: str = ""
    misconfigured: str = ""
    unreachable: str = ""
    broken: str = ""

    def note_resource(self, resource: dict[str, Any], exchange: int) -> None:
        """Have the redactor learn a resource, and remember which exchange returned it first."""
        self.redactor.learn(resource)
        self.shown.setdefault(f"{resource.get('resourceType')}/{resource.get('id')}", exchange)

    def add_time(self, phase: str, seconds: float) -> None:
        """Add ``seconds`` to the time of a phase (login, collection, checks, report)."""
        self.seconds[phase] = self.seconds.get(phase, 0.0) + seconds
