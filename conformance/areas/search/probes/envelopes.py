"""Searches for the Bundle around the matches: in pages, with includes, for nothing, and their page links."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.areas.search.rules import plans
from conformance.areas.search.rules.filters import matching
from conformance.areas.search.rules.links import PageLink, altered, next_links
from conformance.areas.shared.absence import search_failed
from conformance.areas.shared.search_envelope import answered, with_total
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.search.probes.prober import Prober
    from conformance.areas.search.rules.plans import Plan
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.fhir import FhirClient

MAX_PAGES_TURNED = 100
_PAGED = ("ExplanationOfBenefit", "Observation")
_MAX_PAGES = 30
_INCLUDING = (
    (
        "ExplanationOfBenefit",
        ("_include", "ExplanationOfBenefit:coverage"),
        ("_include", "ExplanationOfBenefit:insurer"),
    ),
    ("Coverage", ("_include", "Coverage:payor")),
)
_CODES = partial(plans.each_token, most=1)
_UNMATCHED: tuple[tuple[str, str, str, Plan], ...] = (
    ("ExplanationOfBenefit", "type", "http://terminology.hl7.org/CodeSystem/claim-type|no-such-type", _CODES("type")),
    ("ExplanationOfBenefit", "service-date", "1900-01-01", plans.dates("service-date", comparators=("",))),
    (
        *("Condition", "category", "http://terminology.hl7.org/CodeSystem/condition-category|no-such-category"),
        _CODES("category"),
    ),
    ("Observation", "code", "http://loinc.org|0-0", _CODES("code")),
    ("DocumentReference", "type", "http://loinc.org|0-0", _CODES("type")),
    ("Procedure", "date", "lt1900-01-02", plans.dates("date", comparators=("lt",))),
)


def searched(prober: Prober, types: Sequence[str]) -> list[SearchEvidence]:
    """Each type by patient, some in small pages, some with includes: those that returned a searchset."""
    found = [part for name in types for part in prober.parts(name)]
    for name in (name for name in _PAGED if name in types):
        count = max(2, len(prober.by_patient(name).matches) // _MAX_PAGES)
        found.append(prober.search(name, *prober.beside(name), ("_count", str(count))))
    for name, *includes in _INCLUDING:
        if name in types:
            found.append(prober.search(name, *prober.beside(name), *includes, ("_count", "20"), most=_MAX_PAGES))
    usable = answered(found)
    if not usable:
        raise search_failed("no search returned a searchset")
    return usable


def with_totals(searches: Sequence[SearchEvidence]) -> list[SearchEvidence]:
    """The searches whose answers state a total; to leave it out is legal."""
    found = with_total(searches)
    if not found:
        raise NotApplicable("no answer states a total, which a server may leave out")
    return found


def with_includes(searches: Sequence[SearchEvidence]) -> Sequence[SearchEvidence]:
    """All of them; undecided when none of those with includes was answered."""
    if not any(name == "_include" for each in searches for name, _ in each.asked):
        raise Undecided("no search with includes was answered, see PA-SRCH-027", blocked_by="PA-SRCH-027")
    return searches


def unmatched(prober: Prober, types: Sequence[str]) -> list[SearchEvidence]:
    """Searches by valid codes and dates that no resource has, by the parameters that work otherwise."""
    return [
        prober.search(type_name, *prober.beside(type_name, name), (name, value))
        for type_name, name, value, plan in _UNMATCHED
        if type_name in types and _works(prober, type_name, plan)
    ]


def _works(prober: Prober, type_name: str, plan: Plan) -> bool:
    """Whether a search by values that resources have finds what has them; so too where none has one."""
    try:
        found = prober.filtered(type_name, plan)
    except Undecided:
        return True
    return not found or any(
        each.search.first.status == 200 and matching(each) == set(each.search.ids) for each in found
    )


def in_small_pages(prober: Prober, types: Sequence[str], count: int) -> list[tuple[SearchEvidence, SearchEvidence]]:
    """Pairs of a search in one go and the same with ``_count``, for the types with more matches than a page holds.

    A type whose matches would fill hundreds of such pages is left out.
    """
    found = []
    for name in (name for name in types if name != "Patient"):
        beside = prober.beside(name)
        whole = prober.search(name, *beside)
        if count < len(whole.matches) <= count * MAX_PAGES_TURNED:
            found.append((whole, prober.search(name, *beside, ("_count", str(count)))))
    return found


def page_links(searches: Sequence[SearchEvidence], fhir: FhirClient) -> list[PageLink]:
    """Every next link seen; the first of each type is asked for without a token and with another paging id."""
    probed: set[str] = set()
    found = []
    for each, url in next_links(searches):
        if each.type in probed:
            found.append(PageLink(each.what, url, each.first.number))
            continue
        probed.add(each.type)
        closed = fhir.with_token(None).get(url, purpose="a page without a token", endpoint="page without token")
        changed = altered(url, each.asked) if urlsplit(url).netloc == urlsplit(fhir.base).netloc else ""
        spoilt = (
            fhir.get(changed, purpose="a page of an altered link", endpoint="altered page link") if changed else None
        )
        found.append(PageLink(each.what, url, each.first.number, closed, spoilt))
    if not found:
        raise Undecided("no search has a second page; give member a enough claims for two, or pages by _count")
    return found
