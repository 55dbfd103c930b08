"""What can be done on a login page: fill, keys, click, check, uncheck, select, choose, press, totp, wait, read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.errors import ConfigError
from conformance.login.selectors import KINDS, Selector, filled, locate, parse_selector, placeholders, resolved, visible
from conformance.login.totp import ALGORITHMS, TotpCodes, TotpSettings
from conformance.target.schema import login_actions
from conformance.target.units import seconds

if TYPE_CHECKING:
    from conformance.redaction import Redactor

ACTION_SECONDS = 5.0
POLL = 0.04  # seconds between looks
GRACE = 2.0  # seconds beyond its own timeout after which a call to the browser is given up

OPTIONS: Mapping[str, tuple[str, ...]] = login_actions()


class ControlMissing(Exception):
    """The control of an action did not come up in time; not the deployment's fault by itself."""


@dataclass(frozen=True, slots=True)
class Action:
    """One step on a screen. ``selector`` is ``None`` for a timed wait or a key pressed on whatever has the focus."""

    kind: str
    selector: Selector | None = None
    text: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False
    timeout: float = ACTION_SECONDS

    @property
    def pause(self) -> float:
        """The seconds of a timed wait."""
        return float(self.options.get("seconds", 0))

    @property
    def enters_password(self) -> bool:
        """Whether the member's password is what it enters."""
        return "user.password" in placeholders(self.text)

    @property
    def proves(self) -> bool:
        """Whether it enters something that may prove who the member is: anything but a user name."""
        typed = self.kind in {"fill", "type"} and bool(self.text)
        return self.kind == "totp" or (typed and set(placeholders(self.text)) != {"user.username"})

    @property
    def identifies(self) -> bool:
        """Whether it enters anything of the member's."""
        return any(name.startswith("user.") for name in placeholders(self.text))

    def __str__(self) -> str:
        """What is done and to which control; never what is entered."""
        what = self.text if self.kind == "press" or not self.selector else ""
        return " ".join(part for part in (self.kind, what, str(self.selector or "")) if part)


def parse_action(raw: Mapping[str, Any], place: str) -> Action:
    """One entry of ``do``: exactly one action with its options; :class:`ConfigError` names the place otherwise."""
    kinds = [kind for kind in OPTIONS if kind in raw]
    if len(kinds) != 1:
        raise ConfigError(f"{place}: exactly one of {', '.join(OPTIONS)}, not {', '.join(kinds) or 'none'}")
    kind, subject = kinds[0], raw[kinds[0]]
    options = {name: raw[name] for name in OPTIONS[kind] if name in raw}
    common: dict[str, Any] = {
        "options": options,
        "optional": bool(raw.get("optional", False)),
        "timeout": seconds(raw.get("timeout", ACTION_SECONDS)),
    }
    if kind == "press":
        on = parse_selector(options["on"], f"{place}.on") if "on" in options else None
        return Action(kind, on, str(subject), **common)
    if kind == "wait" and (pause := _pause(subject)) is not None:
        return Action(kind, None, f"{pause:g} s", **(common | {"options": {"seconds": pause}}))
    text = str(
        options.get("with" if kind in {"fill", "keys"} else "secret", "${user.totp_secret}" if kind == "totp" else "")
    )
    if kind == "totp" and options.get("algorithm", "sha1") not in ALGORITHMS:
        raise ConfigError(f"{place}.algorithm: one of {', '.join(ALGORITHMS)}")
    return Action(kind, parse_selector(subject, f"{place}.{kind}"), text, **common)


def _pause(subject: Any) -> float | None:
    if isinstance(subject, Mapping) and any(kind in subject for kind in KINDS):
        return None
    try:
        return seconds(subject)
    except (ValueError, TypeError):
        return None


@dataclass(slots=True)
class ActionContext:
    """What actions work with: the page, what placeholders stand for, the codes, and when to give up.

    ``trouble`` are the errors a busy or vanished page causes. ``gone`` tells that the login is over (redirect seen, run
    stopped). ``extend`` receives the seconds spent waiting for a code, which must not count against the login.
    """

    page: Any
    values: dict[str, str]
    codes: TotpCodes
    trouble: tuple[type[Exception], ...]
    gone: Callable[[], bool]
    extend: Callable[[float], None]
    redactor: Redactor | None = None


async def perform(action: Action, hands: ActionContext) -> None:
    """Do it; :class:`ControlMissing` or one of the page's troubles when the control cannot be used in time."""
    longest = action.timeout + GRACE + {"totp": _settings(action).period, "wait": action.pause}.get(action.kind, 0)
    try:
        async with asyncio.timeout(longest):
            await PERFORM[action.kind](action, hands)
    except unusable(hands):
        if not action.optional:
            raise


def unusable(hands: ActionContext) -> tuple[type[Exception], ...]:
    """What is raised when a control is not there, or cannot be used in time."""
    return ControlMissing, *hands.trouble


