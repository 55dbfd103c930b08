"""Deviations that faults of the REST interface are made of: replacements of its steps, in words of what goes wrong."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import PlainTextResponse, Response

from conformance.reference.faults.deviations import served
from conformance.reference.fhir import access, answer
from conformance.reference.fhir.errors import FhirError, not_found
from conformance.reference.fhir.parameters import TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step

_STACK = 'Traceback (most recent call last):\n  File "/srv/fhir/router.py", line 88, in route\nKeyError'


def bundle_of_one(original: Step, call: Any, body: Any, *rest: Any, **named: Any) -> Response:
    """What a read answers comes as a searchset; searches and errors stay as they are."""
    if body["resourceType"] not in ("Bundle", "OperationOutcome", "CapabilityStatement"):
        body = {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": [{"resource": body}]}
    return original(call, body, *rest, **named)  # type: ignore[no-any-return]


def without_last_line(entry: dict[str, Any]) -> None:
    """An entry of a search lacks the last of the resource's elements that may be left out."""
    resource = entry["resource"]
    for name in ("note", "identifier", "text", "extension"):
        if name in resource:
            del resource[name]
            return


def latin_1(response: Response) -> Response:
    """The same response in ISO 8859-1, labelled as before."""
    text = bytes(response.body).decode("utf-8")
    changed = Response(text.encode("latin-1", "replace"), response.status_code)
    kept = [pair for pair in response.raw_headers if pair[0] != b"content-length"]
    changed.raw_headers = [*kept, (b"content-length", str(len(changed.body)).encode())]
    return changed


def fhir_json_only(original: Step, call: Any) -> None:
    """Accept: application/json is not known."""
    if call.headers.get("accept", "").partition(";")[0].strip() == "application/json":
        raise FhirError(406, "not-supported", "Only application/fhir+json is answered.")
    original(call)


def no_writer(original: Step, call: Any) -> None:
    """What cannot be answered fails instead of being refused."""
    try:
        original(call)
    except FhirError as error:
        raise FhirError(500, "exception", "There is no writer for this type.") from error


def format_ignored(original: Step, call: Any) -> None:
    """Only the Accept header counts."""
    original(replace(call, query=[pair for pair in call.query if pair[0] != "_format"]))


def precondition_failed(original: Step, call: Any, record: Any) -> bool:
    """If-None-Match is taken for If-Match."""
    if "if-none-match" in call.headers and not original(call, record):
        raise FhirError(412, "conflict", "The condition does not hold.")
    return bool(original(call, record))


