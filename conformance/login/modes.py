"""The other ways to an authorization: a person pastes the redirect, or tokens come from outside and there is no login.

``manual`` needs no code of its own: it is the browser with a window and without screens.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, Self

from conformance.errors import Undecided
from conformance.login.authorize import browser_for
from conformance.login.outcome import AuthorizationOutcome, Decision, redirect_of
from conformance.login.plan import login_plan
from conformance.oauth.token_endpoint import TokenAnswer
from conformance.transport.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from conformance.login.shared_browser import SharedBrowser
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.request import AuthorizationRequest
    from conformance.redaction import Redactor
    from conformance.target import Member, Target


class Authorizer(Protocol):
    """What every mode offers: a context manager whose ``authorize`` is :meth:`Browser.authorize`."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def close(self) -> None:
        """Let go of what is held."""

    def warm(self) -> None:
        """Prepare for the first authorization, without waiting for it."""

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
        """See :meth:`conformance.login.authorize.Browser.authorize`."""


class _Windowless:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def close(self) -> None:
        """Nothing is held."""

    def warm(self) -> None:
        """There is nothing to start."""


class Pasting(_Windowless):
    """Mode ``code``: shows the address to open and asks for the redirect that came of it."""

    def __init__(self, ask: Callable[[str], str], redactor: Redactor | None = None) -> None:
        self._ask = ask
        self._redactor = redactor

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
        """Ask a person for the redirect.

        An empty answer ends as ``abandoned``, or as the error page that was expected.
        """
        del scopes, timeout
        if request.method == "POST":
            raise Undecided("login.mode is code: a form post cannot be pasted; use the browser mode for this row")
        started = time.monotonic()
        wanted = "press deny" if decision == "deny" else "log in and approve"
        browser = "a private window of your browser" if fresh else "your browser"
        pasted = self._ask(
            f"Open this address in {browser}, {wanted} as member {member.key}, and paste the address it ends at "
            f"(empty if there is only an error page):\n{request.url}\n> "
        ).strip()
        answer = AuthorizationOutcome(
            "abandoned", request, message="nothing was pasted", member=member.key, fresh=fresh
        )
        answer = replace(answer, elapsed_s=round(time.monotonic() - started, 3))
        if not pasted:
            saw = replace(answer, kind="error-page", message="a person saw an error page")
            return saw if expect_error_page else answer
        redirect = redirect_of(pasted)
        if self._redactor:
            self._redactor.register(request.pkce.verifier, "code_verifier")
            self._redactor.register(redirect.get("code"), "code")
        return replace(answer, kind="redirect", redirect=redirect, message="")


class NoLogin(_Windowless):
    """Mode ``tokens``: there is no login, so whatever needs one cannot be judged."""

    def authorize(self, *_: object, **__: object) -> AuthorizationOutcome:
        """Raise :class:`Undecided`."""
        raise Undecided("login.mode is tokens: this needs a login; describe the screens for login.mode browser")


def authorizer_for(
    target: Target,
    discovery: Discovery,
    redactor: Redactor | None = None,
    ask: Callable[[str], str] = input,
    kept: SharedBrowser | None = None,
) -> Authorizer:
    """What the target's ``login.mode`` calls for; a browser is borrowed where one is ``kept``."""
    mode = login_plan(target.login).mode
    if mode == "code":
        return Pasting(ask, redactor)
    if mode == "tokens":
        return NoLogin()
    return kept.lease(target, discovery, redactor) if kept else browser_for(target, discovery, redactor)


def outside_tokens(access: str, refresh: str = "") -> TokenAnswer:
    """Tokens from outside as if an endpoint had just issued them; nothing is known of their scope or lifetime."""
    exchange = Exchange(0, "", "", {}, b"", 200, {}, b"", 0.0, purpose="tokens given in the target")
    members = {"access_token": access, "refresh_token": refresh}
    return TokenAnswer(exchange, {name: value for name, value in members.items() if value})
