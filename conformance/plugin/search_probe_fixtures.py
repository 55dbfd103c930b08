"""Fixtures that search with filters made of the member's own values, each question asked once in the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import NotApplicable, NotDemonstrated
from conformance.rules.evidence import SearchEvidence
from conformance.rules.search_filters import Filtered

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.collection import Gatherer
    from conformance.plugin.run import Run
    from conformance.rules.search_oracle import Pairs
    from conformance.rules.search_plans import Plan

Resource = dict[str, Any]


class Prober:
    """Sends searches of a kind that the gatherer does not know: repeated parameters, posted ones, own headers."""

    def __init__(self, run: Run, gatherer: Gatherer) -> None:
        self._run = run
        self._gatherer = gatherer
        self._known: dict[object, SearchEvidence] = {}

    def searches(self, type_name: str, asked: Sequence[Pairs], *, method: str = "GET") -> list[SearchEvidence]:
        """The searches in their order, in parallel."""
        return self._gatherer.parallel([lambda pairs=pairs: self._one(type_name, pairs, method) for pairs in asked])  # type: ignore[misc]

    def _one(self, type_name: str, pairs: Pairs, method: str) -> SearchEvidence:
        names = [name for name, _ in pairs]
        if method == "GET" and len(set(names)) == len(names):
            found = self._gatherer.search(type_name, dict(pairs))
            pages = tuple(page.matches for page in found.pages)
            return SearchEvidence(found.what, found.first, pages, tuple(found.includes), found.findings)
        key = (type_name, pairs, method)
        if key not in self._known:
            self._known[key] = self._sent(type_name, pairs, method)
        return self._known[key]

    def _sent(self, type_name: str, pairs: Pairs, method: str) -> SearchEvidence:
        client = self._gatherer.client
        shown = "&".join(f"{name}=…" for name, _ in pairs)
        what = f"{type_name}?{shown}" if method == "GET" else f"POST {type_name}/_search {shown}"
        first = client.search(type_name, pairs, method=method, purpose=f"search {type_name}")
        following = client.pages(first)
        pages = []
        for page in following:
            for resource in page.resources:
                self._run.redactor.learn(resource)
            pages.append(tuple(page.matches))
        return SearchEvidence(what, first, tuple(pages), (), tuple(following.findings))


@pytest.fixture(scope="session")
def prober(run: Run, gatherer: Gatherer) -> Prober:
    """Sends searches as member a."""
    return Prober(run, gatherer)


@pytest.fixture(scope="session")
def whole_of(run: Run, search_by_patient: Callable[[str], SearchEvidence]) -> Callable[[str], list[Resource]]:
    """All resources of a type that the member's unfiltered search brings: what filters must divide."""

    def whole(type_name: str) -> list[Resource]:
        if run.target.offers(type_name) is False:
            raise NotApplicable(f"the target does not offer {type_name}")
        found = search_by_patient(type_name)
        if found.first.status != 200:
            raise NotDemonstrated(
                f"{found.what} answered HTTP {found.first.status}, see PA-SRCH-001", blocked_by="PA-SRCH-001"
            )
        if not found.matches:
            raise NotDemonstrated(f"member a has no {type_name}; give a member who has one")
        return found.matches

    return whole


@pytest.fixture(scope="session")
def filtered(prober: Prober, whole_of: Callable[[str], list[Resource]], patient: str) -> Callable[..., list[Filtered]]:
    """Searches one type by a plan of filters, with the patient beside them unless told otherwise."""

    def ask(type_name: str, plan: Plan, *, alone: bool = False) -> list[Filtered]:
        whole = whole_of(type_name)
        asked = plan(whole)
        beside: Pairs = () if alone else (("patient", patient),)
        searches = prober.searches(type_name, [(*beside, *pairs) for pairs in asked])
        return [Filtered(pairs, search, whole) for pairs, search in zip(asked, searches, strict=True)]

    return ask
