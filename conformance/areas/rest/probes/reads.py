"""Reads of the member's resources: one of each type, in other formats, under conditions, by version, by reference."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.absence import search_failed
from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.evidence import Read
from conformance.areas.shared.rest_evidence import Asked, Conditional, Copies, Target, VersionReads
from conformance.errors import Undecided
from conformance.fhir import capability as capabilities
from conformance.fhir import reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conformance.areas.rest.probes.refusals import Refused
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.collection import Collection, Gatherer, Listing
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

LONG_AGO = "Mon, 01 Jan 1990 00:00:00 GMT"
_CONDITIONAL_TYPES = 3


def first_of_each(gatherer: Gatherer, searches: Iterable[SearchEvidence]) -> list[Read]:
    """Reads of the first instance that each search by patient found."""
    found = []
    for search in searches:
        ids = [match["id"] for match in search.matches if isinstance(match.get("id"), str)]
        if ids:
            found.append(Read(search.type, ids[0], gatherer.read(search.type, ids[0], purpose="read one of each type")))
    if not found:
        raise search_failed("no search found anything to read")
    return found


def with_health_data(instances: Sequence[Read], searches: Iterable[SearchEvidence], everything: Listing) -> list[Asked]:
    """The answers that hold the member's data: reads, searches and ``$everything``, where they are answered 200."""
    held = [
        *(Asked(f"reading a {read.type}", read.answer) for read in instances),
        *(Asked(f"the search {search.what}", search.first) for search in searches),
        Asked(f"the operation {everything.what}", everything.first),
    ]
    return [each for each in held if each.answer.status == 200]


def of_every_kind(metadata: Exchange, health_data: Sequence[Asked], refused: Refused) -> list[Asked]:
    """Answers of every kind the API gives: metadata, reads, searches, $everything, refusals."""
    return [Asked("metadata", metadata), *health_data, *refused.unknown_ids, *refused.unknown_types]


def accepting(fhir: FhirClient, patient: str, *accepts: str, formats: Sequence[str] = ("",)) -> list[Asked]:
    """The Patient in context read once for each Accept header and ``_format``; an empty format is not sent."""
    found = []
    for accept in accepts:
        for wanted in formats:
            what = f"a read with Accept: {accept}" + (f" and _format={wanted}" if wanted else "")
            sent = {"_format": wanted} if wanted else None
            answer = fhir.get(f"Patient/{patient}", sent, headers={"Accept": accept}, purpose=what)
            found.append(Asked(what, answer))
    return found


def accepting_unknown(fhir: FhirClient, patient: str) -> list[Asked]:
    """A read that accepts only a media type that does not exist."""
    return accepting(fhir, patient, f"application/vnd.example.{secrets.token_hex(4)}")


def declares_xml(statement: dict[str, Any]) -> bool:
    """Whether the capability statement lists an XML format."""
    return any("xml" in each.lower() for each in capabilities.formats(statement))


def under_conditions(fhir: FhirClient, instances: Sequence[Read]) -> list[Conditional]:
    """Reads under conditions that name the current copy, another copy, and a time long ago."""
    found = []
    for read in instances[:_CONDITIONAL_TYPES]:
        for name, value, names in _conditions(read):
            what = f"{name} naming {'the current copy' if names == 'current' else 'another copy'}"
            answer = fhir.read(read.type, read.id, headers={name: value}, purpose=what)
            found.append(Conditional(what, names, answer))
    return found


def _conditions(read: Read) -> Iterator[tuple[str, str, Any]]:
    if etag := read.answer.headers.get("etag"):
        yield "If-None-Match", etag, "current"
    yield "If-None-Match", f'W/"{secrets.token_hex(6)}"', "other"
    if modified := read.answer.headers.get("last-modified"):
        yield "If-Modified-Since", modified, "current"
    yield "If-Modified-Since", LONG_AGO, "other"


def by_version(fhir: FhirClient, instances: Sequence[Read], statement: dict[str, Any]) -> list[VersionReads]:
    """For each instance that names its version: that version by its id, and a version that does not exist."""
    versioned = [(read, version) for read in instances if (version := _named_version(read))]
    if not versioned:
        raise Undecided("no resource names its version (meta.versionId), so that no version can be requested")
    return [
        VersionReads(
            type=read.type,
            id=read.id,
            version=version,
            read=read.answer,
            current=fhir.vread(read.type, read.id, version, purpose="read the current version"),
            unknown=fhir.vread(read.type, read.id, secrets.token_hex(6), purpose="read a version that does not exist"),
            declared="vread" in capabilities.interactions(statement, read.type),
        )
        for read, version in versioned
    ]


def _named_version(read: Read) -> str:
    meta = resource_of(read.answer).get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else ""


def read_back(collection: Collection, gatherer: Gatherer) -> list[Copies]:
    """Every resource of the sample as a search or operation showed it, and read by its id."""
    shown = []
    for type_name in collection.types:
        for resource_id in collection.sample(type_name).ids:
            request = collection.returned_by(f"{type_name}/{resource_id}")[0]
            if request.kind != "read":
                shown.append((type_name, resource_id, request.exchange))
    answers = gatherer.parallel(_read_by_id(gatherer, name, logical_id) for name, logical_id, _ in shown)
    return [
        Copies(f"{name}/{logical_id}", collection.resources[f"{name}/{logical_id}"].resource, number, answer)
        for (name, logical_id, number), answer in zip(shown, answers, strict=True)
    ]


def _read_by_id(gatherer: Gatherer, type_name: str, resource_id: str) -> Callable[[], Exchange]:
    return lambda: gatherer.read(type_name, resource_id)


def reference_targets(run: Run, collection: Collection, gatherer: Gatherer, session: Session) -> list[Target]:
    """What references of the sweep lead to in this service: every target of the sample, asked for with the token."""
    sources: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for followed in collection.references:
        if followed.outcome in {"held", "read", "refused"}:
            parsed = reference.parse(followed.text)
            sources.setdefault((parsed.target, parsed.version), []).append((followed.source, followed.path))
    most = None if run.exhaustive else run.target.politeness.sample
    chosen = _per_type(sorted(sources), most)
    answers = gatherer.parallel(_following(gatherer, target, version) for target, version in chosen)
    return [
        Target(
            target=target,
            version=version,
            sources=sources[target, version],
            answer=answer,
            opened=not session.scopes.raw or session.scopes.opens(target.partition("/")[0], "r"),
            unversioned=gatherer.read(*target.split("/")) if version else None,
        )
        for (target, version), answer in zip(chosen, answers, strict=True)
    ]


def _per_type(targets: Sequence[tuple[str, str]], most: int | None) -> list[tuple[str, str]]:
    """At most so many targets of each type."""
    taken: dict[str, int] = {}
    chosen = []
    for target, version in targets:
        name = target.partition("/")[0]
        taken[name] = taken.get(name, 0) + 1
        if most is None or taken[name] <= most:
            chosen.append((target, version))
    return chosen


def _following(gatherer: Gatherer, target: str, version: str) -> Callable[[], Exchange]:
    type_name, _, resource_id = target.partition("/")
    if version:
        return lambda: gatherer.client.vread(type_name, resource_id, version, purpose="follow a versioned reference")
    return lambda: gatherer.read(type_name, resource_id)


def references_found(collection: Collection) -> int:
    """How many different resources of this service are referred to."""
    return len({each.target for each in collection.references if each.target and each.outcome != "foreign"})
