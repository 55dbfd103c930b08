"""Faults of isolation: one member sees what belongs to another."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import grants
from conformance.reference.faults.deviations import stored, yes
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, matching, paging, query, read, search, server
from conformance.reference.fhir.answer import document
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.fhir.store import LIVE

if TYPE_CHECKING:
    from conformance.reference.fhir.index import Resource
    from conformance.reference.steps import Step

EVERYBODY: tuple[str, list[Any]] = ("1", [])
_CACHED: dict[tuple[Any, ...], Any] = {}


def _fields(call: Any) -> dict[str, str]:
    """The parameters of a search by name, without modifier."""
    return {name.partition(":")[0]: value for name, value in [*call.query, *call.form]}


def _open_to(types: tuple[str, ...]) -> Step:
    """Records of these types can be read by anybody."""
    return lambda original, call, record: record.type in types or bool(original(call, record))


def _unguarded(*names: str) -> Step:
    """A search with any of these parameters is not narrowed to the open record."""
    return lambda original, call: EVERYBODY if set(names) & set(_fields(call)) else original(call)


def _guarded_only_with(*names: str) -> Step:
    """A search is narrowed to the open record only when it has one of these parameters."""
    return lambda original, call: (
        original(call) if len(call.segments) != 2 or set(names) & set(_fields(call)) else EVERYBODY
    )


def _told_by_name(original: Step, call: Any, record: Any) -> bool:
    if not original(call, record):
        name = record.resource()["name"][0] if record.type == "Patient" else {}
        raise FhirError(404, "not-found", f"The record of {name.get('family', 'somebody')} is not yours.")
    return True


def _one_is_enough(original: Step, call: Any) -> Any:
    """With several patients named, one of them being the open one is enough."""
    named = _fields(call).get("patient", "").split(",")
    return EVERYBODY if len(named) > 1 and access.patient_of(call) in named else original(call)


def _counts_everybody(original: Step, call: Any, listing: Any) -> int:
    named = _fields(call).get("patient", "").rpartition("/")[2]
    rows = call.tenant.store.rows(
        "SELECT count(*) FROM resource WHERE type = ? AND patient = ?", (listing.query.type, named)
    )
    return max(int(rows[0][0]), original(call, listing))


def _tail_is_enough(resource: Resource) -> None:
    """Whose claim it is, is told by the end of the reference only."""
    resource["patient"]["reference"] = resource["patient"]["reference"].replace("Patient/", "Patient/9")


def _body_decides(original: Step, call: Any) -> Any:
    named = dict(call.form).get("patient", "").rpartition("/")[2]
    return ("r.patient IN (?, '')", [named]) if named else original(call)


def _body_only(original: Step, call: Any) -> Any:
    return list(call.form) if call.form else original(call)


def _address_vouches(original: Step, call: Any) -> Any:
    """A posted search is checked by the patient in its address."""
    named = dict(call.query).get("patient", "").rpartition("/")[2]
    return EVERYBODY if call.form and named == access.patient_of(call) else original(call)


def _any_chain(original: Step, call: Any) -> Any:
    return EVERYBODY if any("." in name for name, _ in call.query) else original(call)


def _any_revinclude(original: Step, call: Any, wanted: Any, name: str, value: str) -> bool:
    source, parameter, *_ = [*value.split(":"), "", ""]
    if name == "_revinclude" and source in TYPES and parameter in TYPES[source].includes:
        wanted.includes.append(query.Include(source, parameter, reverse=True))
        return True
    return bool(original(call, wanted, name, value))


def _includes_unchecked(original: Step, call: Any, record: Any) -> bool:  # noqa: ARG001
    return record.state == LIVE and bool(access.scopes_for(call, record.type, "r"))


def _compartment_by_address(original: Step, call: Any, type_name: str, rest: tuple[str, ...]) -> Any:
    """Patient/[id]/[type] is a search, and goes by the address."""
    if type_name != "Patient" or len(rest) != 2 or rest[1] not in TYPES:
        return original(call, type_name, rest)
    sql = "SELECT pk FROM resource WHERE type = ? AND patient = ? AND state = ?"
    keys = [row[0] for row in call.tenant.store.rows(sql, (rest[1], rest[0], LIVE))]
    wanted = query.Query(rest[1], count=call.tenant.behaviour.page_size)
    path = f"Patient/{rest[0]}/{rest[1]}"
    listing = paging.Listing(wanted, keys, f"{call.tenant.fhir_base}/{path}", path, (rest[1], "s"))
    return search.page(call, listing, 0)


def _address_is_the_patient(original: Step, call: Any) -> str:
    """$everything opens the record its address names."""
    named = call.segments[2] if len(call.segments) == 4 and call.segments[3] == "$everything" else ""
    return named or str(original(call))


def _docref_goes_by_parameter(original: Step, call: Any) -> Any:
    named = dict(call.query).get("patient", "").rpartition("/")[2]
    return ("r.patient = ?", [named]) if call.segments[-1] == "$docref" and named else original(call)


def _pages_for_anybody(original: Step, call: Any, name: str) -> Any:
    link = call.tenant.state.pages.get(name)
    return link or original(call, name)


def _pages_without_token(original: Step, call: Any) -> Any:
    link = call.tenant.state.pages.get(dict(call.query).get(paging.PARAMETER, ""))
    if link is None or access.bearer(call):
        return original(call)
    return grants.issue_access_token(call.tenant, link.grant, link.grant.scope)


def _versions_of_anybody(original: Step, call: Any, type_name: str, logical_id: str) -> Any:
    return call.tenant.store.versions(type_name, logical_id) or original(call, type_name, logical_id)


def _any_version(original: Step, call: Any, type_name: str, logical_id: str, version: str) -> Any:
    for record in call.tenant.store.versions(type_name, logical_id):
        if record.version == version and record.state == LIVE:
            return document(call, record.resource())
    return original(call, type_name, logical_id, version)


def _bytes_without_token(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    if path[:1] == ("Binary",) and len(path) == 2 and not access.bearer(call):
        record = call.tenant.store.read(*path)
        return document(call, record.resource()) if record else original(call, path)
    return original(call, path)


def _whole_family(original: Step, call: Any) -> Any:  # noqa: ARG001
    family = call.token.grant.person.choices
    return f"r.patient IN ({', '.join('?' * len(family))}, '')", list(family)


def _in_the_family(original: Step, call: Any, record: Any) -> bool:
    return record.patient in call.token.grant.person.choices or bool(original(call, record))


def _batch_as_system(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """A batch is unpacked behind the access check."""
    if path or call.method != "POST":
        return original(call, path)
    access.authenticate(call)
    entries = []
    for entry in call.json().get("entry", []):
        type_name, _, logical_id = entry["request"]["url"].partition("/")
        record = call.tenant.store.read(type_name, logical_id)
        found = record is not None and record.state == LIVE
        answer = {"response": {"status": "200 OK" if found else "404 Not Found"}}
        entries.append(answer | ({"resource": record.resource()} if found else {}))
    return document(call, {"resourceType": "Bundle", "type": "batch-response", "entry": entries})


def _cached_by_address(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    """Answers are kept by address alone."""
    key = (id(call.tenant), call.method, path, tuple(call.query))
    if call.method == "GET" and key in _CACHED:
        return _CACHED[key]
    response = original(call, path)
    if response.status_code == 200 and path[:1] not in ((".well-known",), ("metadata",)):
        _CACHED[key] = response
    return response


def _header_names_the_patient(original: Step, call: Any) -> str:
    """A header that ends in -patient-id tells whose record is open."""
    named = next((value for name, value in call.headers.items() if name.endswith("-patient-id")), "")
    return named or str(original(call))


def _gateway_names_the_user(original: Step, call: Any) -> str:
    """The user a proxy in front vouches for."""
    named = call.headers.get("x-forwarded-user", "")
    person = next((each for each in call.tenant.people.values() if named in (each.username, each.subject)), None)
    return person.own if named and person else str(original(call))


def _first_value(original: Step, call: Any) -> str:
    return str(original(call)).partition(",")[0].strip()


def _last_value_names_the_patient(original: Step, call: Any) -> str:
    """Of several Authorization values the last one is believed, unverified."""
    parts = call.headers.get("authorization", "").rpartition(",")[2].split(".")
    if len(parts) == 3:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return str(claims.get("patient") or original(call))
    return str(original(call))


def _refused_with(status: int, words: str) -> Step:
    """What exists and is not yours is refused in its own way."""

    def replacement(original: Step, call: Any, record: Any) -> bool:
        if not original(call, record):
            raise FhirError(status, "forbidden" if status == 403 else "not-found", words)
        return True

    return replacement


FAULTS = (
    Fault(
        "PA-ISO-001.any-patient",
        "isolation.read",
        "Any Patient can be read by its id.",
        {access.in_compartment: _open_to(("Patient",))},
    ),
    Fault(
        "PA-ISO-001.refused-by-name",
        "isolation.disclosed",
        "The refusal of another member's record tells their family name.",
        {access.in_compartment: _told_by_name},
    ),
    Fault(
        "PA-ISO-002.any-id",
        "isolation.read",
        "Every record can be read by its id.",
        {access.in_compartment: yes},
    ),
    Fault(
        "PA-ISO-002.any-claim",
        "isolation.read",
        "Any ExplanationOfBenefit can be read by its id; other types are guarded.",
        {access.in_compartment: _open_to(("ExplanationOfBenefit",))},
    ),
    Fault(
        "PA-ISO-003.parameter-decides",
        "isolation.search",
        "A search goes by its patient parameter, whoever's record is open.",
        {matching.compartment: _unguarded("patient", "subject", "beneficiary")},
    ),
    Fault(
        "PA-ISO-003.one-of-several",
        "isolation.search",
        "A search for several patients is allowed when one of them is the open one.",
        {matching.compartment: _one_is_enough},
    ),
    Fault(
        "PA-ISO-003.counted",
        "isolation.count",
        "A search for another patient shows nothing, but its total counts their records.",
        {search.total: _counts_everybody},
    ),
    Fault(
        "PA-ISO-004.whole-plan",
        "isolation.search",
        "A search that names nobody returns the whole membership.",
        {matching.compartment: _guarded_only_with("patient", "subject", "beneficiary", "_id", "identifier")},
    ),
    Fault(
        "PA-ISO-004.update-feed",
        "isolation.search",
        "A search by _lastUpdated returns what changed for anybody.",
        {matching.compartment: _unguarded("_lastUpdated")},
    ),
    Fault(
        "PA-ISO-004.similar-id",
        "isolation",
        "Claims of members whose id ends like the open one's are taken for theirs.",
        records=stored("ExplanationOfBenefit", _tail_is_enough),
    ),
    Fault(
        "PA-ISO-005.claim-number",
        "isolation.search",
        "Searching by identifier is global.",
        {matching.compartment: _unguarded("identifier")},
    ),
    Fault(
        "PA-ISO-005.id-search",
        "isolation.search",
        "Searching by _id is global.",
        {matching.compartment: _unguarded("_id")},
    ),
    Fault(
        "PA-ISO-005.name",
        "isolation.search",
        "Searching by name or birth date is global.",
        {matching.compartment: _unguarded("name", "family", "given", "birthdate")},
    ),
    Fault(
        "PA-ISO-006.body-decides",
        "isolation.search",
        "A posted search goes by the patient in its body.",
        {matching.compartment: _body_decides},
    ),
    Fault(
        "PA-ISO-006.address-vouches",
        "isolation.search",
        "A posted search is checked by the patient in its address and carried out by the one in its body.",
        {search.search_fields: _body_only, matching.compartment: _address_vouches},
    ),
    Fault(
        "PA-ISO-007.chain",
        "isolation.search",
        "A chained search is not narrowed to the open record.",
        {matching.compartment: _any_chain},
    ),
    Fault(
        "PA-ISO-007.revinclude",
        "isolation.search",
        "_revinclude brings everybody's records that point to a shared payer or doctor.",
        {query.use: _any_revinclude, search.includable: _includes_unchecked},
    ),
    Fault(
        "PA-ISO-007.compartment-address",
        "isolation.search",
        "Searching a compartment by its address goes by that address.",
        {server.instance: _compartment_by_address},
    ),
    Fault(
        "PA-ISO-007.everything",
        "isolation.search",
        "$everything opens whatever record its address names.",
        {access.patient_of: _address_is_the_patient},
    ),
    Fault(
        "PA-ISO-007.docref",
        "isolation.search",
        "$docref goes by its patient parameter.",
        {matching.compartment: _docref_goes_by_parameter},
    ),
    Fault(
        "PA-ISO-008.pages-for-anybody",
        "isolation.page",
        "A page link works for whoever has it and any token.",
        {paging.opened: _pages_for_anybody},
    ),
    Fault(
        "PA-ISO-008.pages-without-token",
        "isolation.page",
        "A page link works without a token.",
        {access.authenticate: _pages_without_token},
    ),
    Fault(
        "PA-ISO-009.history",
        "isolation.history",
        "Reading is guarded, history and versions are not.",
        {read.versions: _versions_of_anybody},
    ),
    Fault(
        "PA-ISO-009.vread",
        "isolation.history",
        "Reading and history are guarded, reading one version is not.",
        {read.vread: _any_version},
    ),
    Fault(
        "PA-ISO-010.any-binary",
        "isolation.binary",
        "Any Binary can be read by its id.",
        {access.in_compartment: _open_to(("Binary",))},
    ),
    Fault(
        "PA-ISO-010.public-bytes",
        "isolation.binary",
        "A Binary can be read without a token.",
        {server.dispatch: _bytes_without_token},
    ),
    Fault(
        "PA-ISO-011.whole-contract",
        "isolation.family",
        "A search returns the records of everybody on the contract.",
        {matching.compartment: _whole_family},
    ),
    Fault(
        "PA-ISO-011.siblings",
        "isolation.family",
        "With one child's record open the other children's can be read.",
        {access.in_compartment: _in_the_family},
    ),
    Fault(
        "PA-ISO-012.batch-as-system",
        "isolation.batch",
        "The entries of a batch are carried out with the server's own rights.",
        {server.dispatch: _batch_as_system},
    ),
    Fault(
        "PA-ISO-013.cached-by-address",
        "isolation.cache",
        "A cache in front keeps answers by their address alone.",
        {server.dispatch: _cached_by_address},
    ),
    Fault(
        "PA-ISO-014.patient-header",
        "isolation.hint",
        "A header names the patient whose record is opened.",
        {access.patient_of: _header_names_the_patient},
    ),
    Fault(
        "PA-ISO-014.forwarded-user",
        "isolation.hint",
        "X-Forwarded-User is believed whoever sends it.",
        {access.patient_of: _gateway_names_the_user},
    ),
    Fault(
        "PA-ISO-014.second-authorization",
        "isolation.hint",
        "Of two Authorization values the first is checked and the second is believed.",
        {access.bearer: _first_value, access.patient_of: _last_value_names_the_patient},
    ),
    Fault(
        "PA-ISO-015.status",
        "isolation.existence",
        "Somebody else's record answers 403, an unknown id 404.",
        {access.in_compartment: _refused_with(403, "This record is not yours.")},
    ),
    Fault(
        "PA-ISO-015.words",
        "isolation.existence",
        "Somebody else's record and an unknown id are refused in different words.",
        {access.in_compartment: _refused_with(404, "This record belongs to somebody else.")},
    ),
)
