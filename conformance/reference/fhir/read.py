"""Reading single resources: read, vread, history, conditional read, Binary (R4 RESTful API)."""

from __future__ import annotations

import base64
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from starlette.responses import Response

from conformance.reference.fhir import access, matching
from conformance.reference.fhir.answer import PRIVATE, document, outgoing, version_headers
from conformance.reference.fhir.errors import FhirError, not_found
from conformance.reference.fhir.store import DELETED, LIVE, WITHHELD, Record
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.web import Call


def read(call: Call, type_name: str, logical_id: str) -> Response:
    """GET [type]/[id]."""
    record = visible(call, type_name, logical_id)
    headers = version_headers(call, record)
    if unchanged(call, record):
        return Response(status_code=304, headers={**PRIVATE, **headers})
    return document(call, outgoing(call, record.resource()), headers=headers)


@step
def visible(call: Call, type_name: str, logical_id: str) -> Record:
    """The record of this id, if the token opens it; 404 if not, 410 if it was deleted."""
    scopes = access.require_scope(call, type_name, "r")
    record = call.tenant.store.read(type_name, logical_id)
    if record is None or record.state == WITHHELD or not access.in_compartment(call, record):
        raise not_found()
    if record.state == DELETED:
        raise FhirError(410, "deleted", "The resource was deleted.")
    if not matching.within_filters(call, record, scopes):
        raise not_found()
    return record


@step
def unchanged(call: Call, record: Record) -> bool:
    """Whether the client's copy is current (RFC 9110 13.1.2 and 13.1.3)."""
    if tags := call.headers.get("if-none-match"):
        return f'"{record.version}"' in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
    if since := call.headers.get("if-modified-since"):
        try:
            return record.updated // 1000 <= parsedate_to_datetime(since).timestamp()
        except ValueError:
            return False
    return False


@step
def vread(call: Call, type_name: str, logical_id: str, version: str) -> Response:
    """GET [type]/[id]/_history/[version]."""
    for record in versions(call, type_name, logical_id):
        if record.version == version:
            if record.state == DELETED:
                raise FhirError(410, "deleted", "This version is the deletion of the resource.")
            return document(call, outgoing(call, record.resource()), headers=version_headers(call, record))
    raise not_found()


@step
def versions(call: Call, type_name: str, logical_id: str) -> list[Record]:
    """All versions of a resource that the token opens, the newest first."""
    scopes = access.require_scope(call, type_name, "r")
    found = call.tenant.store.versions(type_name, logical_id)
    current = call.tenant.store.read(type_name, logical_id)
    if not found or current is None or current.state == WITHHELD or not access.in_compartment(call, current):
        raise not_found()
    if current.state == LIVE and not matching.within_filters(call, current, scopes):
        raise not_found()
    return found


def history(call: Call, type_name: str, logical_id: str) -> Response:
    """GET [type]/[id]/_history."""
    entries = []
    for record in versions(call, type_name, logical_id):
        name = f"{type_name}/{logical_id}"
        entry = {
            "fullUrl": f"{call.tenant.fhir_base}/{name}",
            "request": {"method": "DELETE" if record.state == DELETED else "PUT", "url": name},
            "response": {"status": "204" if record.state == DELETED else "200", "etag": f'W/"{record.version}"'},
        }
        if record.state != DELETED:
            entry["resource"] = outgoing(call, record.resource())
        entries.append(entry)
    link = {"relation": "self", "url": f"{call.tenant.fhir_base}/{type_name}/{logical_id}/_history"}
    bundle = {"resourceType": "Bundle", "type": "history", "total": len(entries), "link": [link], "entry": entries}
    return document(call, bundle)


def binary(call: Call, logical_id: str) -> Response:
    """GET Binary/[id]: the bytes themselves, unless the client asks for FHIR (R4 Binary).

    Binary is opened by the scope of the documents that point to it.
    """
    access.require_scope(call, "DocumentReference", "r")
    record = call.tenant.store.read("Binary", logical_id)
    if record is None or record.state != LIVE or not access.in_compartment(call, record):
        raise not_found()
    resource = record.resource()
    headers = version_headers(call, record)
    wants_fhir = any("json" in value for name, value in call.query if name == "_format")
    if wants_fhir or "json" in call.headers.get("accept", ""):
        return document(call, outgoing(call, resource), headers=headers)
    return Response(base64.b64decode(resource["data"]), 200, {**PRIVATE, **headers}, resource["contentType"])
