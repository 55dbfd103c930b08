"""One browser process for many runs: what a run borrows is forgotten when it gives it back, the process stays.

Starting Chromium and its driver costs more than a login. A process that makes many runs keeps the browser as
long as the runs want the same one; each run has windows of its own without cookies of any run before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from conformance.login.authorize import Browser, settings_for
from conformance.login.plan import login_plan

if TYPE_CHECKING:
    from types import TracebackType

    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.discovery import Discovery
    from conformance.redaction import Redactor
    from conformance.target import Target


class SharedBrowser:
    """At most one browser, lent to one run after the other; ends with the ``with`` block."""

    def __init__(self) -> None:
        self._browser: Browser | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser, if there is one."""
        browser, self._browser = self._browser, None
        if browser is not None:
            browser.close()

    def lease(self, target: Target, discovery: Discovery, redactor: Redactor | None) -> Borrowed:
        """The browser that this target wants: the one kept if it is such a one, else a new one in its place."""
        plan, settings = login_plan(target.login), settings_for(target, discovery)
        if self._browser is None or (self._browser.plan, self._browser.settings) != (plan, settings):
            self.close()
            self._browser = Browser(plan, settings)
        self._browser.redact_with(redactor)
        return Borrowed(self._browser)


class Borrowed:
    """A browser that belongs to somebody else: closing it forgets every member's window and leaves it running."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget who logged in."""
        self._browser.forget()

    def warm(self) -> None:
        """See :meth:`conformance.login.authorize.Browser.warm`."""
        self._browser.warm()

    def authorize(self, *arguments: Any, **options: Any) -> AuthorizationOutcome:
        """See :meth:`conformance.login.authorize.Browser.authorize`."""
        return self._browser.authorize(*arguments, **options)
