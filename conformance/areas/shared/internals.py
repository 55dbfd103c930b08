"""What answers disclose of the software behind them: stack traces, database statements, product versions."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.rest_evidence import Asked


_STACK_TRACE = re.compile(
    r"Traceback \(most recent call last\)"
    r"|\n\s+at [\w$.<>]+\([\w.$ ]+(?::\d+)?\)"
    r"|\bat [\w$.<>`]+(?:\([^)\n]*\))? in [^\n]+:line \d+"
    r"|\b(?:java|javax|org\.springframework|org\.hibernate|ca\.uhn|com\.\w+)(?:\.\w+)+(?:Exception|Error)\b"
    r"|\bSystem\.(?:\w+\.)*\w*Exception\b"
    r"|File \"[^\"\n]+\", line \d+"
    r"|\b(?:panic|goroutine \d+ \[running\])"
)
_DATABASE = re.compile(
    r"\b(?:SQLSTATE|ORA-\d{5}|SQLException|psycopg2?|sqlite3?\.\w*Error|PG::\w+Error)\b"
    r"|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[^\n]{1,200}\b(?:FROM|VALUES|SET|WHERE)\b"
)
_PRODUCT = re.compile(r"\b[A-Za-z][\w.+-]*/\d+(?:\.\d+)+")
_NAMED_IN_BODY = re.compile(
    r"\b(?:Apache|nginx|Tomcat|Jetty|Microsoft-IIS|IIS|Kestrel|Express|WildFly|JBoss|WebLogic|HAPI FHIR)[/ ]v?\d+\.\d+"
)
_TELLING = ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-runtime", "via")


def shows_no_insides(asked: Iterable[Asked]) -> Iterator[Finding]:
    """No stack trace, no database statement and no 5xx in an answer to a bad request."""
    for each in asked:
        text = each.answer.body.decode("utf-8", "replace")
        for pattern, rule, what in (
            (_STACK_TRACE, "answer.stack-trace", "a stack trace"),
            (_DATABASE, "answer.database", "a statement or error of the database"),
        ):
            if shown := pattern.search(text):
                message = f"the answer to {each.what} shows {what}"
                yield _finding(rule, each, message, expected="a plain sentence", found=shown[0].strip())
        if each.answer.status >= 500:
            found = str(each.answer.status)
            message = f"{each.what} returned HTTP {found}"
            yield _finding("answer.server-error", each, message, expected="4xx", found=found)


def shows_no_version(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-SEC-008: answers do not name product and version of the software behind them."""
    seen: set[tuple[str, str]] = set()
    for each in asked:
        named = [(name, shown[0]) for name in _TELLING if (shown := _PRODUCT.search(each.answer.headers.get(name, "")))]
        if each.answer.status >= 400 and (shown := _NAMED_IN_BODY.search(each.answer.body.decode("utf-8", "replace"))):
            named.append(("body", shown[0]))
        for place, product in named:
            if (place, product) not in seen:
                seen.add((place, product))
                message = f"the answer to {each.what} names the product and version behind it"
                finding = _finding("answer.version", each, message, expected="no version", found=product)
                yield replace(finding, path=place)


def _finding(rule: str, each: Asked, message: str, *, expected: str, found: str) -> Finding:
    return Finding(rule, message, path=each.what, expected=expected, found=found[:200], exchange=each.answer.number)
