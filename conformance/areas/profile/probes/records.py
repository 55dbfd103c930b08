"""What was gathered of a member, chosen by kind and judged by profile; each resource once per profile in a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.evidence import identity
from conformance.areas.shared.routing import claim_kind, is_authorization, profile_for
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection
    from conformance.findings import Finding

Resource = dict[str, Any]

_REFERENCED = ("Organization", "Practitioner", "PractitionerRole", "Location", "RelatedPerson", "Provenance")


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
        collection: Collection,
        validate: Validation,
        is_selected: Callable[[str], bool],
        *,
        granted_types: Sequence[str],
        carin_version: str,
    ) -> None:
        self.carin_version = carin_version
        self._is_selected = is_selected
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
        found = [
            claim
            for claim in self._collection.of("ExplanationOfBenefit")
            if not is_authorization(claim) and (not kind or claim_kind(claim) == kind)
        ]
        return found or self._none("ExplanationOfBenefit", f"{kind} claim".strip())

    def authorizations(self) -> list[Resource]:
        """The member's prior authorizations."""
        found = [each for each in self._collection.of("ExplanationOfBenefit") if is_authorization(each)]
        return found or self._none("ExplanationOfBenefit", "prior authorization")

    def referenced(self) -> list[Resource]:
        """Organizations, practitioners, places, related persons and provenance."""
        found = [resource for resource, _ in self._collection.seen(_REFERENCED)]
        if not found:
            raise Undecided("no Organization, Practitioner or Provenance was found, see PA-SRCH-027")
        return found

    def all(self) -> list[Resource]:
        """Every resource that was gathered."""
        found = [resource for resource, _ in self._collection.seen()]
        if not found:
            raise Undecided("the member has no resources; give a member with data")
        return found

    def judged(self, resources: Iterable[Resource], profile: str = "") -> Profiled:
        """What the validator finds against ``profile``; without one, against the profile that the kind calls for.

        Raises :class:`NotApplicable` when the selected version of the guide does not define ``profile``.
        """
        if profile and not self._is_selected(profile):
            raise NotApplicable(f"the selected version of its guide defines no {profile.rpartition('/')[2]}")
        resources = list(resources)
        findings: list[Finding] = []
        for resource in resources:
            wanted = profile or profile_for(resource, self._is_selected)
            key = (identity(resource), wanted)
            if key not in self._known:
                self._known[key] = self._validate.resource(resource, [wanted] if wanted else [])
            findings += self._known[key]
        unbound = [finding for finding in findings if finding.rule == "binding.extensible"]
        return Profiled(resources, [finding for finding in findings if finding not in unbound], unbound)

    def _none(self, type_name: str, what: str) -> list[Resource]:
        if type_name not in self._granted:
            raise Undecided(f"no scope for {type_name} was granted; add it to scopes in the target file")
        raise Undecided(f"no {what} was found for member a; give a member who has one")
