"""Searches read to their last page."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from conformance.areas.shared.evidence import SearchEvidence
from conformance.fhir import bundle as bundles
from conformance.fhir.paging import MAX_PAGES

if TYPE_CHECKING:
    from conformance.areas.shared.search_oracle import Pairs
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.transport import Exchange


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
