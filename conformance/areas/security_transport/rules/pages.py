"""What a member's browser sees while signing in (RFC 9700): framing, referrers, cookies, forgery, foreign addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.findings import Finding
from conformance.login.cookies import rejected_cookies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.security_transport.rules.evidence import CsrfProbe, Hop, OpenRedirectProbe
    from conformance.findings import Severity

_DISCREET = frozenset(
    {
        "no-referrer",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        "strict-origin-when-cross-origin",
    }
)
_ANTI_FORGERY = re.compile(
    r"c[sx]rf|xsrf|forg|verificationtoken|authenticity|wpnonce|form_?key|_token$|^token$", re.IGNORECASE
)
_REFRESH = re.compile(r"<meta[^>]+http-equiv\s*=\s*[\"']?refresh[^>]+url\s*=\s*[\"']?([^\"'>\s]+)", re.IGNORECASE)
_SCRIPTED = re.compile(r"location(?:\.href)?\s*(?:=|\.(?:replace|assign)\()\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_EXPIRED = re.compile(r"max-age\s*=\s*-?0\b|expires\s*=\s*[^;]*\b19\d\d\b", re.IGNORECASE)


def pages_in(hops: Iterable[Hop]) -> list[Hop]:
    """The hops that showed the member a page."""
    return [hop for hop in hops if "html" in hop.headers.get("content-type", "") and not 300 <= hop.status < 400]


def resist_framing(pages: Iterable[Hop]) -> Iterator[Finding]:
    """PA-SEC-006: no page may be framed by another site: frame-ancestors, or X-Frame-Options."""
    for page in pages:
        policy = page.headers.get("content-security-policy", "").lower()
        ancestors = re.search(r"frame-ancestors([^;]*)", policy)
        named = ancestors[1].split() if ancestors else []
        refuses = bool(ancestors) and not {"*", "http:", "https:"} & set(named)
        if not refuses and page.headers.get("x-frame-options", "").strip().lower() not in {"deny", "sameorigin"}:
            yield _page(
                page, "pages.framing", "may be framed by any site", "frame-ancestors or X-Frame-Options", policy
            )


def keep_their_address(pages: Iterable[Hop]) -> Iterator[Finding]:
    """PA-SEC-006: no page sends its full address to other sites; relying on the browser's default is a warning."""
    for page in pages:
        header = page.headers.get("referrer-policy", "").lower()
        said = [part.strip() for part in header.split(",") if part.strip()]
        if not said:
            yield _page(page, "pages.referrer", "has no Referrer-Policy", "no-referrer", "", severity="warning")
        elif said[-1] not in _DISCREET:
            yield _page(page, "pages.referrer", "sends its whole address to other sites", "no-referrer", header)


def guard_their_cookies(hops: Iterable[Hop]) -> Iterator[Finding]:
    """PA-SEC-006: every cookie is Secure, HttpOnly and SameSite."""
    seen: set[str] = set()
    for hop in hops:
        for line in hop.cookies:
            name, _, attributes = line.partition("=")
            said = {part.partition("=")[0].strip().lower() for part in attributes.split(";")}
            missing = [part for part in ("Secure", "HttpOnly", "SameSite") if part.lower() not in said]
            if missing and name not in seen and not _EXPIRED.search(attributes):
                seen.add(name)
                lacks = ", ".join(missing)
                yield _page(hop, "pages.cookies", f"sets the cookie {name} without {lacks}", "all three", f"no {lacks}")


def keep_their_cookies(hops: Sequence[Hop]) -> Iterator[Finding]:
    """PA-SEC-006: every cookie is one that browsers keep."""
    for name, reason in rejected_cookies(hops).items():
        yield Finding(
            "pages.cookies.rejected",
            f"the server sets the cookie {name}, which no browser keeps: {reason}",
            path="Set-Cookie",
            expected="a cookie that browsers keep",
            found=name,
        )


def never_repost(hops: Iterable[Hop]) -> Iterator[Finding]:
    """PA-SEC-006: what follows the post of credentials is no 307 or 308, which would post them on (RFC 9700 4.12)."""
    for hop in hops:
        if hop.after_credentials and hop.method == "POST" and hop.status in {307, 308}:
            yield _page(hop, "pages.repost", "lets the browser post the credentials on", "303", str(hop.status))


def anti_forgery_fields(hidden: Iterable[str]) -> tuple[str, ...]:
    """The hidden fields that are anti-forgery values by their names."""
    return tuple(name for name in dict.fromkeys(hidden) if _ANTI_FORGERY.search(name))


def forged_consent_fails(forgery: CsrfProbe) -> Iterator[Finding]:
    """PA-SEC-009: the consent form posted without its anti-forgery value gives no code.

    A browser does not let the form claim another Origin, so that a server which guards its forms by Origin accepts it
    too: a warning (RFC 6749 section 10.12 leaves the means open).
    """
    if forgery.code:
        yield Finding(
            "pages.forgery",
            f"the consent form is accepted without {', '.join(forgery.fields)}; another protection was not seen",
            severity="warning",
            path=forgery.url,
            expected="a refusal",
            found="a code",
        )


def leads_nowhere_else(probes: Iterable[OpenRedirectProbe]) -> Iterator[Finding]:
    """PA-SEC-007: no address that a request names is one the browser is sent to."""
    for probe in probes:
        for how, address in _ways_out(probe):
            if urlsplit(address).hostname == probe.host:
                yield Finding(
                    "pages.open-redirect",
                    f"{probe.what} sends the browser to the address that the request names",
                    path=how,
                    expected="no redirect to a foreign host",
                    found=address,
                    exchange=probe.answer.number,
                )


def _ways_out(probe: OpenRedirectProbe) -> Iterator[tuple[str, str]]:
    answer = probe.answer
    if answer.status >= 300 and answer.headers.get("location"):
        yield "Location", answer.headers["location"]
    refresh = answer.headers.get("refresh", "")
    if "url=" in refresh.lower():
        yield "Refresh", re.split("url=", refresh, flags=re.IGNORECASE)[1].strip("\"' ")
    text = answer.body.decode("utf-8", "replace")
    for how, pattern in (("meta refresh", _REFRESH), ("script", _SCRIPTED)):
        for found in pattern.finditer(text):
            yield how, found[1]


def _page(  # noqa: PLR0917
    hop: Hop, rule: str, message: str, expected: str, found: str, severity: Severity = "error"
) -> Finding:
    return Finding(
        rule, f"the page {hop.url} {message}", severity=severity, path=hop.url, expected=expected, found=found
    )
