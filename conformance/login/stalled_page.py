"""What it means when nothing can be done with a page: still busy, a refusal, or a page that no screen describes."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Any

from conformance.login.login_state import Ending
from conformance.login.outcome import without_query
from conformance.login.screens import why_not

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.login.login_state import LoginState
    from conformance.login.screens import Screen

PATIENCE = 8.0  # seconds a page may stay as it is before "no screen fits" is said
ERROR_PATIENCE = 2.5  # the same where an error page is what is expected
BUSY_PATIENCE = 30.0  # the same while a request to the page's own origin is under way
SETTLE = 1.0  # seconds an error status must stand, since some apps render their login on one
QUESTION_SECONDS = 1.5
FINISHED = (
    "() => document.readyState === 'complete' && !document.scripts.length && "
    "!document.querySelector('iframe, frame, meta[http-equiv=refresh i]')"
)

ERROR_WORDS = re.compile(
    r"\berrors?\b|invalid|not (allowed|valid|registered|supported|recogni[sz]ed|found|permitted)|mis-?match"
    r"|unauthori[sz]ed|forbidden|denied|bad request|malformed|missing|unknown|unsupported|went wrong|unable to|cannot"
    r"|can't|rejected|refused",
    re.IGNORECASE,
)


async def ending_of_stall(walk: LoginState, page: Any, fitting: Sequence[Screen], *, complete: bool) -> Ending | None:
    """An end if the page has stayed as it is for long enough, ``None`` while it may still change.

    A ``complete`` page has nothing in it that could change it by itself.
    """
    signature = (walk.watch.navigations, page.url, *await _shape(page))
    if signature != walk.signature:
        walk.signature = signature
        walk.alive()
    quiet, busy, status = time.monotonic() - walk.last_life, walk.watch.busy_with(page.url), walk.watch.last_status()
    stands = complete or quiet > SETTLE
    if status >= 400 and not fitting and stands and not busy and not await _asks_for_password(walk, page):
        return Ending("error-page", f"the server showed a page of its own with status {status}")
    patience = ERROR_PATIENCE if walk.expect_error_page else PATIENCE
    if walk.plan.mode == "manual" or quiet < (BUSY_PATIENCE if busy else patience):
        return None
    return await _no_screen(walk, page, fitting)


async def finished(page: Any) -> bool:
    """Whether the page is complete and has nothing in it that could change it by itself."""
    async with asyncio.timeout(QUESTION_SECONDS):
        return bool(await page.evaluate(FINISHED))


async def _asks_for_password(walk: LoginState, page: Any) -> bool:
    return (await walk.camera.capture(page, silent=True)).asks_for_password


async def _no_screen(walk: LoginState, page: Any, fitting: Sequence[Screen]) -> Ending:
    if fitting:
        name, most = fitting[0].name, fitting[0].max_visits
        return Ending(
            "no-screen",
            f"screen “{name}” is showing after all its visits (max_visits: {most}) and no other fits: the page did not "
            "accept what was entered and says so in a way no `fail` screen describes, or max_visits is too small",
        )
    if walk.expect_error_page:
        seen = await walk.camera.capture(page, silent=True)
        told = None if seen.asks_for_password else ERROR_WORDS.search(seen.words)
        if told:
            return Ending("error-page", f"the server showed a page of its own that says “{told[0]}”")
    late = ", ".join(walk.watch.waiting_for(longer_than=PATIENCE / 2))
    hint = f"; the page still waits for {late} (see login.block)" if late else ""
    return Ending("no-screen", f"no screen of the target fits the page at {without_query(page.url)}{hint}")


async def _shape(page: Any) -> tuple[int, ...]:
    """A few counts that change when a page changes."""
    kinds = ("input, select, textarea", "button, a", "h1, h2, p")
    async with asyncio.timeout(QUESTION_SECONDS):
        return tuple([await page.locator(css).filter(visible=True).count() for css in kinds])


async def near_misses(walk: LoginState, page: Any) -> tuple[tuple[str, str], ...]:
    """For each screen why it was not worked through on this page."""
    reasons: list[tuple[str, str]] = []
    for screen in walk.plan.screens:
        try:
            async with asyncio.timeout(QUESTION_SECONDS):
                reason = await why_not(page, screen.when, walk.hands.values)
        except walk.hands.trouble:
            return (*reasons, (screen.name, "the page did not answer"))
        fits = f"fits; visited {walk.visits[screen.name]} of {screen.max_visits} times"
        reasons.append((screen.name, walk.redact(reason) or fits))
    return tuple(reasons)
