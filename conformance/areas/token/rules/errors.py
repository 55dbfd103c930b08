"""Error responses of the token endpoint: the form of RFC 6749 section 5.2, and no internals of the server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.refusals import Probe

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


def well_formed(probes: Iterable[Probe]) -> Iterator[Finding]:
    """PA-TOK-013: 400 or 401, JSON labelled as such, a defined error code, no internals."""
    for probe in probes:
        yield from _judged(probe)


def _judged(probe: Probe) -> Iterator[Finding]:
    reply, answer = probe.reply, probe.reply.exchange
    if 200 <= reply.status < 300:
        return  # that it was served at all is for the row of the probe to say
    if reply.status not in {400, 401}:
        found = f"HTTP {reply.status}" if reply.status else answer.fault
        yield _finding(probe, "status", "not with 400 or 401", "HTTP 400 or 401", found)
    if reply.json is None:
        yield _finding(probe, "not-json", "not with a JSON object", "a JSON object", answer.media_type)
    else:
        if answer.media_type != "application/json":
            yield _finding(probe, "content-type", "not as application/json", "application/json", answer.media_type)
        if reply.error not in DEFINED_ERRORS:
            shown = reply.error or "no error member"
            yield _finding(probe, "undefined", "without a defined error code", "a code of RFC 6749", shown)
    text = answer.body[:200_000].decode("utf-8", "replace")
    for name, pattern in _PATTERNS.items():
        if pattern.search(text):
            yield _finding(probe, "internals", f"with {name}", "no internals", name)


def _finding(probe: Probe, kind: str, what: str, expected: str, found: str) -> Finding:
    return Finding(
        f"token.error.{kind}",
        f"{probe.what} was answered {what}",
        path="error",
        expected=expected,
        found=found,
        exchange=probe.reply.exchange.number,
    )
