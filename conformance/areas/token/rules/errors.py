"""Error responses of the token endpoint: the form of RFC 6749 section 5.2, and no internals of the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.areas.shared.refusals import is_put_off, issued, refused_as
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.refusals import Probe
    from conformance.findings import Severity

MIN_SECRET = 16  # characters: a shorter value may be in a text by chance
CHALLENGE = "code_challenge"  # a hash: it does not let its holder redeem the code
DEFINED_ERRORS = frozenset(
    {
        # RFC 6749 section 5.2
        *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"),
        *("unsupported_grant_type", "invalid_scope"),
        # RFC 8707, RFC 9449, RFC 8628, RFC 7009: registered for the token endpoint and its neighbours
        *("invalid_target", "invalid_dpop_proof", "use_dpop_nonce", "authorization_pending", "slow_down"),
        *("access_denied", "expired_token", "unsupported_token_type"),
    }
)
INTERNALS = {
    "a Python traceback": r"Traceback \(most recent call last\)|File \"[^\"]+\.py\", line \d+",
    "a Java stack trace": r"\bat [\w$.]+\([\w$]+\.(java|kt|scala):\d+\)|(javax?|org|com)\.[\w.]+(Exception|Error)\b",
    "a .NET stack trace": r"\bat [\w.`]+\(.*\) in .+:line \d+|System\.[\w.]*Exception",
    "a JavaScript stack trace": r"\bat .+ \(?[\w/.\\-]+\.[jt]s:\d+:\d+\)?|node_modules/",
    "a Go stack trace": r"goroutine \d+ \[|panic: runtime error",
    "a Ruby or PHP trace": r"\.rb:\d+:in [`']|PHP (Fatal|Warning)",
    "SQL": r"\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|SQLSTATE|ORA-\d{5}|syntax error at or near|SQLException",
    "a path of the server": r"(/usr/|/var/|/opt/|/home/|/srv/)[\w./-]+\.\w+|[A-Z]:\\\\?[\w\\]+\.\w+",
}
_PATTERNS = {name: re.compile(pattern) for name, pattern in INTERNALS.items()}


CODES_OF = {
    "the password grant": ("unsupported_grant_type", "unauthorized_client", "invalid_client"),
    "a made-up grant type": ("unsupported_grant_type", "invalid_client"),
    "a token request without grant_type": ("invalid_request", "invalid_client"),
}
"""The codes of RFC 6749 section 5.2 that fit; client authentication may be looked at first."""


def grant_types_refused(probes: Iterable[Probe]) -> Iterator[Finding]:
    """PA-TOK-010: no token for a grant type that is not offered; a code that does not fit is a warning."""
    for probe in probes:
        yield from refused_as([probe], *CODES_OF[probe.what])


def made_up_values_refused(probes: Iterable[Probe]) -> Iterator[Finding]:
    """PA-TOK-029: a code or refresh token that the server did not issue gives no token (RFC 6749 10.4 and 10.10)."""
    for probe in probes:
        if issued(probe.reply):
            yield Finding(
                "token.made-up",
                f"{probe.what} got a token, and the server did not issue that value",
                path="code",
                expected="invalid_grant",
                found="a token response",
                exchange=probe.reply.exchange.number,
            )


def well_formed(probes: Iterable[Probe]) -> Iterator[Finding]:
    """PA-TOK-013: JSON with an error code and without internals or secrets of the exchange; best with 400 or 401.

    RFC 6749 section 5.2 requires the member ``error``; the status, the media type and the list of codes are described
    there without MUST, and section 8.5 lets further codes be registered, so those are warnings. A server error is none
    of the responses that the section has.
    """
    for probe in probes:
        yield from _judged(probe)


def _judged(probe: Probe) -> Iterator[Finding]:
    reply, answer = probe.reply, probe.reply.exchange
    if 200 <= reply.status < 300 or is_put_off(reply):
        return  # that it was served at all is for the row of the probe to say
    if reply.status >= 500:
        yield _error(probe, "broken", "with a server error", "HTTP 400 or 401", f"HTTP {reply.status}")
    elif reply.status not in {400, 401}:
        yield _error(probe, "status", "not with 400 or 401", "HTTP 400 or 401", f"HTTP {reply.status}", "warning")
    if not reply.error:
        found = answer.media_type if reply.json is None else "no error member"
        yield _error(probe, "undefined", "without an error code", "a JSON object with error", found)
    else:
        if answer.media_type != "application/json":
            found = answer.media_type
            yield _error(
                probe,
                "content-type",
                "with a media type other than application/json",
                "application/json",
                found,
                "warning",
            )
        if reply.error not in DEFINED_ERRORS:
            yield _error(
                probe, "unknown", "with a code that is not registered", "a code of RFC 6749", reply.error, "warning"
            )
    yield from _disclosures(probe)


def _disclosures(probe: Probe) -> Iterator[Finding]:
    text = probe.reply.exchange.body[:200_000].decode("utf-8", "replace")
    for name, pattern in _PATTERNS.items():
        if pattern.search(text):
            yield _error(probe, "internals", f"with {name}", "no internals", name)
    for name, value in probe.withheld.items():
        if len(value) >= MIN_SECRET and value in text:
            severity: Severity = "warning" if name == CHALLENGE else "error"
            what = f"with a text that contains the {name} of the exchange"
            yield _error(probe, "secret", what, f"no {name}", name, severity)


def _error(  # noqa: PLR0917
    probe: Probe, kind: str, what: str, expected: str, found: str, severity: Severity = "error"
) -> Finding:
    return Finding(
        f"token.error.{kind}",
        f"{probe.what} was answered {what}",
        severity=severity,
        path="error",
        expected=expected,
        found=found,
        exchange=probe.reply.exchange.number,
    )
