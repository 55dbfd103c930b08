"""Searches held against what the unfiltered search has: nothing lost, nothing extra, by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import is_searchset, none_lost, same_matches
from conformance.areas.shared.evidence import SearchEvidence, identity
from conformance.areas.shared.search_oracle import Pairs, holds, parameter, spans
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

Resource = dict[str, Any]

_OPPOSITE = {"lt": "ge", "gt": "le"}


@dataclass(frozen=True, slots=True)
class Filtered:
    """One search with filters, and all resources of its type that the member has.

    ``again`` is the same search with ``Cache-Control: no-cache``, sent where the first answer disagrees.
    """

    asked: Pairs
    search: SearchEvidence
    whole: Sequence[Resource]
    again: SearchEvidence | None = None


def exactly(found: Sequence[Filtered], *, rule: str) -> Iterator[Finding]:
    """Each search finds every resource that matches its filters and none that does not."""
    for each in found:
        problems = list(is_searchset(each.search.first, what=each.search.what))
        yield from problems
        if problems:
            continue
        what = f"{each.search.what}{_reused(each, found)}"
        yield from same_matches(
            matching(each), each.search.ids, rule=rule, what=what, exchange=each.search.first.number
        )


def matching(each: Filtered) -> set[str]:
    """``Type/id`` of what matches the filters; what can be taken either way belongs to it where the search has it."""
    judged = {identity(resource): holds(resource, each.asked) for resource in each.whole}
    open_names = {name for name, verdict in judged.items() if verdict is None}
    return {name for name, verdict in judged.items() if verdict is True} | (open_names & set(each.search.ids))


def _reused(each: Filtered, found: Sequence[Filtered]) -> str:
    """That an answer of another search was reused, where the search gives another one when it is asked again."""
    if each.again is None or each.again.first.status != 200 or set(each.again.ids) == set(each.search.ids):
        return ""
    twins = [one for one in found if one is not each and set(one.search.ids) == set(each.search.ids)]
    pair = f", that of exchange {twins[0].search.first.number}" if twins else ""
    again = f"asked again with Cache-Control: no-cache it finds {len(each.again.ids)}"
    return f" ({again}, so that a stored answer was returned{pair})"


def refused_or_exact(found: Sequence[Filtered], *, rule: str, severity: Any = "warning") -> Iterator[Finding]:
    """The same for searches that guides only recommend: violations have another severity."""
    for finding in exactly(found, rule=rule):
        yield Finding(
            finding.rule,
            finding.message,
            severity=severity,
            expected=finding.expected,
            found=finding.found,
            exchange=finding.exchange,
        )


def divided(found: Iterable[Filtered], required: Callable[[str], bool]) -> tuple[list[Filtered], list[Filtered]]:
    """The searches whose last value is of a required form, and the others."""
    parts: tuple[list[Filtered], list[Filtered]] = ([], [])
    for each in found:
        parts[0 if required(each.asked[-1][1]) else 1].append(each)
    return parts


def add_up(found: Sequence[Filtered], *, rule: str) -> Iterator[Finding]:
    """The parts together are the whole: every resource is found by at least one of the searches."""
    if not found or any(each.search.first.status != 200 for each in found):
        return
    parts = {name for each in found for name in each.search.ids}
    whole = [identity(resource) for resource in found[0].whole]
    yield from none_lost(whole, parts, rule=rule, what="the parts together", exchange=found[0].search.first.number)


def both_sides(found: Sequence[Filtered], *, rule: str) -> Iterator[Finding]:
    """Before a date and from it on, after it and up to it: whatever has a date is found on at least one side.

    This holds whatever the time zone of the payer, so it judges also what :func:`exactly` must leave open.
    """
    answered = {each.asked: each for each in found if each.search.first.status == 200}
    for asked, one in answered.items():
        name, value = asked[-1]
        opposite = answered.get((*asked[:-1], (name, f"{_OPPOSITE[value[:2]]}{value[2:]}"))) if _sided(value) else None
        if opposite is None:
            continue
        rest = asked[:-1]
        whole = {
            identity(resource)
            for resource in one.whole
            if holds(resource, rest) is True and spans(resource, parameter(str(resource.get("resourceType")), name))
        }
        sides = set(one.search.ids) | set(opposite.search.ids)
        what = f"{one.search.what} before and from one date"
        yield from none_lost(whole, sides, rule=rule, what=what, exchange=one.search.first.number)


def _sided(value: str) -> bool:
    return value[:2] in _OPPOSITE


def looked_at(*groups: Sequence[Filtered]) -> tuple[int, int]:
    """How many searches there were to judge."""
    count = sum(len(group) for group in groups)
    return count, count
