"""Walking through a login: look at the page, work through the first screen that fits, look again, until it ends.

It ends with the redirect to the app, a failure screen, an error page, a page no screen fits, a navigation that failed,
or when the time is up. Every question to the page is bounded in time: Chromium answers none while a page is being
replaced.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from conformance.login.actions import ControlMissing, perform, unusable
from conformance.login.consent import choose_scopes
from conformance.login.login_state import Ending
from conformance.login.outcome import Visit, without_query
from conformance.login.screens import fitting_screens
from conformance.login.selectors import parse_selector, visible
from conformance.login.stalled_page import ending_of_stall, finished

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.login.login_state import LoginState
    from conformance.login.outcome import Kind
    from conformance.login.screens import Screen

POLL = 0.04  # seconds between two looks at a page that does not navigate
LOOK_SECONDS = 1.5
CONSENT_SECONDS = 30.0
FAILURE_TEXT_MS = 5_000  # for the words of a page that refuses
CLICK_MS = 5_000


async def drive(walk: LoginState, pages: Callable[[], Sequence[Any]]) -> Ending:
    """Walk until an end.

    ``pages`` gives the open pages, of which the newest is looked at (logins may open a window).
    """
    while True:
        if ending := walk.over():
            return ending
        open_pages = pages()
        if not open_pages:
            return Ending("abandoned", "the browser window was closed")
        page = walk.hands.page = open_pages[-1]
        try:
            if not walk.watch.replacing(page) and (ending := await step(walk, page)):
                return ending
        except walk.hands.trouble:
            # The page is being replaced; the next look sees the new one.
            walk.alive()
        await walk.watch.movement(POLL)


async def step(walk: LoginState, page: Any) -> Ending | None:
    """Look at the page once and do what the first fitting screen says."""
    navigations, complete = walk.watch.navigations, await finished(page)
    fitting = await look(walk, page)
    complete = complete and walk.watch.navigations == navigations  # finished before the look, and still the same page
    if not walk.steady(fitting) and not complete:
        return None
    usable = walk.usable(fitting)
    if not usable:
        return await ending_of_stall(walk, page, fitting, complete=complete)
    screen = usable[0]
    walk.alive()
    others = tuple(other.name for other in fitting if other is not screen)
    if screen.error_page:
        return Ending("error-page", f"the server showed the page that screen “{screen.name}” describes")
    if screen.fail:
        walk.trail.append(Visit(screen.name, without_query(page.url), ("recognised as a refusal",), others))
        return Ending(_who_is_refused(walk), walk.redact(await failure_text(walk, page, screen)))
    if doubt := await _distrusted(walk, page):
        return Ending("untrusted", doubt)
    return await work(walk, page, screen, others)


def _who_is_refused(walk: LoginState) -> Kind:
    """The member, or the request itself when nothing has been entered yet and the server speaks of an error."""
    request_itself = not walk.entered and (walk.expect_error_page or walk.watch.last_status() >= 400)
    return "error-page" if request_itself else "refused"


async def look(walk: LoginState, page: Any) -> list[Screen]:
    """The screens that fit the page as it is now."""
    async with asyncio.timeout(LOOK_SECONDS):
        return await fitting_screens(page, walk.plan.screens, walk.hands.values)


async def _distrusted(walk: LoginState, page: Any) -> str:
    for address in dict.fromkeys([page.url, *(frame.url for frame in page.frames)]):
        if doubt := await asyncio.to_thread(walk.trusts, address):
            return doubt
    return ""


async def work(walk: LoginState, page: Any, screen: Screen, others: tuple[str, ...]) -> Ending | None:
    """Do what the screen says; a control that is missing ends the walk unless the page has moved on by itself."""
    walk.visits[screen.name] += 1
    navigations, url, did, note = walk.watch.navigations, without_query(page.url), list[str](), ""
    try:
        for action in screen.do:
            await perform(action, walk.hands)
            did.append(str(action))
            if action.identifies:
                walk.enter(password=action.enters_password)
        async with asyncio.timeout(CONSENT_SECONDS):
            did += await _consent(walk, page, screen)
    except unusable(walk.hands) as problem:
        note = walk.redact(str(problem).partition("\n")[0]) or "the page did not answer"
        if not walk.watch.redirect and walk.watch.navigations == navigations:
            return Ending("no-screen", f"screen “{screen.name}” cannot be worked through: {note}")
    finally:
        walk.trail.append(Visit(screen.name, url, tuple(did), others, note))
        walk.rest(screen)
        walk.alive()
    return None


async def _consent(walk: LoginState, page: Any, screen: Screen) -> list[str]:
    """Tick the scopes, remember the page, press the decision."""
    did: list[str] = []
    if screen.scopes:
        walk.choices = await choose_scopes(page, screen.scopes, walk.scopes, walk.hands.values)
        did.append(f"left {sum(choice.checked for choice in walk.choices)} of {len(walk.choices)} scopes ticked")
    if not (screen.approve or screen.deny):
        return did
    button = screen.deny if walk.decide == "deny" else screen.approve
    if button is None:
        raise ControlMissing(f"the screen does not say how to {walk.decide} (decision.{walk.decide})")
    walk.consent = await walk.camera.capture(
        page, shows_members=screen.shows_members, silent=screen.name in walk.pictured
    )
    walk.pictured.add(screen.name)
    await visible(page, button).first.click(timeout=CLICK_MS, no_wait_after=True)
    walk.decision = walk.decide
    return [*did, f"{walk.decide} by {button}"]


async def failure_text(walk: LoginState, page: Any, screen: Screen) -> str:
    """The screen's ``fail`` sentence with ``${page.text:selector}`` replaced by what the page says."""
    text = screen.fail
    for name in re.findall(r"\$\{([^}]+)\}", text):
        kind, _, css = name.partition(":")
        told = walk.hands.values.get(name, "")
        if kind == "page.text":
            try:
                found = visible(page, parse_selector(css, "fail")).first
                told = " ".join(str(await found.inner_text(timeout=FAILURE_TEXT_MS)).split())
            except walk.hands.trouble:
                told = "(the page's own text could not be read)"
        text = text.replace(f"${{{name}}}", told)
    return text
