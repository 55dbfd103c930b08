"""What was gathered of a member, judged by profile; each resource once per profile in a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.profile.rules import owners
from conformance.areas.shared.absence import nothing_of
from conformance.areas.shared.canonicals import US_CORE
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.records import Records
from conformance.areas.shared.routing import PRIOR_AUTHORIZATION, is_authorization, profile_for
from conformance.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection
    from conformance.engine.run import Run
    from conformance.findings import Finding
    from conformance.guides import Guides

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profiled:
    """Resources of one kind and what the validator found on them against one profile.

    ``unbound`` are codes outside extensible value sets, which PA-PROF-026 reports.
    """

    resources: Sequence[Resource]
    findings: Sequence[Finding]
    unbound: Sequence[Finding] = ()


class ProfiledRecords(Records):
    """The resources of member a with the validator; every choice raises what :class:`Records` raises."""

    def __init__(
        self,
        run: Run,
        collection: Collection,
        validate: Validation,
        guides: Guides,
        granted_types: Sequence[str],
    ) -> None:
        super().__init__(run, collection, granted_types)
        self.carin_version = run.target.guides["carin-bb"]
        self._guides = guides
        self._selected = {f"{name} {version}" for name, version in run.target.guides.items()}
        self._validate = validate
        self._known: dict[tuple[str, str], list[Finding]] = {}

    def referenced(self) -> list[Resource]:
        """Organizations, practitioners, places, related persons and provenance."""
        found = [resource for resource, _ in self.collection.seen(owners.REFERENCED)]
        if not found:
            what = "Organization, Practitioner or Provenance"
            raise nothing_of(self.collection, what, advice="give a member whose records refer to one")
        return found

    def focal_coverages(self) -> list[Resource]:
        """The Coverages that claims name as their focal insurance."""
        names = set(owners.focal_coverages(self.claims()))
        found = [each for each in self.collection.of("Coverage") if identity(each) in names]
        return found or self.none("Coverage", "Coverage that a claim names as focal")

    def of_profile(self, *profiles: str) -> list[Resource]:
        """The resources that one of these profiles is for: by their kind, or because they claim it."""
        found = [each for each in self.all() if set(profiles) & set(self._applicable(each))]
        type_name = str((self._guides.profile(profiles[0]) or {}).get("type", ""))
        return found or self.none(type_name, profiles[0].rpartition("/")[2])

    def judged(self, resources: Iterable[Resource], profile: str = "") -> Profiled:
        """What the validator finds by R4 and ``profile`` alone; without one, by the profile that the kind calls for.

        Raises :class:`NotApplicable` when the selected version of the guide does not define ``profile``.
        """
        if profile and not self._is_selected(profile):
            raise NotApplicable(f"the selected version of its guide defines no {profile.rpartition('/')[2]}")
        resources = list(resources)
        findings: list[Finding] = []
        for resource in resources:
            findings += self._by(resource, profile or profile_for(resource, self._is_selected))
        return _profiled(resources, findings)

    def authorizations_judged(self) -> Profiled:
        """Prior authorizations, each by the version of the PDex profile that it claims, else by the selected one.

        The profile fixes its own canonical in meta.profile, so that no resource meets two versions of it.
        """
        resources = self.authorizations()
        found = [self._by(each, self._authorization_profile(each)) for each in resources]
        return _profiled(resources, [finding for findings in found for finding in findings])

    def referenced_judged(self) -> Profiled:
        """Organizations, practitioners and the like, by every selected profile that is for them."""
        resources = self.referenced()
        found = [self._by(each, profile) for each in resources for profile in self._applicable(each) or [""]]
        return _profiled(resources, [finding for findings in found for finding in findings])

    def others_judged(self) -> Profiled:
        """Every resource by the selected profiles for it that no row of their own owns; what R4 forbids left out.

        Raises :class:`NotApplicable` where no resource has such a profile.
        """
        everything, findings = self.all(), []
        focal = set(owners.focal_coverages(self.claims_if_any()))
        judged = []
        for resource in everything:
            mine = [one for one in self._applicable(resource) if owners.owner(resource, one, focal) == "PA-PROF-027"]
            judged += [resource] if mine else []
            for profile in mine:
                findings += self._beyond_r4(resource, profile)
        if not judged:
            raise NotApplicable("no resource that was gathered has a profile beside those with rows of their own")
        return _profiled(judged, findings)

    def claimed_judged(self) -> Profiled:
        """Every resource by the profiles it claims that are at hand and not of a selected guide."""
        judged, findings = [], []
        for resource in self.all():
            mine = [each for each in owners.claimed(resource) if self._is_selected(each) and not self._is_mine(each)]
            if is_authorization(resource):
                mine = [each for each in mine if each != self._authorization_profile(resource)]
            judged += [resource] if mine else []
            for profile in mine:
                findings += self._beyond_r4(resource, profile)
        return _profiled(judged, findings)

    @property
    def condition_profile(self) -> str:
        """The profile of problems at the selected version of US Core."""
        return owners.PROBLEMS if self._is_selected(owners.PROBLEMS) else f"{US_CORE}us-core-condition"

    def is_defined(self, canonical: str) -> bool:
        """Whether some version of a guide defines a canonical."""
        return self._guides.is_known(canonical)

    def _authorization_profile(self, authorization: Resource) -> str:
        claimed = [each for each in owners.claimed(authorization) if each.partition("|")[0] == PRIOR_AUTHORIZATION]
        others = [] if any(map(self._is_mine, claimed)) else filter(self._is_selected, claimed)
        return next(iter(others), profile_for(authorization, self._is_selected))

    def _by(self, resource: Resource, profile: str) -> list[Finding]:
        key = (identity(resource), profile)
        if key not in self._known:
            profiles = [profile] if profile else []
            self._known[key] = self._validate.resource(resource, profiles, by_claims=False)
        return self._known[key]

    def _beyond_r4(self, resource: Resource, profile: str) -> list[Finding]:
        base = {(finding.rule, finding.path) for finding in self._by(resource, "")}
        return [each for each in self._by(resource, profile) if (each.rule, each.path) not in base]

    def _applicable(self, resource: Resource) -> list[str]:
        return owners.applicable(resource, profile_for(resource, self._is_selected), self._is_mine)

    def _is_selected(self, canonical: str) -> bool:
        return self._guides.profile(canonical) is not None

    def _is_mine(self, canonical: str) -> bool:
        """Whether a guide at the version that the target selects defines a profile."""
        table = self._guides.profile(canonical)
        return table is not None and self._guides.label(str(table.get("package", ""))) in self._selected


def _profiled(resources: Sequence[Resource], findings: Sequence[Finding]) -> Profiled:
    unbound = [finding for finding in findings if finding.rule == "binding.extensible"]
    return Profiled(resources, [finding for finding in findings if finding not in unbound], unbound)
