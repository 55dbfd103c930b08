"""Fixtures that invoke ``$everything``: whole, in parts, in pages, wrongly, and with few scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.everything.rules import record as rules
from conformance.areas.everything.rules import times
from conformance.areas.shared.fixtures.collection import opens
from conformance.areas.shared.fixtures.search import evidence_of
from conformance.areas.shared.paged_searches import read_pages
from conformance.areas.shared.search_envelope import answered
from conformance.errors import Undecided
from conformance.fhir.capability import operations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

Resource = dict[str, Any]

FAR_AHEAD = "2199-01-01T00:00:00Z"
MEANINGS = ("base", "pdex")
_MAX_PAGES_ASKED = 12
_FOLLOWED = frozenset({"held", "read", "refused"})


@pytest.fixture(scope="session")
def invoke_everything(gatherer: Gatherer, patient: str) -> Callable[..., SearchEvidence]:
    """The operation on the patient with some parameters, every page of it, each different one once in the run."""

    def ask(**parameters: str) -> SearchEvidence:
        return evidence_of(gatherer.operation(f"Patient/{patient}/$everything", parameters))

    return ask


@pytest.fixture(scope="session")
def whole_record(invoke_everything: Callable[..., SearchEvidence]) -> SearchEvidence:
    """The operation without parameters; undecided where it is not answered as it must be."""
    found = invoke_everything()
    if not answered([found]):
        raise Undecided(f"{found.what} brought no searchset, see PA-EVRY-001", blocked_by="PA-EVRY-001")
    return found


@pytest.fixture(scope="session")
def searches_of_record(
    search_by_patient: Callable[[str], SearchEvidence], searched_types: Sequence[str]
) -> list[SearchEvidence]:
    """Each deployed type that the grant opens, searched by patient."""
    return [search_by_patient(name) for name in searched_types]


@pytest.fixture(scope="session")
def everything_operations(capability_statement: dict[str, Any]) -> Mapping[str, str]:
    """The operations that the capability statement declares on Patient, with those of the whole system."""
    return {**operations(capability_statement), **operations(capability_statement, "Patient")}


@pytest.fixture(scope="session")
def everything_meaning(run: Run, everything_operations: Mapping[str, str]) -> rules.Meaning:
    """What the operation means by its definition or by the target; "" when it is not declared at all."""
    told = run.target.expect.get("PA-EVRY-010", "")
    if told and told not in MEANINGS:
        raise Undecided(f"expect.PA-EVRY-010 is {told!r}; choose one of {', '.join(MEANINGS)}")
    definition = everything_operations.get("everything", "")
    meaning = "pdex" if told == "pdex" else "base" if told else rules.meaning_of(definition)
    if definition and not meaning:
        raise Undecided("the declared definition of $everything is not known; set expect.PA-EVRY-010: base or pdex")
    return meaning


@pytest.fixture(scope="session")
def left_out_by_definition(everything_operations: Mapping[str, str], run: Run) -> Callable[[Resource], bool]:
    """Whether the definition leaves a resource out of the record: PDex leaves out claims."""
    definition = everything_operations.get("everything", "")
    told = run.target.expect.get("PA-EVRY-010") or rules.meaning_of(definition)
    return rules.is_claim if told == "pdex" else lambda resource: False  # noqa: ARG005


@pytest.fixture
def everything_of_b(fhir: FhirClient, session_b: Session) -> Exchange:
    """The operation on member b, asked for as member a."""
    return fhir.operation(f"Patient/{session_b.patient.id}/$everything", purpose="the record of another member")


@pytest.fixture
def narrow_record(run: Run, own_authorization: OwnAuthorization) -> tuple[SearchEvidence, Callable[[str], bool]]:
    """The operation with scopes for Patient and Coverage only, and what was granted."""
    wanted = own_authorization.authorizations.smaller("Patient", "Coverage")
    answer = own_authorization.grant(scopes=wanted, reason="what does $everything show with few scopes")
    granted = answer.scopes
    if granted.raw and opens(granted, "ExplanationOfBenefit", "r"):
        raise Undecided("more was granted than asked for, see PA-SCOP-001", blocked_by="PA-SCOP-001")
    client, patient = own_authorization.fhir(answer), own_authorization.patient(answer)
    first = client.operation(f"Patient/{patient}/$everything", purpose="$everything with few scopes")
    asked = {"Patient", "Coverage"}
    found = read_pages(run, client, first, what="$everything", type_name="Patient")
    return found, lambda name: name in asked if not granted.raw else opens(granted, name, "r")


@pytest.fixture
def windows_of_care(
    invoke_everything: Callable[..., SearchEvidence], whole_record: SearchEvidence
) -> list[tuple[SearchEvidence, times.Window]]:
    """The operation for a month, for the year around it, for all from the month on and for all up to it."""
    found = times.windows(rules.record(whole_record))
    if found is None:
        raise Undecided("the record has no month with care in it and care outside; give member a older care")
    (start, end), (earlier, later) = found
    asked = ((start, end), (earlier, later), (start, ""), ("", end))
    return [
        (invoke_everything(**{name: value for name, value in zip(("start", "end"), each, strict=True) if value}), each)
        for each in asked
    ]


@pytest.fixture
def updates_since(
    invoke_everything: Callable[..., SearchEvidence], whole_record: SearchEvidence
) -> list[tuple[SearchEvidence, str]]:
    """The operation since a time between two updates, and since a time nobody has seen yet."""
    middle = times.moment_between(rules.record(whole_record))
    if not middle:
        raise Undecided("all records were updated at one time, or do not say when; give member a newer records")
    return [(invoke_everything(_since=each), each) for each in (middle, FAR_AHEAD)]


@pytest.fixture
def two_types(whole_record: SearchEvidence) -> tuple[str, ...]:
    """Two types of the record: Coverage and claims where they are there."""
    held = list(dict.fromkeys(str(each["resourceType"]) for each in rules.personal(rules.record(whole_record))))
    preferred = [name for name in ("Coverage", "ExplanationOfBenefit") if name in held]
    found = tuple(dict.fromkeys([*preferred, *held]))[:2]
    if len(found) < 2:
        raise Undecided("the record has fewer than two types; give member a coverage and claims")
    return found


@pytest.fixture
def everything_by_type(
    run: Run,
    fhir: FhirClient,
    invoke_everything: Callable[..., SearchEvidence],
    two_types: tuple[str, ...],
    patient: str,
) -> dict[str, tuple[SearchEvidence, tuple[str, ...]]]:
    """The operation for two types as a list and as a repeated parameter, and for each of them, by the form's name."""
    pairs = [("_type", name) for name in two_types]
    first = fhir.operation(f"Patient/{patient}/$everything", pairs, purpose="$everything of two types")
    repeated = read_pages(run, fhir, first, what="Patient $everything", type_name="Patient")
    return {
        "a list of types": (invoke_everything(_type=",".join(two_types)), two_types),
        "_type repeated": (repeated, two_types),
        **{f"_type={name}": (invoke_everything(_type=name), (name,)) for name in two_types},
    }


