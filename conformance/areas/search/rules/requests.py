"""How a search may be asked: by GET and POST, with unknown names, impossible values, and references in every form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import is_searchset, resource_of, same_matches
from conformance.areas.shared.evidence import SearchEvidence, identity
from conformance.areas.shared.search_envelope import answered, ignored_is_not_stated
from conformance.errors import Undecided
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TwoWays:
    """One search asked twice."""

    first: SearchEvidence
    second: SearchEvidence


@dataclass(frozen=True, slots=True)
class UnknownParameter:
    """A search, the same with a parameter that no server knows, and that again under ``Prefer: handling=strict``."""

    name: str
    whole: SearchEvidence
    lenient: SearchEvidence
    strict: SearchEvidence


@dataclass(frozen=True, slots=True)
class ReferenceForms:
    """One type by ``patient=id``, ``Patient/id``, the absolute address, an unknown id and a part of the id."""

    plain: SearchEvidence
    typed: SearchEvidence
    absolute: SearchEvidence
    strange: Sequence[SearchEvidence]


@dataclass(frozen=True, slots=True)
class StatusSearches:
    """One type without a status, and with a list of every status; ``declared`` is whether status is in metadata."""

    without: SearchEvidence
    with_all: SearchEvidence
    declared: bool


_UNREADABLE = frozenset({"paging.refused", "paging.not-a-bundle"})


def comparable(searches: Iterable[TwoWays]) -> list[TwoWays]:
    """Those that GET answers; a search that GET does not answer is judged by the row of its parameter."""
    return [each for each in searches if answered([each.first])]


def ways_agree(searches: Iterable[TwoWays]) -> Iterator[Finding]:
    """PA-SRCH-009: a posted search finds what GET finds, by id, on pages that are read with GET (R4 http, paging)."""
    for each in searches:
        yield from is_searchset(each.second.first, what=each.second.what)
        broken = [finding for finding in each.second.anomalies if finding.rule in _UNREADABLE]
        if not any(finding.rule in _UNREADABLE for finding in each.first.anomalies):
            yield from (replace(finding, message=f"{each.second.what}: {finding.message}") for finding in broken)
        if not broken and len(answered([each.first, each.second])) == 2:
            number = each.second.first.number
            yield from same_matches(
                each.first.ids, each.second.ids, rule="search.post", what=each.second.what, exchange=number
            )


def unknown_is_ignored(searches: Iterable[UnknownParameter]) -> Iterator[Finding]:
    """PA-SRCH-010: an unknown parameter changes nothing, or is refused with 400; under strict handling it must be."""
    for each in searches:
        status, number = each.lenient.first.status, each.lenient.first.number
        if status == 400:
            message = f"{each.lenient.what} is refused, which R4 allows"
            yield Finding("search.unknown.refused", message, "information", found="400", exchange=number)
        elif problems := list(is_searchset(each.lenient.first, what=each.lenient.what)):
            yield from (replace(problem, rule=f"search.unknown.{problem.rule}") for problem in problems)
        else:
            yield from same_matches(
                each.whole.ids, each.lenient.ids, rule="search.unknown", what=each.lenient.what, exchange=number
            )
            yield from ignored_is_not_stated(each.lenient, each.name)
        yield from _strictly_refused(each.strict)


def _strictly_refused(search: SearchEvidence) -> Iterator[Finding]:
    answer = search.first
    if answer.status != 400 or resource_of(answer).get("resourceType") != "OperationOutcome":
        yield Finding(
            "search.unknown.strict",
            f"{search.what} under Prefer: handling=strict returned HTTP {answer.status}",
            "warning",
            path="Prefer",
            expected="400 with an OperationOutcome",
            found=str(answer.status),
            exchange=answer.number,
        )


def invalid_is_refused(searches: Iterable[SearchEvidence]) -> Iterator[Finding]:
    """PA-SRCH-011: a value that cannot be right gives 400 with an OperationOutcome, and never data.

    Another refusal than 400 is a warning.
    """
    for each in searches:
        answer = each.first
        if each.matches:
            message = f"{each.what} with an impossible value answered {len(each.matches)} resources"
            yield _accepted("search.invalid.accepted", message, answer.status, answer.number)
        elif answer.status != 400:
            message = f"{each.what} with an impossible value returned HTTP {answer.status}"
            found = _accepted("search.invalid.status", message, answer.status, answer.number)
            yield replace(found, severity="warning") if 401 <= answer.status < 500 else found
        elif resource_of(answer).get("resourceType") != "OperationOutcome":
            message = f"{each.what} with an impossible value was refused without an OperationOutcome"
            yield _accepted("search.invalid.outcome", message, answer.status, answer.number)


def negative_count_is_refused(search: SearchEvidence) -> Iterator[Finding]:
    """The advisory part of PA-SRCH-011: ``_count=-1`` gives 400."""
    for finding in invalid_is_refused([replace(search, pages=())]):
        yield replace(finding, rule="search.invalid.count", severity="warning")


def modifiers_are_refused(searches: Iterable[SearchEvidence]) -> Iterator[Finding]:
    """PA-SRCH-039: a parameter with a modifier that no server supports is refused, best with 400.

    Raises :class:`Undecided` where nothing else was found and an answer is neither a success nor a refusal.
    """
    unanswered, found = [], False
    for each in searches:
        status, number = each.first.status, each.first.number
        refused = 400 <= status < 500 or status == 501
        if not refused and not 200 <= status < 300:
            unanswered.append(each)
        elif status != 400:
            found = True
            message = f"{each.what}, whose modifier does not exist, answered HTTP {status}"
            rule = "search.modifier.status" if refused else "search.modifier.accepted"
            finding = _accepted(rule, message, status, number)
            yield replace(finding, severity="warning") if refused else finding
    if unanswered and not found:
        first = unanswered[0]
        said = f"HTTP {first.first.status}" if first.first.status else f"nothing ({first.first.fault})"
        raise Undecided(f"{first.what}, whose modifier does not exist, answered {said}")


def _accepted(rule: str, message: str, status: int, number: int) -> Finding:
    return Finding(rule, message, expected="400 with an OperationOutcome", found=str(status), exchange=number)


def reference_forms_agree(forms: Iterable[ReferenceForms]) -> Iterator[Finding]:
    """PA-SRCH-012: id and Type/id find the same, the absolute form should; other ids find nothing or are forbidden."""
    for each in forms:
        for form, severity in ((each.typed, "error"), (each.absolute, "warning")):
            number = form.first.number
            problems = list(is_searchset(form.first, what=form.what)) or same_matches(
                each.plain.ids, form.ids, rule="search.reference", what=form.what, exchange=number
            )
            suffix = "" if severity == "error" else " (absolute address)"
            for problem in problems:
                yield replace(problem, severity=severity, message=f"{problem.message}{suffix}")  # type: ignore[arg-type]
        for search in each.strange:
            yield from _finds_nothing(search)


def _finds_nothing(search: SearchEvidence) -> Iterator[Finding]:
    answer = search.first
    if search.matches:
        yield Finding(
            "search.reference.strange",
            f"{search.what} with an id that is not the member's found {len(search.matches)} resources",
            expected="no match, or 403",
            found=", ".join(search.ids[:5]),
            exchange=answer.number,
        )
    elif answer.status != 200 and not 400 <= answer.status < 500:
        yield Finding(
            "search.reference.unknown",
            f"{search.what} with an id that is not the member's returned HTTP {answer.status}",
            expected="200 without a match, or a refusal",
            found=str(answer.status),
            exchange=answer.number,
        )


def status_rules(searches: Iterable[StatusSearches]) -> Iterator[Finding]:
    """PA-SRCH-018: status may be demanded with 400, in words and in metadata; all statuses together find everything."""
    for each in searches:
        if each.without.first.status == 200:
            whole = [identity(resource) for resource in each.without.matches if isinstance(resource.get("status"), str)]
            yield from _all_found(each, whole)
        else:
            yield from _demanded(each)


def _all_found(each: StatusSearches, whole: Sequence[str]) -> Iterator[Finding]:
    if each.with_all.first.status != 200 and not each.declared:
        return
    number = each.with_all.first.number
    yield from is_searchset(each.with_all.first, what=each.with_all.what)
    if answered([each.with_all]):
        what = f"{each.with_all.what} with every status"
        yield from same_matches(whole, each.with_all.ids, rule="search.status", what=what, exchange=number)


def _demanded(each: StatusSearches) -> Iterator[Finding]:
    answer = each.without.first
    outcome = resource_of(answer)
    if answer.status != 400 or outcome.get("resourceType") != "OperationOutcome":
        yield Finding(
            "search.status.refusal",
            f"{each.without.what} without a status returned HTTP {answer.status}",
            expected="200, or 400 with an OperationOutcome",
            found=str(answer.status),
            exchange=answer.number,
        )
    elif "status" not in str(outcome.get("issue")).lower():
        message = f"the refusal of {each.without.what} does not say that a status is missing"
        yield Finding("search.status.unnamed", message, expected="status named", exchange=answer.number)
    if not each.declared:
        message = f"{each.without.what} needs a status that the capability statement does not declare"
        yield Finding("search.status.undeclared", message, exchange=answer.number)
    yield from is_searchset(each.with_all.first, what=f"{each.with_all.what} with every status")
