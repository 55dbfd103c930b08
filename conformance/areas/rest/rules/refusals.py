"""How a FHIR server says no: the right status, an OperationOutcome, and nothing of its insides (R4 RESTful API)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.areas.shared.bundles import resource_of
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.rest_evidence import Asked, Deleted

WITH_OUTCOME = frozenset({400, 403, 404, 405, 406, 409, 410, 412, 415, 422})

_BAD_ID = "400 or 404"
_REFUSALS = frozenset({400, 401, 403, 405, 410, 415, 501})


def unknown_ids_not_found(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-009: an unknown id gives 404 (401 or 403 by policy); one without an OperationOutcome is a warning."""
    for each in asked:
        yield from _status(each, "read.unknown-id", 404, 403, 401)
        if each.answer.status in {403, 404} and not _has_outcome(each.answer):
            yield replace(_without_outcome(each), severity="warning")


def deleted_are_gone(deleted: Iterable[Deleted]) -> Iterator[Finding]:
    """PA-REST-010: a deleted resource gives 410, or 404 where deletions are not tracked; no search finds it."""
    for each in deleted:
        yield from _status(each.asked, "http.status", 410, 404)
        if each.found is not None and each.found.matches:
            message = "the deleted resource is found by a search for its _id"
            found = f"{len(each.found.matches)} matches"
            yield _wrong("search.deleted-found", each.asked, message, expected="no match", found=found)


def unknown_types_not_found(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-011: a type that does not exist is neither answered nor makes the server fail.

    404 is the status that R4 and the guides name; no sentence forbids another refusal, which is a warning.
    """
    for each in asked:
        status = each.answer.status
        if status == 404:
            continue
        if status in _REFUSALS:
            message = f"{each.what} is refused with HTTP {status}, not 404"
            yield _doubt("type.unknown", each, message, expected="404", found=str(status))
        else:
            yield from _status(each, "type.unknown", 404)


def no_alias(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-011: type names are case-sensitive; a server that takes a lower-case path all the same is a warning."""
    for each in asked:
        status = each.answer.status
        if 200 <= status < 300:
            message = f"{each.what} returned HTTP {status}"
            yield _doubt("type.lower-case", each, message, expected="404", found=str(status))
        elif status >= 500 and status != 501:
            yield from _status(each, "type.lower-case", 404)


def malformed_ids_refused(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-015: an id that cannot be one gives 400 or 404; another 4xx is a warning, anything else is wrong."""
    for each in asked:
        status = each.answer.status
        found = str(status or each.answer.fault)
        answered = f"{each.what} returned HTTP {found}"
        if status in {400, 404}:
            continue
        if 400 <= status < 500:
            yield _doubt("id.status", each, answered, expected=_BAD_ID, found=found)
        elif status and status < 400:
            yield _wrong("id.accepted", each, answered, expected=_BAD_ID, found=found)
        else:
            yield _wrong("id.crash", each, f"{each.what} made the server fail", expected=_BAD_ID, found=found)


def are_outcomes(asked: Iterable[Asked]) -> Iterator[Finding]:
    """PA-REST-014: the body of an error is an OperationOutcome."""
    for each in asked:
        if each.answer.status in WITH_OUTCOME and not _has_outcome(each.answer):
            yield _without_outcome(each)


def outcomes_in(asked: Iterable[Asked]) -> list[Asked]:
    """The answers whose status calls for an OperationOutcome and that have one, to be validated."""
    return [each for each in asked if each.answer.status in WITH_OUTCOME and _has_outcome(each.answer)]


def needing_outcome(asked: Iterable[Asked]) -> list[Asked]:
    """The answers whose status calls for an OperationOutcome."""
    return [each for each in asked if each.answer.status in WITH_OUTCOME]


def _has_outcome(answer: Answer) -> bool:
    return resource_of(answer).get("resourceType") == "OperationOutcome"


def _status(each: Asked, rule: str, *allowed: int) -> Iterator[Finding]:
    answer = each.answer
    if answer.status in allowed and not answer.fault:
        return
    found = str(answer.status) if answer.status and not answer.fault else answer.fault
    expected = " or ".join(map(str, allowed))
    message = f"{each.what} returned HTTP {found}" if answer.status else f"{each.what} got no answer ({answer.detail})"
    yield _wrong(rule, each, message, expected=expected, found=found)


def _without_outcome(each: Asked) -> Finding:
    found = each.answer.body[:80].decode("utf-8", "replace")
    message = f"{each.what} was refused without an OperationOutcome"
    return _wrong("outcome.not-an-outcome", each, message, expected="OperationOutcome", found=found)


def _wrong(rule: str, each: Asked, message: str, *, expected: str, found: str) -> Finding:
    return Finding(rule, message, path=each.what, expected=expected, found=found[:200], exchange=each.answer.number)


def _doubt(rule: str, each: Asked, message: str, *, expected: str, found: str) -> Finding:
    return replace(_wrong(rule, each, message, expected=expected, found=found), severity="warning")
