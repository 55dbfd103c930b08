"""Requests as member a for records that member b holds: reads, versions, histories and page links."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.areas.isolation.probes import requests
from conformance.areas.isolation.rules.disclosure import Probe, SearchProbe
from conformance.areas.shared.absence import nothing_of
from conformance.areas.shared.other_member import OtherMember, version_of
from conformance.errors import NotApplicable, Undecided
from conformance.fhir import bundle as bundles
from conformance.transport import same_origin

if TYPE_CHECKING:
    from conformance.areas.isolation.probes.requests import Pair
    from conformance.areas.isolation.probes.session import AsMemberA
    from conformance.fhir import FhirClient

PAGING_ROW = "PA-SRCH-007"
MAX_VERSIONS = 5
"""Records per type whose history is tried; all of them in an exhaustive run."""

Judged = tuple[int, int]


def patient(as_member_a: AsMemberA, pair: Pair) -> list[Probe]:
    """Reads of member b's Patient, in the forms that an API may support."""
    suffixes = ("", "?_format=json", "?_summary=true", "?_elements=name")
    return as_member_a.reads([f"Patient/{pair.other}{suffix}" for suffix in suffixes])


def of_type(as_member_a: AsMemberA, pair: Pair, other: OtherMember, type_name: str) -> tuple[list[Probe], Judged]:
    """Reads of member b's records of one type, and how many of how many were tried."""
    if as_member_a.run.target.offers(type_name) is False:
        raise NotApplicable(f"the target says it does not offer {type_name} (offered.{type_name}: false)")
    if type_name not in pair.types:
        raise Undecided(f"no scope for {type_name} was granted; add it to scopes in the target file")
    chosen = [f"{type_name}/{each}" for each in pair.theirs.sample(type_name).ids]
    own = [each for each in chosen if each in other.identities]
    if not own:
        otherwise = "" if pair.ours.of(type_name) else f", or say offered.{type_name}: false"
        raise nothing_of(pair.theirs, type_name, type_name, advice=f"give members.b one{otherwise}")
    held = [each for each in pair.theirs.resources if each in other.identities]
    return as_member_a.reads(own), (len(own), sum(each.startswith(f"{type_name}/") for each in held))


def versions(as_member_a: AsMemberA, pair: Pair, other: OtherMember) -> tuple[list[Probe], Judged]:
    """History and version reads of member b's records, and how many of how many records were tried."""
    most = None if as_member_a.run.exhaustive else MAX_VERSIONS
    own = [each for each in pair.theirs.resources if each in other.identities]
    chosen = [each for name in pair.types for each in [each for each in own if each.startswith(f"{name}/")][:most]]
    paths = [f"{each}/_history" for each in chosen]
    paths += [f"{each}/_history/{version_of(pair.theirs.get(each) or {})}" for each in chosen]
    return as_member_a.reads(paths, optional=True), (len(chosen), len(own))


def wide_histories(as_member_a: AsMemberA, pair: Pair) -> list[SearchProbe]:
    """Histories of whole types and of the whole system, where a server has them."""
    asked = [requests.Asked(f"{name}/_history") for name in pair.types[:3]]
    return as_member_a.searches([*asked, requests.Asked("_history")])


def pages(as_member_a: AsMemberA, pair: Pair, fhir_b: FhirClient) -> list[Probe]:
    """Page links of member b, requested by member a and without a token; b's own request shows that they work."""
    links = [
        link for link in _links_of_b(pair, fhir_b) if same_origin(link, as_member_a.run.target.deployment.fhir_base)
    ]
    taken = as_member_a.reads(links, optional=True)
    anonymous = as_member_a.client.with_token(None)
    probes: list[Probe] = []
    for probe, link in zip(taken, links, strict=True):
        bare = anonymous.get(link, purpose="page link of member b, without a token")
        if fhir_b.get(link, purpose="page link, by member b").status == 200:
            probes.append(replace(probe, what="a page link of member b, requested by member a"))
            probes.append(Probe("a page link of member b, requested without a token", bare, (link,)))
    if probes:
        return probes
    if links:
        raise Undecided(f"no page link of member b opens for member b, see {PAGING_ROW}", blocked_by=PAGING_ROW)
    raise Undecided("no search of member b with _count=1 gave a next page; give members.b more records")


def _links_of_b(pair: Pair, fhir_b: FhirClient) -> list[str]:
    plenty = [name for name in pair.types if len(pair.theirs.of(name)) > 1][:2]
    firsts = [
        fhir_b.search(name, {"patient": pair.other, "_count": "1"}, purpose="a page link for member b")
        for name in plenty
    ]
    firsts.append(
        fhir_b.operation(f"Patient/{pair.other}/$everything", {"_count": "1"}, purpose="a page link for member b")
    )
    bodies = [page.bundle for first in firsts for page in fhir_b.pages(first, limit=1)]
    return [link for body in bodies if (link := bundles.links(body).get("next"))]
