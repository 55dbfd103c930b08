"""How a FHIR server says no: the right status, an OperationOutcome, and nothing of its insides (R4 RESTful API)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.areas.shared.bundles import resource_of
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.rest_evidence import Asked, Deleted

OWES_OUTCOME = frozenset({400, 403, 404, 405, 406, 409, 410, 412, 415, 422})

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
_BAD_ID = "400 or 404"
_TELLING = ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-runtime", "via")


def unknown_ids_not_found(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-009: an unknown id gives 404 (403 by policy); a refusal without an OperationOutcome is a warning."""
    for each in asked:
        yield from _status(each, "read.unknown-id", 404, 403)
        if each.answer.status in {403, 404} and not _has_outcome(each.answer):
            yield replace(_without_outcome(each), severity="warning")


def deleted_are_gone(deleted: Iterable[Deleted]) -> Iterator[Finding]:
    """PA-REST-010: a deleted resource gives 410, or 404 where deletions are not tracked; no search finds it."""
    for each in deleted:
        yield from _status(each.asked, "http.status", 410, 404)
        if each.found is not None and each.found.matches:
            message = "the deleted resource is found by a search for its _id"
            found = f"{len(each.found.matches)} matches"
            yield _finding("search.deleted-found", each.asked, message, expected="no match", found=found)


def unknown_types_not_found(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-011: a type that does not exist gives 404 or 400; 403, which hides that, is a warning."""
    for each in asked:
        if each.answer.status == 403:
            yield _warning("type.unknown", each, f"{each.what} is forbidden, not unknown", expected="404", found="403")
        else:
            yield from _status(each, "type.unknown", 404, 400)


def no_alias(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-011: type names are case-sensitive, so a lower-case path leads to nothing."""
    for each in asked:
        if each.answer.status < 400 or each.answer.status >= 500:
            yield from _status(each, "type.lower-case", 404, 400)


def malformed_ids_refused(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-015: an id that cannot be one gives 400 or 404; another 4xx is a warning, anything else is wrong."""
    for each in asked:
        status = each.answer.status
        found = str(status or each.answer.fault)
        answered = f"{each.what} answered HTTP {found}"
        if status in {400, 404}:
            continue
        if 400 <= status < 500:
            yield _warning("id.status", each, answered, expected=_BAD_ID, found=found)
        elif status and status < 400:
            yield _finding("id.accepted", each, answered, expected=_BAD_ID, found=found)
        else:
            yield _finding("id.crash", each, f"{each.what} made the server fail", expected=_BAD_ID, found=found)


def are_outcomes(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-014: the body of an error is an OperationOutcome."""
    for each in asked:
        if each.answer.status in OWES_OUTCOME and not _has_outcome(each.answer):
            yield _without_outcome(each)


def outcomes_in(asked: Iterable[Asked]) -> list[Asked]:
    """The answers that owe an OperationOutcome and have one, to be validated."""
    return [each for each in asked if each.answer.status in OWES_OUTCOME and _has_outcome(each.answer)]


def owing_outcome(asked: Iterable[Asked]) -> list[Asked]:
    """The answers whose status calls for an OperationOutcome."""
    return [each for each in asked if each.answer.status in OWES_OUTCOME]


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
            message = f"{each.what} answered HTTP {found}"
            yield _finding("answer.server-error", each, message, expected="4xx", found=found)


def shows_no_version(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-SEC-008: answers do not tell product and version of the software behind them."""
    seen: set[tuple[str, str]] = set()
    for each in asked:
        told = [(name, shown[0]) for name in _TELLING if (shown := _PRODUCT.search(each.answer.headers.get(name, "")))]
        if each.answer.status >= 400 and (shown := _NAMED_IN_BODY.search(each.answer.body.decode("utf-8", "replace"))):
            told.append(("body", shown[0]))
        for place, product in told:
            if (place, product) not in seen:
                seen.add((place, product))
                message = f"the answer to {each.what} names the product and version behind it"
                finding = _finding("answer.version", each, message, expected="no version", found=product)
                yield replace(finding, path=place)


def _has_outcome(answer: Answer) -> bool:
    return resource_of(answer).get("resourceType") == "OperationOutcome"


def _status(each: Asked, rule: str, *allowed: int) -> Iterator[Finding]:
    answer = each.answer
    if answer.status in allowed and not answer.fault:
        return
    found = str(answer.status) if answer.status and not answer.fault else answer.fault
    expected = " or ".join(map(str, allowed))
    message = f"{each.what} answered HTTP {found}" if answer.status else f"{each.what} got no answer ({answer.detail})"
    yield _finding(rule, each, message, expected=expected, found=found)


def _without_outcome(each: Asked) -> Finding:
    found = each.answer.body[:80].decode("utf-8", "replace")
    message = f"{each.what} was refused without an OperationOutcome"
    return _finding("outcome.not-an-outcome", each, message, expected="OperationOutcome", found=found)


def _finding(rule: str, each: Asked, message: str, *, expected: str, found: str) -> Finding:
    return Finding(rule, message, path=each.what, expected=expected, found=found[:200], exchange=each.answer.number)


def _warning(rule: str, each: Asked, message: str, *, expected: str, found: str) -> Finding:
    return replace(_finding(rule, each, message, expected=expected, found=found), severity="warning")
