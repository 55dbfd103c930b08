"""The ways to the member's data, asked without a token, with an unknown one, and with malformed credentials."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.areas.rest.rules.access import private_values
from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.rest_evidence import Asked
from conformance.fhir import bundle as bundles
from conformance.fhir import reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.areas.shared.evidence import Read
    from conformance.collection import Collection
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange


@dataclass(frozen=True, slots=True)
class Protected:
    """A place that must not answer without a token."""

    what: str
    method: str
    path: str
    parameters: Mapping[str, str]


def described_places(
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


def asked_without_token(fhir: FhirClient, protected_places: Sequence[Protected]) -> list[Asked]:
    """Each protected place asked without an Authorization header."""
    stranger = fhir.with_token(None)
    return [Asked(each.what, _ask(stranger, each, {}, "no token")) for each in protected_places]


def asked_with_unknown_token(fhir: FhirClient, protected_places: Sequence[Protected]) -> list[Asked]:
    """Each protected place asked with a token the server did not issue."""
    stranger = fhir.with_token(None)
    found = []
    for place in protected_places:
        headers = {"Authorization": f"Bearer {secrets.token_urlsafe(32)}"}
        found.append(Asked(f"{place.what} with a random token", _ask(stranger, place, headers, "random token")))
    return found


def asked_with_malformed_credentials(fhir: FhirClient, session: Session, patient: str) -> list[Asked]:
    """The Patient in context asked with Authorization headers that are wrong in their form, and with a spoilt token."""
    stranger, token = fhir.with_token(None), session.bearer()
    basic = base64.b64encode(f"{secrets.token_hex(4)}:{secrets.token_hex(4)}".encode()).decode()
    spoilt = token[:-6] + secrets.token_urlsafe(9)
    wrong = {
        "an empty bearer": "Bearer",
        "the Basic scheme": f"Basic {basic}",
        "an unknown scheme": f"Zz{secrets.token_hex(3)} {secrets.token_hex(8)}",
        "a token without a scheme": token,
        "two tokens": f"Bearer {secrets.token_hex(8)} {secrets.token_hex(8)}",
        "odd characters for a token": 'Bearer ";<>\\{}',
        "a token of 6,000 characters": f"Bearer {secrets.token_hex(3000)}",
        "a token with another end": f"Bearer {spoilt}",
    }
    path = f"Patient/{patient}"
    return [
        Asked(f"a read with {what}", stranger.get(path, headers={"Authorization": value}, purpose=what))
        for what, value in wrong.items()
    ]


def asked_with_lower_case_scheme(fhir: FhirClient, session: Session, patient: str) -> Asked:
    """The Patient in context asked with a valid token behind ``bearer``."""
    headers = {"Authorization": f"bearer {session.bearer()}"}
    answer = fhir.with_token(None).get(f"Patient/{patient}", headers=headers, purpose="bearer in lower case")
    return Asked("a read with the scheme in lower case", answer)


def private_data(collection: Collection) -> frozenset[str]:
    """What identifies the member: the values of the Patient."""
    return frozenset(value for patient in collection.of("Patient") for value in private_values(patient))
