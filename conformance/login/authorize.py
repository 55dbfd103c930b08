"""Authorization in a real browser: the only module that knows Playwright, loaded only when a browser is needed."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from conformance.errors import HarnessError
from conformance.login.attempt import BrowserServices, LoginRequest, attempt, open_pages
from conformance.login.browsers import ADVICE, BrowserCandidate, browser_candidates
from conformance.login.chromium import (
    LAUNCH_SECONDS,
    QUIET,
    BrowserSettings,
    context_options,
    driver_trusts,
    first_line,
    launch,
    launch_options,
    no_browser,
)
from conformance.login.outcome import AuthorizationOutcome, Decision
from conformance.login.plan import LoginPlan, login_plan
from conformance.login.totp import TotpCodes
from conformance.login.trust import Trust
from conformance.login.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from types import TracebackType

    from conformance.login.navigation import NavigationRecorder
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.request import AuthorizationRequest
    from conformance.redaction import Redactor
    from conformance.target import Member, Target

ATTEMPTS = 3  # a host of the private CA, or of the app, may turn up on the way
SURE_TO_ANSWER = 120.0  # seconds beyond the login's own limit: starting the browser, waiting for a code, evidence
CLOSE_SECONDS = 10.0


class Browser:
    """Chromium, started on the first authorization and kept until the ``with`` block ends.

    Each member has a context of their own, so that the identity provider's session is reused as a person's would be.
    Every method may be called from any thread; authorizations take turns.
    """

    def __init__(
        self, plan: LoginPlan, settings: BrowserSettings | None = None, *, redactor: Redactor | None = None
    ) -> None:
        self.plan = plan
        self.settings = settings or BrowserSettings()
        self.candidate: BrowserCandidate | None = None
        self._redactor = redactor
        self._codes = TotpCodes()
        self._trust = Trust(
            self.settings.ca_file, self.settings.client_cert, self.settings.client_key, self.settings.proxy
        )
        self._muted = self.settings.app_hosts()
        self._worker: Worker | None = None
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._driver: Any = None
        self._browser: Any = None
        self._contexts: dict[str, Any] = {}
        self._states: dict[str, Any] = {}
        self._pictured: dict[str, set[str]] = {}
        self._opening = asyncio.Lock()
        self._tidying: asyncio.Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser; may be called again. An authorization under way ends as abandoned."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        self._stop.set()
        theirs = self._turn.acquire(timeout=CLOSE_SECONDS)
        try:
            with suppress(HarnessError):  # it hangs; its processes end with ours
                worker.call(self._shut(), timeout=3 * CLOSE_SECONDS)
            worker.end(timeout=CLOSE_SECONDS)
        finally:
            self._stop.clear()
            if theirs:
                self._turn.release()

    def warm(self) -> None:
        """Start the browser in the background, so that the first authorization finds it there."""
        with self._turn:
            self._worker = self._worker or Worker("browser")
            self._worker.begin(self._warm())

    async def _warm(self) -> None:
        with suppress(HarnessError, _error()):  # the first authorization will meet it again and say so
            await self._open()

    def redact_with(self, redactor: Redactor | None) -> None:
        """From now on register secrets with this redactor."""
        self._redactor = redactor

    def forget(self) -> None:
        """Close every member's window, with whatever they were logged in to; the browser stays."""
        with self._turn:
            if self._worker is not None:
                with suppress(HarnessError):  # it hangs, and then the next authorization says so
                    self._worker.call(self._forget(), timeout=3 * CLOSE_SECONDS)

    async def _forget(self) -> None:
        await self._tidied()
        contexts = list(self._contexts.values())
        self._contexts.clear()
        self._states.clear()
        self._pictured.clear()
        for context in contexts:
            with suppress(_error()):
                await context.close()

    def authorize(
        self,
        request: AuthorizationRequest,
        member: Member,
        *,
        fresh: bool = False,
        decision: Decision = "approve",
        scopes: str | Sequence[str] = "all",
        expect_error_page: bool = False,
        timeout: float | None = None,
    ) -> AuthorizationOutcome:
        """Send the browser to the authorization endpoint and see what comes of it; whatever that is, it is an outcome.

        ``fresh`` uses a browser without cookies and forgets it. ``decision`` is pressed on the consent page, where
        ``scopes`` are left ticked (``all``: as the screen's ``grant`` says). ``expect_error_page`` takes a page that
        speaks of an error for one after a short while. ``timeout`` in seconds replaces the plan's. Raises
        :class:`ConfigError` when a screen needs a value the target does not give, and :class:`HarnessError` when the
        browser hangs.
        """
        limit = timeout or self.plan.timeout
        alone = fresh or not self.plan.reuse_session
        errand = LoginRequest(request, member, alone, decision, scopes, expect_error_page, limit)
        if self._redactor:
            self._redactor.register(request.pkce.verifier, "code_verifier")
        with self._turn:
            self._worker = self._worker or Worker("browser")
            return self._worker.call(self._run(errand), timeout=limit + SURE_TO_ANSWER)

    async def _run(self, errand: LoginRequest) -> AuthorizationOutcome:
        started = time.monotonic()
        broken = outcome = AuthorizationOutcome("broken", errand.request, member=errand.member.key)
        for _ in range(ATTEMPTS):
            try:
                await self._open()
            except HarnessError as problem:
                outcome = replace(outcome, kind="browser-missing", message=str(problem))
                break
            outcome, watch = await self._attempt(errand, broken)
            if not watch or outcome.kind == "redirect" or not await self._wiser(watch):
                break
            await self._restart()
        return replace(outcome, elapsed_s=round(time.monotonic() - started, 3))

    async def _attempt(
        self, errand: LoginRequest, broken: AuthorizationOutcome
    ) -> tuple[AuthorizationOutcome, NavigationRecorder | None]:
        trouble = (_error(), TimeoutError)
        await self._tidied()
        means = BrowserServices(
            self.plan, self._codes, trouble, self._trust.doubt, self._stop.is_set, self._redactor, self._pictured
        )
        try:
            async with self._context(errand) as context:
                outcome, watch = await attempt(errand, context, means)
        except trouble as problem:
            await self._shut_browser()
            return replace(broken, message=f"the browser failed: {first_line(problem)}"), None
        if outcome.kind == "abandoned" and not self._stop.is_set() and await self._ended_by_itself():
            return replace(outcome, kind="broken", message="the browser ended by itself"), None
        return outcome, watch

    async def _ended_by_itself(self) -> bool:
        """Whether the browser is gone; its pages vanish a moment before it says so."""
        try:
            await (await self._browser.new_context()).close()
        except _error():
            return True
        return False

    async def _wiser(self, watch: NavigationRecorder) -> bool:
        """Whether the failures of an attempt taught us something that a restart would mend."""
        if watch.failed_host in self._muted and "ERR_NAME_NOT_RESOLVED" in watch.failure:
            self._muted.discard(watch.failed_host)
            return True
        return await asyncio.to_thread(self._trust.learn, watch.mistrusted)

    @asynccontextmanager
    async def _context(self, errand: LoginRequest) -> AsyncIterator[Any]:
        """The member's own context, or a new one that is forgotten afterwards.

        Only the next authorization waits for its pages to be closed and an empty one to be there.
        """
        key = errand.member.key
        if errand.fresh:
            context = await self._new_context()
        elif key in self._contexts:
            context = self._contexts[key]
        else:
            context = self._contexts[key] = await self._new_context(self._states.pop(key, None))
        try:
            yield context
        finally:
            self._tidying = asyncio.ensure_future(_tidy(context, keep=not errand.fresh))

    async def _tidied(self) -> None:
        """Return when the pages of the authorization before are closed."""
        tidying, self._tidying = self._tidying, None
        if tidying:
            await asyncio.wait([tidying], timeout=CLOSE_SECONDS)

    async def _new_context(self, state: Any = None) -> Any:
        context = await self._browser.new_context(**context_options(self.plan, self.settings, state))
        if self._trust.alone:
            await context.route(re.compile("^https:"), self._if_verified)
        for pattern in self.plan.block:
            await context.route(pattern, lambda route: route.abort())
        return context

    async def _if_verified(self, route: Any) -> None:
        if await asyncio.to_thread(self._trust.doubt, route.request.url):
            await route.abort("blockedbyclient")
        else:
            await route.continue_()

    async def _open(self) -> None:
        """Start the first browser that starts; :class:`HarnessError` with advice if none does."""
        async with self._opening:
            if not (self._browser and self._browser.is_connected()):
                await self._open_new()

    async def _open_new(self) -> None:
        await self._shut_browser()
        if self._driver is None:
            self._driver = await _start_driver(self.settings)
        await asyncio.to_thread(self._trust.learn, self.settings.origins)
        known = [self.candidate] if self.candidate else None
        candidates = known or browser_candidates(self.plan.executable, headless=self.plan.headless)
        options = launch_options(self.plan, self.settings, self._trust.arguments(), sorted(self._muted))
        self._browser, self.candidate = await launch(self._driver, candidates, options, _error())

    async def _restart(self) -> None:
        """A new browser with what was learnt, and the members' sessions carried over."""
        await self._tidied()
        for key, context in self._contexts.items():
            with suppress(_error()):
                self._states[key] = await context.storage_state()
        await self._shut_browser()

    async def _shut_browser(self) -> None:
        await self._tidied()
        browser, self._browser = self._browser, None
        self._contexts.clear()
        if browser:
            with suppress(_error(), TimeoutError):
                await asyncio.wait_for(browser.close(), CLOSE_SECONDS)

    async def _shut(self) -> None:
        async with self._opening:
            await self._shut_browser()
            driver, self._driver = self._driver, None
            if driver:
                await driver.stop()


