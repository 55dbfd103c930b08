"""Lawful variations of search: which combinations are answered, how pages are linked, what a Bundle carries."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from conformance.reference.fhir import answer, capability, errors, paging, query, search, server
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step

_US_CORE = "US Core 6.1.0, CapabilityStatement us-core-server"
_PAGING = "FHIR R4, RESTful API, Paging: page links are opaque, the server may return fewer entries than _count"
_ROOT_PAGE = "_getpages"
_OFFSET = "_offset"
_CLAIM_DATES = ("service-date", "service-start-date", "billable-period-start")


def _only_with(type_name: str, *names: str) -> Step:
    """For `query.understood`: a search of a type without one of these parameters is refused with 400."""

    def replacement(original: Step, call: Any, asked: str, fields: list[tuple[str, str]]) -> Any:
        wanted = original(call, asked, fields)
        given = {each.parameter.name for each in wanted.criteria}
        if asked == type_name and not given & {*names, "_id"}:
            raise FhirError(400, "required", f"A search of {asked} needs one of {', '.join(names)}.")
        return wanted

    return replacement


def _told_status(original: Step, tenant: Any, type_name: str, served: Any) -> dict[str, Any]:
    described = dict(original(tenant, type_name, served))
    if type_name == "MedicationRequest":
        text = "Searches without status are refused."
        described["interaction"] = [
            each | ({"documentation": text} if each["code"] == "search-type" else {})
            for each in described["interaction"]
        ]
    return described


def _offset_url(original: Step, call: Any, listing: Any, offset: int) -> str:  # noqa: ARG001
    """The search itself with an offset, as anybody could write it."""
    base, _, asked = listing.self_url.partition("?")
    kept = [part for part in asked.split("&") if part and not part.startswith((f"{_OFFSET}=", "_count="))]
    return f"{base}?{'&'.join([*kept, f'_count={listing.query.count}', f'{_OFFSET}={offset}'])}"


def _from_offset(original: Step, call: Any, listing: Any, offset: int) -> Any:
    asked = [value for name, value in call.query if name == _OFFSET and value.isdigit()]
    return original(call, listing, int(asked[-1]) if asked else offset)


def _offset_known(original: Step, call: Any, wanted: Any, name: str, value: str) -> bool:
    return name == _OFFSET or bool(original(call, wanted, name, value))


def _root_url(original: Step, call: Any, listing: Any, offset: int) -> str:
    _, _, name = original(call, listing, offset).partition(f"?{paging.PARAMETER}=")
    return f"{call.tenant.fhir_base}?{_ROOT_PAGE}={name}"


def _root_page(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    if path or _ROOT_PAGE not in dict(call.query) or call.method not in server.READING:
        return original(call, path)
    link_name = dict(call.query)[_ROOT_PAGE]
    listed = call.tenant.state.pages.get(link_name)
    call.query = [(paging.PARAMETER, link_name)]
    return original(call, (listed.listing.query.type if listed else "Patient",))


def _capped(count: int) -> Step:
    """For `query.understood`: no page has more entries."""

    def replacement(original: Step, call: Any, type_name: str, fields: Any) -> Any:
        wanted = original(call, type_name, fields)
        wanted.count = min(wanted.count, count)
        return wanted

    return replacement


def _first_and_last(original: Step, call: Any, listing: Any, offset: int) -> Any:
    found = original(call, listing, offset)
    size = listing.query.count
    if listing.query.summary == "count" or not size or len(listing.keys) <= size:
        return found
    ends = {"first": 0, "last": (len(listing.keys) - 1) // size * size}
    return [*found, *({"relation": name, "url": paging.page_url(call, listing, at)} for name, at in ends.items())]


def _count_told(original: Step, call: Any, wanted: Any) -> str:
    """The self link also says how many entries a page has."""
    url = str(original(call, wanted))
    if wanted.summary == "count" or any(name == "_count" for name, _ in wanted.used):
        return url
    return f"{url}{'&' if '?' in url else '?'}_count={wanted.count}"


def _no_total(original: Step, call: Any, bundle: dict[str, Any]) -> Any:
    asked = dict(call.query)
    demanded = asked.get("_summary") == "count" or asked.get("_total") == "accurate"
    sent = original(call, bundle)
    return sent if demanded else {name: value for name, value in sent.items() if name != "total"}


def _with_notice(original: Step, call: Any, bundle: dict[str, Any]) -> Any:
    sent = original(call, bundle)
    if sent.get("type") != "searchset" or not sent.get("entry"):
        return sent
    told = errors.outcome(call, "information", "informational", "Claims of the last two days are still on their way.")
    notice = {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": told, "search": {"mode": "outcome"}}
    return {**sent, "entry": [*sent["entry"], notice]}


def _unknown_refused(original: Step, call: Any, wanted: Any, name: str, value: str) -> bool:
    if not original(call, wanted, name, value):
        raise FhirError(400, "not-supported", f"The parameter {name[:80]} is not supported.")
    return True


def _no_prefixes(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    """Dates of claims are searched for as they are."""
    served = TYPES["ExplanationOfBenefit"]
    if parameter in [served.parameter(name) for name in _CLAIM_DATES] and value[:2] in query.PREFIXES:
        raise FhirError(400, "not-supported", f"{parameter.name} takes no prefix.")
    return original(call, parameter, modifier, value)


def _unprocessable_modifier(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    if modifier not in query.MODIFIERS[parameter.kind] and modifier not in TYPES:
        raise FhirError(422, "not-supported", f"{parameter.name} has no such modifier.")
    return original(call, parameter, modifier, value)


def _system_needed(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    """The type of a claim is searched for with its system."""
    if parameter is TYPES["ExplanationOfBenefit"].parameter("type") and "|" not in value:
        raise FhirError(400, "not-supported", "type is searched for as system|code.")
    return original(call, parameter, modifier, value)


def _told_when(edit: Callable[[str, int], bool]) -> Step:
    """For `answer.refusal`: the diagnostics of some refusals are left out."""

    def replacement(original: Step, call: Any, error: Any) -> Any:
        if edit(error.code, error.status):
            error.diagnostics = "The request cannot be answered."
        return original(call, error)

    return replacement


VARIATIONS = (
    Variation(
        "PA-SRCH-035.category-or-code",
        "A search of Observation by patient alone is refused with 400 and an OperationOutcome.",
        f"{_US_CORE}: Observation patient MAY; patient+category, patient+category+date, patient+code SHALL",
        {query.understood: _only_with("Observation", "category", "code")},
        also=(
            "PA-SRCH-001",
            "PA-SRCH-009",
            "PA-SRCH-012",
            "PA-SRCH-013",
            "PA-SRCH-014",
            "PA-SRCH-016",
            "PA-PROF-020",
            "PA-DISC-020",
        ),
    ),
    Variation(
        "PA-SRCH-034.intent-needed",
        "A search of MedicationRequest by patient alone is refused with 400 and an OperationOutcome.",
        f"{_US_CORE}: MedicationRequest patient MAY; patient+intent, patient+intent+status SHALL",
        {query.understood: _only_with("MedicationRequest", "intent")},
        also=("PA-SRCH-001", "PA-SRCH-009", "PA-SRCH-012", "PA-SRCH-016", "PA-PROF-019", "PA-EVRY-002", "PA-DISC-020"),
    ),
    Variation(
        "PA-SRCH-018.status-needed",
        "A search of MedicationRequest without status is refused with 400, and the capability statement says so.",
        "US Core 6.1.0, General Requirements, servers requiring status: 400 with an OperationOutcome, and documented",
        {query.understood: _only_with("MedicationRequest", "status"), capability.resource: _told_status},
        also=("PA-SRCH-034", "PA-SRCH-012", "PA-PROF-019"),
    ),
    Variation(
        "PA-SRCH-008.offset-paging",
        "Page links are the search itself with _count and an offset.",
        _PAGING,
        {paging.page_url: _offset_url, search.page: _from_offset, query.use: _offset_known},
        also=("PA-SRCH-007", "PA-SRCH-002", "PA-ISO-008", "PA-EVRY-008"),
        choices=("form of page links",),
    ),
    Variation(
        "PA-SRCH-008.pages-at-the-root",
        "Page links are of the FHIR base itself, with an opaque name.",
        _PAGING,
        {paging.page_url: _root_url, server.dispatch: _root_page},
        also=("PA-SRCH-007", "PA-ISO-008", "PA-EVRY-008"),
        choices=("form of page links",),
    ),
    Variation(
        "PA-SRCH-007.seven-entries",
        "A page has seven entries unless more are asked for.",
        _PAGING,
        behaviour={"page_size": 7},
        also=("PA-SRCH-003", "PA-SRCH-019"),
    ),
    Variation(
        "PA-SRCH-007.count-is-capped",
        "No page has more than forty entries, whatever _count says.",
        _PAGING,
        {query.understood: _capped(40)},
        also=("PA-SRCH-003", "PA-EVRY-002"),
    ),
    Variation(
        "PA-SRCH-007.first-and-last",
        "Pages also have links named first and last.",
        "FHIR R4, Bundle.link: relations are IANA link relations; RFC 5005 section 3 defines first and last",
        {paging.links: _first_and_last},
        also=("PA-SRCH-008",),
    ),
    Variation(
        "PA-SRCH-002.count-in-self",
        "The self link names the page size that was used although nobody asked for one.",
        "FHIR R4, Search, self link: it states the parameters that were actually used",
        {search.self_link: _count_told},
        also=("PA-SRCH-009",),
    ),
    Variation(
        "PA-SRCH-003.no-total",
        "Bundles have no total unless _total or _summary=count asks for one.",
        "FHIR R4, Bundle.total (0..1) and Search, _total: a total is optional",
        {answer.outgoing_bundle: _no_total},
        also=("PA-SRCH-006", "PA-ISO-003", "PA-SRCH-009"),
    ),
    Variation(
        "PA-SRCH-005.outcome-beside-matches",
        "Every searchset with entries ends with an informational OperationOutcome of search mode outcome.",
        "FHIR R4, Search, search mode outcome: an OperationOutcome with information about the search",
        {answer.outgoing_bundle: _with_notice},
        also=("PA-SRCH-003", "PA-SRCH-004", "PA-SRCH-007", "PA-SRCH-009", "PA-EVRY-001", "PA-EVRY-002"),
    ),
    Variation(
        "PA-SRCH-010.unknown-refused",
        "A search parameter that is not known is refused with 400, strict handling or not.",
        "FHIR R4, Search, handling errors: servers SHOULD ignore unknown parameters",
        {query.use: _unknown_refused},
        also=("PA-SRCH-009", "PA-ISO-003"),
    ),
    Variation(
        "PA-SRCH-024.no-prefixes",
        "Searches of claims by date take no prefix: one is refused with 400.",
        "CARIN BB 2.1.0, SearchParameters of claim dates: comparators are listed without an expectation",
        {query.criterion: _no_prefixes},
        rows={"PA-SRCH-024": "advisory", "PA-SRCH-025": "advisory", "PA-SRCH-026": "advisory"},
        also=("PA-SRCH-006", "PA-SRCH-009", "PA-SRCH-012", "PA-SRCH-013", "PA-SRCH-014", "PA-DISC-020"),
    ),
    Variation(
        "PA-SRCH-022.system-needed",
        "The type of a claim is searched for as system|code only; a code alone is refused with 400.",
        "CARIN BB 2.1.0, SearchParameter type: no form is demanded; US Core 6.1.0 demands both of its own parameters",
        {query.criterion: _system_needed},
        rows={"PA-SRCH-022": "advisory"},
        also=("PA-SRCH-013", "PA-SRCH-026", "PA-DISC-020"),
    ),
    Variation(
        "PA-SRCH-039.unprocessable",
        "A modifier that is not supported is refused with 422.",
        "FHIR R4 search, modifiers: the server SHALL reject the request; 400 is what it should answer",
        {query.criterion: _unprocessable_modifier},
        rows={"PA-SRCH-039": "advisory"},
    ),
    Variation(
        "PA-SRCH-011.few-words",
        "The OperationOutcome of a refused search does not say which parameter is wrong.",
        "FHIR R4, OperationOutcome.issue.diagnostics (0..1)",
        {answer.refusal: _told_when(lambda code, status: status == 400 and code in ("invalid", "not-supported"))},
    ),
)
