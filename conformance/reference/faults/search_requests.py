"""Faults of how a search may be asked: posts, unknown names, impossible values, references, statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import edited
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import capability, matching, query, search, server
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import COMMON, TYPES

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _no_posts(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    if rest == ("_search",):
        raise FhirError(405, "not-supported", "Searches are not posted here.")
    return original(call, type_name, rest)


def _first_of_the_form(original: Step, call: Any) -> Any:
    return [*call.query, *call.form[:1]] if call.method == "POST" else original(call)


def _unknown_finds_nothing(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    if original(call, wanted, given, value):
        return True
    wanted.criteria.append(query.Criterion(COMMON[0], "", ("-",)))
    return True


def _strict_is_lenient(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    return bool(original(call, wanted, given, value)) or "prefer" in call.headers


def _impossible_is_ignored(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    try:
        return bool(original(call, wanted, given, value))
    except FhirError:
        return False


def _modifier_dropped(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    known = modifier in query.MODIFIERS[parameter.kind] or modifier in TYPES
    return original(call, parameter, modifier if known else "", value)


def _modifier_not_found(original: Step, call: Any, parameter: Any, modifier: str, value: str) -> Any:
    if modifier not in query.MODIFIERS[parameter.kind] and modifier not in TYPES:
        raise FhirError(404, "not-found", "No such search.")
    return original(call, parameter, modifier, value)


def _modifier_is_another_name(original: Step, call: Any, wanted: Any, given: str, value: str) -> bool:
    return "-modifier" not in given and bool(original(call, wanted, given, value))


def _id_only(original: Step, call: Any, value: str, modifier: str) -> Any:
    return original(call, value, modifier) if "/" not in value else ("0", [])


def _by_a_part(original: Step, call: Any, value: str, modifier: str) -> Any:
    sql, arguments = original(call, value, modifier)
    return sql.replace("i.id = ?", "instr(i.id, ?) > 0"), arguments


def _completed_hidden(original: Step, call: Any, wanted: Any) -> list[int]:
    keys = original(call, wanted)
    if any(each.parameter.name == "status" for each in wanted.criteria):
        records = call.tenant.store.records(keys)
        return [record.pk for record in records if b'"completed"' not in record.body]
    return list(keys)


def _completed_on_demand(original: Step, call: Any, wanted: Any) -> list[int]:
    keys = original(call, wanted)
    if any(each.parameter.name in ("status", "_id") for each in wanted.criteria):
        return list(keys)
    return [record.pk for record in call.tenant.store.records(keys) if b'"completed"' not in record.body]


def _status_demanded_with(status: int, text: str) -> Step:
    """For `query.understood`: Observations are searched for by status or id."""

    def replacement(original: Step, call: Any, type_name: str, fields: list[tuple[str, str]]) -> Any:
        if type_name == "Observation" and not any(name in ("status", "_id") for name, _ in fields):
            raise FhirError(status, "forbidden" if status == 403 else "required", text)
        return original(call, type_name, fields)

    return replacement


def _statuses_undeclared(described: dict[str, Any]) -> None:
    described["searchParam"] = [each for each in described.get("searchParam", []) if each["name"] != "status"]


FAULTS = (
    Fault(
        "PA-SRCH-009.no-posts",
        "http.status",
        "A posted search is answered 405.",
        {server.instance: _no_posts},
    ),
    Fault(
        "PA-SRCH-009.first-of-the-form",
        "search.post",
        "Of a posted search only the first parameter is read.",
        {search.search_fields: _first_of_the_form},
    ),
    Fault(
        "PA-SRCH-010.unknown-finds-nothing",
        "search.unknown",
        "An unknown parameter empties the result.",
        {query.use: _unknown_finds_nothing},
    ),
    Fault(
        "PA-SRCH-010.strict-is-lenient",
        "search.unknown.strict",
        "The preference for strict handling is ignored.",
        {query.use: _strict_is_lenient},
    ),
    Fault(
        "PA-SRCH-011.impossible-is-ignored",
        "search.invalid.accepted",
        "A parameter with an impossible value is ignored and everything is returned.",
        {query.use: _impossible_is_ignored},
    ),
    Fault(
        "PA-SRCH-039.dropped",
        "search.modifier.accepted",
        "A modifier that is not known is dropped.",
        {query.criterion: _modifier_dropped},
    ),
    Fault(
        "PA-SRCH-039.unknown-name",
        "search.modifier.accepted",
        "A parameter with a modifier that is not known is ignored like an unknown parameter.",
        {query.use: _modifier_is_another_name},
    ),
    Fault(
        "PA-SRCH-039.not-found",
        "search.modifier.status",
        "A modifier that is not known is answered 404.",
        {query.criterion: _modifier_not_found},
        warning=True,
    ),
    Fault(
        "PA-SRCH-012.id-only",
        "search.reference",
        "patient=Patient/id finds nothing.",
        {matching.reference_condition: _id_only},
    ),
    Fault(
        "PA-SRCH-012.part-of-an-id",
        "search.reference.strange",
        "A reference is found by any part of its id.",
        {matching.reference_condition: _by_a_part},
    ),
    Fault(
        "PA-SRCH-018.completed-hidden",
        "search.status.lost",
        "A search with a status never finds what is completed.",
        {matching.matches: _completed_hidden},
        target={"strict.PA-SRCH-018": "gate"},
    ),
    Fault(
        "PA-SRCH-018.forbidden-without",
        "search.status.refusal",
        "A search of Observation without a status is answered 403.",
        {query.understood: _status_demanded_with(403, "This search is too wide.")},
        target={"strict.PA-SRCH-018": "gate"},
    ),
    Fault(
        "PA-SRCH-018.hidden-without",
        "search.status.extra",
        "A search without a status leaves out what is completed.",
        {matching.matches: _completed_on_demand},
        target={"strict.PA-SRCH-018": "gate"},
    ),
    Fault(
        "PA-SRCH-018.not-said",
        "search.status.unnamed",
        "A search of Observation without a status is refused with 400, and the refusal does not name it.",
        {query.understood: _status_demanded_with(400, "This search is too wide.")},
        target={"strict.PA-SRCH-018": "gate"},
    ),
    Fault(
        "PA-SRCH-018.not-declared",
        "search.status.undeclared",
        "A search of Observation without a status is refused, and the capability statement does not declare status.",
        {
            query.understood: _status_demanded_with(400, "Give a status."),
            capability.resource: edited(_statuses_undeclared),
        },
        target={"strict.PA-SRCH-018": "gate"},
    ),
)
