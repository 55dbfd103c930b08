"""Fixtures for the REST interface: reads asked in many ways, and what the sweep saw judged resource by resource."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.evidence import Read
from conformance.areas.shared.rest_evidence import Asked, Conditional, Copies, Target, VersionReads
from conformance.errors import Undecided
from conformance.fhir import capability as capabilities
from conformance.fhir import reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.findings import Finding
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

LONG_AGO = "Mon, 01 Jan 1990 00:00:00 GMT"
JSON_FORMATS = ("json", "application/json", "application/fhir+json")
_CONDITIONAL_TYPES = 3


@pytest.fixture(scope="session")
def instances(
    gatherer: Gatherer, search_by_patient: Callable[[str], SearchEvidence], searched_types: Sequence[str]
) -> list[Read]:
    """One instance of each type that the grant opens and the member has, read."""
    found = []
    for name in searched_types:
        ids = [match["id"] for match in search_by_patient(name).matches if isinstance(match.get("id"), str)]
        found += [Read(name, ids[0], gatherer.read(name, ids[0], purpose="read one of each type"))] if ids else []
    if not found:
        raise Undecided("no search found anything to read, see PA-SRCH-001", blocked_by="PA-SRCH-001")
    return found


@pytest.fixture(scope="session")
def versioned_instances(instances: Sequence[Read]) -> list[tuple[Read, str]]:
    """Those that name their version, with it."""
    found = []
    for read in instances:
        meta = resource_of(read.answer).get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        if isinstance(version, str) and version:
            found.append((read, version))
    return found


@pytest.fixture(scope="session")
def health_data_answers(
    instances: Sequence[Read],
    search_by_patient: Callable[[str], SearchEvidence],
    searched_types: Sequence[str],
    gatherer: Gatherer,
    patient: str,
) -> list[Asked]:
    """Answers that hold the member's data: a read and a search of each type, and $everything."""
    searches = [search_by_patient(name) for name in searched_types]
    everything = gatherer.operation(f"Patient/{patient}/$everything")
    held = [
        *(Asked(f"reading a {read.type}", read.answer) for read in instances),
        *(Asked(f"the search {search.what}", search.first) for search in searches),
        Asked(f"the operation {everything.what}", everything.first),
    ]
    return [each for each in held if each.answer.status == 200]


@pytest.fixture(scope="session")
def fhir_answers(
    capability_statement_answer: Exchange,
    health_data_answers: Sequence[Asked],
    unknown_ids: Sequence[Asked],
    unknown_types: Sequence[Asked],
) -> list[Asked]:
    """Answers of every kind the API gives: metadata, reads, searches, $everything, refusals."""
    return [Asked("metadata", capability_statement_answer), *health_data_answers, *unknown_ids, *unknown_types]


@pytest.fixture
def read_accepting(fhir: FhirClient, patient: str) -> Callable[..., list[Asked]]:
    """Reads the Patient in context once for each Accept header, with a ``_format`` beside it if one is given."""

    def read(*accepts: str, formats: Sequence[str] = ()) -> list[Asked]:
        found = []
        for accept in accepts:
            for wanted in formats or ("",):
                what = f"a read with Accept: {accept}" + (f" and _format={wanted}" if wanted else "")
                sent = {"_format": wanted} if wanted else None
                path = f"Patient/{patient}"
                found.append(Asked(what, fhir.get(path, sent, headers={"Accept": accept}, purpose=what)))
        return found

    return read


@pytest.fixture
def read_as_unsupported_type(read_accepting: Callable[..., list[Asked]]) -> list[Asked]:
    """A read that accepts only a media type that nobody offers."""
    return read_accepting(f"application/vnd.example.{secrets.token_hex(4)}")


@pytest.fixture
def read_as_xml(read_accepting: Callable[..., list[Asked]]) -> Asked:
    """A read that accepts FHIR XML only."""
    return read_accepting("application/fhir+xml")[0]


@pytest.fixture(scope="session")
def xml_is_declared(capability_statement: dict[str, Any]) -> bool:
    """Whether the capability statement lists an XML format."""
    return any("xml" in each.lower() for each in capabilities.formats(capability_statement))


@pytest.fixture
def conditional_reads(fhir: FhirClient, instances: Sequence[Read]) -> list[Conditional]:
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


@pytest.fixture
def version_reads(
    fhir: FhirClient, versioned_instances: Sequence[tuple[Read, str]], capability_statement: dict[str, Any]
) -> list[VersionReads]:
    """For one instance of each type: its current version by id, and a version that does not exist."""
    if not versioned_instances:
        raise Undecided("no resource names its version (meta.versionId), so no version can be asked for")
    return [
        VersionReads(
            type=read.type,
            id=read.id,
            version=version,
            read=read.answer,
            current=fhir.vread(read.type, read.id, version, purpose="read the current version"),
            unknown=fhir.vread(read.type, read.id, secrets.token_hex(6), purpose="read a version that does not exist"),
            declared="vread" in capabilities.interactions(capability_statement, read.type),
        )
        for read, version in versioned_instances
    ]


@pytest.fixture(scope="session")
def read_back(collection: Collection, gatherer: Gatherer) -> list[Copies]:
    """Every resource of the sample as a search or operation showed it, and read by its id."""
    shown = []
    for type_name in collection.types:
        for resource_id in collection.sample(type_name).ids:
            request = collection.brought_by(f"{type_name}/{resource_id}")[0]
            if request.kind != "read":
                shown.append((type_name, resource_id, request.exchange))
    answers = gatherer.parallel(_reading(gatherer, name, logical_id) for name, logical_id, _ in shown)
    return [
        Copies(f"{name}/{logical_id}", collection.resources[f"{name}/{logical_id}"].resource, number, answer)
        for (name, logical_id, number), answer in zip(shown, answers, strict=True)
    ]


def _reading(gatherer: Gatherer, type_name: str, resource_id: str) -> Callable[[], Exchange]:
    return lambda: gatherer.read(type_name, resource_id)


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def references_found(collection: Collection) -> int:
    """How many different resources of this service are referred to."""
    return len({each.target for each in collection.references if each.target and each.outcome != "foreign"})


@dataclass(frozen=True, slots=True)
class Validated:
    """What the validator found on every resource seen, against its base type alone."""

    findings: Sequence[Finding]
    count: int
    narratives: int = 0

    @property
    def judged(self) -> tuple[int, int]:
        """(looked at, available)."""
        return self.count, self.count


@pytest.fixture(scope="session")
def everything_validated(collection: Collection, validate: Validation) -> Validated:
    """Every resource of the sweep against R4 itself, whatever profiles it claims; each once."""
    findings: list[Finding] = []
    narratives = 0
    for resource, exchange in collection.seen():
        findings += validate.resource(without_profiles(resource), seen_in=exchange)
        narratives += isinstance(resource.get("text"), dict)
    return Validated(findings, len(collection), narratives)


def without_profiles(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource without the profiles it claims, which are other rows' business."""
    meta = resource.get("meta")
    if not isinstance(meta, dict) or "profile" not in meta:
        return resource
    kept = {name: value for name, value in meta.items() if name not in {"profile", "_profile"}}
    bare = {name: value for name, value in resource.items() if name != "meta"}
    return bare | {"meta": kept} if kept else bare
