"""What the faults of isolation put in place of the payer's own steps."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import grants
from conformance.reference.fhir import access, paging, query, search
from conformance.reference.fhir.answer import document
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.fhir.store import LIVE

if TYPE_CHECKING:
    from conformance.reference.fhir.index import Resource
    from conformance.reference.steps import Step

EVERYBODY: tuple[str, list[Any]] = ("1", [])
_CACHED: dict[tuple[Any, ...], Any] = {}


def fields(call: Any) -> dict[str, str]:
    """The parameters of a search by name, without modifier."""
    return {name.partition(":")[0]: value for name, value in [*call.query, *call.form]}


def open_to(types: tuple[str, ...]) -> Step:
    """Records of these types can be read with any token."""
    return lambda original, call, record: record.type in types or bool(original(call, record))


def unguarded(*names: str) -> Step:
    """A search with any of these parameters is not narrowed to the open record."""
    return lambda original, call: EVERYBODY if set(names) & set(fields(call)) else original(call)


def guarded_only_with(*names: str) -> Step:
    """A search is narrowed to the open record only when it has one of these parameters."""
    return lambda original, call: (
        original(call) if len(call.segments) != 2 or set(names) & set(fields(call)) else EVERYBODY
    )


def told_by_name(original: Step, call: Any, record: Any) -> bool:
    """A refusal discloses whose record it is."""
    if not original(call, record):
        name = record.resource()["name"][0] if record.type == "Patient" else {}
        raise FhirError(404, "not-found", f"The record of {name.get('family', 'somebody')} is not yours.")
    return True


def one_is_enough(original: Step, call: Any) -> Any:
    """With several patients named, one of them being the open one is enough."""
    named = fields(call).get("patient", "").split(",")
    return EVERYBODY if len(named) > 1 and access.patient_of(call) in named else original(call)


def counts_everybody(original: Step, call: Any, listing: Any) -> int:
    """The total of a search counts the records of the named patient."""
    named = fields(call).get("patient", "").rpartition("/")[2]
    rows = call.tenant.store.rows(
        "SELECT count(*) FROM resource WHERE type = ? AND patient = ?", (listing.query.type, named)
    )
    return max(int(rows[0][0]), int(original(call, listing)))


def tail_is_enough(resource: Resource) -> None:
    """The owner of a claim is read from the end of the reference only."""
    resource["patient"]["reference"] = resource["patient"]["reference"].replace("Patient/", "Patient/9")


def body_decides(original: Step, call: Any) -> Any:
    """A posted search is narrowed to the patient its body names."""
    named = dict(call.form).get("patient", "").rpartition("/")[2]
    return ("r.patient IN (?, '')", [named]) if named else original(call)


def body_only(original: Step, call: Any) -> Any:
    """A posted search is carried out by its body alone."""
    return list(call.form) if call.form else original(call)


def address_vouches(original: Step, call: Any) -> Any:
    """A posted search is checked by the patient in its address."""
    named = dict(call.query).get("patient", "").rpartition("/")[2]
    return EVERYBODY if call.form and named == access.patient_of(call) else original(call)


def any_chain(original: Step, call: Any) -> Any:
    """A chained search is not narrowed to a member."""
    return EVERYBODY if any("." in name for name, _ in call.query) else original(call)


def any_revinclude(original: Step, call: Any, wanted: Any, name: str, value: str) -> bool:
    """Every reference can be followed backwards, from any type."""
    source, parameter, *_ = [*value.split(":"), "", ""]
    if name == "_revinclude" and source in TYPES and parameter in TYPES[source].includes:
        wanted.includes.append(query.Include(source, parameter, reverse=True))
        return True
    return bool(original(call, wanted, name, value))


def includes_unchecked(original: Step, call: Any, record: Any) -> bool:  # noqa: ARG001
    """What is included needs a scope and no compartment."""
    return record.state == LIVE and bool(access.scopes_for(call, record.type, "r"))


def compartment_by_address(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    """Patient/[id]/[type] is a search, and goes by the address."""
    if type_name != "Patient" or len(rest) != 2 or rest[1] not in TYPES:
        return original(call, type_name, rest)
    sql = "SELECT pk FROM resource WHERE type = ? AND patient = ? AND state = ?"
    keys = [row[0] for row in call.tenant.store.rows(sql, (rest[1], rest[0], LIVE))]
    wanted = query.Query(rest[1], count=call.tenant.behaviour.page_size)
    path = f"Patient/{rest[0]}/{rest[1]}"
    listing = paging.Listing(wanted, keys, f"{call.tenant.fhir_base}/{path}", path, (rest[1], "s"))
    return search.page(call, listing, 0)


def address_is_the_patient(original: Step, call: Any) -> str:
    """$everything opens the record its address names."""
    named = call.segments[2] if len(call.segments) == 4 and call.segments[3] == "$everything" else ""
    return named or str(original(call))


def docref_goes_by_parameter(original: Step, call: Any) -> Any:
    """$docref looks where its parameter says."""
    named = dict(call.query).get("patient", "").rpartition("/")[2]
    return ("r.patient = ?", [named]) if call.segments[-1] == "$docref" and named else original(call)


def pages_for_anybody(original: Step, call: Any, name: str) -> Any:
    """A page link is not bound to a session."""
    link = call.tenant.state.pages.get(name)
    return link or original(call, name)


def pages_without_token(original: Step, call: Any) -> Any:
    """A page link is as good as a token."""
    link = call.tenant.state.pages.get(dict(call.query).get(paging.PARAMETER, ""))
    if link is None or access.bearer(call):
        return original(call)
    return grants.issue_access_token(call.tenant, link.grant, link.grant.scope)


def versions_of_anybody(original: Step, call: Any, type_name: str, logical_id: str) -> Any:
    """The versions of a record are everybody's."""
    return call.tenant.store.versions(type_name, logical_id) or original(call, type_name, logical_id)


