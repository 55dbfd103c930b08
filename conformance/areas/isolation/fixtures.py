"""Fixtures that try as member a what belongs to member b; every refusal counts only while a's own session works."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.areas.isolation.probes import requests
from conformance.areas.isolation.probes.requests import Pair
from conformance.areas.isolation.rules.disclosure import Probe, SearchProbe
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.fixtures.collection import opens, revive
from conformance.areas.shared.other_member import OtherMember, lookalike, stranger_from, version_of
from conformance.errors import NotApplicable, Undecided
from conformance.fhir import bundle as bundles
from conformance.transport import same_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.areas.isolation.probes.requests import Asked
    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

PAGES = 20
"""Enough to see whether a search leaks; a leak of a whole plan need not be read to its end."""
VERSIONS = 5
"""Records per type whose history is tried; all of them in an exhaustive run."""


@pytest.fixture(scope="session")
def pair(collection: Collection, collection_b: Collection, compartment_types: Sequence[str]) -> Pair:
    """Member a, who asks, and member b, who must not be seen; undecided where b has nothing to be seen."""
    if not any(identity(resource) != f"Patient/{collection_b.patient}" for resource, _ in collection_b.seen()):
        raise Undecided("member b has no record; members.b must be a person with claims and clinical data")
    return Pair(collection.patient, collection_b, collection, compartment_types)


@pytest.fixture(scope="session")
def stranger(pair: Pair, fhir: FhirClient) -> OtherMember:
    """What must not be seen of member b."""
    usual = fhir.read("Patient", lookalike(pair.other), purpose="how an unknown id is refused")
    ours = [*pair.ours.of("Patient"), *pair.ours.of("Coverage")]
    theirs = [resource for resource, _ in pair.theirs.seen()]
    return stranger_from(pair.other, theirs, ours, usual.body.decode("utf-8", "replace"))


@pytest.fixture(scope="session")
def stranger_if_any(request: pytest.FixtureRequest) -> OtherMember:
    """What must not be seen of member b; nothing in particular where the target has no second member."""
    try:
        known: OtherMember = request.getfixturevalue("stranger")
    except Undecided:
        return OtherMember("")
    return known


class AsMemberA:
    """Sends requests as one member, in parallel; afterwards the member's own Patient must still be readable."""

    def __init__(self, run: Run, session: Session, gatherer: Gatherer) -> None:
        self.client = gatherer.client
        self.context = session.patient.id
        self._run = run
        self._session = session
        self._gatherer = gatherer

    def all(self, calls: Iterable[Callable[[], Exchange]]) -> list[Exchange]:
        """The answers in order; undecided when the session turns out to be dead, since then everything is refused."""
        listed, token = list(calls), self.client.bearer()
        answers = self._gatherer.parallel(listed)
        if revive(self._run, self._session, self.client):
            return answers if self.client.bearer() == token else self._gatherer.parallel(listed)
        raise Undecided(
            f"member {self._session.member}'s own Patient could not be read beside the probes, so that refusals prove "
            "nothing, see PA-TOK-014",
            blocked_by="PA-TOK-014",
        )

    def reads(self, paths: Sequence[str], *, optional: bool = False) -> list[Probe]:
        """GET of each path below the base."""
        answers = self.all([self._getting(path) for path in paths])
        return [
            Probe(f"GET {_shown(path)} of another member", answer, (path,), optional)
            for path, answer in zip(paths, answers, strict=True)
        ]

    def _getting(self, path: str) -> Callable[[], Exchange]:
        kind = "history" if "/_history" in path else "read"
        return lambda: self.client.get(path, purpose="member b's, as member a", endpoint=f"isolation {kind}")

    def searches(self, asked: Iterable[Asked]) -> list[SearchProbe]:
        """Searches and operations, each followed page by page."""
        listed = list(asked)
        firsts = self.all([self._asking(each) for each in listed])
        return [self._followed(each, first) for each, first in zip(listed, firsts, strict=True)]

    def _asking(self, asked: Asked) -> Callable[[], Exchange]:
        purpose = "member b's, as member a"
        if asked.method == "POST":
            return lambda: self.client.search(
                asked.path, asked.params, method="POST", query=asked.query, purpose=purpose
            )
        return lambda: self.client.get(asked.path, asked.params, purpose=purpose, endpoint="isolation search")

    def _followed(self, asked: Asked, first: Exchange) -> SearchProbe:
        matched, other = [], []
        if first.status == 200:
            for page in self.client.pages(first, limit=PAGES):
                matched += page.matches
                other += bundles.includes(page.bundle)
        return SearchProbe(asked.what, first, [*matched, *other], len(matched), asked.sent)


@pytest.fixture(scope="session")
def as_member_a(run: Run, session: Session, gatherer: Gatherer) -> AsMemberA:
    """Requests as member a."""
    return AsMemberA(run, session, gatherer)


@pytest.fixture
def living_b(run: Run, session_b: Session, fhir_b: FhirClient) -> FhirClient:
    """The FHIR API as member b, whose session is known to work at this moment."""
    if not revive(run, session_b, fhir_b):
        raise Undecided("member b's own Patient cannot be read, see PA-TOK-014", blocked_by="PA-TOK-014")
    return fhir_b


