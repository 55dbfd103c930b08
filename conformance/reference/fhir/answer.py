"""How FHIR answers leave: content negotiation, headers, and the last look at every resource.

R4 RESTful API: content types, `_format`, ETag and Last-Modified. JSON is the only format. Every resource that leaves,
by whatever path, passes :func:`outgoing`; every Bundle passes :func:`outgoing_bundle`.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

from conformance.reference import attachments
from conformance.reference.fhir.errors import FhirError, outcome
from conformance.reference.records.documents import ELSEWHERE
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.fhir.index import Resource
    from conformance.reference.fhir.store import Record
    from conformance.reference.web import Call

MEDIA_TYPE = "application/fhir+json"
JSON_TYPES = {MEDIA_TYPE, "application/json", "text/json", "json", "application/json+fhir", "*/*", "application/*"}
PRIVATE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@step
def negotiate(call: Call) -> None:
    """Raise 406 unless the client takes JSON; `_format` outweighs the Accept header."""
    asked = [value for name, value in call.query if name == "_format"]
    wanted = asked[-1] if asked else call.headers.get("accept", "*/*")
    types = [part.partition(";")[0].strip().lower() for part in wanted.replace(" json", "+json").split(",")]
    if not any(type_name in JSON_TYPES or not type_name for type_name in types):
        raise FhirError(406, "not-supported", "This server answers in JSON only.")


@step
def outgoing(call: Call, resource: Resource) -> Resource:
    """A resource just before it leaves, as a copy that may be changed."""
    if resource["resourceType"] == "DocumentReference":
        attachment_urls(call, resource)
    return resource


@step
def attachment_urls(call: Call, resource: Resource) -> None:
    """Make the addresses of a document's bytes absolute."""
    for content in resource.get("content", []):
        if url := content["attachment"].get("url"):
            elsewhere = url.startswith(ELSEWHERE)
            absolute = attachments.link(call, url.rpartition("/")[2]) if elsewhere else f"{call.tenant.fhir_base}/{url}"
            content["attachment"]["url"] = absolute


@step
def outgoing_bundle(call: Call, bundle: Resource) -> Resource:  # noqa: ARG001
    """A Bundle just before it leaves."""
    return bundle


@step
def document(call: Call, body: Resource, status: int = 200, headers: dict[str, str] | None = None) -> Response:  # noqa: ARG001
    """A resource as an HTTP response that no cache keeps."""
    sent = {**PRIVATE, "Vary": "Accept, Authorization", **(headers or {})}
    return Response(orjson.dumps(body), status, sent, f"{MEDIA_TYPE}; charset=utf-8")


@step
def version_headers(call: Call, record: Record) -> dict[str, str]:  # noqa: ARG001
    """ETag and Last-Modified of a resource: its version and its last update."""
    return {
        "ETag": f'W/"{record.version}"',
        "Last-Modified": formatdate(record.updated // 1000, usegmt=True),
    }


@step
def refusal(call: Call, error: FhirError) -> Response:
    """An error as an OperationOutcome."""
    body: dict[str, Any] = outcome(call, "error", error.code, error.diagnostics)
    headers = {"WWW-Authenticate": error.challenge} if error.challenge else {}
    return document(call, body, error.status, headers)
