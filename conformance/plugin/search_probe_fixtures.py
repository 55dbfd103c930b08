"""Fixtures that search with filters made of the member's own values, each question asked once in the run."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import NotApplicable, NotDemonstrated
from conformance.fhir import bundle as bundles
from conformance.fhir.paging import MAX_PAGES
from conformance.plugin.search_fixtures import evidence_of
from conformance.rules.evidence import SearchEvidence
from conformance.rules.search_filters import Filtered
from conformance.rules.search_plans import sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.collection import Gatherer
    from conformance.fhir import FhirClient
    from conformance.plugin.run import Run
    from conformance.rules.search_oracle import Pairs
    from conformance.rules.search_plans import Plan
    from conformance.transport import Exchange

Resource = dict[str, Any]


class Prober:
    """Sends searches of a kind that the gatherer does not know: repeated parameters, posted ones, own headers."""

    def __init__(self, run: Run, gatherer: Gatherer) -> None:
        self._run = run
        self._gatherer = gatherer
        self._known: dict[object, SearchEvidence] = {}

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

        return self._gatherer.parallel([partial(one, pairs) for pairs in asked])

    def search(self, type_name: str, *pairs: tuple[str, str], **named: Any) -> SearchEvidence:
        """One search; see :meth:`searches`."""
        return self.searches(type_name, [pairs], **named)[0]

    def _one(self, type_name: str, pairs: Pairs, method: str, most: int, headers: dict[str, str]) -> SearchEvidence:
        names = [name for name, _ in pairs]
        simple = method == "GET" and most == MAX_PAGES and not headers
        if simple and len(set(names)) == len(names):
            return evidence_of(self._gatherer.search(type_name, dict(pairs)))
        key = (type_name, pairs, method, most, tuple(headers.items()))
        if key not in self._known:
            self._known[key] = self._sent(type_name, pairs, method, most, headers)
        return self._known[key]

    def _sent(self, type_name: str, pairs: Pairs, method: str, most: int, headers: dict[str, str]) -> SearchEvidence:
        client = self._gatherer.client
        shown = "&".join(f"{name}=…" for name, _ in pairs)
        what = f"{type_name}?{shown}" if method == "GET" else f"POST {type_name}/_search {shown}"
        first = client.search(type_name, pairs, method=method, headers=headers, purpose=f"search {type_name}")
        return read_pages(self._run, client, first, what=what, type_name=type_name, asked=pairs, most=most)


def read_pages(
    run: Run,
    client: FhirClient,
    first: Exchange,
    *,
    what: str,
    type_name: str,
    asked: Pairs = (),
    most: int = MAX_PAGES,
) -> SearchEvidence:
    """A first answer with the pages that follow, at most ``most`` in all; the redactor learns every resource first."""
    following = client.pages(first)
    pages = []
    for page in islice(following, most):
        for resource in page.resources:
            run.redactor.learn(resource)
        pages.append(page)
    return SearchEvidence(
        what,
        first,
        tuple(tuple(page.matches) for page in pages),
        tuple(resource for page in pages for resource in bundles.includes(page.bundle)),
        tuple(following.findings),
        type_name,
        asked,
        tuple(page.bundle for page in pages),
    )


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
def bounded(whole_of: Callable[[str], list[Resource]], patient: str) -> Callable[[str], tuple[Pairs, list[Resource]]]:
    """What to search beside the filters, and the resources among which they must divide.

    Of a type with very many resources that is a sample, so that a hundred searches of thousands of claims stay cheap.
    """

    def bound(type_name: str) -> tuple[Pairs, list[Resource]]:
        narrowing, remaining = sampled(type_name, whole_of(type_name))
        return (("patient", patient), *narrowing), list(remaining)

    return bound


@pytest.fixture(scope="session")
def filtered(prober: Prober, bounded: Callable[[str], tuple[Pairs, list[Resource]]]) -> Callable[..., list[Filtered]]:
    """Searches one type by a plan of filters, with the patient beside them unless told otherwise."""

    def ask(type_name: str, plan: Plan, *, alone: bool = False) -> list[Filtered]:
        beside, whole = bounded(type_name)
        asked = plan(whole)
        searches = prober.searches(type_name, [pairs if alone else (*beside, *pairs) for pairs in asked])
        return [Filtered(pairs, search, whole) for pairs, search in zip(asked, searches, strict=True)]

    return ask
