"""Authorization in a real browser: the only module that knows Playwright, loaded only when a browser is needed."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

from conformance.errors import HarnessError
from conformance.smart.attempt import Errand, Means, attempt
from conformance.smart.browsers import ADVICE, BrowserCandidate, browser_candidates
from conformance.smart.outcome import AuthorizationOutcome, Decision
from conformance.smart.plan import LoginPlan, login_plan
from conformance.smart.totp import TotpCodes
from conformance.smart.trust import Trust
from conformance.smart.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from conformance.redaction import Redactor
    from conformance.smart.discovery import Discovery
    from conformance.smart.request import AuthorizationRequest
    from conformance.smart.watch import Watch
    from conformance.target import Member, Target

LAUNCH_SECONDS = 40.0
ATTEMPTS = 3  # a host of the private CA, or of the app, may turn up on the way
SURE_TO_ANSWER = 90.0  # beyond the login's own limit: starting the browser, evidence, waiting for a code
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class BrowserSettings:
    """What the browser needs besides the login plan: certificates, proxy, and addresses known beforehand.

    ``origins`` are the deployment's: verified before the start, and shown the client certificate. ``app_uris`` are the
    clients' redirect URIs: the browser is kept from reaching their hosts, so that no live app spends our codes.
    """

    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    proxy: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()
    app_uris: tuple[str, ...] = ()


class Browser:
    """Chromium, started on the first authorization and kept until the ``with`` block ends.

    Each member has a context of their own, so that the identity provider's session is reused as a person's would be.
    Every method may be called from any thread.
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
        self._muted = _app_hosts(self.settings)
        self._worker: Worker | None = None
        self._stop = threading.Event()
        self._driver: Any = None
        self._browser: Any = None
        self._contexts: dict[str, Any] = {}
        self._states: dict[str, Any] = {}

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
        try:
            worker.call(self._shut, timeout=20.0)
        except HarnessError:
            return  # it hangs; its processes end with ours
        worker.end(timeout=5.0)
        self._stop.clear()

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
        self._worker = self._worker or Worker("browser")
        limit = timeout or self.plan.timeout
        alone = fresh or not self.plan.reuse_session
        errand = Errand(request, member, alone, decision, scopes, expect_error_page, limit)
        if self._redactor:
            self._redactor.register(request.pkce.verifier, "code_verifier")
        return self._worker.call(lambda: self._run(errand), timeout=limit + SURE_TO_ANSWER)

    def _run(self, errand: Errand) -> AuthorizationOutcome:
        started = time.monotonic()
        outcome = AuthorizationOutcome("broken", errand.request, member=errand.member.key)
        for _ in range(ATTEMPTS):
            try:
                self._open()
            except HarnessError as problem:
                outcome = replace(outcome, kind="browser-missing", message=str(problem))
                break
            outcome, watch = self._attempt(errand, outcome)
            if not watch or outcome.kind == "redirect" or not self._wiser(watch):
                break
            self._restart()
        return replace(outcome, elapsed_s=round(time.monotonic() - started, 3))

    def _attempt(self, errand: Errand, broken: AuthorizationOutcome) -> tuple[AuthorizationOutcome, Watch | None]:
        from playwright.sync_api import Error  # noqa: PLC0415

        means = Means(self.plan, self._codes, Error, self._trust.doubt, self._stop.is_set, self._redactor)
        try:
            with self._context(errand) as context:
                return attempt(errand, context, means)
        except Error as problem:
            self._shut_browser()
            return replace(broken, kind="broken", message=f"the browser failed: {_first_line(problem)}"), None

    def _wiser(self, watch: Watch) -> bool:
        """Whether the failures of an attempt taught us something that a restart would mend."""
        host = watch.failed_host
        if host in self._muted and "ERR_NAME_NOT_RESOLVED" in watch.failure:
            self._muted.discard(host)
            return True
        return self._trust.learn(watch.mistrusted)

    @contextmanager
    def _context(self, errand: Errand) -> Iterator[Any]:
        """The member's own context, or a new one that is forgotten afterwards."""
        if errand.fresh:
            context = self._new_context()
            try:
                yield context
            finally:
                context.close()
            return
        key = errand.member.key
        if key not in self._contexts:
            self._contexts[key] = self._new_context(self._states.pop(key, None))
        yield self._contexts[key]

    def _new_context(self, state: Any = None) -> Any:
        settings, plan = self.settings, self.plan
        certificates = [
            {"origin": origin, "certPath": settings.client_cert, "keyPath": settings.client_key or settings.client_cert}
            for origin in settings.origins
            if settings.client_cert and origin.startswith("https:")
        ]
        context = self._browser.new_context(
            locale=plan.locale,
            viewport={"width": plan.viewport[0], "height": plan.viewport[1]},
            service_workers="block",
            accept_downloads=False,
            storage_state=state,
            client_certificates=certificates or None,
        )
        for pattern in plan.block:
            context.route(pattern, lambda route: route.abort())
        return context

    def _open(self) -> None:
        """Start the first browser that starts; :class:`HarnessError` with advice if none does."""
        if self._browser and self._browser.is_connected():
            return
        self._shut_browser()
        if self._driver is None:
            self._driver = _start_driver(self.settings)
        self._trust.learn(self.settings.origins)
        candidates = [self.candidate] if self.candidate else browser_candidates(self.plan.executable)
        self._browser, self.candidate = _launch(self._driver, candidates, self._launch_options())

    def _launch_options(self) -> dict[str, Any]:
        arguments = [*self._trust.arguments(), *self.plan.extra_args]
        muted = sorted(self._muted)
        if muted and not any(argument.startswith("--host-resolver-rules") for argument in arguments):
            arguments.append(f"--host-resolver-rules={','.join(f'MAP {host} ~NOTFOUND' for host in muted)}")
        options: dict[str, Any] = {"headless": self.plan.headless, "args": arguments, "timeout": LAUNCH_SECONDS * 1000}
        if self.settings.proxy:
            via = urlsplit(self.settings.proxy)
            server = f"{via.scheme}://{via.netloc.rpartition('@')[2]}"
            options["proxy"] = {"server": server, "bypass": ",".join(muted)}
            if via.username:
                options["proxy"] |= {"username": unquote(via.username), "password": unquote(via.password or "")}
        return options

    def _restart(self) -> None:
        """A new browser with what was learnt, and the members' sessions carried over."""
        from playwright.sync_api import Error  # noqa: PLC0415

        for key, context in self._contexts.items():
            with suppress(Error):
                self._states[key] = context.storage_state()
        self._shut_browser()

    def _shut_browser(self) -> None:
        from playwright.sync_api import Error  # noqa: PLC0415

        browser, self._browser = self._browser, None
        self._contexts.clear()
        if browser:
            with suppress(Error):
                browser.close()

    def _shut(self) -> None:
        self._shut_browser()
        driver, self._driver = self._driver, None
        if driver:
            driver.stop()


