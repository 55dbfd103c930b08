"""Sessions kept apart: caches, identity hints in headers, and what a refusal discloses by its form."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from conformance.areas.isolation.rules.disclosure import shows
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.other_member import OtherMember
from conformance.fhir.bundle import resources_in
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.documents import Answer

_SLOWER = 5.0
_NOTICEABLE_MS = 150.0


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one of several sessions that requested the same URL; ``context`` is its own patient."""

    member: str
    context: str
    what: str
    answer: Answer


def kept_apart(replies: Iterable[Reply]) -> Iterator[Finding]:
    """PA-ISO-013: each reply holds only its own patient's records, whichever session requested the URL before."""
    for reply in replies:
        what = f"{reply.what} as member {reply.member}"
        yield from shows(reply.answer, OtherMember(""), reply.context, rule="isolation.cache", what=what)


@dataclass(frozen=True, slots=True)
class HeaderHintProbe:
    """One request with a header that names the other member, and the same without it."""

    hint: str
    what: str
    plain: Answer
    answer: Answer


def hints_are_ignored(hinted: Iterable[HeaderHintProbe], other: OtherMember, context: str) -> Iterator[Finding]:
    """PA-ISO-014: a header that names another member shows nothing of theirs and opens nothing.

    A refusal is lawful, and so is another answer that stays within the member's own access; that is a warning.
    """
    for each in hinted:
        what = f"{each.what} with {each.hint}"
        if each.answer.status >= 300 or each.answer.status == 0:
            continue
        shown = list(shows(each.answer, other, context, rule="isolation.hint", what=what))
        yield from shown
        if not shown and (each.plain.status, _identities(each.plain)) != (each.answer.status, _identities(each.answer)):
            yield Finding(
                "isolation.hint.changed",
                f"{what} was answered differently than without it",
                severity="error" if each.plain.status >= 400 else "warning",
                path=each.hint,
                expected=f"HTTP {each.plain.status} with {len(_identities(each.plain))} resources",
                found=f"HTTP {each.answer.status} with {len(_identities(each.answer))} resources",
                exchange=each.answer.number,
            )


def _identities(answer: Answer) -> frozenset[str]:
    try:
        return frozenset(identity(resource) for resource in resources_in(answer.json()))
    except (ValueError, RecursionError):
        return frozenset()


@dataclass(frozen=True, slots=True)
class ExistenceProbe:
    """The same read for another member's record and for an unknown id, several times each."""

    type: str
    theirs: Sequence[Answer]
    unknown: Sequence[Answer]
    ids: tuple[str, str]
    milliseconds: tuple[Sequence[float], Sequence[float]] = ((), ())


def existence_is_hidden(twins: Iterable[ExistenceProbe]) -> Iterator[Finding]:
    """PA-ISO-015: a refusal looks the same whether the record exists or not: status, words, headers, time."""
    for each in twins:
        theirs, unknown = each.theirs[0], each.unknown[0]
        what = f"reading a {each.type} of another member"
        if theirs.status != unknown.status:
            yield _differs("status", what, (str(unknown.status), str(theirs.status)), theirs)
            continue
        said, usual = _words(theirs, each.ids), _words(unknown, each.ids)
        if said != usual:
            yield _differs("body", what, (usual, said), theirs)
        tell_tale = sorted({"etag", "last-modified"} & (set(theirs.headers) - set(unknown.headers)))
        if tell_tale:
            yield _differs("headers", what, ("", ", ".join(tell_tale)), theirs)
        yield from _slower(each, what)


def _slower(twins: ExistenceProbe, what: str) -> Iterator[Finding]:
    """Only two clearly separate classes of time count, since a network is never quiet."""
    theirs, unknown = twins.milliseconds
    if len(theirs) < 3 or len(unknown) < 3:
        return
    slow, fast = (theirs, unknown) if median(theirs) > median(unknown) else (unknown, theirs)
    apart = min(slow) > max(fast)
    if apart and median(slow) > _SLOWER * median(fast) and median(slow) - median(fast) > _NOTICEABLE_MS:
        shown = (f"{median(unknown):.0f} ms", f"{median(theirs):.0f} ms")
        yield replace(_differs("time", what, shown, twins.theirs[0]), severity="warning")


def _words(answer: Answer, ids: tuple[str, str]) -> str:
    """A body without what differs from request to request: the requested ids, other ids, times and numbers."""
    text = answer.body.decode("utf-8", "replace")
    for value in ids:
        text = text.replace(value, "…")
    text = re.sub(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", "…", text)
    return re.sub(r"\d+", "0", text)


def _differs(part: str, what: str, values: tuple[str, str], answer: Answer) -> Finding:
    expected, found = values
    return Finding(
        f"isolation.existence.{part}",
        f"{what} differs from reading an unknown id in its {part}",
        path=part,
        expected=expected[:200],
        found=found[:200],
        exchange=answer.number,
    )
