"""The searches of one member: each sent once in the run, with filters made of the member's own values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.areas.search.rules.filters import Filtered
from conformance.areas.search.rules.plans import sampled
from conformance.areas.shared.fixtures.collection import opens
from conformance.areas.shared.fixtures.search import evidence_of
from conformance.areas.shared.paged_searches import read_pages
from conformance.errors import NotApplicable, Undecided
from conformance.fhir.paging import MAX_PAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.areas.search.rules.plans import Plan
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.search_oracle import Pairs
    from conformance.collection import Gatherer
    from conformance.engine.run import Run
    from conformance.oauth.session import Session

Resource = dict[str, Any]


class Prober:
    """Searches as one member, also in ways the gatherer has none for: repeated parameters, forms, own headers.

    ``by_patient`` is the search for everything of one type. ``patient`` is the id of the patient in context, ``base``
    the public address of the FHIR API.
    """

    def __init__(
        self, run: Run, gatherer: Gatherer, session: Session, by_patient: Callable[[str], SearchEvidence]
    ) -> None:
        self.gatherer = gatherer
        self.by_patient = by_patient
        self.patient = session.patient.id
        self.base = run.target.deployment.fhir_base
        self._run = run
        self._session = session
        self._known: dict[object, SearchEvidence] = {}

    def opens(self, type_name: str) -> bool:
        """Whether the grant opens reading a type."""
        return opens(self._session.scopes, type_name, "r")

    def search(self, type_name: str, *pairs: tuple[str, str], **named: Any) -> SearchEvidence:
        """One search; see :meth:`searches`."""
        return self.searches(type_name, [pairs], **named)[0]

    def searches(
        self,
        type_name: str,
        asked: Sequence[Pairs],
        *,
        method: str = "GET",
        most: int = MAX_PAGES,
        headers: Mapping[str, str] | None = None,
    ) -> list[SearchEvidence]:
        """The searches in their order, in parallel; of each at most ``most`` pages."""

        def one(pairs: Pairs) -> SearchEvidence:
            return self._one(type_name, pairs, method, most, dict(headers or {}))

        return self.gatherer.parallel([partial(one, pairs) for pairs in asked])

    def whole(self, type_name: str) -> list[Resource]:
        """All resources of a type that the member's unfiltered search returns: what filters must divide."""
        if self._run.target.offers(type_name) is False:
            raise NotApplicable(f"the target does not offer {type_name}")
        found = self.by_patient(type_name)
        if found.first.status != 200:
            raise Undecided(
                f"{found.what} answered HTTP {found.first.status}, see PA-SRCH-001", blocked_by="PA-SRCH-001"
            )
        if not found.matches:
            raise Undecided(f"member a has no {type_name}; give a member who has one")
        return found.matches

    def bounded(self, type_name: str) -> tuple[Pairs, list[Resource]]:
        """What to search beside the filters, and the resources among which they must divide.

        Of a type with very many resources that is a sample, so that a hundred searches of thousands of claims stay
        cheap.
        """
        narrowing, remaining = sampled(type_name, self.whole(type_name))
        return (("patient", self.patient), *narrowing), list(remaining)

    def filtered(self, type_name: str, plan: Plan, *, alone: bool = False) -> list[Filtered]:
        """Searches of one type by a plan of filters, beside the patient unless ``alone``."""
        beside, whole = self.bounded(type_name)
        asked = plan(whole)
        searches = self.searches(type_name, [pairs if alone else (*beside, *pairs) for pairs in asked])
        return [Filtered(pairs, search, whole) for pairs, search in zip(asked, searches, strict=True)]

    def _one(self, type_name: str, pairs: Pairs, method: str, most: int, headers: dict[str, str]) -> SearchEvidence:
        names = [name for name, _ in pairs]
        simple = method == "GET" and most == MAX_PAGES and not headers
        if simple and len(set(names)) == len(names):
            return evidence_of(self.gatherer.search(type_name, dict(pairs)))
        key = (type_name, pairs, method, most, tuple(headers.items()))
        if key not in self._known:
            self._known[key] = self._sent(type_name, pairs, method, most, headers)
        return self._known[key]

    def _sent(self, type_name: str, pairs: Pairs, method: str, most: int, headers: dict[str, str]) -> SearchEvidence:
        client = self.gatherer.client
        shown = "&".join(f"{name}=…" for name, _ in pairs)
        what = f"{type_name}?{shown}" if method == "GET" else f"POST {type_name}/_search {shown}"
        first = client.search(type_name, pairs, method=method, headers=headers, purpose=f"search {type_name}")
        return read_pages(self._run, client, first, what=what, type_name=type_name, asked=pairs, most=most)