def browser_for(target: Target, discovery: Discovery, redactor: Redactor | None = None) -> Browser:
    """The browser of a run, as the target wants it."""
    settings = BrowserSettings(
        ca_file=target.tls.ca_file,
        client_cert=target.tls.client_cert,
        client_key=target.tls.client_key,
        proxy=target.proxy,
        origins=discovery.origins,
        app_uris=tuple(uri for client in target.clients.values() for uri in client.redirect_uris),
    )
    return Browser(login_plan(target.login), settings, redactor=redactor)


def launches(candidate: BrowserCandidate) -> str:
    """Start the browser with a blank page and end it: ``""`` if that works, else the reason in one line."""
    worker = Worker("browser probe")
    try:
        return worker.call(lambda: _probe(candidate), timeout=LAUNCH_SECONDS + 20.0)
    except HarnessError as problem:
        return str(problem)
    finally:
        worker.end(timeout=1.0)


def find_browser(configured: str = "") -> BrowserCandidate:
    """The first candidate that launches; :class:`HarnessError` with advice if none does."""
    reasons = []
    for candidate in browser_candidates(configured):
        if not (reason := launches(candidate)):
            return candidate
        reasons.append(f"{candidate}: {reason}")
    raise HarnessError(_no_browser(reasons))


def _probe(candidate: BrowserCandidate) -> str:
    from playwright.sync_api import Error  # noqa: PLC0415

    driver = _start_driver(BrowserSettings())
    try:
        browser, _ = _launch(driver, [candidate], {"headless": True, "timeout": LAUNCH_SECONDS * 1000})
        browser.new_page().close()
        browser.close()
    except (HarnessError, Error) as problem:
        return _first_line(problem)
    finally:
        driver.stop()
    return ""


def _start_driver(settings: BrowserSettings) -> Any:
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415
    except ImportError as problem:
        raise HarnessError(f"{ADVICE} (Playwright cannot be loaded: {problem})") from None
    if not (settings.client_cert and settings.ca_file):
        return sync_playwright().start()
    # With a client certificate Playwright connects to those origins itself, and verifies them with this file.
    name = "NODE_EXTRA_CA_CERTS"
    before = os.environ.get(name)
    os.environ[name] = settings.ca_file
    try:
        return sync_playwright().start()
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def _launch(
    driver: Any, candidates: Sequence[BrowserCandidate], options: dict[str, Any]
) -> tuple[Any, BrowserCandidate]:
    from playwright.sync_api import Error  # noqa: PLC0415

    reasons = []
    for candidate in candidates:
        where = {"executable_path": candidate.path or None, "channel": candidate.channel or None}
        try:
            return driver.chromium.launch(**where, **options), candidate
        except Error as problem:
            reasons.append(f"{candidate}: {_first_line(problem)}")
    raise HarnessError(_no_browser(reasons))


def _no_browser(reasons: Sequence[str]) -> str:
    return f"{ADVICE} Tried: {'; '.join(reasons)}."


def _app_hosts(settings: BrowserSettings) -> set[str]:
    known = {urlsplit(origin).hostname for origin in settings.origins} | LOOPBACK
    hosts = {urlsplit(uri).hostname or "" for uri in settings.app_uris if uri.startswith(("http:", "https:"))}
    return {host for host in hosts if host and host not in known}


def _first_line(problem: Exception) -> str:
    return str(problem).strip().partition("\n")[0]
