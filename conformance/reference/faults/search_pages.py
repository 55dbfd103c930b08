"""Faults of the pages of a search: where the next link leads, and what is on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, paging, search

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _next_is_this_page(original: Step, call: Any, listing: Any, offset: int) -> Any:
    """From the second page on, the next link is the address just asked for."""
    links = original(call, listing, offset)
    here = f"{call.tenant.fhir_base}/{listing.path}?{paging.PARAMETER}={dict(call.query).get(paging.PARAMETER)}"
    return [each | {"url": here} if offset and each["relation"] == "next" else each for each in links]


def _page_before_again(original: Step, call: Any, listing: Any, offset: int) -> Any:
    """Every page shows the matches of the page before it."""
    if offset > 0:
        before = listing.keys[offset - listing.query.count : offset]
        listing.keys[offset : offset + listing.query.count] = before[: len(listing.keys) - offset]
    return original(call, listing, offset)


def _patient_at_the_end(original: Step, call: Any, listing: Any, offset: int) -> Any:
    """A search with _count has one match more: the Patient, whatever type is searched."""
    if offset == 0 and "_count" in dict(call.query) and listing.query.type != "Patient":
        listing.keys = [*listing.keys, call.tenant.store.read("Patient", access.patient_of(call)).pk]
    return original(call, listing, offset)


def _at_the_issuer(original: Step, call: Any, listing: Any, offset: int) -> str:
    return str(original(call, listing, offset)).replace(call.tenant.fhir_base, f"{call.tenant.issuer}/pages", 1)


FAULTS = (
    Fault(
        "PA-SRCH-007.next-is-this-page",
        "paging.loop",
        "The next link of the second page leads to that page again.",
        {paging.links: _next_is_this_page},
    ),
    Fault(
        "PA-SRCH-007.page-before-again",
        "paging.repeated-page",
        "Each further page shows what the page before it shows.",
        {search.page: _page_before_again},
    ),
    Fault(
        "PA-SRCH-007.patient-at-the-end",
        "paging.extra",
        "A search with _count has the Patient as one match more.",
        {search.page: _patient_at_the_end},
    ),
    Fault(
        "PA-SRCH-008.pages-at-the-issuer",
        "paging.link.other-host",
        "Page links lead to the host of the authorization server.",
        {paging.page_url: _at_the_issuer},
        warning=True,
    ),
)
