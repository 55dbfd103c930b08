"""Lawful variations of isolation: how the records of others are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.fhir import access, matching, paging, query, server
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_HINTS = ("x-patient-id", "x-patient", "x-member-id", "x-forwarded-user", "x-remote-user", "remote-user", "x-user-id")
_OF_WHOM = ("patient", "subject", "beneficiary")


def _another_patient_refused(original: Step, call: Any, wanted: Any) -> Any:
    """A search that names another member is refused instead of finding nothing."""
    own = access.patient_of(call)
    for each in wanted.criteria:
        named = [value.rpartition("/")[2] for value in each.values] if not each.chained else []
        if each.parameter.name in _OF_WHOM and any(value != own for value in named if not each.modifier):
            raise FhirError(403, "forbidden", "This search is not open to you.")
    return original(call, wanted)


def _not_yours(original: Step, call: Any, record: Any) -> bool:
    if not original(call, record):
        raise FhirError(403, "forbidden", "This record is not open to you.")
    return True


def _not_authorized(original: Step, call: Any, record: Any) -> bool:
    if not original(call, record):
        raise FhirError(401, "login", "This record is not open to you.")
    return True


def _hints_refused(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    if set(_HINTS) & set(call.headers):
        raise FhirError(400, "invalid", "This header is not accepted from clients.")
    return original(call, path)


def _page_forbidden(original: Step, call: Any, name: str) -> Any:
    try:
        return original(call, name)
    except FhirError as error:
        if error.status != 404:
            raise
        raise FhirError(403, "forbidden", "This page is not open to you.") from None


def _patient_needed(original: Step, call: Any, type_name: str, fields: Any) -> Any:
    """A search of a member's records says whose, or which one."""
    wanted = original(call, type_name, fields)
    names = {each.parameter.name for each in wanted.criteria}
    kept = TYPES[type_name].patient
    if kept and kept != "id" and not names & {*_OF_WHOM, "_id", "identifier", "target"}:
        raise FhirError(400, "required", "Say whose records are searched: patient is missing.")
    return wanted


def _no_batches(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    if not path and call.method == "POST":
        raise FhirError(404, "not-found", "There is nothing here.")
    return original(call, path)


VARIATIONS = (
    Variation(
        "PA-ISO-003.refused",
        "A search that names another patient is refused with 403.",
        "US Core 6.1.0, Security: 403; FHIR R4, Search: a server may refuse a search by its policy",
        {matching.matches: _another_patient_refused},
        also=("PA-ISO-006", "PA-ISO-007", "PA-SRCH-006", "PA-SRCH-012", "PA-SRCH-016"),
    ),
    Variation(
        "PA-ISO-002.forbidden",
        "Another member's record answers 403, an unknown id 404.",
        "FHIR R4, RESTful API, read and Security: 403 where the client may not see the resource",
        {access.in_compartment: _not_yours},
        rows={"PA-ISO-015": "advisory"},
        choices=("refusal of another member's record",),
        also=("PA-ISO-001", "PA-ISO-009", "PA-ISO-010", "PA-ISO-011", "PA-EVRY-003"),
    ),
    Variation(
        "PA-ISO-001.unauthorized",
        "Another member's record answers 401.",
        "US Core 6.1.0, us-core-server: an unauthorized request is refused with 401, 403 or 404",
        {access.in_compartment: _not_authorized},
        rows={"PA-ISO-015": "advisory"},
        also=("PA-ISO-002", "PA-ISO-009"),
        choices=("refusal of another member's record",),
    ),
    Variation(
        "PA-ISO-014.hints-refused",
        "A request with a header that names a member is refused with 400.",
        "RFC 9700 4.13: a reverse proxy sanitizes inbound headers; how is its own affair",
        {server.dispatch: _hints_refused},
    ),
    Variation(
        "PA-ISO-008.pages-forbidden",
        "A page link of another session answers 403.",
        "US Core 6.1.0, Security: an unauthorized request is refused with 401, 403 or 404",
        {paging.opened: _page_forbidden},
        also=("PA-SRCH-008",),
    ),
    Variation(
        "PA-ISO-004.patient-needed",
        "A search of members' records that names neither a patient nor a record is refused with 400.",
        "US Core 6.1.0, CapabilityStatement us-core-server: every search but _id and identifier names the patient",
        {query.understood: _patient_needed},
        also=("PA-ISO-005", "PA-ISO-007", "PA-SRCH-032"),
    ),
    Variation(
        "PA-ISO-012.no-batches",
        "A batch sent to the base answers 404.",
        "US Core 6.1.0, CapabilityStatement us-core-server: batch and transaction are a MAY",
        {server.dispatch: _no_batches},
        also=("PA-REST-012", "PA-SCOP-018"),
    ),
)
