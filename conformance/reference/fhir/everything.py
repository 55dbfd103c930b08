"""Patient/$everything (R4 OperationDefinition Patient-everything) and DocumentReference/$docref (US Core).

The base R4 meaning: the patient, everything in the patient's compartment incl. claims, and the organizations,
practitioners, medications and locations that these point to. Scopes filter it as they filter searches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.fhir import access, matching, paging, query, read, search
from conformance.reference.fhir.dates import BEGINNING, END, interval
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.index import ANY_REFERENCE, CARE_DATE
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.fhir.query import MAX_COUNT, Query
from conformance.reference.fhir.store import LIVE, Record
from conformance.reference.steps import step
from conformance.reference.web import FORM, Call

if TYPE_CHECKING:
    from starlette.responses import Response

PAGE_SIZE = 1_000  # more comes in pages even if nobody asked for them: an answer must fit into an app
KNOWN = ("start", "end", "_since", "_type", "_count")


def everything(call: Call, logical_id: str) -> Response:
    """GET or POST Patient/[id]/$everything, or Patient/$everything for the open record."""
    read.visible(call, "Patient", logical_id or access.patient_of(call))
    fields = [(name, value) for name, value in parameters(call) if name in KNOWN]
    wanted = Query("Patient", count=_count(fields), used=fields)
    own = compartment(call, fields)
    others = supporting(call, own, fields)
    path = f"Patient/{logical_id}/$everything" if logical_id else "Patient/$everything"
    self_url = f"{call.tenant.fhir_base}/{path}{search.encoded(fields)}"
    keys = [record.pk for record in (*own, *others)]
    supports = frozenset(record.pk for record in others)
    return search.page(call, paging.Listing(wanted, keys, self_url, path, ("Patient", "r"), supports), 0)


def docref(call: Call) -> Response:
    """GET or POST DocumentReference/$docref: the member's documents, by kind and date of care."""
    values = dict(parameters(call))
    if not values.get("patient"):
        raise FhirError(400, "required", "The parameter patient is missing.")
    fields = [("patient", values["patient"])]
    fields += [("type", values["type"])] if values.get("type") else []
    fields += [("period", f"ge{values['start']}")] if values.get("start") else []
    fields += [("period", f"le{values['end']}")] if values.get("end") else []
    wanted = query.understood(call, "DocumentReference", fields)
    path = "DocumentReference/$docref"
    self_url = f"{call.tenant.fhir_base}/{path}{search.encoded(list(values.items()))}"
    keys = matching.matches(call, wanted)
    return search.page(call, paging.Listing(wanted, keys, self_url, path, ("DocumentReference", "s")), 0)


@step
def parameters(call: Call) -> list[tuple[str, str]]:
    """The parameters of an operation: of the URL, of a form, or of a Parameters resource."""
    if call.method == "GET" or not call.body:
        return call.query
    if call.media_type == FORM:
        return [*call.query, *call.form]
    try:
        return [*call.query, *_given(call.json())]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FhirError(400, "structure", "The body must be a Parameters resource.") from None


def _given(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values of a Parameters resource; raises for anything else."""
    if body["resourceType"] != "Parameters":
        raise ValueError(body["resourceType"])
    given = []
    for parameter in body.get("parameter", []):
        value = parameter[next((name for name in parameter if name.startswith("value")), "value")]
        given.append((str(parameter["name"]), str(value.get("reference", "") if isinstance(value, dict) else value)))
    return given


def _count(fields: list[tuple[str, str]]) -> int:
    for name, value in fields:
        if name == "_count":
            if not (value.isascii() and value.isdigit() and int(value[:10]) > 0):
                raise FhirError(400, "invalid", "_count is a whole number above zero.")
            return min(int(value), MAX_COUNT)
    return PAGE_SIZE


@step
def compartment(call: Call, fields: list[tuple[str, str]]) -> list[Record]:
    """The patient and the records of the compartment that scopes and parameters let through."""
    types = [type_name for type_name in wanted_types(call, fields) if TYPES[type_name].patient]
    since = max((_moment(value, "_since")[0] for name, value in fields if name == "_since"), default=BEGINNING)
    low, high = care_window(call, fields)
    records: list[Record] = []
    for type_name in types:
        keys = matching.matches(call, Query(type_name, sort=[("_id", False)]))
        for record in call.tenant.store.records(keys):
            if type_name == "Patient" or (record.updated >= since and cared_for(call, record, low, high)):
                records.append(record)  # noqa: PERF401
    return records


@step
def wanted_types(call: Call, fields: list[tuple[str, str]]) -> list[str]:
    """The types that `_type` names and a granted scope covers; all types without it."""
    named = [type_name for name, value in fields if name == "_type" for type_name in value.split(",") if type_name]
    for type_name in named:
        if type_name not in TYPES:
            raise FhirError(400, "not-supported", f"_type={type_name[:40]} is not a type of this server.")
    return [
        type_name for type_name in TYPES if type_name in (named or TYPES) and access.scopes_for(call, type_name, "s")
    ]


@step
def care_window(call: Call, fields: list[tuple[str, str]]) -> tuple[int, int]:  # noqa: ARG001
    """`start` and `end` as an interval; a date is the whole day."""
    values = dict(fields)
    low = _moment(values["start"], "start")[0] if values.get("start") else BEGINNING
    high = _moment(values["end"], "end")[1] if values.get("end") else END
    return low, high


def _moment(text: str, name: str) -> tuple[int, int]:
    try:
        return interval(text.replace(" ", "+"))
    except ValueError:
        raise FhirError(400, "invalid", f"{text[:40]!r} is not a valid date for {name}.") from None


@step
def cared_for(call: Call, record: Record, low: int, high: int) -> bool:
    """Whether the care that a record is about overlaps the window; records without a care date always do."""
    if (low, high) == (BEGINNING, END):
        return True
    dates = call.tenant.store.rows("SELECT low, high FROM date WHERE pk = ? AND parameter = ?", (record.pk, CARE_DATE))
    return not dates or any(start < high and end > low for start, end in dates)


@step
def supporting(call: Call, records: list[Record], fields: list[tuple[str, str]]) -> list[Record]:
    """Organizations, practitioners, medications and locations that the records point to, and those these point to."""
    allowed = {type_name for type_name in wanted_types(call, fields) if not TYPES[type_name].patient}
    seen: set[int] = set()
    found: list[Record] = []
    fresh = records
    while fresh:
        keys = [key for record in fresh for key in _targets(call, record)]
        new = [record for record in call.tenant.store.records(list(dict.fromkeys(keys))) if record.pk not in seen]
        fresh = [record for record in new if record.type in allowed and record.state == LIVE and not record.patient]
        seen |= {record.pk for record in fresh}
        found += fresh
    return found


def _targets(call: Call, record: Record) -> list[int]:
    sql = (
        "SELECT r.pk FROM reference i JOIN resource r ON r.type = i.type AND r.id = i.id"
        " WHERE i.pk = ? AND i.parameter = ?"
    )
    return [row[0] for row in call.tenant.store.rows(sql, (record.pk, ANY_REFERENCE))]
