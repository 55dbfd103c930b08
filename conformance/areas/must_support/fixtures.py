"""Fixtures that gather, over all members looked at, which must-support elements their records show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.must_support.rules import coverage as must_support
from conformance.areas.shared.canonicals import C4BB
from conformance.areas.shared.fixtures.collection import gatherer_for, searched_by
from conformance.areas.shared.routing import CLAIM_KINDS, PRIOR_AUTHORIZATION
from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.areas.shared.promises import Promise
    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run
    from conformance.findings import Finding
    from conformance.guides import Guides
    from conformance.transport import Exchange

Resource = dict[str, Any]

_CARIN = {"Patient": f"{C4BB}C4BB-Patient", "Coverage": f"{C4BB}C4BB-Coverage"}
_CLINICAL = (
    *("Patient", "Condition", "MedicationRequest", "Observation", "DocumentReference", "AllergyIntolerance"),
    *("Immunization", "Procedure"),
)
_OF_UNKNOWN_STATUS = ("AllergyIntolerance", "Condition", "DocumentReference", "Immunization")


@dataclass(frozen=True, slots=True)
class Survey:
    """The lines of the profiles of one row; ``judged`` is (profiles with resources, profiles)."""

    lines: Sequence[must_support.Line]
    judged: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Withheld:
    """A resource that must not be shown: the read of it, and the search that must leave it out."""

    name: str
    read: Exchange
    found: Sequence[Resource]
    outcomes: Sequence[Resource]


@pytest.fixture(scope="session")
def surveyed(
    run: Run, guides: Guides, collections: dict[str, Collection], gathered: dict[str, Resource]
) -> Callable[[Mapping[str, Sequence[Resource]]], Survey]:
    """What resources show of their profiles, each line kept for the report's table.

    Raises :class:`Undecided` when what is promised and not seen may be in records that were not looked at.
    """
    from conformance.validator import Validator  # noqa: PLC0415  compiled only when a check asks

    del gathered
    surveyor = Validator(guides)
    manifest = run.target.manifest if isinstance(run.target.manifest, dict) else {}
    looked_at = [key for key, gathered_of in collections.items() if gathered_of.complete]
    run.notes.append(f"must-support was looked for in the records of {' and '.join(collections)}")

    def survey(by_profile: Mapping[str, Sequence[Resource]]) -> Survey:
        lines: list[must_support.Line] = []
        for profile, resources in by_profile.items():
            promise = must_support.promise_of(manifest, profile, _type_of(guides, profile), looked_at)
            lines += must_support.survey(profile, resources, surveyor, lambda url: _type_of(guides, url), promise)
        run.must_support += [line.row for line in lines]
        if not any(finding.severity == "error" for finding in must_support.unseen(lines)):
            reason = must_support.undetermined(lines)
            if reason:
                raise Undecided(reason)
        return Survey(lines, (sum(1 for each in by_profile.values() if each), len(by_profile)))

    return survey


def _type_of(guides: Guides, profile: str) -> str:
    """The resource type of a profile; empty when no guide at its selected version defines it."""
    return str((guides.profile(profile) or {}).get("type", ""))


@pytest.fixture(scope="session")
def carin_survey(
    surveyed: Callable[..., Survey], gathered: dict[str, Resource], profile_of: Callable[[Resource], str]
) -> Survey:
    """Patients, coverages and each kind of claim against their CARIN profiles."""
    by_profile = {profile: _of_type(gathered, name) for name, profile in _CARIN.items()}
    claims = _of_type(gathered, "ExplanationOfBenefit")
    for profile in CLAIM_KINDS.values():
        by_profile[profile] = [each for each in claims if profile_of(each) == profile]
    return surveyed(by_profile)


@pytest.fixture(scope="session")
def authorization_survey(
    surveyed: Callable[..., Survey], gathered: dict[str, Resource], profile_of: Callable[[Resource], str]
) -> Survey:
    """Prior authorizations against the PDex profile."""
    claims = _of_type(gathered, "ExplanationOfBenefit")
    return surveyed({PRIOR_AUTHORIZATION: [each for each in claims if profile_of(each) == PRIOR_AUTHORIZATION]})


@pytest.fixture(scope="session")
def clinical_survey(
    run: Run,
    guides: Guides,
    surveyed: Callable[..., Survey],
    gathered: dict[str, Resource],
    profile_of: Callable[[Resource], str],
) -> Survey:
    """Clinical resources against the US Core profile of their kind, and profiles promised that nobody has."""
    manifest = run.target.manifest if isinstance(run.target.manifest, dict) else {}
    by_profile: dict[str, list[Resource]] = {}
    for name in _CLINICAL:
        for profile in must_support.promised_profiles(manifest, lambda url: _type_of(guides, url), name):
            if "/us/core/" in profile:
                by_profile.setdefault(profile, [])
        for resource in _of_type(gathered, name):
            if profile := profile_of(resource):
                by_profile.setdefault(profile, []).append(resource)
    return surveyed(by_profile)


def _of_type(gathered: Mapping[str, Resource], name: str) -> list[Resource]:
    return [resource for resource in gathered.values() if resource.get("resourceType") == name]


@pytest.fixture(scope="session")
def with_choices(gathered: dict[str, Resource]) -> list[Resource]:
    """Resources of the types that have alternatives to choose from."""
    types = {choice.type for choice in must_support.CHOICES}
    return [resource for resource in gathered.values() if resource.get("resourceType") in types]


@pytest.fixture(scope="session")
def mandatory_findings(
    validate: Validation,
    gathered: dict[str, Resource],
    promised: Callable[..., list[Promise]],
    profile_of: Callable[[Resource], str],
) -> list[Finding]:
    """What the validator finds on patients and on the resources that lack a mandatory value."""
    lacking = [promise.resource for promise in promised("data-absent") if promise.resource is not None]
    return [
        finding
        for resource in [*_of_type(gathered, "Patient"), *lacking]
        for finding in validate.resource(resource, [each for each in [profile_of(resource)] if each])
    ]


@pytest.fixture(scope="session")
def status_findings(validate: Validation, gathered: dict[str, Resource]) -> list[Finding]:
    """What the validator finds on resources whose status may be unknown, judged on base R4."""
    return [
        finding
        for name in _OF_UNKNOWN_STATUS
        for resource in _of_type(gathered, name)
        for finding in validate.resource(resource)
    ]


@pytest.fixture(scope="session")
def withheld(
    run: Run, collections: dict[str, Collection], gatherer: Gatherer, request: pytest.FixtureRequest
) -> list[Withheld]:
    """Everything that the manifest says is withheld from members looked at; undecided when it names nothing."""
    manifest = run.target.manifest if isinstance(run.target.manifest, dict) else {}
    members = manifest.get("members") or {}
    found: list[Withheld] = []
    for key, record in collections.items():
        ids = (members.get(key) or {}).get("withheld") or {}
        if ids:
            asked = gatherer if key == "a" else gatherer_for(run, request.getfixturevalue(f"fhir_{key}"))
            found += _withheld(asked, record.patient, ids)
    if not found:
        raise Undecided("the fixture manifest lists nothing withheld; add a member's withheld resources to it")
    return found


def _withheld(asked: Gatherer, patient: str, ids: Mapping[str, Sequence[str]]) -> Iterator[Withheld]:
    for type_name, names in ids.items():
        listing = asked.search(type_name, searched_by(type_name, patient))
        outcomes = [outcome for page in listing.pages for outcome in page.outcomes]
        for logical_id in names:
            read = asked.read(type_name, logical_id, purpose="a resource that is withheld")
            yield Withheld(f"{type_name}/{logical_id}", read, listing.matches, outcomes)


@pytest.fixture(scope="session")
def each_withheld() -> Callable[..., Iterator[Finding]]:
    """Applies a rule to every withheld resource."""

    def apply(rule: Callable[..., Iterator[Finding]], withheld: Sequence[Withheld], *parts: str) -> Iterator[Finding]:
        for one in withheld:
            yield from rule(one.name, *(getattr(one, part) for part in parts))

    return apply
