"""Fixtures that ask the FHIR API for what it must refuse: nobody's ids, wrong addresses, no token, a bad token."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.rest.rules.access import private_values
from conformance.areas.rest.rules.refusals import outcomes_in
from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.fixtures.collection import opens
from conformance.areas.shared.rest_evidence import Asked, Deleted
from conformance.errors import Undecided
from conformance.fhir import bundle as bundles
from conformance.fhir import capability as capabilities
from conformance.fhir import reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.evidence import Read, SearchEvidence
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.findings import Finding
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

_UNKNOWN_ID_TYPES = 10
_LETTERS = "bcdfghjklmnpqrstvwxz"


def _unknown_type() -> str:
    """A well-formed name that no FHIR type has."""
    return "Zz" + "".join(secrets.choice(_LETTERS) for _ in range(8))


@pytest.fixture(scope="session")
def unknown_ids(fhir: FhirClient, searched_types: Sequence[str]) -> list[Asked]:
    """Reads of a random well-formed id of each type that the grant opens."""
    return [
        Asked(f"reading an unknown {name}", fhir.read(name, f"{secrets.token_hex(12)}", purpose="an id nobody has"))
        for name in searched_types[:_UNKNOWN_ID_TYPES]
    ]


@pytest.fixture(scope="session")
def unknown_types(fhir: FhirClient) -> list[Asked]:
    """A search and a read of a type that does not exist."""
    name = _unknown_type()
    return [
        Asked("searching a type that does not exist", fhir.search(name, purpose="a type nobody has")),
        Asked("reading from a type that does not exist", fhir.read(name, "1", purpose="a type nobody has")),
    ]


@pytest.fixture(scope="session")
def lower_case_paths(fhir: FhirClient, patient: str) -> list[Asked]:
    """The Patient in context below a lower-case type name."""
    return [
        Asked("reading patient/{id} in lower case", fhir.read("patient", patient, purpose="type in lower case")),
        Asked("searching patient in lower case", fhir.search("patient", {"_id": patient}, purpose="lower-case type")),
    ]


@pytest.fixture(scope="session")
def deleted_resources(
    run: Run, fhir: FhirClient, session: Session, search: Callable[..., SearchEvidence]
) -> list[Deleted]:
    """Reads of, and searches for, the deleted ids that the target names."""
    named = {name: each for name, each in run.target.ids.deleted.items() if opens(session.scopes, name, "r")}
    if not named:
        raise Undecided("name the id of a deleted resource as ids.deleted in the target file, by its type")
    return [
        Deleted(
            Asked(f"reading a deleted {name}", fhir.read(name, logical_id, purpose="a deleted resource")),
            search(name, _id=logical_id) if opens(session.scopes, name, "s") else None,
        )
        for name, logical_id in named.items()
    ]


@pytest.fixture(scope="session")
def malformed_ids(fhir: FhirClient, searched_types: Sequence[str]) -> list[Asked]:
    """Reads of ids that cannot be ids: too long, with characters that no id has, with a way out of the path."""
    return [
        Asked(f"reading a {name} whose id {what}", fhir.read(name, bad, purpose=f"an id that {what}"))
        for name in searched_types[:2]
        for what, bad in _malformed()
    ]


def _malformed() -> Iterator[tuple[str, str]]:
    some = secrets.token_hex(4)
    yield "has 65 characters", secrets.token_hex(33)[:65]
    yield "has 2,000 characters", secrets.token_hex(1000)
    yield "has spaces", f"{some} {some}"
    yield "has quotes", f"{some}' OR '1'='1"
    yield "has double quotes and brackets", f'"><{some}>'
    yield "has encoded slashes", f"{some}/{some}"
    yield "climbs out of its type", "../metadata"
    yield "climbs out of the base", "../../metadata"
    yield "has a null character", f"{some}\0"
    yield "has a line break", f"{some}\r\nX-{some}: 1"
    yield "has characters beyond ASCII", f"{some}\u00e9\u4e2d\U0001f9ea"
    yield "has a percent sign", f"%{some}%"


@pytest.fixture(scope="session")
def bad_requests(
    fhir: FhirClient,
    patient: str,
    searched_types: Sequence[str],
    capability_statement: dict[str, Any],
    session: Session,
) -> list[Asked]:
    """Requests that must be refused otherwise: a wrong value, an unknown parameter, a media type, a missing scope."""
    name = next((each for each in searched_types if each != "Patient"), "Patient")
    owner = {"patient": patient} if name != "Patient" else {"_id": patient}
    odd = f"zz{secrets.token_hex(4)}"
    wanted = f"application/vnd.example.{odd}"
    asked = [
        ("a search with a date that is none", fhir.search(name, {**owner, "_lastUpdated": f"not-a-date-{odd}"})),
        (
            "a strict search with an unknown parameter",
            fhir.search(name, {**owner, odd: "1"}, headers={"Prefer": "handling=strict"}),
        ),
        ("a read in a media type nobody offers", fhir.read("Patient", patient, headers={"Accept": wanted})),
    ]
    closed = [each for each in capabilities.resource_types(capability_statement) if not _opened(session, each)]
    asked += [(f"a search of {each} without its scope", fhir.search(each, {"patient": patient})) for each in closed[:1]]
    return [Asked(what, answer) for what, answer in asked]


def _opened(session: Session, type_name: str) -> bool:
    return opens(session.scopes, type_name, "s") or type_name in {"Binary", "OperationDefinition", "SearchParameter"}


@pytest.fixture(scope="session")
def refusals(
    unknown_ids: Sequence[Asked],
    unknown_types: Sequence[Asked],
    lower_case_paths: Sequence[Asked],
    malformed_ids: Sequence[Asked],
    bad_requests: Sequence[Asked],
) -> list[Asked]:
    """Every request so far that had to be refused."""
    return [*unknown_ids, *unknown_types, *lower_case_paths, *malformed_ids, *bad_requests]


@pytest.fixture
def validate_outcomes(validate: Validation) -> Callable[[Iterable[Asked]], Iterator[Finding]]:
    """Validates the OperationOutcome of each answer that owes one."""

    def judge_all(asked: Iterable[Asked]) -> Iterator[Finding]:
        for each in outcomes_in(asked):
            yield from validate.resource(resource_of(each.answer), seen_in=each.answer.number)

    return judge_all


@dataclass(frozen=True, slots=True)
class Protected:
    """A place that must not answer without a token."""

    what: str
    method: str
    path: str
    parameters: Mapping[str, str]


@pytest.fixture(scope="session")
def protected_places(
    instances: Sequence[Read],
    patient: str,
    collection: Collection,
    fhir: FhirClient,
) -> list[Protected]:
    """Every described way to the member's data: reads, versions, histories, searches, pages, operations, documents."""
    places = [Protected("$everything", "GET", f"Patient/{patient}/$everything", {})]
    for read in instances:
        owner = {"_id": patient} if read.type == "Patient" else {"patient": patient}
        meta = resource_of(read.answer).get("meta") or {}
        version = meta.get("versionId", "1")
        own = f"{read.type}/{read.id}"
        places += [
            Protected(f"reading a {read.type}", "GET", own, {}),
            Protected(f"a version of a {read.type}", "GET", f"{own}/_history/{version}", {}),
            Protected(f"the history of a {read.type}", "GET", f"{own}/_history", {}),
            Protected(f"searching {read.type}", "GET", read.type, owner),
            Protected(f"searching {read.type} with a form", "POST", f"{read.type}/_search", owner),
        ]
    places += [Protected("the next page of a search", "GET", url, {}) for url in _next_pages(fhir, instances, patient)]
    return [*places, *(Protected("a document's bytes", "GET", url, {}) for url in _documents(collection, fhir.base))]


