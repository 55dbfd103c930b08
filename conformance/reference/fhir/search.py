"""Search: matches and includes, put into a searchset Bundle (R4 search, Bundle)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from conformance.reference.fhir import access, matching, paging, query
from conformance.reference.fhir.answer import document, outgoing, outgoing_bundle
from conformance.reference.fhir.errors import FhirError, outcome
from conformance.reference.fhir.store import LIVE, Record
from conformance.reference.steps import step
from conformance.reference.web import FORM, Call

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.fhir.index import Resource
    from conformance.reference.fhir.query import Include, Query

MANDATORY = {"resourceType", "id", "meta"}
MAX_ROUNDS = 5


def search(call: Call, type_name: str) -> Response:
    """GET [type]?… or POST [type]/_search."""
    wanted = query.understood(call, type_name, search_fields(call))
    keys = matching.matches(call, wanted)
    return page(call, paging.Listing(wanted, keys, self_link(call, wanted), type_name, (type_name, "s")), 0)


@step
def search_fields(call: Call) -> list[tuple[str, str]]:
    """The parameters: of the URL, and for POST those of the form too."""
    if call.method == "POST" and call.media_type != FORM:
        raise FhirError(415, "not-supported", f"A search is posted as {FORM}.")
    return [*call.query, *call.form]


@step
def self_link(call: Call, wanted: Query) -> str:
    """The search as a GET URL: the parameters that were used, and no others."""
    return f"{call.tenant.fhir_base}/{wanted.type}{encoded(wanted.used)}"


def encoded(fields: list[tuple[str, str]]) -> str:
    """Parameters as the query part of a URL, with its question mark; nothing when there are none."""
    return f"?{urlencode(fields, safe='/|,:$')}" if fields else ""


@step
def page(call: Call, listing: paging.Listing, offset: int) -> Response:
    """One page of a listing as a Bundle."""
    wanted = listing.query
    keys = [] if wanted.summary == "count" else listing.keys[offset : offset + wanted.count]
    matched = call.tenant.store.records(keys)
    modes = ["include" if record.pk in listing.supporting else "match" for record in matched]
    entries = [entry(call, wanted, record, mode) for record, mode in zip(matched, modes, strict=True)]
    entries += [entry(call, wanted, record, "include") for record in included(call, wanted, matched)]
    entries += notices(call, wanted, offset)
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset"}
    if wanted.total != "none" or wanted.summary == "count":
        bundle["total"] = total(call, listing)
    bundle["link"] = paging.links(call, listing, offset)
    if entries:
        bundle["entry"] = entries
    return document(call, outgoing_bundle(call, bundle))


@step
def total(call: Call, listing: paging.Listing) -> int:  # noqa: ARG001
    """How many matches there are on all pages together."""
    return len(listing.keys) - len(listing.supporting)


@step
def entry(call: Call, wanted: Query, record: Record, mode: str) -> dict[str, Any]:
    """A Bundle entry."""
    return {
        "fullUrl": f"{call.tenant.fhir_base}/{record.type}/{record.id}",
        "resource": subset(wanted, outgoing(call, record.resource()), mode),
        "search": {"mode": mode},
    }


def notices(call: Call, wanted: Query, offset: int) -> list[dict[str, Any]]:
    """A warning when records exist that cannot be shown (US Core "Missing Data", required status unknown)."""
    if offset or not matching.withheld(call, wanted.type):
        return []
    text = "Records whose required status is not known are left out."
    notice = outcome(call, "warning", "incomplete", text)
    return [{"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": notice, "search": {"mode": "outcome"}}]


def subset(wanted: Query, resource: Resource, mode: str) -> Resource:
    """The part of a match that `_elements` or `_summary` asks for, tagged as a part."""
    if mode != "match" or (not wanted.elements and wanted.summary in ("", "count")):
        return resource
    if wanted.summary == "data":
        kept = set(resource) - {"text"}
    elif wanted.summary == "text":
        kept = MANDATORY | {"text"} | REQUIRED.get(resource["resourceType"], set())
    else:
        chosen = set(wanted.elements) if wanted.elements else set(resource) - NOT_SUMMARY
        kept = MANDATORY | chosen | {f"_{name}" for name in chosen} | REQUIRED.get(resource["resourceType"], set())
    part = {name: value for name, value in resource.items() if name in kept}
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    part["meta"] = {**part["meta"], "tag": [*part["meta"].get("tag", []), tag]}
    return part


@step
def included(call: Call, wanted: Query, matched: list[Record]) -> list[Record]:
    """What `_include` and `_revinclude` bring: each once, only what the token may also read directly."""
    seen = {record.pk for record in matched}
    found: list[Record] = []
    fresh = matched
    for round_number in range(MAX_ROUNDS):
        rules = [rule for rule in wanted.includes if rule.iterate or round_number == 0]
        keys = [key for rule in rules for key in followed(call, rule, fresh)]
        fresh = [record for record in call.tenant.store.records(list(dict.fromkeys(keys))) if record.pk not in seen]
        fresh = [record for record in fresh if includable(call, record)]
        seen |= {record.pk for record in fresh}
        found += fresh
        if not fresh:
            break
    return found


@step
def includable(call: Call, record: Record) -> bool:
    """Whether the token may read it: an include shows nothing that a read would refuse."""
    scopes = access.scopes_for(call, record.type, "r")
    allowed = bool(scopes) and record.state == LIVE and access.in_compartment(call, record)
    return allowed and matching.within_filters(call, record, scopes)


@step
def followed(call: Call, rule: Include, records: list[Record]) -> list[int]:
    """Keys of the records at the other end of a reference, from or to these records."""
    store = call.tenant.store
    keys: list[int] = []
    for record in records:
        if rule.reverse:
            sql = (
                "SELECT r.pk FROM reference i JOIN resource r ON r.pk = i.pk"
                " WHERE i.type = ? AND i.id = ? AND i.parameter = ? AND r.type = ? ORDER BY r.pk"
            )
            keys += [row[0] for row in store.rows(sql, (record.type, record.id, rule.parameter, rule.source))]
        elif record.type == rule.source:
            sql = (
                "SELECT r.pk FROM reference i JOIN resource r ON r.type = i.type AND r.id = i.id"
                " WHERE i.pk = ? AND i.parameter != '*' AND (? = '*' OR i.parameter = ?) AND (? = '' OR i.type = ?)"
                " ORDER BY r.pk"
            )
            arguments = (record.pk, rule.parameter, rule.parameter, rule.target, rule.target)
            keys += [row[0] for row in store.rows(sql, arguments)]
    return keys


REQUIRED: dict[str, set[str]] = {
    "Coverage": {"status", "beneficiary", "payor"},
    "ExplanationOfBenefit": {
        "status",
        "type",
        "use",
        "patient",
        "created",
        "insurer",
        "provider",
        "outcome",
        "insurance",
    },
    "Condition": {"subject"},
    "MedicationRequest": {"status", "intent", "medicationCodeableConcept", "medicationReference", "subject"},
    "Observation": {"status", "code"},
    "DocumentReference": {"status", "content"},
    "AllergyIntolerance": {"patient"},
    "Immunization": {"status", "vaccineCode", "patient", "occurrenceDateTime", "occurrenceString"},
    "Procedure": {"status", "subject"},
    "Encounter": {"status", "class"},
    "RelatedPerson": {"patient"},
    "Provenance": {"target", "recorded", "agent"},
}
"""Elements without which a resource would not be valid FHIR; they stay whatever was asked for."""

NOT_SUMMARY = {
    *("text", "contained", "extension", "note", "reaction", "dosageInstruction", "contact", "communication", "photo"),
    *("careTeam", "supportingInfo", "diagnosis", "procedure", "item", "addItem", "adjudication", "processNote"),
    *("benefitBalance", "referenceRange", "performer", "protocolApplied", "qualification"),
}
"""Elements of the served types that R4 does not mark as part of the summary."""
