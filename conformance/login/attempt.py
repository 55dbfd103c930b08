"""One authorization in an open browser context: start it, walk through the login, gather what was seen."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.login.actions import ActionContext
from conformance.login.driver import drive
from conformance.login.form_tampering import ANYWHERE, strip_fields
from conformance.login.login_state import Ending, LoginState
from conformance.login.navigation import NavigationRecorder, cookies_of
from conformance.login.outcome import AuthorizationOutcome, Decision
from conformance.login.page_capture import PageCapture
from conformance.login.page_masking import familiar_words
from conformance.login.plan import LoginPlan, member_values
from conformance.login.stalled_page import near_misses
from conformance.transport.origin import origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.login.page_evidence import PageEvidence
    from conformance.login.totp import TotpCodes
    from conformance.oauth.request import AuthorizationRequest
    from conformance.redaction import Redactor
    from conformance.target import Member

START_MS = 10_000
FRAGMENT_SECONDS = 0.25  # how long after the redirect its fragment, which another event reports, may take
MIN_COOKIE = 8  # shorter values ("1", "en-US") are no secrets and would blot out half a report


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What one call of ``authorize`` asks for; ``limit`` in seconds."""

    request: AuthorizationRequest
    member: Member
    fresh: bool
    decision: Decision
    scopes: str | Sequence[str]
    expect_error_page: bool
    limit: float


@dataclass(frozen=True, slots=True)
class BrowserServices:
    """What every attempt of a browser shares.

    ``trouble`` are the errors of a busy or vanished page, ``pictured`` the consent screens photographed by member: a
    photograph costs as much as the rest of the page's evidence, and the second one shows nothing new.
    """

    plan: LoginPlan
    codes: TotpCodes
    trouble: tuple[type[Exception], ...]
    trusts: Callable[[str], str]
    stopped: Callable[[], bool]
    redactor: Redactor | None = None
    pictured: dict[str, set[str]] = field(default_factory=dict)

    def remember(self, label: str, *values: str) -> None:
        """Have values kept out of everything that is written."""
        for value in values:
            if value and self.redactor:
                self.redactor.register(value, label)


async def attempt(
    errand: LoginRequest, context: Any, means: BrowserServices
) -> tuple[AuthorizationOutcome, NavigationRecorder]:
    """One try, on the empty page of the context if it has one; its pages stay.

    The watch tells which certificates and addresses the browser failed at.
    """
    fresh = not await context.cookies()
    page = next(reversed(open_pages(context)), None) or await context.new_page()
    request = errand.request
    watch = NavigationRecorder(request.watched, request.state, request.endpoint, means.trouble)
    watch.attach(context)
    await watch.listen(page)
    walk = _walk(errand, watch, page, means)
    walk.camera.personal = not fresh
    if request.left_out:
        await context.route(ANYWHERE, partial(strip_fields, walk, request.left_out))
    try:
        await _start(page, errand, watch)
        ending = await drive(walk, lambda: open_pages(context))
        if ending.kind == "redirect":
            await watch.fragments_told(FRAGMENT_SECONDS)
        return replace(await _outcome(errand, walk, ending, context, means), fresh=fresh), watch
    finally:
        watch.detach()
        if request.left_out:
            await context.unroute(ANYWHERE)


def open_pages(context: Any) -> list[Any]:
    """The pages that are still there, oldest first."""
    return [page for page in context.pages if not page.is_closed()]


def _walk(errand: LoginRequest, watch: NavigationRecorder, page: Any, means: BrowserServices) -> LoginState:
    values = member_values(errand.member)
    for name in ("password", "totp_secret"):
        means.remember(name, values.get(f"user.{name}", ""))
    walk = LoginState(
        plan=means.plan,
        watch=watch,
        hands=ActionContext(page, values, means.codes, means.trouble, means.stopped, lambda _: None, means.redactor),
        camera=_camera(errand, values, means),
        trusts=means.trusts,
        stopped=means.stopped,
        deadline=time.monotonic() + errand.limit,
        decide=errand.decision,
        scopes=errand.scopes,
        expect_error_page=errand.expect_error_page,
        pictured=means.pictured.setdefault(errand.member.key, set()),
    )
    walk.hands.gone = lambda: bool(watch.redirect) or means.stopped()
    walk.hands.extend = walk.extend
    return walk


