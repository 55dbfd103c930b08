"""Faults of the Bundle around the matches: links, totals, full addresses, modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import edited
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, answer, paging, search
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _page_size_as_total(original: Step, call: Any, listing: Any) -> int:
    return min(int(original(call, listing)), int(listing.query.count))


def _includes_counted(original: Step, call: Any, listing: Any) -> int:
    shown = call.tenant.store.records(listing.keys)
    return int(original(call, listing)) + len(search.included(call, listing.query, shown))


def relinked(relation: str, edit: Any) -> Step:
    """For `answer.outgoing_bundle`: links of a relation change; those that become nothing go."""

    def change(bundle: Any) -> Any:
        links = [
            {**each, "url": edit(each["url"])} if each["relation"] == relation else each for each in bundle["link"]
        ]
        return {**bundle, "link": [each for each in links if each["url"]]}

    return edited(change)


def entries(edit: Any) -> Step:
    """For `answer.outgoing_bundle`: every entry is changed."""

    def change(bundle: Any) -> Any:
        return (
            {**bundle, "entry": [edit(dict(each), bundle) for each in bundle["entry"]]} if "entry" in bundle else None
        )

    return edited(change)


def _one_address_for_all(entry: Any, bundle: Any) -> Any:
    return entry | {"fullUrl": bundle["entry"][0]["fullUrl"]}


def _internal_address(entry: Any, bundle: Any) -> Any:  # noqa: ARG001
    return entry | {"fullUrl": f"http://fhir.internal:8080/{'/'.join(entry['fullUrl'].split('/')[-2:])}"}


def _all_are_matches(entry: Any, bundle: Any) -> Any:  # noqa: ARG001
    return entry | {"search": {"mode": "match"}}


def _empty_array(bundle: Any) -> Any:
    return bundle if "entry" in bundle else bundle | {"entry": []}


def _nothing_is_not_found(original: Step, call: Any, listing: Any, offset: int) -> Any:
    if not listing.keys:
        raise FhirError(404, "not-found", "Nothing was found.")
    return original(call, listing, offset)


def _self_on_first_page(original: Step, call: Any, listing: Any, offset: int) -> Any:
    return [each for each in original(call, listing, offset) if offset == 0 or each["relation"] != "self"]


def _token_in_the_link(original: Step, call: Any, listing: Any, offset: int) -> Any:
    return f"{original(call, listing, offset)}&access_token={access.bearer(call)}"


def _name_in_the_link(original: Step, call: Any, listing: Any, offset: int) -> Any:
    patient = call.tenant.store.read("Patient", access.patient_of(call)).resource()
    return f"{original(call, listing, offset)}&member={patient['name'][0]['family']}"


def _any_page_id(original: Step, call: Any, name: str) -> Any:
    """An unknown page id opens the page made last."""
    try:
        return original(call, name)
    except FhirError:
        return list(call.tenant.state.pages.values())[-1]


FAULTS = (
    Fault(
        "PA-SRCH-002.no-self-link",
        "search.self.missing",
        "Searches have no self link.",
        {answer.outgoing_bundle: relinked("self", lambda url: "")},  # noqa: ARG005
    ),
    Fault(
        "PA-SRCH-002.parameters-left-out",
        "search.self.lost",
        "The self link states the type and no parameter.",
        {answer.outgoing_bundle: relinked("self", lambda url: url.partition("?")[0])},
    ),
    Fault(
        "PA-SRCH-002.first-page-only",
        "search.self.later-page",
        "Only the first page has a self link.",
        {paging.links: _self_on_first_page},
        warning=True,
    ),
    Fault(
        "PA-SRCH-003.total-is-the-page",
        "search.total",
        "total is the size of the page.",
        {search.total: _page_size_as_total},
    ),
    Fault(
        "PA-SRCH-003.includes-counted",
        "search.total",
        "total counts included resources.",
        {search.total: _includes_counted},
    ),
    Fault(
        "PA-SRCH-004.one-for-all",
        "search.full-url.another",
        "All entries share one fullUrl.",
        {answer.outgoing_bundle: entries(_one_address_for_all)},
        collateral="every Bundle is invalid, so every row that validates Bundles fails",
    ),
    Fault(
        "PA-SRCH-004.internal-host",
        "search.full-url.base",
        "fullUrl points at an internal host.",
        {answer.outgoing_bundle: entries(_internal_address)},
    ),
    Fault(
        "PA-SRCH-005.includes-are-matches",
        "search.mode.match",
        "Included resources are marked as matches.",
        {answer.outgoing_bundle: entries(_all_are_matches)},
    ),
    Fault(
        "PA-SRCH-006.not-found",
        "http.status",
        "A search without a match is answered 404.",
        {search.page: _nothing_is_not_found},
    ),
    Fault(
        "PA-SRCH-006.empty-array",
        "search.empty.array",
        "A search without a match has an empty entry array.",
        {answer.outgoing_bundle: edited(_empty_array)},
    ),
    Fault(
        "PA-SRCH-008.plain-http-link",
        "paging.link.scheme",
        "Page links begin with http.",
        {paging.page_url: edited(lambda url: url.replace("https:", "http:"))},
    ),
    Fault(
        "PA-SRCH-008.internal-host",
        "paging.link.host",
        "Page links lead to an internal host.",
        {paging.page_url: edited(lambda url: url.replace("://", "://internal.", 1))},
    ),
    Fault(
        "PA-SRCH-008.token-in-link",
        "paging.link.token",
        "Page links carry the access token.",
        {paging.page_url: _token_in_the_link},
    ),
    Fault(
        "PA-SRCH-008.name-in-link",
        "paging.link.name",
        "Page links carry the member's name.",
        {paging.page_url: _name_in_the_link},
        warning=True,
    ),
    Fault(
        "PA-SRCH-008.any-page-id",
        "paging.link.altered",
        "A page id that was never given opens some page.",
        {paging.opened: _any_page_id},
        warning=True,
    ),
)
