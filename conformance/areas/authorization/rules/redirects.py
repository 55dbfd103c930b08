"""Answers of the authorization endpoint, as a browser sees them (SMART App Launch; RFC 6749 section 4.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.launches import Launch

MAX_CODE_LIFETIME = 600.0  # seconds; RFC 6749 section 4.1.2
CARRIERS = ("code", "access_token", "id_token", "refresh_token")
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
            f"the browser was not redirected to the app: {launch.message}",
            path="redirect_uri",
            expected="redirect with code and state",
            found=f"HTTP {launch.last_status}" if launch.last_status else launch.kind,
        )
        return
    if launch.error:
        yield Finding(
            "authorize.error",
            f"the redirect carries error={launch.said}",
            path="error",
            expected="code and state",
            found=launch.said,
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
    """PA-AUTH-002: the redirect carries exactly the ``state`` that was sent, once; none at all is a warning."""
    if launch.redirect is None:
        yield Finding(
            "authorize.state.no-redirect",
            f"there was no redirect {when}, so that state was not returned: {launch.message}",
            severity="warning",
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
    """PA-AUTH-010: a refusal that is sent to the app has ``error`` and the exact ``state``, and never a code.

    Whether the browser is sent back at all is the server's decision (RFC 9700 section 4.11.2): a page instead is a
    warning, a server error is an error. ``expected`` is the one error code that fits (another one is a warning, as is
    one that is not registered: RFC 6749 section 8.5); empty accepts every registered one.
    """
    redirect = launch.redirect
    if redirect is None:
        page = f"HTTP {launch.last_status}" if launch.last_status else launch.kind
        if launch.last_status >= 500:
            yield _error_form("broken", f"the server failed {when}", "a refusal", page)
        else:
            message = f"no redirect to the app came {when}"
            yield _error_form("no-redirect", message, "error redirect", page, warning=True)
        return
    if launch.carries_grant:
        yield _error_form("granted", f"the app got a grant {when}", expected or "error", ", ".join(redirect.names))
        return
    if not launch.error:
        yield _error_form("missing", f"the redirect has no error {when}", "error", ", ".join(redirect.names))
    elif launch.error not in DEFINED_ERRORS:
        message = f"the error is not a registered code {when}"
        yield _error_form("undefined", message, "a registered code", launch.said, warning=True)
    elif expected and launch.error != expected:
        message = f"the error does not say what happened {when}"
        yield _error_form("another", message, expected, launch.said, warning=True)
    if not launch.state_matches:
        said = "changed" if redirect.has("state") else "missing"
        yield _error_form("state", f"state is {said} {when}", "the value sent", said)


def _error_form(kind: str, message: str, expected: str, found: str, *, warning: bool = False) -> Finding:
    return Finding(
        f"authorize.error.{kind}",
        message,
        severity="warning" if warning else "error",
        path="state" if kind == "state" else "error",
        expected=expected,
        found=found,
    )


@dataclass(frozen=True, slots=True)
class CleanLaunch:
    """A launch by a browser without cookies; ``proved`` is whether the member proved on the way who they are."""

    launch: Launch
    proved: bool


def logged_in_first(launches: Iterable[CleanLaunch]) -> Iterator[Finding]:
    """PA-AUTH-014: a browser without cookies gets no grant before the member proved who they are, in any launch."""
    for clean in launches:
        if clean.launch.carries_grant and not clean.proved:
            yield Finding(
                "authorize.login.skipped",
                "a browser without any cookie got a grant although no secret and no other proof was entered",
                path="code",
                expected="a login",
                found=", ".join(clean.launch.redirect.names),
            )


def names_its_issuer(launch: Launch, *, issuers: Sequence[str]) -> Iterator[Finding]:
    """PA-AUTH-019: ``iss`` in the redirect, if there is one, is the published issuer (RFC 9207 section 2)."""
    named = launch.redirect.get("iss") if launch.redirect is not None else ""
    if named and issuers and named not in issuers:
        yield Finding(
            "authorize.iss",
            "iss in the redirect is not the published issuer",
            path="iss",
            expected=" or ".join(issuers),
            found=named,
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
    """PA-AUTH-017: the code comes in the query only, and no token comes at all.

    A fragment without either is lawful: RFC 9700 section 4.1.3 has servers attach one (``#_``).
    """
    redirect = launch.redirect
    if redirect is None:
        return
    for place in ("fragment", "form"):
        names = [name for name, _ in getattr(redirect, place) if name in CARRIERS]
        if names:
            yield Finding(
                f"authorize.exposed.{place}",
                f"the redirect carries {', '.join(names)} in its {place}",
                path=place,
                expected="code and state in the query",
                found=", ".join(names),
            )
    tokens = [name for name in CARRIERS if name != "code" and redirect.has(name)]
    if tokens:
        yield Finding(
            "authorize.exposed.token",
            f"the browser received {', '.join(tokens)}",
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
