"""What search answers are (FHIR R4 search and Bundle)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.shared.documents import status_is
from conformance.findings import Finding, json_text, json_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.documents import Answer


Document = dict[str, Any]


def resource_of(answer: Answer) -> Document:
    """The body as a JSON object; an empty one when it is anything else."""
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def is_searchset(answer: Answer, *, what: str) -> Iterator[Finding]:
    """PA-SRCH-001: HTTP 200 with a Bundle of type searchset whose entries are resources only."""
    problems = list(status_is(answer, 200, what=what))
    yield from problems
    if problems:
        return
    bundle = resource_of(answer)
    if bundle.get("resourceType") != "Bundle":
        yield Finding(
            "search.not-a-bundle",
            f"{what} did not return a Bundle",
            path="resourceType",
            expected="Bundle",
            found=json_text(bundle.get("resourceType", answer.body[:40].decode("utf-8", "replace"))),
            exchange=answer.number,
        )
        return
    if bundle.get("type") != "searchset":
        yield Finding(
            "search.bundle-type",
            f"{what} returned a Bundle of type {json_text(bundle.get('type'))}",
            path="Bundle.type",
            expected="searchset",
            found=json_text(bundle.get("type")),
            exchange=answer.number,
        )
    for index, entry in enumerate(bundle.get("entry") or []):
        yield from _entry_is_a_resource(entry, index, answer.number)


def _entry_is_a_resource(entry: Any, index: int, exchange: int) -> Iterator[Finding]:
    path = f"Bundle.entry[{index}]"
    if not isinstance(entry, dict) or not isinstance(entry.get("resource"), dict):
        yield Finding("search.entry-without-resource", "an entry has no resource", path=path, exchange=exchange)
        return
    for part in ("request", "response"):
        if part in entry:
            yield Finding(
                f"search.entry-{part}",
                f"an entry of a search set has a {part}",
                path=f"{path}.{part}",
                exchange=exchange,
            )


def same_resource(resource: Document, *, type_name: str, identity: str, exchange: int = 0) -> Iterator[Finding]:
    """PA-REST-001: a read returns the resource the URL names: its type and its id, letter by letter."""
    for member, wanted in (("resourceType", type_name), ("id", identity)):
        if resource.get(member) != wanted:
            yield Finding(
                f"read.{member}",
                f"reading {type_name}/{identity} returned {member} {json_word(resource.get(member))}",
                path=member,
                expected=wanted,
                found=json_text(resource.get(member)),
                exchange=exchange,
            )


def same_matches(
    expected: Iterable[str], found: Iterable[str], *, rule: str, what: str, exchange: int = 0
) -> Iterator[Finding]:
    """Two sets of ``Type/id`` are equal; what is lost and what is extra are different findings."""
    expected, found = set(expected), set(found)
    yield from none_lost(expected, found, rule=rule, what=what, exchange=exchange)
    yield from none_extra(expected, found, rule=rule, what=what, exchange=exchange)


def none_lost(
    expected: Iterable[str], found: Iterable[str], *, rule: str, what: str, exchange: int = 0
) -> Iterator[Finding]:
    """Every ``Type/id`` that is expected is found; the finding is ``{rule}.lost``."""
    expected, found = set(expected), set(found)
    if lost := expected - found:
        message = f"{what}: {len(lost)} missing: {_some(lost)}"
        wanted, had = f"{len(expected)} resources", str(len(expected & found))
        yield Finding(f"{rule}.lost", message, expected=wanted, found=had, exchange=exchange)


def none_extra(
    allowed: Iterable[str], found: Iterable[str], *, rule: str, what: str, exchange: int = 0
) -> Iterator[Finding]:
    """Every ``Type/id`` that is found is allowed; the finding is ``{rule}.extra``."""
    allowed, found = set(allowed), set(found)
    if extra := found - allowed:
        message = f"{what}: {len(extra)} not expected: {_some(extra)}"
        wanted, had = f"{len(allowed)} resources", str(len(found))
        yield Finding(f"{rule}.extra", message, expected=wanted, found=had, exchange=exchange)


def _some(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:5])
