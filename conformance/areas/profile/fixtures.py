"""Fixtures that judge resources by their profile; each resource is validated once per profile in a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.shared.evidence import identity
from conformance.areas.shared.routing import ABSTRACT_EOB, CLAIM_KINDS, claim_kind, is_authorization
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.engine.run import Run
    from conformance.findings import Finding

Resource = dict[str, Any]

_REFERENCED = ("Organization", "Practitioner", "PractitionerRole", "Location", "RelatedPerson", "Provenance")


@dataclass(frozen=True, slots=True)
class Profiled:
    """Resources of one kind and what the validator found on them against one profile.

    ``unbound`` are codes outside extensible value sets: they are one row's business, not every profile's.
    """

    resources: Sequence[Resource]
    findings: Sequence[Finding]
    unbound: Sequence[Finding] = ()

    @property
    def judged(self) -> tuple[int, int]:
        """(looked at, available)."""
        return len(self.resources), len(self.resources)


@pytest.fixture(scope="session")
def profiled(
    validate: Validation, is_selected: Callable[[str], bool], profile_of: Callable[[Resource], str]
) -> Callable[..., Profiled]:
    """Judges resources against a profile, each pair once; without a profile against the one their kind calls for.

    Raises :class:`Undecided` when there are none, naming what the member would have to have.
    """
    known: dict[tuple[str, str], list[Finding]] = {}

    def judge_all(resources: Sequence[Resource], profile: str = "", *, what: str) -> Profiled:
        if not resources:
            raise Undecided(f"no {what} was found for member a; give a member who has one")
        if profile and not is_selected(profile):
            raise NotApplicable(f"the selected version of its guide defines no {profile.rpartition('/')[2]}")
        findings: list[Finding] = []
        for resource in resources:
            wanted = profile or profile_of(resource)
            key = (identity(resource), wanted)
            if key not in known:
                known[key] = validate.resource(resource, [wanted] if wanted else [])
            findings += known[key]
        unbound = [finding for finding in findings if finding.rule == "binding.extensible"]
        return Profiled(resources, [finding for finding in findings if finding not in unbound], unbound)

    return judge_all


@pytest.fixture(scope="session")
def profiled_type(
    profiled: Callable[..., Profiled], search_by_patient: Callable[[str], SearchEvidence]
) -> Callable[..., Profiled]:
    """Every resource of a type that the member has, judged by a profile or by that of its kind."""

    def judge_type(type_name: str, profile: str = "", *, only: Callable[[Resource], bool] | None = None) -> Profiled:
        found = search_by_patient(type_name).matches
        chosen = [resource for resource in found if only is None or only(resource)]
        return profiled(chosen, profile, what=type_name)

    return judge_type


@pytest.fixture(scope="session")
def claims(search_by_patient: Callable[[str], SearchEvidence]) -> list[Resource]:
    """The member's claims (not prior authorizations)."""
    found = [each for each in search_by_patient("ExplanationOfBenefit").matches if not is_authorization(each)]
    if not found:
        raise Undecided("member a has no claim; give a member with claims")
    return found


@pytest.fixture(scope="session")
def authorizations_found(search_by_patient: Callable[[str], SearchEvidence]) -> list[Resource]:
    """The member's prior authorizations."""
    found = [each for each in search_by_patient("ExplanationOfBenefit").matches if is_authorization(each)]
    if not found:
        raise Undecided("member a has no prior authorization; give a member who has asked for one")
    return found


@pytest.fixture(scope="session")
def claims_of(claims: list[Resource]) -> Callable[[str], list[Resource]]:
    """The claims of one kind; undecided without any."""

    def of(kind: str) -> list[Resource]:
        found = [claim for claim in claims if claim_kind(claim) == kind]
        if not found:
            raise Undecided(f"member a has no {kind} claim; give a member who has one")
        return found

    return of


@pytest.fixture(scope="session")
def profiled_claims(
    profiled: Callable[..., Profiled], claims_of: Callable[[str], list[Resource]]
) -> Callable[[str], Profiled]:
    """The claims of one kind against the profile of that kind."""
    return lambda kind: profiled(claims_of(kind), CLAIM_KINDS[kind], what=f"{kind} claim")


@pytest.fixture(scope="session")
def claims_as_common(profiled: Callable[..., Profiled], claims: list[Resource]) -> Profiled:
    """All claims against the parent of the five kinds."""
    return profiled(claims, ABSTRACT_EOB, what="claim")


@pytest.fixture(scope="session")
def carin_version(run: Run) -> str:
    """The version of CARIN Blue Button that the target selects."""
    return run.target.guides["carin-bb"]


@pytest.fixture(scope="session")
def referenced_resources(search: Callable[..., SearchEvidence], patient: str) -> list[Resource]:
    """What comes with claims and problems: organizations, practitioners, provenance, each once."""
    found = {
        identity(resource): resource
        for evidence in (
            search("ExplanationOfBenefit", patient=patient, _include="ExplanationOfBenefit:*"),
            search("Condition", patient=patient, _revinclude="Provenance:target"),
        )
        for resource in evidence.includes
        if resource.get("resourceType") in _REFERENCED
    }
    if not found:
        raise Undecided("no include brought an Organization, Practitioner or Provenance, see PA-SRCH-027")
    return list(found.values())


@pytest.fixture(scope="session")
def everything_found(
    search_by_patient: Callable[[str], SearchEvidence], searched_types: Sequence[str]
) -> list[Resource]:
    """Every resource of every deployed type that the grant opens."""
    found = [resource for name in searched_types for resource in search_by_patient(name).matches]
    if not found:
        raise Undecided("the member has no resources; give a member with data")
    return found


@pytest.fixture(scope="session")
def each() -> Callable[..., Iterator[Finding]]:
    """Applies a rule about one resource to many."""

    def apply(rule: Callable[..., Iterator[Finding]], resources: Sequence[Resource], **facts: Any) -> Iterator[Finding]:
        for resource in resources:
            yield from rule(resource, **facts)

    return apply