def any_version(original: Step, call: Any, type_name: str, logical_id: str, version: str) -> Any:
    """One version of a record is everybody's."""
    for record in call.tenant.store.versions(type_name, logical_id):
        if record.version == version and record.state == LIVE:
            return document(call, record.resource())
    return original(call, type_name, logical_id, version)


def bytes_without_token(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """The bytes of a document are everybody's."""
    if path[:1] == ("Binary",) and len(path) == 2 and not access.bearer(call):
        record = call.tenant.store.read(*path)
        return document(call, record.resource()) if record else original(call, path)
    return original(call, path)


def guessable(original: Step, call: Any, resource: Resource) -> None:  # noqa: ARG001
    """Documents lie on the attachment origin under their bare ids."""
    for content in resource.get("content", []):
        if url := content["attachment"].get("url"):
            content["attachment"]["url"] = f"{call.tenant.attachments_base}/{url.rpartition('/')[2]}"


def whole_family(original: Step, call: Any) -> Any:  # noqa: ARG001
    """Searches are narrowed to everybody the person may represent."""
    family = call.token.grant.person.choices
    return f"r.patient IN ({', '.join('?' * len(family))}, '')", list(family)


def in_the_family(original: Step, call: Any, record: Any) -> bool:
    """Reads are allowed of everybody the person may represent."""
    return record.patient in call.token.grant.person.choices or bool(original(call, record))


def batch_as_system(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """A batch is unpacked behind the access check."""
    if path or call.method != "POST":
        return original(call, path)
    access.authenticate(call)
    entries = []
    for entry in call.json().get("entry", []):
        type_name, _, logical_id = entry["request"]["url"].partition("/")
        record = call.tenant.store.read(type_name, logical_id)
        found = record is not None and record.state == LIVE
        answered = {"response": {"status": "200 OK" if found else "404 Not Found"}}
        entries.append(answered | ({"resource": record.resource()} if found else {}))
    return document(call, {"resourceType": "Bundle", "type": "batch-response", "entry": entries})


def cached_by_address(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """Answers are kept by address alone."""
    key = (id(call.tenant), call.method, path, tuple(call.query))
    if call.method == "GET" and key in _CACHED:
        return _CACHED[key]
    response = original(call, path)
    if response.status_code == 200 and path[:1] not in ((".well-known",), ("metadata",)):
        _CACHED[key] = response
    return response


def header_names_the_patient(original: Step, call: Any) -> str:
    """A header that ends in -patient-id tells whose record is open."""
    named = next((value for name, value in call.headers.items() if name.endswith("-patient-id")), "")
    return named or str(original(call))


def gateway_names_the_user(original: Step, call: Any) -> str:
    """The user a proxy in front vouches for."""
    named = call.headers.get("x-forwarded-user", "")
    person = next((each for each in call.tenant.people.values() if named in (each.username, each.subject)), None)
    return person.own if named and person else str(original(call))


def first_value(original: Step, call: Any) -> str:
    """The first of several values is the token."""
    return str(original(call)).partition(",")[0].strip()


def last_value_names_the_patient(original: Step, call: Any) -> str:
    """Of several Authorization values the last one is believed, unverified."""
    parts = call.headers.get("authorization", "").rpartition(",")[2].split(".")
    if len(parts) == 3:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return str(claims.get("patient") or original(call))
    return str(original(call))


def refused_with(status: int, words: str) -> Step:
    """What exists and is not yours is refused in its own way."""

    def replacement(original: Step, call: Any, record: Any) -> bool:
        if not original(call, record):
            raise FhirError(status, "forbidden" if status == 403 else "not-found", words)
        return True

    return replacement
