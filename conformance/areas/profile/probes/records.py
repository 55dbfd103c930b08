"""What was gathered of a member, chosen by kind and judged by profile; each resource once per profile in a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.profile.rules import owners
from conformance.areas.shared.absence import nothing_of
from conformance.areas.shared.canonicals import US_CORE
from conformance.areas.shared.duties import PRIOR_AUTHORIZATIONS, not_binding_yet
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.routing import PRIOR_AUTHORIZATION, claim_kind, is_authorization, profile_for
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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


class Records:
    """The resources of member a. Every choice raises :class:`Undecided` when there is no such resource."""

    def __init__(
        self,
        run: Run,
        collection: Collection,
        validate: Validation,
        guides: Guides,
        granted_types: Sequence[str],
    ) -> None:
        self.carin_version = run.target.guides["carin-bb"]
        self._run = run
        self._guides = guides
        self._selected = {f"{name} {version}" for name, version in run.target.guides.items()}
        self._collection = collection
        self._validate = validate
        self._granted = granted_types
        self._known: dict[tuple[str, str], list[Finding]] = {}

    def of_type(self, type_name: str, *, only: Callable[[Resource], bool] = lambda _: True) -> list[Resource]:
        """The member's resources of a type."""
        found = [resource for resource in self._collection.of(type_name) if only(resource)]
        return found or self._none(type_name, type_name)

    def claims(self, kind: str = "") -> list[Resource]:
        """The member's claims (not prior authorizations), of one of the five kinds or of all."""
        found = [claim for claim in self.claims_if_any() if not kind or claim_kind(claim) == kind]
        return found or self._none("ExplanationOfBenefit", f"{kind} claim".strip())

    def claims_if_any(self) -> list[Resource]:
        """The member's claims; none is no reason to stop."""
        return [claim for claim in self._collection.of("ExplanationOfBenefit") if not is_authorization(claim)]

    def authorizations(self) -> list[Resource]:
        """The member's prior authorizations."""
        found = [each for each in self._collection.of("ExplanationOfBenefit") if is_authorization(each)]
        if not found and (reason := not_binding_yet(self._run, PRIOR_AUTHORIZATIONS)):
            raise NotApplicable(f"member a has no prior authorization, and {reason}")
        return found or self._none("ExplanationOfBenefit", "prior authorization")

    def referenced(self) -> list[Resource]:
        """Organizations, practitioners, places, related persons and provenance."""
        found = [resource for resource, _ in self._collection.seen(owners.REFERENCED)]
        if not found:
            what = "Organization, Practitioner or Provenance"
            raise nothing_of(self._collection, what, advice="give a member whose records refer to one")
        return found

    def all(self) -> list[Resource]:
        """Every resource that was gathered."""
        found = [resource for resource, _ in self._collection.seen()]
        if not found:
            raise nothing_of(self._collection, "resource", advice="give a member with data")
        return found

    def focal_coverages(self) -> list[Resource]:
        """The Coverages that claims name as their focal insurance."""
        names = set(owners.focal_coverages(self.claims()))
        found = [each for each in self._collection.of("Coverage") if identity(each) in names]
        return found or self._none("Coverage", "Coverage that a claim names as focal")

    def of_profile(self, *profiles: str) -> list[Resource]:
        """The resources that one of these profiles is for: by their kind, or because they claim it."""
        found = [each for each in self.all() if set(profiles) & set(self._applicable(each))]
        type_name = str((self._guides.profile(profiles[0]) or {}).get("type", ""))
        return found or self._none(type_name, profiles[0].rpartition("/")[2])

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
        """Every resource by the selected profiles for it that no row of their own owns; what R4 forbids left out."""
        everything, findings = self.all(), []
        focal = set(owners.focal_coverages(self.claims_if_any()))
        judged = []
        for resource in everything:
            mine = [one for one in self._applicable(resource) if owners.owner(resource, one, focal) == "PA-PROF-027"]
            judged += [resource] if mine else []
            for profile in mine:
                findings += self._beyond_r4(resource, profile)
        return _profiled(judged, findings)

    def claimed_judged(self) -> Profiled:
        """Every resource by the profiles it claims that are at hand and not of a selected guide."""
        judged, findings = [], []
        for resource in self.all():
            mine = [each for each in owners.claimed(resource) if self._is_at_hand(each) and not self._is_mine(each)]
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
        others = [] if any(map(self._is_mine, claimed)) else filter(self._is_at_hand, claimed)
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

    def _is_at_hand(self, canonical: str) -> bool:
        return self._guides.structure(canonical) is not None

    def _is_mine(self, canonical: str) -> bool:
        """Whether a guide at the version that the target selects defines a profile."""
        table = self._guides.profile(canonical)
        return table is not None and self._guides.label(str(table.get("package", ""))) in self._selected

    def _none(self, type_name: str, what: str) -> list[Resource]:
        if self._run.target.offers(type_name) is False:
            raise NotApplicable(f"offered.{type_name} is false: the payer states that it does not maintain this class")
        if type_name not in self._granted:
            raise Undecided(f"no scope for {type_name} was granted; add it to scopes in the target file")
        raise nothing_of(self._collection, what, type_name, advice="give a member who has one")


def _profiled(resources: Sequence[Resource], findings: Sequence[Finding]) -> Profiled:
    unbound = [finding for finding in findings if finding.rule == "binding.extensible"]
    return Profiled(resources, [finding for finding in findings if finding not in unbound], unbound)
