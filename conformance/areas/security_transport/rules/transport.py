"""TLS, plain HTTP, calls from web pages, caches: what surrounds every request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.areas.shared.bundles import resource_of
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.security_transport.rules.evidence import Burst, CrossOrigin, Offer
    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.rest_evidence import Asked

OLD, NEW = ("1.0", "1.1"), ("1.2", "1.3")
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d+)")


def only_new_tls(offers: Sequence[Offer]) -> Iterator[Finding]:
    """PA-SEC-001: TLS 1.0 and 1.1 are refused, 1.2 or 1.3 is accepted."""
    for host in dict.fromkeys(offer.host for offer in offers):
        answered = {offer.version: offer for offer in offers if offer.host == host}
        for version in OLD:
            if version in answered and answered[version].accepted:
                yield _tls(host, "tls.version.old", f"negotiates TLS {version}", f"TLS {version}")
        refused = [version for version in NEW if version in answered and not answered[version].accepted]
        if len(refused) == len(NEW):
            why = answered[NEW[0]].detail
            yield _tls(host, "tls.version.none", "negotiates neither TLS 1.2 nor 1.3", why)


def certificates_hold(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-SEC-001: each host proves itself with a valid certificate of its name and a chain to a trusted authority."""
    for each in asked:
        if each.answer.fault == "tls":
            yield Finding(
                "tls.certificate",
                f"{each.what}: {each.answer.detail}",
                path=each.what,
                expected="a valid certificate",
                found=each.answer.detail,
                exchange=each.answer.number,
            )


