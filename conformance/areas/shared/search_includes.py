"""What searches return beside their matches: each referenced resource once, the same as a read shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import is_searchset, none_extra, none_lost, resource_of, same_matches
from conformance.areas.shared.compartment import target_of
from conformance.areas.shared.copies import lasting
from conformance.areas.shared.evidence import SearchEvidence, identity
from conformance.areas.shared.search_envelope import answered, entries_of, references_of
from conformance.areas.shared.search_oracle import values
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer

Resource = dict[str, Any]

CLAIM_INCLUDES: Mapping[str, str] = {
    "patient": "patient",
    "provider": "provider",
    "care-team": "careTeam.provider",
    "coverage": "insurance.coverage",
    "insurer": "insurer",
    "payee": "payee.party",
}
"""The includes that CARIN BB asks of ExplanationOfBenefit, with the element each of them follows."""


@dataclass(frozen=True, slots=True)
class Including:
    """A search with an include of the references at ``path``; ``base`` is where this service lives."""

    parameter: str
    path: str
    search: SearchEvidence
    base: str
    opened: Callable[[str], bool]

    @property
    def expected_ids(self) -> set[str]:
        """``Type/id`` of what the matches refer to in this service and the grant opens."""
        return targets(self.search.matches, self.path, self.base, self.opened)


@dataclass(frozen=True, slots=True)
class Compared:
    """An included resource, and what reading it directly (at the version a reference names) answered."""

    included: Resource
    exchange: int
    read: Answer


@dataclass(frozen=True, slots=True)
class Reverse:
    """A search by patient, the same with its Provenance, and the Provenance that is known from elsewhere."""

    plain: SearchEvidence
    search: SearchEvidence
    known: Sequence[Resource]

    @property
    def expected_ids(self) -> set[str]:
        """``Type/id`` of every known Provenance that is about a match."""
        own = set(self.search.ids)
        return {identity(each) for each in self.known if about(each) & own}


def targets(resources: Iterable[Resource], path: str, base: str, opened: Callable[[str], bool]) -> set[str]:
    """``Type/id`` of the literal references at a path that lead into the service at ``base``."""
    found = set()
    for resource in resources:
        for value in values(resource, path):
            text = value.get("reference") if isinstance(value, dict) else None
            if isinstance(text, str) and ("://" not in text or text.startswith(f"{base.rstrip('/')}/")):
                found.add(target_of(text))
    return {each for each in found if each and opened(each.partition("/")[0])}


def about(provenance: Resource) -> set[str]:
    """``Type/id`` of what a Provenance is about."""
    return references_of(provenance.get("target"))


def includes_are_complete(searches: Iterable[Including]) -> Iterator[Finding]:
    """PA-SRCH-027: every referenced resource that is not contained comes once a page, with mode include."""
    for each in searches:
        problems = list(is_searchset(each.search.first, what=each.search.what))
        yield from problems
        if problems:
            continue
        found = {identity(resource) for resource in each.search.includes} | set(each.search.ids)
        wanted = each.expected_ids
        allowed = wanted | (found & (set(each.search.ids) | _referenced(each)))
        number, what = each.search.first.number, f"{each.search.what} ({each.parameter})"
        yield from none_lost(wanted, found, rule="search.include", what=what, exchange=number)
        yield from none_extra(allowed, found, rule="search.include", what=what, exchange=number)
        yield from _repeated(each.search, what)


def _referenced(each: Including) -> set[str]:
    return targets(each.search.matches, each.path, each.base, lambda type_name: True)  # noqa: ARG005


def _repeated(search: SearchEvidence, what: str) -> Iterator[Finding]:
    for number, bundle in enumerate(search.bundles):
        counted = Counter(identity(resource) for _, _, resource in entries_of(bundle))
        for name in sorted(name for name, times in counted.items() if times > 1 and name not in {"", "None/None"}):
            message = f"{what}: {name} comes {counted[name]} times on page {number + 1}"
            yield Finding(
                "search.include.repeated", message, expected="once", resource=name, exchange=search.first.number
            )


def wildcard_is_the_union(wildcard: Including, singles: Sequence[Including]) -> Iterator[Finding]:
    """PA-SRCH-028: the wildcard returns at least what the single includes return of the same claims."""
    search = wildcard.search
    problems = list(is_searchset(search.first, what=search.what))
    yield from problems
    if problems:
        return
    found = {identity(resource) for resource in search.includes}
    usable = [each for each in singles if answered([each.search])]
    single = {identity(resource) for each in usable for resource in each.search.includes}
    referenced = {name for each in usable for name in replace(each, search=search).expected_ids}
    wanted = single & referenced
    what = f"{search.what} (wildcard)"
    yield from none_lost(wanted, found, rule="search.wildcard", what=what, exchange=search.first.number)


def included_as_read(compared: Iterable[Compared]) -> Iterator[Finding]:
    """PA-SRCH-029: what is included is what a read shows; ``meta`` may differ where it changes by itself."""
    for each in compared:
        name = identity(each.included)
        if each.read.status != 200:
            message = f"the included {name} cannot be read: HTTP {each.read.status}"
            found = str(each.read.status or each.read.fault)
            yield Finding(
                "include.unreadable", message, expected="200", found=found, resource=name, exchange=each.read.number
            )
            continue
        read, included = lasting(resource_of(each.read)), lasting(each.included)
        for element in sorted(set(read) | set(included)):
            if read.get(element) != included.get(element):
                yield Finding(
                    f"include.differs.{element}",
                    f"the included {name} has another {element} than the one read directly",
                    path=f"{each.included.get('resourceType')}.{element}",
                    expected="the same content",
                    resource=name,
                    exchange=each.exchange,
                )


def payers_follow(search: SearchEvidence, base: str, opened: Callable[[str], bool]) -> Iterator[Finding]:
    """PA-SRCH-029, advisory: ``_include:iterate=Coverage:payor`` returns the payers of included coverages."""
    for problem in is_searchset(search.first, what=search.what):
        yield replace(problem, severity="warning", rule="include.iterate.status")
    coverages = [each for each in search.includes if each.get("resourceType") == "Coverage"]
    lost = targets(coverages, "payor", base, opened) - {identity(each) for each in search.includes} - set(search.ids)
    if answered([search]) and lost:
        yield Finding(
            "include.iterate",
            f"{search.what}: the payers of included coverages are missing: {', '.join(sorted(lost)[:5])}",
            "warning",
            expected="Coverage.payor",
            exchange=search.first.number,
        )


def provenance_comes(searches: Iterable[Reverse]) -> Iterator[Finding]:
    """PA-SRCH-017: the matches stay, and every Provenance about one of them comes, as an include."""
    for each in searches:
        search, number = each.search, each.search.first.number
        problems = list(is_searchset(search.first, what=search.what))
        yield from problems
        if problems:
            continue
        yield from same_matches(
            each.plain.ids, search.ids, rule="search.revinclude.matches", what=search.what, exchange=number
        )
        found = [resource for resource in search.includes if resource.get("resourceType") == "Provenance"]
        names = {identity(resource) for resource in found}
        yield from none_lost(each.expected_ids, names, rule="search.revinclude", what=search.what, exchange=number)
        for resource in (resource for resource in found if not about(resource) & set(search.ids)):
            message = f"{search.what}: {identity(resource)} is about none of the matches"
            yield Finding("search.revinclude.target", message, resource=identity(resource), exchange=number)