async def _tidy(context: Any, *, keep: bool) -> None:
    """Close a context, or put an empty page in the place of its pages."""
    with suppress(_error()):
        if not keep:
            await context.close()
            return
        for page in open_pages(context):
            await page.close()
        await context.new_page()


def browser_for(target: Target, discovery: Discovery, redactor: Redactor | None = None) -> Browser:
    """The browser of a run, as the target wants it."""
    return Browser(login_plan(target.login), settings_for(target, discovery), redactor=redactor)


def settings_for(target: Target, discovery: Discovery) -> BrowserSettings:
    """What a browser needs to know of the target and of where its authorization server is."""
    return BrowserSettings(
        ca_file=target.tls.ca_file,
        client_cert=target.tls.client_cert,
        client_key=target.tls.client_key,
        proxy=target.proxy,
        origins=discovery.origins,
        app_uris=tuple(uri for client in target.clients.values() for uri in client.redirect_uris),
    )


def launches(candidate: BrowserCandidate) -> str:
    """Start the browser with a blank page and end it: ``""`` if that works, else the reason in one line."""
    worker = Worker("browser probe")
    try:
        return worker.call(_probe(candidate), timeout=LAUNCH_SECONDS + 20.0)
    except HarnessError as problem:
        return str(problem)
    finally:
        worker.end(timeout=CLOSE_SECONDS)


def find_browser(configured: str = "") -> BrowserCandidate:
    """The first candidate that launches; :class:`HarnessError` with advice if none does."""
    reasons = []
    for candidate in browser_candidates(configured):
        if not (reason := launches(candidate)):
            return candidate
        reasons.append(f"{candidate}: {reason}")
    raise no_browser(reasons)


async def _probe(candidate: BrowserCandidate) -> str:
    driver = await _start_driver(BrowserSettings())
    try:
        browser, _ = await launch(driver, [candidate], QUIET, _error())
        await browser.new_page()
        await browser.close()
    except (HarnessError, _error()) as problem:
        return first_line(problem)
    finally:
        await driver.stop()
    return ""


async def _start_driver(settings: BrowserSettings) -> Any:
    try:
        from playwright.async_api import async_playwright  # noqa: PLC0415
    except ImportError as problem:
        raise HarnessError(f"{ADVICE} (Playwright cannot be loaded: {problem})") from None
    with driver_trusts(settings):
        return await async_playwright().start()


def _error() -> type[Exception]:
    """What Playwright raises."""
    from playwright.async_api import Error  # noqa: PLC0415

    return Error
