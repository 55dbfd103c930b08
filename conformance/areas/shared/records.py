"""What was gathered of a member, chosen by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from conformance.areas.shared.absence import nothing_of
from conformance.areas.shared.duties import PRIOR_AUTHORIZATIONS, not_binding_yet
from conformance.areas.shared.routing import claim_kind, is_authorization, is_non_financial
from conformance.errors import NotApplicable, Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.collection import Collection
    from conformance.engine.run import Run

Resource = dict[str, Any]


class Records:
    """The resources of member a.

    Every choice raises :class:`Undecided` when there is no such resource, and :class:`NotApplicable` when the target
    states that the payer does not maintain its class.
    """

    def __init__(self, run: Run, collection: Collection, granted_types: Sequence[str]) -> None:
        self.collection = collection
        self._run = run
        self._granted = granted_types

    def of_type(self, type_name: str, *, only: Callable[[Resource], bool] = lambda _: True) -> list[Resource]:
        """The member's resources of a type."""
        found = [resource for resource in self.collection.of(type_name) if only(resource)]
        return found or self.none(type_name, type_name)

    def claims(self, kind: str = "") -> list[Resource]:
        """The member's claims (not prior authorizations): all, or those of one of the five kinds that have amounts."""
        if not kind:
            return self.claims_if_any() or self.none("ExplanationOfBenefit", "claim")
        return self.financial_claims(kind)

    def financial_claims(self, kind: str = "") -> list[Resource]:
        """The member's claims, of one of the five kinds or of all, without those of CARIN's non-financial profiles."""
        mine = [claim for claim in self.claims_if_any() if not kind or claim_kind(claim) == kind]
        found = [claim for claim in mine if not is_non_financial(claim)]
        but = " but non-financial ones" if mine else ""
        return found or self.none("ExplanationOfBenefit", f"{kind} claim{but}".strip())

    def claims_if_any(self) -> list[Resource]:
        """The member's claims; none is no reason to stop."""
        return [claim for claim in self.collection.of("ExplanationOfBenefit") if not is_authorization(claim)]

    def authorizations(self) -> list[Resource]:
        """The member's prior authorizations."""
        found = [each for each in self.collection.of("ExplanationOfBenefit") if is_authorization(each)]
        if not found and (reason := not_binding_yet(self._run, PRIOR_AUTHORIZATIONS)):
            raise NotApplicable(f"member a has no prior authorization, and {reason}")
        return found or self.none("ExplanationOfBenefit", "prior authorization")

    def all(self) -> list[Resource]:
        """Every resource that was gathered."""
        found = [resource for resource, _ in self.collection.seen()]
        if not found:
            raise nothing_of(self.collection, "resource", advice="give a member with data")
        return found

    def none(self, type_name: str, what: str) -> NoReturn:
        """Raises the reason why there is no resource of a type; ``what`` names the kind that was looked for."""
        if self._run.target.offers(type_name) is False:
            raise NotApplicable(f"offered.{type_name} is false: the payer states that it does not maintain this class")
        if type_name not in self._granted:
            raise Undecided(f"no scope for {type_name} was granted; add it to scopes in the target file")
        raise nothing_of(self.collection, what, type_name, advice="give a member who has one")