def plain_http_serves_nothing(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-SEC-002: over http there is no answer, a refusal, or a redirect to https without data."""
    for each in asked:
        answer = each.answer
        location = answer.headers.get("location", "")
        if 200 <= answer.status < 300:
            yield _plain(each, "tls.plain-http.served", "is answered over plain http", str(answer.status))
        elif 300 <= answer.status < 400 and urlsplit(location).scheme == "http":
            yield _plain(each, "tls.plain-http.redirect", "is redirected to plain http again", location)
        elif 300 <= answer.status < 400 and "resourceType" in resource_of(answer):
            yield _plain(each, "tls.plain-http.served", "is redirected with data in the body", str(answer.status))


def insists_on_https(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-SEC-002, advisory part: https answers say Strict-Transport-Security (RFC 6797)."""
    for each in asked:
        header = each.answer.headers.get("strict-transport-security", "")
        age = _MAX_AGE.search(header)
        if each.answer.status and not (age and int(age[1]) > 0):
            yield Finding(
                "http.hsts",
                f"the answer to {each.what} has no Strict-Transport-Security with a max-age above zero",
                severity="warning",
                path="Strict-Transport-Security",
                expected="max-age above zero",
                found=header,
                exchange=each.answer.number,
            )


def any_origin_may_discover(calls: Iterable[CrossOrigin]) -> Iterator[Finding]:
    """PA-SEC-003: discovery documents may be read by a page of any origin, with and without asking before."""
    for call in calls:
        for part, answer in (("the preflight of ", call.preflight), ("", call.answer)):
            if not _allows(answer, call.origin):
                yield _cors(call, "cors.discovery", f"{part}{call.what} does not allow a page of any origin", answer)
        if call.preflight.status and not 200 <= call.preflight.status < 300:
            yield _cors(call, "cors.discovery.preflight", f"the preflight of {call.what} is refused", call.preflight)


def registered_origin_may_call(calls: Iterable[CrossOrigin]) -> Iterator[Finding]:
    """PA-SEC-004: a page of the app's registered origin may call with an Authorization header and read the answer."""
    for call in calls:
        preflight = call.preflight
        if not 200 <= preflight.status < 300 or not _allows(preflight, call.origin):
            message = f"the preflight of {call.what} does not allow the registered origin"
            yield _cors(call, "cors.registered", message, preflight)
        elif "authorization" not in _tokens(preflight.headers.get("access-control-allow-headers", "")):
            message = f"the preflight of {call.what} does not allow the Authorization header"
            yield _cors(call, "cors.authorization-header", message, preflight)
        if not _allows(call.answer, call.origin):
            yield _cors(call, "cors.registered", f"the answer of {call.what} may not be read by the app", call.answer)


def foreign_origin_may_not(calls: Iterable[CrossOrigin]) -> Iterator[Finding]:
    """PA-SEC-004: a foreign origin is never allowed with credentials; allowed without them is a warning."""
    for call in calls:
        for answer in (call.preflight, call.answer):
            if not _allows(answer, call.origin):
                continue
            if answer.headers.get("access-control-allow-credentials", "").strip().lower() == "true":
                message = f"{call.what} may be called with credentials from a page of any origin"
                yield _cors(call, "cors.any-origin", message, answer)
            else:
                yield Finding(
                    "cors.foreign-origin",
                    f"{call.what} may be called from a page of an origin that is not registered",
                    severity="warning",
                    path="Access-Control-Allow-Origin",
                    expected="registered origins only",
                    found=answer.headers.get("access-control-allow-origin", ""),
                    exchange=answer.number,
                )


def not_kept_by_caches(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-SEC-005: health data is answered with Cache-Control no-store or private (RFC 6750 5.3, RFC 9111 5.2.2)."""
    for each in asked:
        header = each.answer.headers.get("cache-control", "")
        said = {part.partition("=")[0] for part in _tokens(header)}
        if "public" in said:
            rule, message = "http.cache.public", "may be kept by shared caches"
        elif said & {"no-store", "private"}:
            continue
        elif said & {"max-age", "s-maxage"}:
            rule, message = "http.cache.not-private", "may be kept by any cache for a while"
        else:
            rule, message = "http.cache.unsaid", "says nothing that keeps caches from keeping it"
        yield Finding(
            rule,
            f"the answer to {each.what} {message}",
            path="Cache-Control",
            expected="no-store or private",
            found=header,
            exchange=each.answer.number,
        )


def burst_is_limited(burst: Burst) -> Iterator[Finding]:
    """PA-SEC-008: under a burst some requests get 429 with Retry-After, none gets 5xx, and afterwards all is well."""
    for each in burst.answers:
        status = each.answer.status
        if status == 0 or status >= 500:
            found = str(status or each.answer.fault)
            yield _burst(each, "burst.crash", f"{each.what} in a burst made the server fail", "429", found)
        elif status == 429 and not each.answer.headers.get("retry-after"):
            message = f"{each.what} in a burst got 429 without saying how long to wait"
            yield _burst(each, "burst.retry-after", message, "Retry-After", "none")
    after = burst.afterwards.answer
    if after.status in {0, 429} or after.status >= 500:
        found = str(after.status or after.fault)
        message = f"{burst.waited_s:.0f} s after a burst the service has not recovered"
        yield _burst(burst.afterwards, "burst.no-recovery", message, "an ordinary answer", found)


def _allows(answer: Answer, origin: str) -> bool:
    return answer.headers.get("access-control-allow-origin", "").strip() in {"*", origin}


def _tokens(header: str) -> set[str]:
    return {part.strip().lower() for part in header.split(",") if part.strip()}


def _tls(host: str, rule: str, message: str, found: str) -> Finding:
    return Finding(rule, f"{host} {message}", path=host, expected="TLS 1.2 or 1.3 only", found=found)


def _plain(each: Asked, rule: str, message: str, found: str) -> Finding:
    return Finding(
        rule,
        f"{each.what} {message}",
        path=each.what,
        expected="no answer, a refusal, or a redirect to https",
        found=found,
        exchange=each.answer.number,
    )


def _cors(call: CrossOrigin, rule: str, message: str, answer: Answer) -> Finding:
    allowed = answer.headers.get("access-control-allow-origin", "")
    return Finding(
        rule,
        message,
        path="Access-Control-Allow-Origin",
        expected=call.origin,
        found=allowed or f"HTTP {answer.status} without it",
        exchange=answer.number,
    )


def _burst(each: Asked, rule: str, message: str, expected: str, found: str) -> Finding:
    return Finding(rule, message, path=each.what, expected=expected, found=found, exchange=each.answer.number)
