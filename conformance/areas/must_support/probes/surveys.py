"""Which must-support elements the records of the members have, profile by profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.must_support.rules import coverage as must_support
from conformance.areas.shared.canonicals import C4BB
from conformance.areas.shared.duties import PRIOR_AUTHORIZATIONS, not_binding_yet
from conformance.areas.shared.routing import CLAIM_KINDS, PRIOR_AUTHORIZATION
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.collection import Collection
    from conformance.engine.run import Run
    from conformance.guides import Guides

Resource = dict[str, Any]

_CARIN = {"Patient": f"{C4BB}C4BB-Patient", "Coverage": f"{C4BB}C4BB-Coverage"}
_CLINICAL = (
    *("Patient", "Condition", "MedicationRequest", "Observation", "DocumentReference", "AllergyIntolerance"),
    *("Immunization", "Procedure"),
)


@dataclass(frozen=True, slots=True)
class Survey:
    """The lines of the profiles of one row; ``judged`` is (profiles with resources, profiles)."""

    lines: Sequence[must_support.Line]
    judged: tuple[int, int]


class Surveys:
    """Surveys of what was gathered; each line is kept for the table of the report.

    A survey raises :class:`Undecided` when a promised element that was not seen may be in records that were not
    examined.
    """

    def __init__(
        self,
        run: Run,
        guides: Guides,
        collections: Mapping[str, Collection],
        profile_of: Callable[[Resource], str],
    ) -> None:
        from conformance.validator import Validator  # noqa: PLC0415  compiled only when a check asks

        self._run = run
        self._guides = guides
        self._profile_of = profile_of
        self._validator = Validator(guides)
        self.manifest = run.target.manifest if isinstance(run.target.manifest, dict) else {}
        self._examined = [member for member, gathered in collections.items() if gathered.complete]
        self._resources = {
            f"{resource.get('resourceType')}/{resource.get('id')}": resource
            for gathered in collections.values()
            for resource, _ in gathered.seen()
        }
        run.notes.append(f"must-support was looked for in the records of {' and '.join(collections)}")

    def carin(self) -> Survey:
        """Patients, coverages and each kind of claim against their CARIN profiles."""
        by_profile = {profile: self._of_type(name) for name, profile in _CARIN.items()}
        claims = self._of_type("ExplanationOfBenefit")
        for profile in CLAIM_KINDS.values():
            by_profile[profile] = [claim for claim in claims if self._profile_of(claim) == profile]
        return self._survey(by_profile)

    def choices(self) -> list[Resource]:
        """The resources of the types that have alternatives; undecided where too few of them show none."""
        found = must_support.with_choices(self._resources.values())
        if not list(must_support.choices_met(found, self.manifest)):
            reason = must_support.choices_unproven(found, self.manifest)
            if reason:
                raise Undecided(reason)
        return found

    def clinical(self) -> Survey:
        """Clinical resources against the US Core profile of their kind, and promised profiles without resources."""
        by_profile: dict[str, list[Resource]] = {}
        for name in _CLINICAL:
            for profile in must_support.promised_profiles(self.manifest, self._type_of, name):
                if "/us/core/" in profile:
                    by_profile.setdefault(profile, [])
            for resource in self._of_type(name):
                if profile := self._profile_of(resource):
                    by_profile.setdefault(profile, []).append(resource)
        return self._survey(by_profile)

    def authorizations(self) -> Survey:
        """Prior authorizations against the PDex profile."""
        claims = self._of_type("ExplanationOfBenefit")
        judged = [each for each in claims if self._profile_of(each) == PRIOR_AUTHORIZATION]
        if not judged and (reason := not_binding_yet(self._run, PRIOR_AUTHORIZATIONS)):
            raise NotApplicable(f"no prior authorization was found, and {reason}")
        return self._survey({PRIOR_AUTHORIZATION: judged})

    def _survey(self, by_profile: Mapping[str, Sequence[Resource]]) -> Survey:
        lines: list[must_support.Line] = []
        for profile, resources in by_profile.items():
            promise = must_support.promise_of(self.manifest, profile, self._type_of(profile), self._examined)
            lines += must_support.survey(profile, resources, self._validator, self._type_of, promise)
        self._run.must_support += [line.row for line in lines]
        if not any(finding.severity == "error" for finding in must_support.unseen(lines)):
            reason = must_support.undetermined(lines)
            if reason:
                raise Undecided(reason)
        return Survey(lines, (sum(1 for each in by_profile.values() if each), len(by_profile)))

    def _type_of(self, profile: str) -> str:
        """The resource type of a profile; empty when no guide at its selected version defines it."""
        return str((self._guides.profile(profile) or {}).get("type", ""))

    def _of_type(self, name: str) -> list[Resource]:
        return [resource for resource in self._resources.values() if resource.get("resourceType") == name]
