"""Lawful variations of the REST interface: refusals, headers, references, what is optional."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from conformance.reference.faults.deviations import edited, no, served, stored, with_headers
from conformance.reference.fhir import access, answer, capability, read, server
from conformance.reference.fhir.answer import MEDIA_TYPE
from conformance.reference.fhir.errors import FhirError, not_found
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.lawful.variation import Variation
from conformance.reference.web import FORM

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_REFUSING = "US Core 6.1.0 and CARIN BB 2.1.0, Security: an unauthorized request is refused with 401, 403 or 404"
_GATEWAY = "FHIR R4, RESTful API, status codes; RFC 9110 15.5: a gateway answers before the server does"
_BAD, _NONE = "status for a bad token", "status without a token"


def _refused_with(status: int, *, token: bool) -> Step:
    """For `access.authenticate`: requests with a bad token, or without any, are refused with another status."""

    def replacement(original: Step, call: Any) -> Any:
        try:
            return original(call)
        except FhirError as error:
            if error.status != 401 or bool(call.headers.get("authorization")) != token:
                raise
            raise FhirError(status, "forbidden" if status == 403 else "not-found", "This is not open to you.") from None

    return replacement


def _gateway_404(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """Paths of no type do not reach the FHIR server."""
    known = {*TYPES, "Binary", "metadata", ".well-known"}
    if path and path[0] not in known:
        return HTMLResponse("<html><body><h1>404 Not Found</h1></body></html>", 404)
    return original(call, path)


def _method_first(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """A method that is not offered is refused before anybody asks for a token."""
    posted = call.method == "POST" and path and (path[-1] == "_search" or path[-1].startswith("$"))
    if call.method not in server.READING and not posted:
        raise FhirError(405, "not-supported", f"{call.method[:20]} is not offered here.")
    return original(call, path)


def _media_type_first(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """A body of a kind that is not taken is refused before anybody asks for a token."""
    if call.method in ("POST", "PUT", "PATCH") and call.media_type not in (FORM, MEDIA_TYPE, "application/json", ""):
        raise FhirError(415, "not-supported", "This kind of body is not taken.")
    return original(call, path)


def _typed_as(content_type: str) -> Step:
    def replacement(original: Step, call: Any, *arguments: Any, **named: Any) -> Any:
        response = original(call, *arguments, **named)
        response.headers["Content-Type"] = content_type
        return response

    return replacement


def _no_versions(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    if "_history" in rest:
        raise not_found()
    return original(call, type_name, rest)


def _declared_unversioned(described: dict[str, Any]) -> dict[str, Any]:
    kept = [each for each in described["interaction"] if each["code"] in ("read", "search-type")]
    return {**described, "interaction": kept, "versioning": "no-version", "readHistory": False}


def _not_tracked(original: Step, call: Any, type_name: str, logical_id: str) -> Any:
    """What was deleted is not known any more."""
    try:
        found = original(call, type_name, logical_id)
    except FhirError as error:
        raise not_found() if error.status == 410 else error from None
    current = call.tenant.store.read(type_name, logical_id)
    if current is not None and current.state == 1:
        raise not_found()
    return found


def _signed_anew(original: Step, call: Any, resource: dict[str, Any]) -> None:
    """The addresses of documents differ from answer to answer."""
    original(call, resource)
    for content in resource.get("content", []):
        if "signature=" in (content["attachment"].get("url") or ""):
            content["attachment"]["url"] += f"&salt={secrets.token_hex(4)}"


def _absolute(original: Step, call: Any, resource: dict[str, Any]) -> dict[str, Any]:
    """References are absolute URLs."""
    sent: dict[str, Any] = original(call, resource)
    _each_reference(sent, lambda text: f"{call.tenant.fhir_base}/{text}")
    return sent


def _each_reference(node: Any, edit: Any) -> None:
    if isinstance(node, list):
        for each in node:
            _each_reference(each, edit)
    elif isinstance(node, dict):
        text = node.get("reference")
        if isinstance(text, str) and text.partition("/")[0] in {*TYPES, "Binary"}:
            node["reference"] = edit(text)
        for each in node.values():
            _each_reference(each, edit)


def _in_utc(resource: dict[str, Any]) -> None:
    moment = datetime.fromisoformat(resource["meta"]["lastUpdated"]).astimezone(UTC)
    resource["meta"]["lastUpdated"] = f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _by_identifier(resource: dict[str, Any]) -> None:
    number = {"system": "https://harborplan.example/ids/provider", "value": resource["requester"]["reference"][-12:]}
    resource["requester"] = {"type": "Practitioner", "identifier": number, "display": "Dr. Imani Reyes"}


def _without_text(resource: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != "text"}


VARIATIONS = (
    *(
        Variation(
            f"PA-REST-013.{name}",
            f"A token that is not valid is refused with {status}.",
            _REFUSING,
            {access.authenticate: _refused_with(status, token=True)},
            rows=dict.fromkeys(("PA-REST-013", "PA-TOK-023", "PA-TOK-024", "PA-TOK-025"), "advisory"),
            also=("PA-TOK-027", "PA-SRCH-008", "PA-AUTH-001"),
            choices=(_BAD,),
        )
        for name, status in (("forbidden", 403), ("not-found", 404))
    ),
    *(
        Variation(
            f"PA-REST-012.{name}",
            f"A request without a token is refused with {status}.",
            _REFUSING,
            {access.authenticate: _refused_with(status, token=False)},
            rows={"PA-TOK-026": "advisory"},
            also=("PA-SRCH-008", "PA-ISO-008", "PA-ISO-010", "PA-EVRY-003", "PA-EVRY-011", "PA-SCOP-008"),
            choices=(_NONE,),
        )
        for name, status in (("forbidden", 403), ("not-found", 404))
    ),
    Variation(
        "PA-REST-011.gateway",
        "An unknown resource type is answered by a gateway: 404 with an HTML page, token or not.",
        _GATEWAY,
        {server.dispatch: _gateway_404},
        rows={"PA-REST-014": "advisory"},
        also=("PA-REST-002", "PA-REST-012", "PA-REST-013", "PA-REST-015", "PA-EVRY-011", "PA-ISO-012"),
    ),
    Variation(
        "PA-REST-012.method-first",
        "A method that is not offered gets 405 before a token is asked for.",
        _GATEWAY,
        {server.dispatch: _method_first},
        also=("PA-REST-013", "PA-SCOP-018", "PA-ISO-012", "PA-EVRY-003", "PA-EVRY-011"),
    ),
    Variation(
        "PA-REST-012.media-type-first",
        "A body of a kind that is not taken gets 415 before a token is asked for.",
        _GATEWAY,
        {server.dispatch: _media_type_first},
        also=("PA-REST-013", "PA-SCOP-018", "PA-ISO-012"),
    ),
    Variation(
        "PA-REST-002.upper-case-charset",
        "The media type is written application/fhir+json;charset=UTF-8.",
        "RFC 9110 8.3.1 and 8.3.2: parameter values of charset are compared case-insensitively, the space is optional",
        {answer.document: _typed_as(f"{MEDIA_TYPE};charset=UTF-8")},
        also=("PA-REST-003", "PA-REST-004"),
        choices=("spelling of the media type",),
    ),
    Variation(
        "PA-REST-002.fhir-version",
        "The media type says fhirVersion=4.0 as well.",
        "FHIR R4, RESTful API, FHIR version parameter: fhirVersion is a parameter of the media type",
        {answer.document: _typed_as(f"{MEDIA_TYPE}; fhirVersion=4.0; charset=utf-8")},
        also=("PA-REST-003", "PA-REST-004"),
        choices=("spelling of the media type",),
    ),
    Variation(
        "PA-REST-006.no-validators",
        "Responses carry neither ETag nor Last-Modified.",
        "FHIR R4, RESTful API, read: the ETag header SHOULD be sent, Last-Modified too",
        {answer.version_headers: lambda original, call, record: {}},  # noqa: ARG005
        rows={"PA-REST-006": "advisory"},
        also=("PA-REST-007", "PA-REST-008"),
    ),
    Variation(
        "PA-REST-007.condition-ignored",
        "A conditional read is answered like any read.",
        "FHIR R4, RESTful API, conditional read: optional",
        {read.unchanged: no, capability.resource: edited(lambda d: {**d, "conditionalRead": "not-supported"})},
        choices=("conditional reads",),
    ),
    Variation(
        "PA-REST-008.no-versions",
        "Neither versions nor histories are offered, and none are declared.",
        "US Core 6.1.0, CapabilityStatement us-core-server: vread and history-instance SHOULD",
        {server.instance: _no_versions, capability.resource: edited(_declared_unversioned)},
        also=("PA-ISO-009", "PA-REST-010", "PA-REST-012", "PA-REST-013"),
        choices=("whether versions are kept",),
    ),
    Variation(
        "PA-REST-010.not-tracked",
        "A deleted resource answers 404 like one that never was.",
        "FHIR R4, RESTful API, read: 410 where deletions are tracked, 404 where they are not",
        {read.visible: _not_tracked, read.versions: _not_tracked},
        also=("PA-REST-009",),
    ),
    Variation(
        "PA-REST-001.links-signed-anew",
        "The addresses of documents on another origin are signed anew in every answer.",
        "FHIR R4 Attachment.url: nothing says how long an address works, and none that it stays",
        {answer.attachment_urls: _signed_anew},
        also=("PA-REST-008", "PA-EVRY-002", "PA-SRCH-036", "PA-SCOP-008", "PA-ISO-010", "PA-DATA-009"),
        choices=("addresses of documents",),
    ),
    Variation(
        "PA-REST-019.absolute-references",
        "References are absolute URLs below the FHIR base.",
        "FHIR R4, References: a literal reference is absolute or relative",
        {answer.outgoing: _absolute},
        also=("PA-SRCH-004", "PA-SRCH-017", "PA-SRCH-027", "PA-SRCH-029", "PA-EVRY-009", "PA-PROF-025", "PA-DATA-014"),
    ),
    Variation(
        "PA-REST-019.requester-by-identifier",
        "Prescriptions name their prescriber by an identifier and words, without a literal reference.",
        "FHIR R4, References: a reference may be logical (identifier) where no literal one is known",
        records=stored("MedicationRequest", _by_identifier, lambda resource: "reference" in resource["requester"]),
        also=("PA-PROF-019", "PA-SRCH-034", "PA-EVRY-009"),
    ),
    Variation(
        "PA-REST-017.in-utc",
        "meta.lastUpdated is in UTC with milliseconds.",
        "FHIR R4, Datatypes, instant: any offset and fraction; Search, _lastUpdated: the boundary is the server's",
        {answer.outgoing: served("", _in_utc)},
        also=("PA-REST-006", "PA-SRCH-021", "PA-SRCH-029"),
    ),
    Variation(
        "PA-REST-020.no-narrative",
        "No resource has a narrative.",
        "FHIR R4, DomainResource.text (0..1), invariant dom-6 is a best practice only",
        records=stored("", _without_text),
        also=("PA-REST-018",),
    ),
    Variation(
        "PA-REST-005.vary-only",
        "Answers of the FHIR API vary by Accept-Encoding too.",
        "RFC 9110 12.5.5",
        {answer.document: with_headers(Vary="Accept, Accept-Encoding, Authorization")},
        also=("PA-SEC-005", "PA-SEC-004"),
    ),
)
