"""Lawful variations of security and transport: cookies, CORS, caches, framing, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference import cors, limits
from conformance.reference.authorization import browsers, pages, server
from conformance.reference.faults.deviations import edited, with_headers, with_status
from conformance.reference.fhir import answer
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _useless_cookie(original: Step, call: Any, response: Any, browser: Any) -> None:
    """A second cookie whose name promises what it is not: no browser keeps it, and nothing depends on it."""
    original(call, response, browser)
    response.headers.append("Set-Cookie", "__Host-campaign=autumn; Path=/; HttpOnly")


def _same_origin_back(original: Step, call: Any, policy: str) -> str:
    """Any origin is allowed by its own name."""
    allowed = str(original(call, policy))
    return call.headers.get("origin", "") if allowed == "*" else allowed


def _by_origin(original: Step, call: Any, browser: Any, purpose: str, fields: dict[str, str]) -> bool:  # noqa: ARG001
    sent = call.headers.get("origin", "")
    return sent not in ("", "null") and not call.tenant.issuer.startswith(sent)


def _logins_only(original: Step, tenant: Any, limit: Any, caller: str, *, take: bool = True) -> None:
    if limit is limits.FAILED_LOGIN:
        original(tenant, limit, caller, take=take)


def _framed_by_ourselves(headers: dict[str, str]) -> dict[str, str]:
    policy = headers["Content-Security-Policy"].replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return {**headers, "Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}


VARIATIONS = (
    Variation(
        "PA-SEC-006.useless-cookie",
        "The pages set a further cookie that no browser keeps: __Host- without Secure.",
        "RFC 6265 section 3: a user agent may ignore a cookie; nothing of the session depends on this one",
        {browsers.set_cookie: _useless_cookie},
        rows={"PA-SEC-006": "advisory"},
        also=("PA-AUTH-001",),
    ),
    Variation(
        "PA-SEC-006.framed-by-itself",
        "The pages may be framed by the payer's own site.",
        "RFC 9700 4.16: frame-ancestors names the origins that may frame a page",
        {pages.page_headers: edited(_framed_by_ourselves)},
    ),
    Variation(
        "PA-SEC-003.origin-by-name",
        "Discovery allows any origin by naming the one that asks.",
        "Fetch standard, CORS protocol: * or the origin itself; SMART App Launch 2.2.0, CORS support",
        {cors.allowed_origin: _same_origin_back},
        also=("PA-SEC-004",),
    ),
    Variation(
        "PA-SEC-009.by-origin",
        "Forms are guarded by Origin: a post from another site is refused, whatever fields it has.",
        "RFC 6749 10.12: CSRF protection is required, its means are not given",
        {browsers.forged: _by_origin},
        rows={"PA-SEC-009": "advisory"},
        also=("PA-SEC-006", "PA-AUTH-015"),
    ),
    Variation(
        "PA-SEC-005.private",
        "Health data may be kept by the client's own cache only, and is checked each time.",
        "RFC 9111 5.2.2.7: private excludes shared caches",
        {answer.document: with_headers(Cache_Control="private, no-cache", Pragma="")},
        also=("PA-ISO-013",),
    ),
    Variation(
        "PA-SEC-008.service-unavailable",
        "A burst is answered 503 with Retry-After.",
        "RFC 9110 15.6.4: 503 for temporary overload, Retry-After says when to try again",
        {server.wait: with_status(503)},
        rows={"PA-SEC-008": "advisory"},
        choices=("limits",),
    ),
    Variation(
        "PA-SEC-008.no-limits",
        "Only failed logins are limited; a burst is answered.",
        "RFC 6585 section 4: 429 may be used; no adopted document demands a limit",
        {limits.require: _logins_only},
        rows={"PA-SEC-008": "undecided"},
        choices=("limits",),
    ),
)
