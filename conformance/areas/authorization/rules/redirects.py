"""Answers of the authorization endpoint, as a browser sees them (SMART App Launch; RFC 6749 section 4.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.launches import Launch

MAX_CODE_LIFETIME = 600.0  # seconds; RFC 6749 section 4.1.2
DEFINED_ERRORS = frozenset(
    {
        # RFC 6749 section 4.1.2.1
        *("invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope"),
        *("server_error", "temporarily_unavailable"),
        # OpenID Connect Core 1.0 section 3.1.2.6, RFC 8707
        *("interaction_required", "login_required", "account_selection_required", "consent_required"),
        *("invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported"),
        *("registration_not_supported", "invalid_target"),
    }
)


@dataclass(frozen=True, slots=True)
class CodeLife:
    """A code exchanged late: ``seconds`` after it was issued, ``how`` it came to be late, and whether it worked."""

    seconds: float
    how: str
    worked: bool
    exchange: int = 0


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


def error_redirect(launch: Launch, *, when: str, expected: str = "") -> Iterator[Finding]:
    """PA-AUTH-010: the browser goes back to the app with a defined ``error``, the exact ``state``, and no code.

    ``expected`` is the one error code that fits; empty accepts every defined one.
    """
    redirect = launch.redirect
    if redirect is None:
        page = f"HTTP {launch.last_status}" if launch.last_status else launch.kind
        yield _error_form("no-redirect", f"no redirect to the app came {when}", "error redirect", page)
        return
    if launch.carries_grant:
        yield _error_form("granted", f"the app got a grant {when}", expected or "error", ", ".join(redirect.names))
        return
    if not launch.error:
        yield _error_form("missing", f"the redirect has no error {when}", "error", ", ".join(redirect.names))
    elif launch.error not in DEFINED_ERRORS:
        yield _error_form("undefined", f"the error is not a defined code {when}", "a defined code", launch.error)
    elif expected and launch.error != expected:
        yield _error_form("another", f"the error does not say what happened {when}", expected, launch.error)
    if not launch.state_matches:
        said = "changed" if redirect.has("state") else "missing"
        yield _error_form("state", f"state is {said} {when}", "the value sent", said)


def _error_form(kind: str, message: str, expected: str, found: str) -> Finding:
    path = "state" if kind == "state" else "error"
    return Finding(f"authorize.error.{kind}", message, path=path, expected=expected, found=found)


def logged_in_first(launch: Launch) -> Iterator[Finding]:
    """PA-AUTH-014: a browser without cookies gets nothing before credentials are entered."""
    if launch.carries_grant and not launch.credentials_submitted:
        yield Finding(
            "authorize.login.skipped",
            "a browser without any cookie got a grant although no credentials were entered",
            path="code",
            expected="a login",
            found=", ".join(launch.redirect.names),
        )


def stopped_by_wrong_password(launch: Launch) -> Iterator[Finding]:
    """PA-AUTH-014: a wrong password leads neither to the approval page nor to a grant."""
    if launch.carries_grant or launch.decision:
        reached = "a grant" if launch.carries_grant else "the approval page"
        yield Finding(
            "authorize.login.wrong-password",
            f"a wrong password led to {reached}",
            path="password",
            expected="another try at the login",
            found=reached,
        )


def code_in_query_only(launch: Launch) -> Iterator[Finding]:
    """PA-AUTH-017: the code comes in the query, nothing comes in a fragment, no token comes at all."""
    redirect = launch.redirect
    if redirect is None:
        return
    for place in ("fragment", "form"):
        names = [name for name, _ in getattr(redirect, place)]
        if names:
            yield Finding(
                f"authorize.exposed.{place}",
                f"the redirect carries {', '.join(names)} in its {place}",
                path=place,
                expected="code and state in the query",
                found=", ".join(names),
            )
    tokens = [name for name in ("access_token", "id_token", "refresh_token") if redirect.has(name)]
    if tokens:
        yield Finding(
            "authorize.exposed.token",
            f"the browser was given {', '.join(tokens)}",
            path="redirect",
            expected="a code only",
            found=", ".join(redirect.names),
        )


def codes_expire(lives: Iterable[CodeLife]) -> Iterator[Finding]:
    """PA-AUTH-018: no code works after ten minutes; one that works long after SMART's one minute is a warning."""
    for life in lives:
        if not life.worked:
            continue
        too_long = life.seconds >= MAX_CODE_LIFETIME
        yield Finding(
            "authorize.code.lives" if too_long else "authorize.code.long-lived",
            f"a code {life.how} was still exchanged",
            severity="error" if too_long else "warning",
            path="code",
            expected="invalid_grant",
            found="a token",
            exchange=life.exchange,
        )
