"""Faults of what Patient/$everything makes of its input: wrong values, unknown patients, POST, the type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse

from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import everything, server
from conformance.reference.fhir.answer import document
from conformance.reference.fhir.dates import BEGINNING, END
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _bad_start_is_none(original: Step, call: Any, fields: Any) -> Any:
    try:
        return original(call, fields)
    except FhirError:
        return BEGINNING, END


def _everybody(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    """The operation on the type brings all patients."""
    if (type_name, rest) != ("Patient", ("$everything",)):
        return original(call, type_name, rest)
    rows = call.tenant.store.rows("SELECT pk FROM resource WHERE type = 'Patient' AND state = 0", ())
    records = call.tenant.store.records([row[0] for row in rows])
    entries = [
        {
            "fullUrl": f"{call.tenant.fhir_base}/Patient/{each.id}",
            "resource": each.resource(),
            "search": {"mode": "match"},
        }
        for each in records
    ]
    return document(call, {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries})


def _empty_for_unknown(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    try:
        return original(call, type_name, rest)
    except FhirError as error:
        if rest[1:] != ("$everything",) or error.status not in (403, 404):
            raise
        if call.tenant.store.read("Patient", rest[0]) is not None:
            raise
        return document(call, {"resourceType": "Bundle", "type": "searchset", "total": 0})


def _type_level_fails(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    if (type_name, rest) == ("Patient", ("$everything",)):
        raise FhirError(500, "exception", "The request failed.")
    return original(call, type_name, rest)


def _refused_in_own_words(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    try:
        return original(call, type_name, rest)
    except FhirError as error:
        if rest[-1:] != ("$everything",):
            raise
        return PlainTextResponse("There is no such patient.", error.status)


def _post_ignores_the_body(original: Step, call: Any) -> Any:
    return call.query if call.method == "POST" else original(call)


FAULTS = (
    Fault(
        "PA-EVRY-011.bad-start-is-none",
        "everything.bad-start",
        "A start that is no date counts as none.",
        {everything.care_window: _bad_start_is_none},
        warning=True,
    ),
    Fault(
        "PA-EVRY-011.empty-for-unknown",
        "everything.unknown-patient",
        "The operation on an unknown patient is answered with an empty Bundle.",
        {server.instance: _empty_for_unknown},
        warning=True,
    ),
    Fault(
        "PA-EVRY-011.type-level-fails",
        "everything.failure",
        "The operation on the type makes the server fail.",
        {server.instance: _type_level_fails},
    ),
    Fault(
        "PA-EVRY-011.own-words",
        "everything.unknown-patient.outcome",
        "The refusal of an unknown patient is no OperationOutcome.",
        {server.instance: _refused_in_own_words},
        warning=True,
    ),
    Fault(
        "PA-EVRY-011.everybody",
        "everything.another-patient",
        "The operation on the type brings all patients.",
        {server.instance: _everybody},
    ),
    Fault(
        "PA-EVRY-011.post-body-ignored",
        "everything.post",
        "A posted Parameters resource is not read.",
        {everything.parameters: _post_ignores_the_body},
        warning=True,
    ),
)
