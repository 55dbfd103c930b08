"""Faults of search: parameters, paging, includes, Bundles."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.reference.faults import search_bundles, search_envelope, search_includes, search_pages, search_requests
from conformance.reference.faults.deviations import hidden, served, with_members
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import answer, matching, query, search
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import TYPES

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


def _after_instead_of_from(original: Step, call: Any, value: str, low: str, high: str) -> Any:
    return original(call, f"gt{value[2:]}" if value.startswith("ge") else value, low, high)


def _boundary_lost(original: Step, call: Any, value: str, low: str, high: str) -> Any:
    strict = {"ge": "gt", "le": "lt"}.get(value[:2], value[:2])
    return original(call, f"{strict}{value[2:]}", low, high)


def _id_by_a_part(original: Step, call: Any, wanted: Any) -> Any:
    if wanted.parameter.name != "_id":
        return original(call, wanted)
    return " OR ".join(["instr(r.id, ?) > 0"] * len(wanted.values)), list(wanted.values)


def _commas_are_text(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    return replace(original(call, parameter, modifier, value), values=(value,))


def _text_never_matches(original: Step, call: Any, value: str, modifier: str) -> Any:
    return ("0", []) if "|" in value and not modifier else original(call, value, modifier)


def _unknown_code_ignored(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    return value.endswith("|no-such-type") or bool(original(call, wanted, given, value))


def _system_ignored(original: Step, call: Any, value: str, modifier: str) -> Any:
    return original(call, value.rpartition("|")[2], modifier)


def _begins_with(original: Step, call: Any, value: str, modifier: str) -> Any:
    sql, arguments = original(call, value, modifier)
    return sql.replace("i.code = ?", "i.code LIKE ? || '%'"), arguments


def _with_system_only(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    wanted = original(call, parameter, modifier, value)
    bare = parameter.name == "identifier" and "|" not in value
    return replace(wanted, values=("|",)) if bare else wanted


def _zone_dropped(original: Step, call: Any, value: str, low: str, high: str) -> Any:
    return original(call, re.sub(r"(Z|[+-]\d\d:\d\d)$", "", value) if "T" in value else value, low, high)


def instead(type_name: str, name: str, other: str) -> Step:
    """For `query.criterion`: one parameter of a type looks at what another one looks at."""

    def replacement(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
        if parameter is TYPES[type_name].parameter(name):
            parameter = TYPES[type_name].parameter(other)
        return original(call, parameter, modifier, value)

    return replacement


def _last_of_a_name(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    """A date given twice counts once: the last one."""
    used = bool(original(call, wanted, given, value))
    last = wanted.criteria[-1] if wanted.criteria else None
    if last is not None and last.parameter.kind == "date":
        others = [each for each in wanted.criteria[:-1] if each.parameter.name != last.parameter.name]
        wanted.criteria = [*others, last]
    return used


def _last_filter_only(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    """A further filter replaces the one before; the patient stays."""
    used = bool(original(call, wanted, given, value))
    if wanted.type == "ExplanationOfBenefit":
        names = ("patient", wanted.criteria[-1].parameter.name) if wanted.criteria else ()
        kept = [each for each in wanted.criteria[:-1] if each.parameter.name in names]
        wanted.criteria = [*kept, *wanted.criteria[-1:]]
    return used


def _starts_refused(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    if given in ("service-start-date", "billable-period-start"):
        raise FhirError(400, "not-supported", "This parameter is not supported.")
    return bool(original(call, wanted, given, value))


def _intent_list_refused(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    if parameter.name == "intent" and "," in value:
        raise FhirError(400, "not-supported", "intent takes one value.")
    return original(call, parameter, modifier, value)


def _display_is_compared(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    shown = parameter is TYPES["DocumentReference"].parameter("type") and not modifier
    return original(call, parameter, "text" if shown else modifier, value)


def _moments_only(original: Step, call: Any, wanted: Any) -> Any:
    sql, arguments = original(call, wanted)
    if wanted.parameter is not TYPES["Procedure"].parameter("date"):
        return sql, arguments
    return sql.replace(
        "AND i.parameter = ?", "AND i.parameter = ? AND i.high - i.low IN (1, 1000, 60000, 86400000)"
    ), arguments


FAULTS = (
    Fault(
        "PA-SRCH-001.a-collection",
        "search.bundle-type",
        "Searches answer a Bundle of type collection.",
        {answer.outgoing_bundle: with_members(type="collection")},
    ),
    Fault(
        "PA-SRCH-006.unknown-code-ignored",
        "search.empty.matches",
        "A code that the server does not know has no effect.",
        {query.use: _unknown_code_ignored},
    ),
    Fault(
        "PA-SRCH-007.second-page-repeats",
        "paging.repeated",
        "The second page repeats the first.",
        {search.page: _first_page_again},
    ),
    Fault(
        "PA-SRCH-013.system-never-matches",
        "search.token",
        "system|code is taken as text and matches nothing.",
        {matching.token_condition: _text_never_matches},
        collateral="every search by system|code finds nothing",
    ),
    Fault(
        "PA-SRCH-013.system-ignored",
        "search.token",
        "The system of a token is ignored.",
        {matching.token_condition: _system_ignored},
    ),
    Fault(
        "PA-SRCH-013.codes-by-their-beginning",
        "search.token",
        "A code matches every code that begins with it.",
        {matching.token_condition: _begins_with},
    ),
    Fault(
        "PA-SRCH-014.from-excludes",
        "search.date",
        "ge is taken as gt.",
        {matching.date_condition: _after_instead_of_from},
    ),
    Fault(
        "PA-SRCH-014.zone-dropped",
        "search.date",
        "The time zone of a search value is dropped.",
        {matching.date_condition: _zone_dropped},
    ),
    Fault(
        "PA-SRCH-014.boundary-lost",
        "search.date.sides",
        "ge and le leave out the day or second they name.",
        {matching.date_condition: _boundary_lost},
    ),
    Fault(
        "PA-SRCH-015.last-date-only",
        "search.and",
        "Of two dates with one name only the last is used.",
        {query.use: _last_of_a_name},
        target={"strict.PA-SRCH-015": "gate"},
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
        "PA-SRCH-020.part-of-an-id",
        "search.by-id",
        "_id finds every id that contains it.",
        {matching.condition: _id_by_a_part},
    ),
    Fault(
        "PA-SRCH-021.created-instead",
        "search.last-updated",
        "_lastUpdated looks at the day the claim was created.",
        {query.criterion: instead("ExplanationOfBenefit", "_lastUpdated", "created")},
    ),
    Fault(
        "PA-SRCH-022.type-ignored",
        "search.type",
        "type has no effect.",
        {query.use: ignoring("type")},
    ),
    Fault(
        "PA-SRCH-023.only-with-system",
        "search.identifier.value",
        "An identifier is found with its system only.",
        {query.criterion: _with_system_only},
        warning=True,
    ),
    Fault(
        "PA-SRCH-023.system-never-matches",
        "search.identifier.lost",
        "An identifier is found without its system only.",
        {matching.token_condition: _text_never_matches},
        collateral="every search by system|code finds nothing",
    ),
    Fault(
        "PA-SRCH-023.system-ignored",
        "search.identifier.extra",
        "An identifier is found under any system.",
        {matching.token_condition: _system_ignored},
    ),
    Fault(
        "PA-SRCH-024.start-only",
        "search.service-date",
        "service-date looks at the start of the billable period only.",
        {query.criterion: instead("ExplanationOfBenefit", "service-date", "billable-period-start")},
        target={"strict.PA-SRCH-024": "gate"},
    ),
    Fault(
        "PA-SRCH-025.refused",
        "http.status",
        "service-start-date and billable-period-start are declared and refused.",
        {query.use: _starts_refused},
        target={"strict.PA-SRCH-025": "gate"},
    ),
    Fault(
        "PA-SRCH-025.created-instead",
        "search.start-date",
        "service-start-date looks at the day the claim was created.",
        {query.criterion: instead("ExplanationOfBenefit", "service-start-date", "created")},
        target={"strict.PA-SRCH-025": "gate"},
    ),
    Fault(
        "PA-SRCH-026.last-filter-only",
        "search.combined",
        "Of several filters of a claim search only the last is used.",
        {query.use: _last_filter_only},
        target={"strict.PA-SRCH-026": "gate"},
    ),
    Fault(
        "PA-SRCH-030.use-ignored",
        "search.use",
        "use has no effect: claims and prior authorizations come together.",
        {query.use: ignoring("use")},
        target={"strict.PA-SRCH-030": "gate"},
    ),
    Fault(
        "PA-SRCH-034.no-intent-lists",
        "http.status",
        "intent takes one value and no list.",
        {query.criterion: _intent_list_refused},
    ),
    Fault(
        "PA-SRCH-034.status-ignored",
        "search.medication",
        "status has no effect.",
        {query.use: ignoring("status")},
    ),
    Fault(
        "PA-SRCH-035.no-code-lists",
        "search.observation-list",
        "A comma-separated list of codes is one value that matches nothing.",
        {query.criterion: _commas_are_text},
        warning=True,
    ),
    Fault(
        "PA-SRCH-035.category-ignored",
        "search.observation",
        "category has no effect.",
        {query.use: ignoring("category")},
    ),
    Fault(
        "PA-SRCH-036.display-compared",
        "search.document",
        "type is compared with display texts.",
        {query.criterion: _display_is_compared},
    ),
    Fault(
        "PA-SRCH-037.patient-in-words",
        "search.another-patient",
        "Immunizations name their patient in words and do not refer to one.",
        {answer.outgoing: served("Immunization", lambda resource: resource | {"patient": {"display": "the member"}})},
    ),
    Fault(
        "PA-SRCH-037.periods-ignored",
        "search.procedure-date",
        "A procedure with a period is not found by its date.",
        {matching.condition: _moments_only},
    ),
    *search_envelope.FAULTS,
    *search_bundles.FAULTS,
    *search_pages.FAULTS,
    *search_requests.FAULTS,
    *search_includes.FAULTS,
)
