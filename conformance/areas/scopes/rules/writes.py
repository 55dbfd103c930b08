"""Reading scopes never write (SMART App Launch 2.2.0: the letters c, u and d)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.documents import Answer

REFUSED = (401, 403, 404, 405)


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


def writes_are_refused(attempts: Iterable[Write]) -> Iterator[Finding]:
    """PA-SCOP-018: each attempt answers 401, 403, 404 or 405."""
    for attempt in attempts:
        status = attempt.answer.status
        if status in REFUSED:
            continue
        accepted = status and status < 400
        said = f"HTTP {status}" if status else f"nothing ({attempt.answer.fault})"
        yield Finding(
            "scope.write-accepted" if accepted else "scope.write-status",
            f"{attempt.what} with reading scopes answered {said}",
            severity="error" if accepted or status >= 500 or not status else "warning",
            expected="401, 403, 404 or 405",
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
