"""The login pages of a deployment as its target describes them: what each looks like and what to do on it.

A description is not a script. The driver picks the first screen whose ``when`` holds, works through it,
and looks again; screens that are skipped, repeated or shown in another order need no change.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import ConfigError
from conformance.login.actions import Action, parse_action
from conformance.login.outcome import without_query
from conformance.login.selectors import Selector, Values, compiled, parse_selector, parse_selectors, resolved, visible

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class When:
    """What a screen is recognised by; all that is given must hold."""

    url: re.Pattern[str] | None = None
    visible: tuple[Selector, ...] = ()
    hidden: tuple[Selector, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeBoxes:
    """The scope check-boxes of a consent page; ``value_from`` names what gives the scope of a box."""

    checkbox: Selector
    value_from: str = "value"
    grant: str | tuple[str, ...] = "all"


@dataclass(frozen=True, slots=True)
class Screen:
    """One recognisable state of the login, with its actions, its consent controls or its meaning as a failure."""

    name: str
    when: When
    do: tuple[Action, ...] = ()
    max_visits: int = 1
    scopes: ScopeBoxes | None = None
    approve: Selector | None = None
    deny: Selector | None = None
    fail: str = ""
    error_page: bool = False
    origin: str = ""

    @property
    def submits_credentials(self) -> bool:
        """Whether working through it enters the password."""
        return any(action.enters_password for action in self.do)

    @property
    def ends(self) -> bool:
        """Whether recognising it ends the login."""
        return bool(self.fail) or self.error_page

    @property
    def shows_members(self) -> bool:
        """Whether members are chosen on it, so that it shows who they are."""
        return any(action.kind == "choose" for action in self.do)


def parse_screens(raw: Any, origin: str = "") -> tuple[Screen, ...]:
    """The ``screens`` list of a login; :class:`ConfigError` says which screen and key cannot be used."""
    return tuple(_screen(each, f"login.screens[{index}]", origin) for index, each in enumerate(raw or ()))


def _screen(raw: Mapping[str, Any], place: str, origin: str) -> Screen:
    name = str(raw.get("name") or place)
    where = f"{place} ({name})"
    decision = raw.get("decision") or {}
    screen = Screen(
        name=name,
        when=_when(raw.get("when") or {}, where),
        do=tuple(parse_action(each, f"{where}.do[{index}]") for index, each in enumerate(raw.get("do") or ())),
        max_visits=int(raw.get("max_visits", 1)),
        scopes=_boxes(raw["scopes"], f"{where}.scopes") if raw.get("scopes") else None,
        approve=parse_selector(decision["approve"], f"{where}.decision.approve") if "approve" in decision else None,
        deny=parse_selector(decision["deny"], f"{where}.decision.deny") if "deny" in decision else None,
        fail=str(raw.get("fail") or ""),
        error_page=raw.get("expect") == "error_page",
        origin=origin,
    )
    if not (screen.when.url or screen.when.visible):
        raise ConfigError(f"{where}: `when` needs a url or something visible, else it would match every page")
    if not (screen.do or screen.approve or screen.deny or screen.fail or screen.error_page):
        raise ConfigError(f"{where}: nothing to do; give `do`, `decision`, `fail` or `expect`")
    return screen


def _when(raw: Mapping[str, Any], where: str) -> When:
    url = compiled(str(raw["url"]), f"{where}.when.url") if raw.get("url") else None
    return When(
        url,
        parse_selectors(raw.get("visible"), f"{where}.when.visible"),
        parse_selectors(raw.get("hidden"), f"{where}.when.hidden"),
    )


def _boxes(raw: Mapping[str, Any], where: str) -> ScopeBoxes:
    grant = raw.get("grant", "all")
    if isinstance(grant, str) and grant not in {"all", "none", "leave"}:
        raise ConfigError(f"{where}.grant: all, none, leave or a list of scopes, not {grant!r}")
    return ScopeBoxes(
        parse_selector(raw.get("checkbox"), f"{where}.checkbox"),
        str(raw.get("value_from", "value")),
        grant if isinstance(grant, str) else tuple(str(each) for each in grant),
    )


def address_fits(page: Any, when: When) -> bool:
    """Whether the page's address is the one described, with or without its query."""
    return not when.url or bool(when.url.search(without_query(page.url)) or when.url.search(page.url))


async def fitting_screens(page: Any, screens: Sequence[Screen], values: Values) -> list[Screen]:
    """The screens that fit the page as it is now; each selector is asked for once, all of them together.

    May raise the browser's error while the page changes.
    """
    candidates = [screen for screen in screens if address_fits(page, screen.when)]
    asked = dict.fromkeys(each for screen in candidates for each in (*screen.when.visible, *screen.when.hidden))
    counts = await asyncio.gather(*(visible(page, resolved(selector, values)).count() for selector in asked))
    shown = {selector for selector, count in zip(asked, counts, strict=True) if count}
    return [
        screen
        for screen in candidates
        if shown.issuperset(screen.when.visible) and shown.isdisjoint(screen.when.hidden)
    ]


async def why_not(page: Any, when: When, values: Values) -> str:
    """Why the page is not the one described, ``""`` if it is; may raise the browser's error while the page changes."""
    if when.url and not address_fits(page, when):
        return f"the address does not match {when.url.pattern}"
    for selector in when.visible:
        if not await visible(page, resolved(selector, values)).count():
            return f"nothing visible fits {selector}"
    for selector in when.hidden:
        if await visible(page, resolved(selector, values)).count():
            return f"{selector} is visible"
    return ""