def _next_pages(fhir: FhirClient, instances: Sequence[Read], patient: str) -> list[str]:
    """The link to a second page, of the first type that has one."""
    for name in (read.type for read in instances if read.type != "Patient"):
        first = fhir.search(name, {"patient": patient, "_count": "1"}, purpose="a link to a next page")
        link = bundles.links(resource_of(first)).get("next", "")
        if link.startswith(f"{fhir.base}/"):
            return [link]
    return []


def _documents(collection: Collection, base: str) -> list[str]:
    """One document of this service; addresses elsewhere are protected otherwise."""
    for resource in collection.of("DocumentReference"):
        for content in resource.get("content") or []:
            url = (content.get("attachment") or {}).get("url") if isinstance(content, dict) else None
            if isinstance(url, str) and reference.is_local(reference.parse(url), base):
                return [url]
    return []


def _ask(fhir: FhirClient, place: Protected, headers: Mapping[str, str], purpose: str) -> Exchange:
    if place.method == "POST":
        name = place.path.partition("/")[0]
        return fhir.search(name, dict(place.parameters), method="POST", headers=headers, purpose=purpose)
    return fhir.get(place.path, dict(place.parameters), headers=headers, purpose=purpose)


@pytest.fixture
def asked_without_token(fhir: FhirClient, protected_places: Sequence[Protected]) -> list[Asked]:
    """Each protected place asked without an Authorization header."""
    nobody = fhir.with_token(None)
    return [Asked(each.what, _ask(nobody, each, {}, "no token")) for each in protected_places]