async def control(action: Action, hands: ActionContext, *, hidden: bool = False) -> Any:
    """The first visible element of the action's selector, waited for; ``hidden`` ones only where that makes sense."""
    if action.selector is None:
        raise ControlMissing(f"{action} names no control")
    selector = resolved(action.selector, hands.values)
    deadline = time.monotonic() + action.timeout
    while True:
        found = visible(hands.page, selector)
        if await found.count():
            return found.first
        if hidden and await locate(hands.page, selector).count():
            return locate(hands.page, selector).first
        if hands.gone() or time.monotonic() > deadline:
            raise ControlMissing(f"nothing visible fits {action.selector}")
        await asyncio.sleep(POLL)


def _limit(action: Action) -> float:
    """Milliseconds, as the browser wants them."""
    return action.timeout * 1000


async def _fill(action: Action, hands: ActionContext) -> None:
    field_, text = await control(action, hands), filled(action.text, hands.values)
    await field_.fill(text, timeout=_limit(action))
    # A page that hydrates late throws away what was typed before its script ran.
    await asyncio.sleep(POLL)
    if await field_.input_value(timeout=_limit(action)) != text:
        await field_.fill(text, timeout=_limit(action))


async def _keys(action: Action, hands: ActionContext) -> None:
    field_, text = await control(action, hands), filled(action.text, hands.values)
    await field_.fill("", timeout=_limit(action))
    await field_.press_sequentially(text, delay=10, timeout=_limit(action))


async def _click(action: Action, hands: ActionContext) -> None:
    found = await control(action, hands)
    await found.click(timeout=_limit(action), no_wait_after=True)


async def _check(action: Action, hands: ActionContext) -> None:
    box = await control(action, hands, hidden=True)
    await set_checked(box, wanted=action.kind == "check", timeout=_limit(action))


async def set_checked(box: Any, *, wanted: bool, timeout: float = ACTION_SECONDS * 1000) -> None:
    """Tick or untick a check-box or radio button, through its label when the box itself is styled away."""
    if await box.is_checked() == wanted:
        return
    if await box.is_visible():
        await box.set_checked(wanted, timeout=timeout)
    else:
        await box.evaluate("box => (box.labels && box.labels[0] ? box.labels[0] : box).click()")


async def _select(action: Action, hands: ActionContext) -> None:
    found = await control(action, hands)
    options = action.options
    chosen: dict[str, Any] = {
        name: filled(str(options[name]), hands.values) for name in ("value", "label") if name in options
    }
    if "index" in options:
        chosen["index"] = int(options["index"])
    await found.select_option(**chosen, timeout=_limit(action))


async def _choose(action: Action, hands: ActionContext) -> None:
    """A radio button, an option of a list, or anything to click on (a row, a card)."""
    choice = await control(action, hands, hidden=True)
    tag, type_ = await choice.evaluate("e => [e.tagName.toLowerCase(), (e.type || '').toLowerCase()]")
    if tag == "option":
        position = await choice.evaluate("option => option.index")
        await choice.locator("xpath=ancestor::select[1]").select_option(index=position, timeout=_limit(action))
    elif tag == "input" and type_ in {"radio", "checkbox"}:
        await set_checked(choice, wanted=True, timeout=_limit(action))
    else:
        await choice.click(timeout=_limit(action), no_wait_after=True)


async def _press(action: Action, hands: ActionContext) -> None:
    if action.selector:
        found = await control(action, hands)
        await found.press(action.text, timeout=_limit(action), no_wait_after=True)
    else:
        await hands.page.keyboard.press(action.text)


def _settings(action: Action) -> TotpSettings:
    options = action.options
    return TotpSettings(
        digits=int(options.get("digits", 6)),
        period=int(options.get("period", 30)),
        algorithm=str(options.get("algorithm", "sha1")),
        raw=bool(options.get("raw", False)),
    )


async def _totp(action: Action, hands: ActionContext) -> None:
    settings, secret = _settings(action), filled(action.text, hands.values)
    field_ = await control(action, hands)
    started = time.monotonic()
    while (pause := hands.codes.wait(secret, settings)) > 0 and not hands.gone():
        await asyncio.sleep(min(pause, 0.2))
    hands.extend(time.monotonic() - started)
    await field_.fill(hands.codes.take(secret, settings), timeout=_limit(action))


async def _wait(action: Action, hands: ActionContext) -> None:
    if action.selector:
        await control(action, hands)
        return
    until = time.monotonic() + action.pause
    while not hands.gone() and (left := until - time.monotonic()) > 0:
        await asyncio.sleep(min(left, 0.1))


async def _read(action: Action, hands: ActionContext) -> None:
    """Keep a text the page shows (the secret of an enrolment, say) for later screens as ``${read.<name>}``."""
    found = await control(action, hands)
    is_field = await found.evaluate("e => ['INPUT', 'TEXTAREA', 'SELECT'].includes(e.tagName)")
    text = str(await (found.input_value() if is_field else found.inner_text())).strip()
    hands.values[f"read.{action.options.get('as', 'text')}"] = text
    if hands.redactor and text:
        hands.redactor.register(text, "read")


PERFORM: Mapping[str, Callable[[Action, ActionContext], Awaitable[None]]] = {
    "fill": _fill,
    "keys": _keys,
    "click": _click,
    "check": _check,
    "uncheck": _check,
    "select": _select,
    "choose": _choose,
    "press": _press,
    "totp": _totp,
    "wait": _wait,
    "read": _read,
}
