"""Faults of search: parameters, paging, includes, Bundles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import edited, hidden, with_members
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import answer, matching, paging, query, search

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def ignoring(name: str) -> Step:
    """For `query.use`: a parameter is accepted and then has no effect."""

    def replacement(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
        used = bool(original(call, wanted, given, value))
        wanted.criteria = [each for each in wanted.criteria if each.parameter.name != name]
        return used

    return replacement


def _first_page_again(original: Step, call: Any, listing: Any, offset: int) -> Any:
    return original(call, listing, offset if offset == 0 else max(offset - listing.query.count, 0))


def _page_size_as_total(original: Step, call: Any, listing: Any) -> int:
    return min(int(original(call, listing)), int(listing.query.count))


def _after_instead_of_from(original: Step, call: Any, value: str, low: str, high: str) -> Any:
    return original(call, f"gt{value[2:]}" if value.startswith("ge") else value, low, high)


def _commas_are_text(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    return replace(original(call, parameter, modifier, value), values=(value,))


FAULTS = (
    Fault(
        "PA-SRCH-001.a-collection",
        "search.bundle-type",
        "Searches answer a Bundle of type collection.",
        {answer.outgoing_bundle: with_members(type="collection")},
    ),
    Fault(
        "PA-SRCH-003.total-is-the-page",
        "search.total",
        "total is the size of the page.",
        {search.total: _page_size_as_total},
    ),
    Fault(
        "PA-SRCH-007.second-page-repeats",
        "paging.repeated",
        "The second page repeats the first.",
        {search.page: _first_page_again},
    ),
    Fault(
        "PA-SRCH-008.plain-http-link",
        "paging.link",
        "Page links begin with http.",
        {paging.page_url: edited(lambda url: url.replace("https:", "http:"))},
    ),
    Fault(
        "PA-SRCH-014.from-excludes",
        "search.date",
        "ge is taken as gt.",
        {matching.date_condition: _after_instead_of_from},
    ),
    Fault(
        "PA-SRCH-016.commas-are-text",
        "search.or",
        "A comma-separated list is one value that matches nothing.",
        {query.criterion: _commas_are_text},
    ),
    Fault(
        "PA-SRCH-019.one-kind-only",
        "search.promised-lost",
        "A search by patient leaves out pharmacy claims.",
        {matching.matches: hidden(lambda record: b"-Pharmacy|" in record.body)},
    ),
    Fault(
        "PA-SRCH-020.id-ignored",
        "search.by-id",
        "_id has no effect.",
        {query.use: ignoring("_id")},
    ),
    Fault(
        "PA-SRCH-022.type-ignored",
        "search.type",
        "type has no effect.",
        {query.use: ignoring("type")},
    ),
)
