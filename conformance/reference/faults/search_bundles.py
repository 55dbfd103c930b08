"""Faults of what search Bundles hold: entries, addresses, modes, links, totals and pages."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from conformance.reference.faults import isolation_steps
from conformance.reference.faults.deviations import edited, with_members
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, answer, errors, paging, search
from conformance.reference.fhir.answer import document
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step

_STRANGER = {"resourceType": "Organization", "id": "unrelated", "active": True, "name": "Somewhere Else"}


def _each_entry(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Step:
    """For `answer.outgoing_bundle`: every entry of a searchset is changed."""

    def change(bundle: dict[str, Any]) -> dict[str, Any]:
        if bundle.get("type") != "searchset" or "entry" not in bundle:
            return bundle
        return {**bundle, "entry": [edit(dict(each)) for each in bundle["entry"]]}

    return edited(change)


def _one_more(make: Callable[[dict[str, Any]], dict[str, Any]]) -> Step:
    """For `answer.outgoing_bundle`: a searchset with entries ends with one more, made of it."""

    def change(bundle: dict[str, Any]) -> dict[str, Any]:
        if bundle.get("type") != "searchset" or not bundle.get("entry"):
            return bundle
        return {**bundle, "entry": [*bundle["entry"], make(bundle)]}

    return edited(change)


def _relative(entry: dict[str, Any]) -> dict[str, Any]:
    return entry | {"fullUrl": "/".join(entry["fullUrl"].split("/")[-2:])}


def _unrelated(bundle: dict[str, Any]) -> dict[str, Any]:
    base = bundle["entry"][0]["fullUrl"].rsplit("/", 2)[0]
    return {"fullUrl": f"{base}/Organization/unrelated", "resource": _STRANGER, "search": {"mode": "include"}}


def _notice_as_match(original: Step, call: Any, bundle: dict[str, Any]) -> Any:
    sent = original(call, bundle)
    if sent.get("type") != "searchset" or not sent.get("entry"):
        return sent
    notice = errors.outcome(call, "information", "informational", "Some claims are still on their way.")
    entry = {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": notice}
    return {**sent, "entry": [*sent["entry"], entry | {"search": {"mode": "include"}}]}


def _self_link(edit: Callable[[str], str]) -> Step:
    return edited(edit)


def _states_the_unknown(original: Step, call: Any, wanted: Any) -> str:
    """Every parameter that was sent is in the link, used or not."""
    url = str(original(call, wanted))
    return "&".join([url, *(f"{name}={value}" for name, value in call.query if f"{name}=" not in url)])


def _counts_one_in_nothing(bundle: dict[str, Any]) -> dict[str, Any]:
    return bundle | {"total": 1} if bundle.get("type") == "searchset" and not bundle.get("entry") else bundle


def _total_grows(original: Step, call: Any, listing: Any) -> int:
    return int(original(call, listing)) + int(paging.PARAMETER in dict(call.query))


def _one_too_many(original: Step, call: Any, listing: Any, offset: int) -> Any:
    if offset == 0 and "$everything" not in listing.path and "_count" in dict(call.query):
        listing.query.count += 1
    return original(call, listing, offset)


def _one_left_out(original: Step, call: Any, listing: Any, offset: int) -> Any:
    return original(call, listing, offset + 1 if offset > 0 and "$everything" not in listing.path else offset)


def _no_page_opens(original: Step, call: Any, name: str) -> Any:
    original(call, name)
    raise FhirError(410, "expired", "This page link is too old; please search again.")


def _pages_are_outcomes(original: Step, call: Any, listing: Any, offset: int) -> Any:
    if offset == 0:
        return original(call, listing, offset)
    return document(call, errors.outcome(call, "error", "processing", "Please try again."))


def _impossible(status: int) -> Step:
    """For `answer.refusal`: what is wrong in a value is refused with another status."""

    def replacement(original: Step, call: Any, error: Any) -> Any:
        if error.status == 400 and error.code == "invalid":
            error.status = status
        return original(call, error)

    return replacement


def _refused_in_words(original: Step, call: Any, error: Any) -> Any:
    if error.status == 400 and error.code == "invalid":
        return document(call, {"message": "bad request"}, 400)
    return original(call, error)


FAULTS = (
    Fault(
        "PA-SRCH-001.entry-with-request",
        "search.entry-request",
        "Entries of a searchset hold a request.",
        {answer.outgoing_bundle: _each_entry(lambda entry: entry | {"request": {"method": "GET", "url": "x"}})},
        collateral="every Bundle is invalid, so every row that validates Bundles fails",
    ),
    Fault(
        "PA-SRCH-001.entry-with-response",
        "search.entry-response",
        "Entries of a searchset hold a response.",
        {answer.outgoing_bundle: _each_entry(lambda entry: entry | {"response": {"status": "200"}})},
        collateral="every Bundle is invalid, so every row that validates Bundles fails",
    ),
    Fault(
        "PA-SRCH-001.entry-without-resource",
        "search.entry-without-resource",
        "The last entry of a searchset has no resource.",
        {answer.outgoing_bundle: _one_more(lambda bundle: {"search": {"mode": "match"}})},  # noqa: ARG005
        collateral="every searchset is invalid, so every row that needs one changes",
    ),
    Fault(
        "PA-SRCH-001.no-bundle",
        "search.not-a-bundle",
        "Searches answer a List.",
        {answer.outgoing_bundle: with_members(resourceType="List")},
        collateral="no search can be read, so every row that needs one changes",
    ),
    Fault(
        "PA-SRCH-002.more-in-self",
        "search.self.extra",
        "The self link states a parameter that was neither asked for nor used.",
        {search.self_link: _self_link(lambda url: f"{url}&status=active" if "?" in url else url)},
        warning=True,
    ),
    Fault(
        "PA-SRCH-002.another-path",
        "search.self.not-a-get",
        "The self link has another path than the search.",
        {search.self_link: _self_link(lambda url: url.replace("?", "/found?", 1))},
    ),
    Fault(
        "PA-SRCH-003.changes-with-the-page",
        "search.total",
        "total is another one on later pages.",
        {search.total: _total_grows},
    ),
    Fault(
        "PA-SRCH-004.missing",
        "search.full-url.missing",
        "Entries have no fullUrl.",
        {
            answer.outgoing_bundle: _each_entry(
                lambda entry: {name: value for name, value in entry.items() if name != "fullUrl"}
            )
        },
    ),
    Fault(
        "PA-SRCH-004.relative",
        "search.full-url.relative",
        "fullUrl is Type/id.",
        {answer.outgoing_bundle: _each_entry(_relative)},
    ),
    Fault(
        "PA-SRCH-004.versioned",
        "search.full-url.versioned",
        "fullUrl names a version.",
        {answer.outgoing_bundle: _each_entry(lambda entry: entry | {"fullUrl": f"{entry['fullUrl']}/_history/1"})},
        collateral="every Bundle is invalid, so every row that validates Bundles fails",
    ),
    Fault(
        "PA-SRCH-004.twice",
        "search.full-url.repeated",
        "The first entry comes again at the end of the page.",
        {answer.outgoing_bundle: _one_more(lambda bundle: bundle["entry"][0])},
        collateral="every Bundle is invalid, so every row that validates Bundles fails",
    ),
    Fault(
        "PA-SRCH-005.no-modes",
        "search.mode.missing",
        "Entries have no search mode.",
        {
            answer.outgoing_bundle: _each_entry(
                lambda entry: {name: value for name, value in entry.items() if name != "search"}
            )
        },
        collateral="includes cannot be told from matches",
    ),
    Fault(
        "PA-SRCH-005.outcome-as-include",
        "search.mode.outcome",
        "An OperationOutcome has the mode include.",
        {answer.outgoing_bundle: _notice_as_match},
    ),
    Fault(
        "PA-SRCH-005.unrelated-include",
        "search.mode.unreferenced",
        "Bundles include an organization that nothing refers to.",
        {answer.outgoing_bundle: _one_more(_unrelated)},
    ),
    Fault(
        "PA-SRCH-006.counts-one",
        "search.empty.total",
        "A search without a match states a total of one.",
        {answer.outgoing_bundle: edited(_counts_one_in_nothing)},
    ),
    Fault(
        "PA-SRCH-007.one-too-many",
        "paging.too-many",
        "A page holds one entry more than _count.",
        {search.page: _one_too_many},
    ),
    Fault(
        "PA-SRCH-007.one-left-out",
        "paging.lost",
        "Each further page leaves its first match out.",
        {search.page: _one_left_out},
    ),
    Fault(
        "PA-SRCH-007.no-page-opens",
        "paging.refused",
        "No page link can be opened.",
        {paging.opened: _no_page_opens},
    ),
    Fault(
        "PA-SRCH-007.pages-are-outcomes",
        "paging.not-a-bundle",
        "Further pages are an OperationOutcome with status 200.",
        {search.page: _pages_are_outcomes},
    ),
    Fault(
        "PA-SRCH-008.open",
        "paging.link.open",
        "A page link opens without a token.",
        {access.authenticate: isolation_steps.pages_without_token},
    ),
    Fault(
        "PA-SRCH-010.unknown-in-self",
        "search.self.ignored",
        "An unknown parameter is ignored and stated in the self link.",
        {search.self_link: _states_the_unknown},
    ),
    Fault(
        "PA-SRCH-011.unprocessable",
        "search.invalid.status",
        "An impossible value is refused with 422.",
        {answer.refusal: _impossible(422)},
        warning=True,
    ),
    Fault(
        "PA-SRCH-011.own-format",
        "search.invalid.outcome",
        "The refusal of an impossible value is no OperationOutcome.",
        {answer.refusal: _refused_in_words},
    ),
)
