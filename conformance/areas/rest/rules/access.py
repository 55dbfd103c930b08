"""Requests without a valid token are refused and show nothing of the member.

US Core 6.1.0 and CARIN BB let a server choose 401, 403 or 404; RFC 6750 section 3 asks for a challenge beside 401. A
method or path that is not offered is refused too (405, 410, 415, 501). A success is access, empty or not. A redirect, a
failure of the server and no answer at all show neither: :func:`decided` leaves them out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.areas.shared.bundles import resource_of
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.rest_evidence import Asked

_MIN_LENGTH = 4
_PASSING = frozenset({408, 425, 429})
_PRIVATE_ELEMENTS = ("name", "telecom", "address", "identifier", "birthDate")


def decided(asked: Iterable[Asked]) -> list[Asked]:
    """The answers that show whether access was given."""
    return [each for each in asked if _is_open(each) or _is_refusal(each)]


def refused_without_token(asked: Iterable[Asked], *, private: Collection[str] = ()) -> Iterator[Finding]:
    """PA-REST-012: no success; a 401 challenges for Bearer; the body has nothing of the member."""
    for each in asked:
        if _is_open(each):
            yield _access_finding("access.open", each, f"returned HTTP {each.answer.status}", str(each.answer.status))
        yield from _challenged(each)
        yield from _leaks_nothing(each, private)


def refused_with_bad_token(asked: Iterable[Asked], *, private: Collection[str] = ()) -> Iterator[Finding]:
    """PA-REST-013: the same; RFC 6750 3.1 prefers 401, so that another refusal is a warning."""
    for each in asked:
        yield from refused_without_token([each], private=private)
        if each.answer.status in {400, 403, 404}:
            message = f"is refused with HTTP {each.answer.status}; RFC 6750 prefers 401"
            yield replace(_access_finding("access.status", each, message, str(each.answer.status)), severity="warning")


def malformed_is_refused(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-013: malformed credentials do not make the server fail, which is none of 401, 403 and 404."""
    for each in asked:
        if each.answer.status >= 500 and each.answer.status != 501:
            found = str(each.answer.status)
            yield _access_finding("access.status", each, f"caused a server error: HTTP {found}", found)


def names_invalid_token(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-013: the challenge to a token that is not valid says ``invalid_token`` (RFC 6750 3.1, a SHOULD)."""
    for each in asked:
        challenge = each.answer.headers.get("www-authenticate", "")
        if each.answer.status == 401 and challenge and not re.search(r"error\s*=\s*\"?invalid_token\b", challenge):
            found = _access_finding("http.challenge.error", each, "is refused without error=invalid_token", challenge)
            yield replace(found, severity="warning")


def scheme_in_any_case(asked: Asked) -> Iterator[Finding]:
    """PA-REST-013, advisory: the scheme of the Authorization header is case-insensitive (RFC 9110 11.1)."""
    if asked.answer.status != 200:
        found = str(asked.answer.status or asked.answer.fault)
        message = f"returned HTTP {found}; the case of a scheme has no meaning"
        yield replace(_access_finding("access.scheme-case", asked, message, found), severity="warning")


def private_values(patient: Mapping[str, object]) -> frozenset[str]:
    """The strings of a Patient that say who it is: names, addresses, identifiers, birth date."""
    found: set[str] = set()
    for name in _PRIVATE_ELEMENTS:
        found.update(_strings(patient.get(name)))
    return frozenset(value for value in found if len(value) >= _MIN_LENGTH)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in {"system", "use", "type", "extension", "assigner", "period"}:
                yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, str):
        yield value


def _is_open(each: Asked) -> bool:
    return 200 <= each.answer.status < 300


def _is_refusal(each: Asked) -> bool:
    status = each.answer.status
    return (400 <= status < 500 and status not in _PASSING) or status == 501


def _challenged(each: Asked) -> Iterator[Finding]:
    challenge = each.answer.headers.get("www-authenticate", "")
    if each.answer.status == 401 and not re.search(r"\bBearer\b", challenge, re.IGNORECASE):
        yield _access_finding("http.challenge", each, "is refused with 401 and no challenge for Bearer", challenge)


def _leaks_nothing(each: Asked, private: Collection[str]) -> Iterator[Finding]:
    if each.answer.status < 400:
        return
    kind = resource_of(each.answer).get("resourceType", "OperationOutcome")
    if kind != "OperationOutcome":
        yield _access_finding("access.leak", each, f"is refused with a {kind} in the body", str(kind))
    elif any(value in _text(each.answer) for value in private):
        yield _access_finding("access.leak", each, "is refused with data of the member in the body", "")


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")


def _access_finding(rule: str, each: Asked, message: str, found: str) -> Finding:
    return Finding(
        rule,
        f"{each.what} {message}",
        path=each.what,
        expected="401 with WWW-Authenticate: Bearer",
        found=found,
        exchange=each.answer.number,
    )