@pytest.fixture
def reads_of_the_other_patient(as_member_a: AsMemberA, pair: Pair) -> list[Probe]:
    """Member b's Patient, asked for by its address in the ways an API answers a read."""
    suffixes = ("", "?_format=json", "?_summary=true", "?_elements=name")
    return as_member_a.reads([f"Patient/{pair.other}{suffix}" for suffix in suffixes])


@pytest.fixture
def reads_of_the_other_member(
    run: Run, as_member_a: AsMemberA, pair: Pair, stranger: OtherMember
) -> Callable[[str], tuple[list[Probe], tuple[int, int]]]:
    """Reads of member b's records of one type, and how many of how many were tried."""

    def read(type_name: str) -> tuple[list[Probe], tuple[int, int]]:
        if run.target.offers(type_name) is False:
            raise NotApplicable(f"the target says it does not offer {type_name} (offered.{type_name}: false)")
        if type_name not in pair.types:
            raise Undecided(f"no scope for {type_name} was granted; add it to scopes in the target file")
        chosen = [f"{type_name}/{each}" for each in pair.theirs.sample(type_name).ids]
        own = [each for each in chosen if each in stranger.identities]
        if not own:
            raise Undecided(f"member b has no {type_name}; give members.b one, or say offered.{type_name}: false")
        held = [each for each in pair.theirs.resources if each in stranger.identities]
        return as_member_a.reads(own), (len(own), sum(each.startswith(f"{type_name}/") for each in held))

    return read


@pytest.fixture
def searches_for_the_other_member(as_member_a: AsMemberA, pair: Pair) -> list[SearchProbe]:
    """Searches that name member b as the patient."""
    return as_member_a.searches(requests.by_patient(pair))


@pytest.fixture
def searches_without_a_patient(
    as_member_a: AsMemberA, compartment_types: Sequence[str], session: Session
) -> list[SearchProbe]:
    """Searches that name nobody; they need no second member to show that they stay in context."""
    further = ["Provenance"] if opens(session.scopes, "Provenance", "s") else []
    return as_member_a.searches(requests.without_patient([*compartment_types, *further]))


@pytest.fixture
def searches_by_identity(as_member_a: AsMemberA, pair: Pair) -> list[SearchProbe]:
    """Searches by member b's numbers, names and ids."""
    return as_member_a.searches(requests.by_identity(pair))


@pytest.fixture
def posted_searches(as_member_a: AsMemberA, pair: Pair) -> list[SearchProbe]:
    """Searches for member b as form posts."""
    return as_member_a.searches(requests.posted(pair))


@pytest.fixture(params=["chained", "included", "compartment_urls", "operations"])
def winding_searches(request: pytest.FixtureRequest, as_member_a: AsMemberA, pair: Pair) -> list[SearchProbe]:
    """Chains, includes, compartment addresses or operations that lead to member b."""
    return as_member_a.searches(getattr(requests, request.param)(pair))


@pytest.fixture
def stolen_pages(run: Run, as_member_a: AsMemberA, pair: Pair, living_b: FhirClient) -> list[Probe]:
    """Page links given to member b, asked for by member a and by nobody; b's own use shows that they work."""
    links = [link for link in _links_of_b(pair, living_b) if same_origin(link, run.target.deployment.fhir_base)]
    taken = as_member_a.reads(links, optional=True)
    anybody = as_member_a.client.with_token(None)
    probes: list[Probe] = []
    for probe, link in zip(taken, links, strict=True):
        bare = anybody.get(link, purpose="page link of member b, without a token")
        if living_b.get(link, purpose="page link, by member b").status == 200:
            probes.append(replace(probe, what="a page link of member b, asked for by member a"))
            probes.append(Probe("a page link of member b, asked for without a token", bare, (link,)))
    if not probes:
        raise Undecided("no search of member b with _count=1 gave a next page; give members.b more records")
    return probes


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


@pytest.fixture
def versions_of_the_other_member(
    run: Run, as_member_a: AsMemberA, pair: Pair, stranger: OtherMember
) -> tuple[list[Probe], tuple[int, int]]:
    """History and version reads of member b's records, and how many of how many records were tried."""
    most = None if run.exhaustive else VERSIONS
    own = [each for each in pair.theirs.resources if each in stranger.identities]
    chosen = [each for name in pair.types for each in [each for each in own if each.startswith(f"{name}/")][:most]]
    paths = [f"{each}/_history" for each in chosen]
    paths += [f"{each}/_history/{version_of(pair.theirs.get(each) or {})}" for each in chosen]
    return as_member_a.reads(paths, optional=True), (len(chosen), len(own))


@pytest.fixture
def wide_histories(as_member_a: AsMemberA, pair: Pair) -> list[SearchProbe]:
    """Histories of whole types and of the whole system, where a server has them."""
    asked = [requests.Asked(f"{name}/_history") for name in pair.types[:3]]
    return as_member_a.searches([*asked, requests.Asked("_history")])


def _shown(path: str) -> str:
    """A path without the id in it."""
    address, mark, query = path.partition("?")
    segments = [part if place != 1 else "…" for place, part in enumerate(address.split("/"))]
    return "/".join(segments[:3]) + mark + query
