"""The ``login`` part of a target, ready to be driven."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from conformance.errors import ConfigError
from conformance.login.presets import preset
from conformance.login.screens import Screen, parse_screens
from conformance.login.selectors import compiled
from conformance.target.units import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.target import Member

Mode = Literal["browser", "manual", "tokens", "code"]
MODES: tuple[Mode, ...] = ("browser", "manual", "tokens", "code")
BROWSER_SECONDS = 60.0
MANUAL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class LoginPlan:
    """How a member logs in: the mode, the screens (the target's own before a preset's), and the kind of browser."""

    mode: Mode = "browser"
    timeout: float = BROWSER_SECONDS
    screens: tuple[Screen, ...] = ()
    block: tuple[re.Pattern[str], ...] = ()
    reuse_session: bool = True
    headless: bool = True
    locale: str = "en-US"
    viewport: tuple[int, int] = (1280, 900)
    extra_args: tuple[str, ...] = ()
    executable: str = ""

    @property
    def can_deny(self) -> bool:
        """Whether a screen says how consent is denied."""
        return any(screen.deny for screen in self.screens)

    @property
    def knows_approval(self) -> bool:
        """Whether a screen is the page on which the member approves."""
        return any(screen.approve or screen.deny for screen in self.screens)


def login_plan(login: Mapping[str, Any]) -> LoginPlan:
    """The plan of a target's ``login`` mapping; :class:`ConfigError` names the key that cannot be used."""
    mode = login.get("mode", "browser")
    if mode not in MODES:
        raise ConfigError(f"login.mode: {mode!r} is not one of {', '.join(MODES)}")
    name = login.get("preset") or ""
    screens = parse_screens(login.get("screens"), "target")
    if name:
        screens += parse_screens(preset(name)["screens"], f"preset {name}")
    browser = login.get("browser") or {}
    return LoginPlan(
        mode=mode,
        timeout=seconds(login.get("timeout", MANUAL_SECONDS if mode == "manual" else BROWSER_SECONDS)),
        screens=screens if mode == "browser" else (),
        block=tuple(compiled(str(pattern), "login.block") for pattern in login.get("block") or ()),
        reuse_session=bool(login.get("reuse_session", True)),
        headless=bool(browser.get("headless", True)) and mode != "manual",
        locale=str(browser.get("locale", "en-US")),
        viewport=_viewport(browser.get("viewport", "1280x900")),
        extra_args=tuple(str(argument) for argument in browser.get("extra_args") or ()),
        executable=str(browser.get("executable", "")),
    )


def _viewport(raw: object) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})\s*[xX]\s*(\d{2,5})", str(raw).strip())
    if match is None:
        raise ConfigError(f"login.browser.viewport: WIDTHxHEIGHT, not {raw!r}")
    return int(match[1]), int(match[2])


def member_values(member: Member) -> dict[str, str]:
    """The values of ``${user.…}``."""
    names = ("username", "password", "totp_secret", "patient_id", "choose")
    return {f"user.{name}": value for name in names if (value := getattr(member, name, ""))}
