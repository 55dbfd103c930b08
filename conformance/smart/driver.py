"""Walking through a login: look at the page, work through the first screen that fits, look again, until it ends.

It ends with the redirect to the app, a failure screen, an error page, a page no screen fits, a navigation that failed,
or when the time is up.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.smart.actions import ControlMissing, Hands, perform
from conformance.smart.consent import choose_scopes
from conformance.smart.outcome import Decision, Kind, ScopeChoice, Visit, without_query
from conformance.smart.screens import Screen, why_not
from conformance.smart.selectors import parse_selector, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.smart.evidence import Camera, PageEvidence
    from conformance.smart.plan import LoginPlan
    from conformance.smart.watch import Watch

POLL_MS = 80
PATIENCE = 8.0  # seconds a page may stay as it is before "no screen fits" is said
ERROR_PATIENCE = 2.5  # the same where an error page is what is expected
SETTLE = 1.0  # seconds an error status must stand, since some apps render their login on one
AGAIN = 3.0  # seconds after which a screen that neither moved nor changed may be worked through once more

ERROR_WORDS = re.compile(
    r"\berrors?\b|invalid|not (allowed|valid|registered|supported|recogni[sz]ed|found|permitted)|mis-?match"
    r"|unauthori[sz]ed|forbidden|denied|bad request|malformed|missing|unknown|unsupported|went wrong|unable to|cannot"
    r"|can't|rejected|refused",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the walk ended."""

    kind: Kind
    message: str = ""


@dataclass(slots=True)
class Walk:
    """One login under way.

    ``trusts`` says why a page's address must not be given credentials, ``""`` if it may; ``stopped`` tells that the run
    ends.
    """

    plan: LoginPlan
    watch: Watch
    hands: Hands
    camera: Camera
    trusts: Callable[[str], str]
    stopped: Callable[[], bool]
    deadline: float
    decide: Decision = "approve"
    scopes: str | Sequence[str] = "all"
    expect_error_page: bool = False
    trail: list[Visit] = field(default_factory=list)
    decision: Decision = ""
    choices: tuple[ScopeChoice, ...] = ()
    consent: PageEvidence | None = None
    visits: Counter[str] = field(default_factory=Counter)
    last_life: float = field(default_factory=time.monotonic)
    signature: tuple[Any, ...] = ()
    resting: dict[str, tuple[int, float]] = field(default_factory=dict)

    def extend(self, seconds: float) -> None:
        """Move the deadline by time that was spent waiting for a code."""
        self.deadline += seconds

    def redact(self, text: str) -> str:
        """A sentence without secrets."""
        return self.camera.redact(text)


def drive(walk: Walk, pages: Callable[[], Sequence[Any]]) -> Ending:
    """Walk until an end.

    ``pages`` gives the open pages, of which the newest is looked at (logins may open a window).
    """
    while True:
        if ending := over(walk):
            return ending
        open_pages = pages()
        if not open_pages:
            return Ending("abandoned", "the browser window was closed")
        page = walk.hands.page = open_pages[-1]
        try:
            if ending := step(walk, page):
                return ending
            page.wait_for_timeout(POLL_MS)
        except walk.hands.trouble:
            # The page was replaced while it was looked at; the next look sees the new one.
            time.sleep(POLL_MS / 1000)


def over(walk: Walk) -> Ending | None:
    """Whether something outside the page ended the walk."""
    watch = walk.watch
    if watch.redirect:
        return Ending("redirect")
    if walk.stopped():
        return Ending("abandoned", "the run was stopped")
    if watch.failure:
        kind: Kind = "untrusted" if "ERR_CERT_" in watch.failure else "unreachable"
        return Ending(kind, f"the browser got no page: {watch.failure}")
    if time.monotonic() > walk.deadline:
        late = ", ".join(watch.waiting_for(longer_than=2.0))
        return Ending("timeout", f"the login did not end in time{f'; still waiting for {late}' if late else ''}")
    return None


def step(walk: Walk, page: Any) -> Ending | None:
    """Look at the page once and do what the first fitting screen says."""
    fitting = [screen for screen in walk.plan.screens if not why_not(page, screen.when, walk.hands.values)]
    _wake(walk, fitting)
    usable = [screen for screen in _in_order(walk, fitting) if screen.ends or _may_visit(walk, screen)]
    if not usable:
        return impatience(walk, page, fitting)
    screen = usable[0]
    walk.last_life = time.monotonic()
    others = tuple(other.name for other in fitting if other is not screen)
    if screen.error_page:
        return Ending("error-page", f"the server showed the page that screen “{screen.name}” describes")
    if screen.fail:
        walk.trail.append(Visit(screen.name, without_query(page.url), ("recognised as a refusal",), others))
        return Ending("refused", walk.redact(failure_text(walk, page, screen)))
    if doubt := _distrusted(walk, page):
        return Ending("untrusted", doubt)
    return work(walk, page, screen, others)


def _in_order(walk: Walk, fitting: list[Screen]) -> list[Screen]:
    """The target's order; once credentials are in, failure screens first, so that no wrong password is sent twice."""
    return sorted(fitting, key=lambda screen: not screen.fail) if walk.watch.credentials else fitting


def _may_visit(walk: Walk, screen: Screen) -> bool:
    return walk.visits[screen.name] < screen.max_visits and screen.name not in walk.resting


def _wake(walk: Walk, fitting: list[Screen]) -> None:
    """A screen worked through rests until the page moved, it was out of sight, or nothing happened for a while."""
    names = {screen.name for screen in fitting}
    now = time.monotonic()
    for name, (navigations, since) in list(walk.resting.items()):
        if name not in names or walk.watch.navigations != navigations or now - since > AGAIN:
            del walk.resting[name]