def _camera(errand: LoginRequest, values: dict[str, str], means: BrowserServices) -> PageCapture:
    redact = means.redactor.text if means.redactor else str
    return PageCapture(
        trouble=means.trouble,
        redact=lambda text: _without(redact(text), values),
        policy=means.redactor.member_data if means.redactor else "masked",
        familiar=familiar_words(errand.request.app_name, errand.request.value("scope")),
        private=[values["user.username"]] if values.get("user.username") else [],
    )


def _without(text: str, values: dict[str, str]) -> str:
    """The text without what was entered or read, whatever the redactor knows."""
    for name, value in values.items():
        if name not in {"user.patient_id", "user.choose"} and len(value) > 2:
            text = text.replace(value, f"‹{name}›")
    return text


async def _start(page: Any, errand: LoginRequest, watch: NavigationRecorder) -> None:
    """Send the page to the authorization endpoint and return at once; what comes of it is for the watch to see."""
    request = errand.request
    if request.method == "GET":
        # From an empty page and not by the address bar, as an app's redirect is: cookies then behave the same.
        await page.evaluate("url => { window.location.href = url }", request.url)
        return
    # A secure page may not post to a plain address, which only ever is a loopback lab.
    scheme = urlsplit(request.endpoint).scheme
    origin = origin_of(request.origin) or origin_of(request.redirect_uri) or f"{scheme}://app.invalid"
    address = f"{scheme}{origin[origin.index(':') :]}/launch/{secrets.token_hex(8)}"
    watch.own.add(address)
    html = _form(request.endpoint, request.parameters)
    made = {"status": 200, "content_type": "text/html; charset=utf-8", "body": html}
    await page.route(address, lambda route: route.fulfill(**made))
    await page.goto(address, wait_until="commit", timeout=START_MS)
    await page.locator("button").click(timeout=START_MS, no_wait_after=True)


def _form(action: str, parameters: Sequence[tuple[str, str]]) -> str:
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in parameters
    )
    form = f'<form method="post" action="{escape(action)}">{fields}<button>Connect</button></form>'
    return f"<!doctype html><title>App</title>{form}"


async def _outcome(
    errand: LoginRequest, walk: LoginState, ending: Ending, context: Any, means: BrowserServices
) -> AuthorizationOutcome:
    redirect = await walk.watch.finished_redirect() if ending.kind == "redirect" else None
    if redirect:
        for name in ("code", "access_token", "id_token"):
            means.remember(name, redirect.get(name))
    cookies, values = await cookies_of(context, means.trouble)
    means.remember("cookie", *(value for value in values if len(value) >= MIN_COOKIE))
    stuck = ending.kind not in {"redirect", "unreachable", "untrusted"}
    last = next((page for page in reversed(open_pages(context)) if stuck and not walk.watch.replacing(page)), None)
    return AuthorizationOutcome(
        kind=ending.kind,
        request=errand.request,
        redirect=redirect,
        message=walk.redact(ending.message),
        history=await walk.watch.history(),
        trail=tuple(walk.trail),
        near=await near_misses(walk, last) if last else (),
        credentials_submitted=walk.watch.credentials,
        decision=walk.decision,
        choices=walk.choices,
        page=await _last_page(walk, last) if last else None,
        consent=walk.consent,
        cookies=cookies,
        member=errand.member.key,
    )


async def _last_page(walk: LoginState, page: Any) -> PageEvidence:
    visited = {visit.screen for visit in walk.trail[-1:]}
    members = any(screen.shows_members and screen.name in visited for screen in walk.plan.screens)
    return await walk.camera.capture(page, waiting_for=walk.watch.waiting_for(longer_than=2.0), shows_members=members)
