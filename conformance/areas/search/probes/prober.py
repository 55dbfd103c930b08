"""The searches of one member: each sent once in the run, with filters made of the member's own values."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.areas.search.rules.filters import Filtered, matching
from conformance.areas.search.rules.plans import sampled
from conformance.areas.shared.absence import search_failed
from conformance.areas.shared.fixtures.collection import opens
from conformance.areas.shared.fixtures.search import by_patient, evidence_of
from conformance.areas.shared.paged_searches import read_pages
from conformance.areas.shared.search_oracle import holds
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

_ALTERNATIVES: Mapping[str, frozenset[str]] = {
    "MedicationRequest": frozenset({"intent"}),
    "Observation": frozenset({"category", "code"}),
}
"""The parameters one of which makes a search of a type one of the combinations that US Core requires."""


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

    def parts(self, type_name: str) -> list[SearchEvidence]:
        """The searches that together find everything of one type, each as it was sent."""
        return by_patient(self.gatherer, type_name, self.patient)

    def beside(self, type_name: str, *named: str) -> Pairs:
        """The patient, and what the server needs beside the patient and the parameters ``named``.

        That is nothing where it answers ``patient`` alone; else the form that finds most (us-core-server 6.1.0: for
        some types only combinations are SHALL; US Core lets a server require a status).
        """
        most = max(self.parts(type_name), key=lambda part: len(part.matches))
        met = set(named)
        if met & _ALTERNATIVES.get(type_name, frozenset()):
            met |= _ALTERNATIVES[type_name]
        needed = [pair for pair in most.asked if pair[0] not in {"patient", "_id", *met}]
        return (("patient", self.patient), *needed)

    def whole(self, type_name: str) -> list[Resource]:
        """All resources of a type that the member's unfiltered search returns: what filters must divide."""
        if self._run.target.offers(type_name) is False:
            raise NotApplicable(f"the target does not offer {type_name}")
        found = self.by_patient(type_name)
        if found.first.status != 200:
            raise search_failed(f"{found.what} returned HTTP {found.first.status}")
        if not found.matches:
            raise Undecided(f"member a has no {type_name}; give a member who has one")
        return found.matches

    def bounded(self, type_name: str) -> tuple[Pairs, list[Resource]]:
        """What narrows the searches of a type with very many resources, and the resources that remain.

        A sample keeps a hundred searches of thousands of claims cheap; of other types nothing narrows and all remain.
        """
        narrowing, remaining = sampled(type_name, self.whole(type_name))
        return narrowing, list(remaining)

    def filtered(self, type_name: str, plan: Plan, *, alone: bool = False) -> list[Filtered]:
        """Searches of one type by a plan of filters, beside the patient unless ``alone``.

        Where the filters are none of the combinations that US Core requires of a type, and the server answers only
        these, they divide what one of the combinations finds.
        """
        narrowing, whole = self.bounded(type_name)
        asked = plan(whole)
        if alone:
            searches = self.searches(type_name, asked)
        else:
            needed = self._combination(type_name, asked)
            if needed:
                whole = [resource for resource in whole if holds(resource, needed) is True]
                asked = plan(whole)
            sent = [(*self.beside(type_name, *dict(pairs)), *narrowing, *pairs) for pairs in asked]
            searches = self.searches(type_name, sent)
        found = [Filtered(pairs, search, whole) for pairs, search in zip(asked, searches, strict=True)]
        return [self._again(each) for each in found]

    def _again(self, each: Filtered) -> Filtered:
        """The search with its second answer, past any store, where the first disagrees with the unfiltered search."""
        if each.search.first.status != 200 or matching(each) == set(each.search.ids):
            return each
        fresh = {"Cache-Control": "no-cache"}
        return replace(each, again=self.search(each.search.type, *each.search.asked, headers=fresh))

    def understood(self, type_name: str, parameter: str, plan: Plan, *, owner: str) -> list[Filtered]:
        """:meth:`filtered`; undecided where no search by the parameter is answered, which the row ``owner`` judges."""
        found = self.filtered(type_name, plan)
        if found and all(each.search.first.status != 200 for each in found):
            raise Undecided(f"no search of {type_name} by {parameter} is answered, see {owner}", blocked_by=owner)
        return found

    def _combination(self, type_name: str, asked: Sequence[Pairs]) -> Pairs:
        """What of :meth:`beside` makes a combination of filters that are none themselves."""
        alternatives = _ALTERNATIVES.get(type_name, frozenset())
        named = {name for pairs in asked for name, _ in pairs}
        return tuple(pair for pair in self.beside(type_name, *named) if pair[0] in alternatives)

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
