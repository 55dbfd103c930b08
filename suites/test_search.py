"""Search: what searches answer, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.search.probes import envelopes, members
from conformance.areas.shared import searches

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.areas.search.probes.prober import Prober
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.engine.judge import Judge


@pytest.mark.verifies("PA-SRCH-001")
def test_every_search_answers_a_searchset(
    prober: Prober, searched_types: tuple[str, ...], validate: Validation, judge: Judge
) -> None:
    """Searching each deployed type as the guides require returns 200 and a searchset with resources only."""
    found = [part for name in searched_types for part in prober.parts(name)]

    judge(searches.are_searchsets(found), validate.bundles(found), of=found)


@pytest.mark.verifies("PA-SRCH-007")
@pytest.mark.parametrize("count", [1, 2])
def test_paging_visits_every_match_once(
    prober: Prober, answering_types: tuple[str, ...], count: int, judge: Judge
) -> None:
    """Following next to the end with a small _count yields each match once, and no page holds more than _count."""
    paging = envelopes.in_small_pages(prober, answering_types, count)
    followed = searches.followed(paging)

    judge(searches.paging_is_exact(followed, count=count), judged=(len(followed), len(paging)))


@pytest.mark.verifies("PA-SRCH-019")
def test_claims_are_found_by_patient(
    search_by_patient: Callable[[str], SearchEvidence],
    promised_ids: Callable[[str], list[str]],
    patient: str,
    judge: Judge,
) -> None:
    """ExplanationOfBenefit?patient= returns every promised claim, and only the patient's own."""
    found = search_by_patient("ExplanationOfBenefit")

    lost = searches.promised(promised_ids("ExplanationOfBenefit"), found)

    judge(searches.unless_unfinished(found, searches.found_for(found, patient), lost), of=found.matches)


@pytest.mark.verifies("PA-SRCH-031")
def test_coverage_is_found_by_patient_and_id_with_its_payer(prober: Prober, patient: str, judge: Judge) -> None:
    """Coverage?patient= and ?_id= return the expected instances, and the payor include returns the payer."""
    found = members.coverages(prober)

    judge(
        searches.found_for(found.by_patient, patient),
        searches.found_by_id(found.by_id, found.identity),
        searches.includes_referenced(found.with_payor, element="payor"),
        searches.last_updated_supported(found.by_last_updated),
    )


@pytest.mark.verifies("PA-SRCH-033")
def test_conditions_are_found_by_category(prober: Prober, judge: Judge) -> None:
    """Condition by patient and category, as code and as system|code, returns exactly those of that category."""
    found = members.conditions(prober)

    judge(searches.categories_partition(found), of=found.whole)
