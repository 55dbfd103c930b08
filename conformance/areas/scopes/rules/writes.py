"""Reading scopes never write (SMART App Launch 2.2.0: the letters c, u and d)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import Undecided
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.documents import Answer

# No access, no such resource, or no such interaction (RFC 9110 sections 15.5 and 15.6.2).
REFUSED = frozenset({401, 403, 404, 405, 410, 415, 501})
# Answers of the 4xx class that put a request off, without a word on what would become of it.
_PUT_OFF = frozenset({408, 421, 425, 429})
_EXPECTED = "401, 403, 404 or 405"


@dataclass(frozen=True, slots=True)
class Write:
    """One attempt to write with a token that may only read."""

    what: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A resource (or the ids a search finds) before and after the attempts."""

    what: str
    before: Any
    after: Any


def is_accepted(status: int) -> bool:
    """Whether the server says that it wrote."""
    return 200 <= status < 300


def is_refused(status: int) -> bool:
    """Whether the server says that it did not write (RFC 9110 section 15.5: a 4xx request is not fulfilled)."""
    return status in REFUSED or (400 <= status < 500 and status not in _PUT_OFF)


def writes_are_refused(attempts: Iterable[Write]) -> Iterator[Finding]:
    """PA-SCOP-014, PA-SCOP-018: no attempt is accepted.

    A refusal for another reason than access (400, 409, 412, 422 …) is a warning: it does not show that the scopes
    forbid the write. A redirect, a server error and no answer are no refusal: raises :class:`Undecided` where nothing
    else was found.
    """
    unanswered, found = [], False
    for attempt in attempts:
        status = attempt.answer.status
        if not is_accepted(status) and not is_refused(status):
            unanswered.append(attempt)
        elif status not in REFUSED:
            found = True
            yield _not_refused(attempt)
    if unanswered and not found:
        answer = unanswered[0].answer
        said = f"HTTP {answer.status}" if answer.status else f"nothing ({answer.fault})"
        raise Undecided(f"{unanswered[0].what} with reading scopes answered {said}, neither a refusal nor a success")


def _not_refused(attempt: Write) -> Finding:
    status = attempt.answer.status
    accepted = is_accepted(status)
    why = "" if accepted else ", which does not show that the scopes forbid it"
    return Finding(
        "scope.write-accepted" if accepted else "scope.write-status",
        f"{attempt.what} with reading scopes answered HTTP {status}{why}",
        severity="error" if accepted else "warning",
        expected=_EXPECTED,
        found=str(status),
        exchange=attempt.answer.number,
    )


def nothing_changed(compared: Sequence[Unchanged]) -> Iterator[Finding]:
    """PA-SCOP-018: whatever was answered, the record is as it was."""
    for each in compared:
        if each.before != each.after:
            yield Finding(
                "scope.write-done",
                f"{each.what} is not what it was before the attempts to write",
                expected="unchanged",
                found="changed",
            )
