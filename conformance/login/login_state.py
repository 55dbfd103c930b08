"""The state of one login under way, and what ends it from outside the page."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.login.navigation import CERTIFICATE_ERROR, NavigationRecorder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.login.actions import ActionContext
    from conformance.login.outcome import Decision, Kind, ScopeChoice, Visit
    from conformance.login.page_capture import PageCapture
    from conformance.login.page_evidence import PageEvidence
    from conformance.login.plan import LoginPlan
    from conformance.login.screens import Screen

BLOCKED_BY_US = "ERR_BLOCKED_BY_CLIENT"
AGAIN = 3.0  # seconds after which a screen that neither moved nor changed may be worked through once more


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the walk ended."""

    kind: Kind
    message: str = ""


@dataclass(slots=True)
class LoginState:
    """One login under way.

    ``trusts`` says why a page's address must not be given credentials, ``""`` if it may; ``stopped`` tells that the run
    ends.
    """

    plan: LoginPlan
    watch: NavigationRecorder
    hands: ActionContext
    camera: PageCapture
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
    glimpse: tuple[Any, ...] = ()
    pictured: set[str] = field(default_factory=set)  # consent screens that an earlier login of the member photographed
    resting: dict[str, tuple[int, float]] = field(default_factory=dict)
    _entered: bool = False

    def extend(self, seconds: float) -> None:
        """Move the deadline by time that was spent waiting for a code."""
        self.deadline += seconds

    @property
    def entered(self) -> bool:
        """Whether something of the member's has been typed, so that pages may speak of them."""
        return self._entered

    def enter(self, *, password: bool) -> None:
        """Note that something of the member's has been typed."""
        self._entered = self.camera.personal = True
        self.watch.credentials |= password

    def redact(self, text: str) -> str:
        """A sentence without secrets."""
        return self.camera.redact(text)

    def alive(self) -> None:
        """Something happened: patience starts anew."""
        self.last_life = time.monotonic()

    def steady(self, fitting: Sequence[Screen]) -> bool:
        """Whether the same screens fitted the same page at the look before; half of a page must not be acted on."""
        glimpse = (self.watch.navigations, *(screen.name for screen in fitting))
        self.glimpse, before = glimpse, self.glimpse
        return glimpse == before

    def usable(self, fitting: Sequence[Screen]) -> list[Screen]:
        """The fitting screens that may be worked through, best first.

        That is the target's order; once credentials are in, failure screens come first, so that no wrong password is
        sent twice.
        """
        self._wake(fitting)
        usable = [screen for screen in fitting if screen.ends or self._may_visit(screen)]
        return sorted(usable, key=lambda screen: not screen.fail) if self.watch.credentials else usable

    def rest(self, screen: Screen) -> None:
        """Leave a screen alone until the page moved, it was out of sight, or nothing happened for a while."""
        self.resting[screen.name] = (self.watch.navigations, time.monotonic())

    def over(self) -> Ending | None:
        """Whether something outside the page ended the walk."""
        if self.watch.redirect:
            return Ending("redirect")
        if self.stopped():
            return Ending("abandoned", "the run was stopped")
        if self.watch.failure:
            return self._failed(self.watch.failure)
        if time.monotonic() > self.deadline:
            late = ", ".join(self.watch.waiting_for(longer_than=2.0))
            return Ending("timeout", f"the login did not end in time{f'; still waiting for {late}' if late else ''}")
        return None

    def _failed(self, failure: str) -> Ending:
        if BLOCKED_BY_US in failure:
            return Ending("untrusted", self.trusts(self.watch.failed_url))
        kind: Kind = "untrusted" if CERTIFICATE_ERROR in failure else "unreachable"
        return Ending(kind, f"the browser got no page: {failure}")

    def _may_visit(self, screen: Screen) -> bool:
        return self.visits[screen.name] < screen.max_visits and screen.name not in self.resting

    def _wake(self, fitting: Sequence[Screen]) -> None:
        names = {screen.name for screen in fitting}
        now = time.monotonic()
        for name, (navigations, since) in list(self.resting.items()):
            if name not in names or self.watch.navigations != navigations or now - since > AGAIN:
                del self.resting[name]