@pytest.fixture
def everything_in_pages(
    invoke_everything: Callable[..., SearchEvidence], whole_record: SearchEvidence
) -> tuple[SearchEvidence, int]:
    """The operation in pages of five, of more where that would be too many pages."""
    count = max(5, len(rules.record(whole_record)) // _MAX_PAGES_ASKED)
    return invoke_everything(_count=str(count)), count


@pytest.fixture
def dangling_in_everything(collection: Collection) -> tuple[list[rules.Dangling], int]:
    """References of what the operation brought that lead to nothing, and how many were followed."""
    followed = [
        each
        for each in collection.references
        if each.outcome in _FOLLOWED and any(by.kind == "operation" for by in collection.brought_by(each.source))
    ]
    refused = [each for each in followed if each.outcome == "refused"]
    return [rules.Dangling(each.source, each.path, each.target, each.status, each.exchange) for each in refused], len(
        followed
    )


@pytest.fixture
def everything_variants(
    run: Run, fhir: FhirClient, invoke_everything: Callable[..., SearchEvidence], patient: str
) -> rules.Variants:
    """The operation asked wrongly, by POST, and for the type."""
    path = f"Patient/{patient}/$everything"
    body = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueCode": "Coverage"}]}
    unknown = fhir.operation("Patient/nobody-has-this-id/$everything", purpose="$everything of an unknown patient")
    posted = fhir.operation(path, body=body, purpose="$everything by POST")
    type_level = fhir.operation("Patient/$everything", purpose="$everything of the type Patient")

    def read(first: Exchange) -> SearchEvidence:
        return read_pages(run, fhir, first, what="$everything", type_name="Patient")

    return rules.Variants(
        invoke_everything(start="bad"),
        read(unknown),
        read(posted),
        invoke_everything(_type="Coverage"),
        read(type_level),
    )
