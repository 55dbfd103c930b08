"""What the authorization endpoint owes, judged by what a browser saw (SMART App Launch; RFC 6749 section 4.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator


class Launch(Protocol):
    """The part of an authorization outcome that rules read."""

    @property
    def kind(self) -> str:
        """How it ended: ``redirect``, ``error-page``, ``timeout``, …."""

    @property
    def message(self) -> str:
        """One sentence for people."""

    @property
    def redirect(self) -> Any:
        """The redirect to the app, or ``None``."""

    @property
    def error(self) -> str:
        """The ``error`` of the redirect."""

    @property
    def state_matches(self) -> bool:
        """Whether exactly the ``state`` sent came back."""

    @property
    def last_status(self) -> int:
        """The HTTP status of the last page."""


def carries_code_and_state(launch: Launch) -> Iterator[Finding]:
    """PA-AUTH-001: the browser reaches the redirect URI with ``code`` and ``state`` in the query."""
    if launch.redirect is None:
        yield Finding(
            f"authorize.{launch.kind}",
            f"no redirect to the app came after login: {launch.message}",
            path="redirect_uri",
            expected="redirect with code and state",
            found=f"HTTP {launch.last_status}" if launch.last_status else launch.kind,
        )
        return
    if launch.error:
        yield Finding(
            "authorize.error",
            f"the redirect carries error={launch.error}",
            path="error",
            expected="code and state",
            found=launch.error,
        )
        return
    in_query = {name for name, _ in launch.redirect.query}
    for name in ("code", "state"):
        if name not in in_query:
            yield Finding(
                f"authorize.no-{name}",
                f"the redirect has no {name} in its query",
                path=name,
                expected=name,
                found=", ".join(launch.redirect.names),
            )


def returns_state(launch: Launch, *, when: str) -> Iterator[Finding]:
    """PA-AUTH-002: the redirect carries exactly the ``state`` that was sent, once."""
    if launch.redirect is None:
        yield Finding(
            "authorize.state.no-redirect",
            f"no redirect came {when}, so the state did not come back: {launch.message}",
            path="state",
        )
    elif not launch.state_matches:
        rule = "changed" if launch.redirect.has("state") else "omitted"
        yield Finding(
            f"authorize.state.{rule}",
            f"state was {rule} {when}",
            path="state",
            expected="the value sent, once",
        )


def post_works(launch: Launch, *, advertised: bool) -> Iterator[Finding]:
    """PA-AUTH-009: a posted authorization request completes as a GET does."""
    findings = list(carries_code_and_state(launch))
    note = "" if advertised else " (authorize-post is not advertised; a commonly missing feature)"
    for finding in findings:
        yield Finding(
            finding.rule.replace("authorize.", "authorize.post."),
            f"{finding.message}, for a request sent as a form post{note}",
            path=finding.path,
            expected=finding.expected,
            found=finding.found,
        )