def _distrusted(walk: Walk, page: Any) -> str:
    addresses = dict.fromkeys([page.url, *(frame.url for frame in page.frames)])
    return next(filter(None, (walk.trusts(address) for address in addresses)), "")


def work(walk: Walk, page: Any, screen: Screen, others: tuple[str, ...]) -> Ending | None:
    """Do what the screen says; a control that is missing ends the walk unless the page has moved on by itself."""
    walk.visits[screen.name] += 1
    navigations, url, did, note = walk.watch.navigations, without_query(page.url), [], ""
    walk.resting[screen.name] = (navigations, time.monotonic())
    try:
        for action in screen.do:
            perform(action, walk.hands)
            did.append(str(action))
            walk.watch.credentials |= action.enters_password
        did += _consent(walk, page, screen)
    except (ControlMissing, walk.hands.trouble) as problem:
        moved = walk.watch.redirect or walk.watch.navigations != navigations
        note = walk.redact(str(problem).partition("\n")[0])
        if not moved:
            return Ending("no-screen", f"screen “{screen.name}” cannot be worked through: {note}")
    finally:
        walk.trail.append(Visit(screen.name, url, tuple(did), others, note))
        walk.resting[screen.name] = (navigations, time.monotonic())
        walk.last_life = time.monotonic()
    return None


def _consent(walk: Walk, page: Any, screen: Screen) -> list[str]:
    """Tick the scopes, remember the page, press the decision."""
    did: list[str] = []
    if screen.scopes:
        walk.choices = choose_scopes(page, screen.scopes, walk.scopes, walk.hands.values)
        did.append(f"left {sum(choice.checked for choice in walk.choices)} of {len(walk.choices)} scopes ticked")
    if not (screen.approve or screen.deny):
        return did
    button = screen.deny if walk.decide == "deny" else screen.approve
    if button is None:
        raise ControlMissing(f"the screen does not say how to {walk.decide} (decision.{walk.decide})")
    walk.consent = walk.camera.capture(page, shows_members=screen.shows_members)
    visible(page, button).first.click(timeout=5_000, no_wait_after=True)
    walk.decision = walk.decide
    return [*did, f"{walk.decide} by {button}"]


def failure_text(walk: Walk, page: Any, screen: Screen) -> str:
    """The screen's ``fail`` sentence with ``${page.text:selector}`` replaced by what the page says."""

    def told(match: re.Match[str]) -> str:
        kind, _, css = match[1].partition(":")
        if kind != "page.text":
            return walk.hands.values.get(match[1], "")
        try:
            return " ".join(str(visible(page, parse_selector(css, "fail")).first.inner_text(timeout=1_000)).split())
        except walk.hands.trouble:
            return "(the page's own text could not be read)"

    return re.sub(r"\$\{([^}]+)\}", told, screen.fail)


def impatience(walk: Walk, page: Any, fitting: list[Screen]) -> Ending | None:
    """What a page that nothing can be done with means once it has stayed as it is for long enough."""
    signature = (walk.watch.navigations, page.url, *_shape(page))
    if signature != walk.signature:
        walk.signature, walk.last_life = signature, time.monotonic()
    quiet = time.monotonic() - walk.last_life
    refused = walk.watch.last_status() >= 400
    settled = not fitting and refused and quiet > SETTLE and not walk.watch.busy_with(page.url)
    if settled and not walk.camera.capture(page, shows_members=True).asks_for_password:
        return Ending("error-page", f"the server showed a page of its own with status {walk.watch.last_status()}")
    patience = ERROR_PATIENCE if walk.expect_error_page else PATIENCE
    if walk.plan.mode == "manual" or quiet < patience or (quiet < 4 * PATIENCE and walk.watch.busy_with(page.url)):
        return None
    return _no_screen(walk, page, fitting)


def _no_screen(walk: Walk, page: Any, fitting: list[Screen]) -> Ending:
    if fitting:
        name, most = fitting[0].name, fitting[0].max_visits
        return Ending(
            "no-screen",
            f"screen “{name}” is showing after all its visits (max_visits: {most}) and no other fits: the page did not "
            "accept what was entered and says so in a way no `fail` screen describes, or max_visits is too small",
        )
    seen = walk.camera.capture(page, shows_members=True)
    if walk.expect_error_page and not seen.asks_for_password:
        told = ERROR_WORDS.search(walk.camera.capture(page).words)
        if told:
            return Ending("error-page", f"the server showed a page of its own that says “{told[0]}”")
    late = ", ".join(walk.watch.waiting_for(longer_than=PATIENCE / 2))
    hint = f"; the page still waits for {late} (see login.block)" if late else ""
    return Ending("no-screen", f"no screen of the target fits the page at {without_query(page.url)}{hint}")


def _shape(page: Any) -> tuple[int, ...]:
    """A few counts that change when a page changes."""
    return tuple(
        page.locator(css).filter(visible=True).count() for css in ("input, select, textarea", "button, a", "h1, h2, p")
    )


def near_misses(walk: Walk, page: Any) -> tuple[tuple[str, str], ...]:
    """For each screen why it was not worked through on this page."""
    reasons: list[tuple[str, str]] = []
    for screen in walk.plan.screens:
        try:
            reason = why_not(page, screen.when, walk.hands.values)
        except walk.hands.trouble:
            reason = "the page could not be looked at"
        reasons.append(
            (
                screen.name,
                walk.redact(reason) or f"fits; visited {walk.visits[screen.name]} of {screen.max_visits} times",
            )
        )
    return tuple(reasons)