@pytest.fixture
def asked_with_unknown_token(fhir: FhirClient, protected_places: Sequence[Protected]) -> list[Asked]:
    """Each protected place asked with a token that nobody issued."""
    nobody = fhir.with_token(None)
    found = []
    for place in protected_places:
        headers = {"Authorization": f"Bearer {secrets.token_urlsafe(32)}"}
        found.append(Asked(f"{place.what} with a random token", _ask(nobody, place, headers, "random token")))
    return found


@pytest.fixture
def asked_with_malformed_credentials(fhir: FhirClient, session: Session, patient: str) -> list[Asked]:
    """The Patient in context asked with Authorization headers that are wrong in their form, and with a spoilt token."""
    nobody, token = fhir.with_token(None), session.bearer()
    basic = base64.b64encode(f"{secrets.token_hex(4)}:{secrets.token_hex(4)}".encode()).decode()
    spoilt = token[:-6] + secrets.token_urlsafe(9)
    wrong = {
        "an empty bearer": "Bearer",
        "the Basic scheme": f"Basic {basic}",
        "a scheme nobody knows": f"Zz{secrets.token_hex(3)} {secrets.token_hex(8)}",
        "a token without a scheme": token,
        "two tokens": f"Bearer {secrets.token_hex(8)} {secrets.token_hex(8)}",
        "odd characters for a token": 'Bearer ";<>\\{}',
        "a token of 6,000 characters": f"Bearer {secrets.token_hex(3000)}",
        "a token with another end": f"Bearer {spoilt}",
    }
    path = f"Patient/{patient}"
    return [
        Asked(f"a read with {what}", nobody.get(path, headers={"Authorization": value}, purpose=what))
        for what, value in wrong.items()
    ]


@pytest.fixture
def asked_with_lower_case_scheme(fhir: FhirClient, session: Session, patient: str) -> Asked:
    """The Patient in context asked with a valid token behind ``bearer``."""
    headers = {"Authorization": f"bearer {session.bearer()}"}
    answer = fhir.with_token(None).get(f"Patient/{patient}", headers=headers, purpose="bearer in lower case")
    return Asked("a read with the scheme in lower case", answer)


@pytest.fixture(scope="session")
def private_data(collection: Collection) -> frozenset[str]:
    """What says who the member is."""
    return frozenset(value for patient in collection.of("Patient") for value in private_values(patient))
