"""What a run needs from this machine and from the target, and what can be installed of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from conformance.errors import ConfigError, HarnessError
from conformance.target.model import Probe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conformance.target import Target

_PLAYWRIGHT_SECONDS = 120.0
_PACKAGES_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """One thing a run uses. ``needed`` things must be ready; of others the run says that they are missing."""

    name: str
    ready: bool
    detail: str
    remedy: str = ""
    needed: bool = True

    def __str__(self) -> str:
        state = "ready  " if self.ready else ("MISSING" if self.needed else "absent ")
        advice = f"\n           {self.remedy}" if self.remedy and not self.ready else ""
        return f"{state}  {self.name}: {self.detail}{advice}"


def examine(target_file: Path | None, *, install: bool, say: Callable[[str], None]) -> list[Readiness]:
    """Look at everything in turn, saying each as it is known; with ``install`` mend what can be mended."""
    found: list[Readiness] = []
    for readiness in _look(target_file, install=install):
        say(str(readiness))
        found.append(readiness)
    return found


def _look(target_file: Path | None, *, install: bool) -> Iterator[Readiness]:
    yield _python()
    target: Target | None = None
    if target_file is not None:
        target, readiness = _target(target_file)
        yield readiness
    if target is not None:
        yield _answers(target)
        yield from _would_help(target)
    configured = str((target.login.get("browser") or {}).get("executable", "")) if target else ""
    yield _browser(configured, install=install)
    yield _renderer(install=install)
    yield _suites()
    yield _guides(target)


def _python() -> Readiness:
    version = ".".join(map(str, sys.version_info[:3]))
    return Readiness("Python", sys.version_info >= (3, 11), version, "Python 3.11 or newer is needed")


def _target(path: Path) -> tuple[Target | None, Readiness]:
    from conformance.target import load_target  # noqa: PLC0415

    try:
        target = load_target(path)
    except ConfigError as problem:
        return None, Readiness("target", ready=False, detail=str(problem))
    members = ", ".join(target.members)
    return target, Readiness("target", ready=True, detail=f"{target.deployment.fhir_base}; members {members}")


def _answers(target: Target) -> Readiness:
    """Whether the deployment answers at all, asked as a run would ask."""
    from conformance.oauth.discovery import SMART_PATH  # noqa: PLC0415
    from conformance.redaction import Redactor  # noqa: PLC0415
    from conformance.transport import transport_for  # noqa: PLC0415

    try:
        transport = transport_for(target, Redactor())
    except ConfigError as problem:
        return Readiness("deployment", ready=False, detail=str(problem))
    try:
        exchange = transport.request("GET", f"{target.deployment.fhir_base}{SMART_PATH}", purpose="doctor")
        detail = (
            f"status {exchange.status}" if exchange.answered else f"no answer ({exchange.fault}): {exchange.detail}"
        )
        remedy = "Name a private CA in tls.ca_file, a proxy in proxy."
        return Readiness("deployment", ready=exchange.answered, detail=f"discovery: {detail}", remedy=remedy)
    finally:
        transport.close()


# What a target may leave out, and what then stays undecided.
_HELPFUL: tuple[tuple[str, Callable[[Target], object], str], ...] = (
    ("members.b", lambda target: target.members.get("b"), "whether one member can reach another's data"),
    (
        "members.b.patient_id",
        lambda target: (b := target.members.get("b")) is None or b.patient_id,
        "whether a token of a reads what is b's",
    ),
    ("members.representative", lambda target: target.members.get("representative"), "what a representative may see"),
    ("members.empty", lambda target: target.members.get("empty"), "how a member without data is answered"),
    ("clients.public", lambda target: target.clients.get("public"), "whether a public client is held to PKCE"),
    (
        "clients.second",
        lambda target: target.clients.get("second"),
        "whether codes and tokens are bound to a client",
    ),
    ("clients.main.origin", lambda target: target.clients["main"].origin, "whether an app in a browser may call"),
    (
        "lab.age_grant",
        lambda target: target.lab.age_grant or target.slow,
        "how what has expired is refused (or set slow: true, to wait for it)",
    ),
    (
        "deployment.maintained_data_classes",
        lambda target: target.deployment.maintained_data_classes,
        "whether every class of data that is kept is there",
    ),
    ("documentation.url", lambda target: target.documentation.url, "what the public documentation holds"),
    ("fixtures", lambda target: target.fixtures, "whether the records hold what they should, element by element"),
    ("ids.deleted", lambda target: target.ids.deleted, "how a deleted resource is answered"),
)


def _would_help(target: Target) -> Iterator[Readiness]:
    if name := str(target.login.get("preset") or ""):
        yield _preset(name)
    for key, look, about in _HELPFUL:
        if not look(target):
            yield Readiness(key, ready=False, detail=f"not in the target; undecided: {about}", needed=False)
    if forbidden := [probe for probe in get_args(Probe) if not target.allows(probe)]:
        detail = f"{', '.join(forbidden)} not allowed; undecided: what only such a probe shows"
        yield Readiness("allow", ready=False, detail=detail, needed=False)


def _preset(name: str) -> Readiness:
    from conformance.login.presets import preset, standing  # noqa: PLC0415

    content = preset(name)
    remedy = "Written from public templates; try it: conformance login TARGET --explain"
    detail = f"{content['product']}: {standing(name)}"
    return Readiness("login preset", bool(content["verified"]), detail, remedy, needed=False)


def _browser(configured: str, *, install: bool) -> Readiness:
    from conformance.login.authorize import find_browser  # noqa: PLC0415

    try:
        return Readiness("browser", ready=True, detail=str(find_browser(configured)))
    except HarnessError as problem:
        if install:
            for attempt in (_playwright_browser, _debian_browser):
                if attempt():
                    return _browser(configured, install=False)
        return Readiness("browser", ready=False, detail="none starts", remedy=str(problem))


def _playwright_browser() -> bool:
    """Playwright's own headless browser, the usual way; fails where its download host is out of reach."""
    return _runs([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"], _PLAYWRIGHT_SECONDS)


def _debian_browser() -> bool:
    """Debian's package, where we may install one: the windowless browser, or the whole one where there is no such."""
    if not (shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0):
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends"]
    return _runs(["apt-get", "update", "--quiet"], _PACKAGES_SECONDS, quiet) and any(
        _runs([*install, package], _PACKAGES_SECONDS, quiet) for package in ("chromium-headless-shell", "chromium")
    )


def _runs(command: list[str], seconds: float, environment: dict[str, str] | None = None) -> bool:
    try:
        done = subprocess.run(command, timeout=seconds, env=environment, capture_output=True, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _renderer(*, install: bool) -> Readiness:
    from conformance.report.installation import find_renderer, install_renderer  # noqa: PLC0415

    renderer = find_renderer()
    if isinstance(renderer, str) and install:
        try:
            install_renderer()
            renderer = find_renderer()
        except HarnessError as problem:
            renderer = str(problem)
    if isinstance(renderer, str):
        remedy = "Runs still write every other file; `conformance doctor --install` installs it with npm."
        return Readiness("Allure renderer", ready=False, detail=renderer, remedy=remedy, needed=False)
    return Readiness("Allure renderer", ready=True, detail=str(renderer.script.parent.name))


def _suites() -> Readiness:
    from conformance.requirements import coverage, load_catalogue  # noqa: PLC0415

    judged = sum(1 for checks in coverage.by_requirement(load_catalogue(), coverage.checks()).values() if checks)
    return Readiness("suites", ready=True, detail=f"{judged} of {len(load_catalogue())} requirements have checks")


def _guides(target: Target | None) -> Readiness:
    """The guides that the target judges by, or those there are."""
    from conformance.guide_selection import DEFAULT_GUIDES  # noqa: PLC0415
    from conformance.guides.reading import require  # noqa: PLC0415

    chosen = target.guides if target else DEFAULT_GUIDES
    names = ", ".join(f"{name} {version}" for name, version in chosen.items())
    try:
        require(chosen)
    except ConfigError as problem:
        return Readiness("guides", ready=False, detail=str(problem))
    return Readiness("guides", ready=True, detail=names)