def empty_for_unknown(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Response:
    """What is not there is answered with nothing."""
    try:
        return original(call, type_name, rest)  # type: ignore[no-any-return]
    except FhirError as error:
        if error.status != 404 or len(rest) != 1:
            raise
        return Response(b"", 200, media_type=answer.MEDIA_TYPE)


def unknown_id_fails(original: Step, call: Any, type_name: str, logical_id: str) -> Any:
    """The first record is taken from an empty list."""
    if call.tenant.store.read(type_name, logical_id) is None:
        raise FhirError(500, "exception", "The record set is empty.")
    return original(call, type_name, logical_id)


def router_fails(original: Step, call: Any, path: tuple[str, ...]) -> Response:
    """A type that does not exist has no handler."""
    response = type_refused(original, call, path)
    return response or answer.refusal(call, FhirError(500, "exception", "There is no handler."))


def type_refused(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """The answer; nothing where it would be a refusal of an unknown type."""
    try:
        return original(call, path)
    except FhirError as error:
        if error.status != 404 or not path or path[0] in TYPES:
            raise
        return None


def shows_its_stack(original: Step, call: Any, path: tuple[str, ...]) -> Response:
    """The refusal of a type that does not exist shows where it was made."""
    return type_refused(original, call, path) or answer.refusal(call, FhirError(404, "not-supported", _STACK))


def any_case(original: Step, call: Any, path: tuple[str, ...]) -> Response:
    """Types are found whatever the case of their names."""
    names = {name.lower(): name for name in TYPES}
    return original(call, (names.get(path[0].lower(), path[0]), *path[1:]) if path else path)  # type: ignore[no-any-return]


def open_where(concerned: Callable[[tuple[str, ...]], bool]) -> Step:
    """No token is needed on some paths: whoever's grant is the newest serves."""

    def authenticate(original: Step, call: Any) -> Any:
        try:
            return original(call)
        except FhirError:
            living = list(call.tenant.state.access_tokens.values())
            if not living or not concerned(call.segments[1:]) or "authorization" in call.headers:
                raise
            return living[-1]

    return authenticate


def any_token(original: Step, call: Any) -> Any:
    """A token is looked at only for being there."""
    try:
        return original(call)
    except FhirError:
        living = list(call.tenant.state.access_tokens.values())
        if not living or not access.bearer(call):
            raise
        return living[-1]


def odd_scheme_fails(original: Step, call: Any) -> str:
    """A header that is not Bearer cannot be read."""
    scheme, space, _ = call.headers.get("authorization", " ").partition(" ")
    if scheme and (not space or scheme.lower() != "bearer"):
        raise FhirError(500, "exception", "The header cannot be read.")
    return str(original(call))


def exactly_bearer(original: Step, call: Any) -> str:
    """The scheme is compared letter by letter."""
    return str(original(call)) if call.headers.get("authorization", "").startswith("Bearer ") else ""


def shows_a_patient(original: Step, call: Any, error: Any) -> Response:
    """Requests without a token are refused with a resource that is no OperationOutcome."""
    if error.status != 401:
        return original(call, error)  # type: ignore[no-any-return]
    headers = {"WWW-Authenticate": error.challenge} if error.challenge else {}
    patient = {"resourceType": "Patient", "id": "hidden", "active": True}
    return answer.document(call, patient, 401, headers)


def long_ids_are_forbidden(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Response:
    """Ids that are too long are refused like those of other members."""
    if rest and len(rest[0]) > 64 and not rest[0].startswith("$"):
        raise FhirError(403, "forbidden", "This is not open to you.")
    return original(call, type_name, rest)  # type: ignore[no-any-return]


def long_ids_reach_the_database(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Response:
    """The length of an id is left to the database, whose error is shown."""
    if rest and len(rest[0]) > 64 and not rest[0].startswith("$"):
        text = "SQLSTATE[22001]: value too long for type character varying(64) in SELECT body FROM resource"
        return PlainTextResponse(text, 500)
    return original(call, type_name, rest)  # type: ignore[no-any-return]


def climbs(original: Step, call: Any, path: tuple[str, ...]) -> Response:
    """The path is put together and made simple after it was unquoted."""
    return original(call, tuple(posixpath.normpath("/".join(path)).split("/")) if path else path)  # type: ignore[no-any-return]


def quantity_as_text(resource: dict[str, Any]) -> None:
    """The value of a quantity is written as text."""
    resource["valueQuantity"]["value"] = str(resource["valueQuantity"]["value"])


def gone(type_name: str) -> Step:
    """Resources of a type cannot be read, though searches and references know them."""

    def visible(original: Step, call: Any, asked: str, logical_id: str) -> Any:
        if asked == type_name:
            raise not_found()
        return original(call, asked, logical_id)

    return visible


def another(original: Step, call: Any, record_type: str, logical_id: str) -> Any:
    """Practitioners are looked up in a list that has moved by one."""
    found = original(call, record_type, logical_id)
    if record_type != "Practitioner":
        return found
    sql = "SELECT id FROM resource WHERE type = ? AND state = 0 ORDER BY id"
    ids = [row[0] for row in call.tenant.store.rows(sql, (record_type,))]
    return original(call, record_type, ids[(ids.index(logical_id) + 1) % len(ids)])


def narrative(div: str) -> Step:
    """Problems come with this narrative."""
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{div}</div>'}
    return served("Condition", lambda resource: resource | {"text": text})


def backwards(resource: dict[str, Any]) -> None:
    """A period that ends before it starts."""
    period = resource["period"]
    period["start"], period["end"] = "2026-12-31", "2020-01-01"
