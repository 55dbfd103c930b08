"""Search: claims by every parameter that CARIN Blue Button asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.search.rules import filters, plans

if TYPE_CHECKING:
    from conformance.areas.search.probes.prober import Prober
    from conformance.engine.judge import Judge

CLAIM = "ExplanationOfBenefit"


@pytest.mark.verifies("PA-SRCH-020")
def test_claims_are_found_by_id(prober: Prober, judge: Judge) -> None:
    """A known _id finds exactly that claim, and an unknown id none; a list of ids should find each of them."""
    found = prober.filtered(CLAIM, plans.ids(), alone=True)
    single, lists = filters.divided(found, lambda value: "," not in value)

    judge(
        filters.exactly(single, rule="search.by-id"),
        filters.refused_or_exact(lists, rule="search.by-id.list"),
        judged=filters.looked_at(found),
    )


@pytest.mark.verifies("PA-SRCH-021")
def test_claims_are_found_by_last_updated(prober: Prober, judge: Judge) -> None:
    """Searches by _lastUpdated around known times find exactly the claims updated then."""
    found = prober.filtered(CLAIM, plans.dates("_lastUpdated"))

    judge(filters.exactly(found, rule="search.last-updated"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-022")
def test_claims_are_found_by_type(prober: Prober, judge: Judge) -> None:
    """Each claim type as system|code, and preferably as code, finds only its claims; all types find every claim."""
    found = prober.filtered(CLAIM, plans.each_token("type", most=20))
    required, bare = filters.divided(found, lambda value: "|" in value)

    judge(
        filters.exactly(required, rule="search.type"),
        filters.refused_or_exact(bare, rule="search.type.code"),
        filters.add_up(required, rule="search.type.partition"),
        judged=filters.looked_at(found),
    )


@pytest.mark.verifies("PA-SRCH-023")
def test_claims_are_found_by_identifier(prober: Prober, judge: Judge) -> None:
    """A claim's identifier finds it as system|value, preferably as value too, and under another system finds none."""
    known, wrong = plans.each_token("identifier", most=3), plans.wrong_tokens("identifier")
    found = prober.filtered(CLAIM, plans.either(known, wrong))
    required, bare = filters.divided(found, lambda value: "|" in value)

    judge(
        filters.exactly(required, rule="search.identifier"),
        filters.refused_or_exact(bare, rule="search.identifier.value"),
        judged=filters.looked_at(found),
    )


@pytest.mark.verifies("PA-SRCH-024")
def test_claims_are_found_by_service_date(prober: Prober, judge: Judge) -> None:
    """service-date finds a claim by its billable period and by the date of each item, and none out of range."""
    found = prober.filtered(CLAIM, plans.dates("service-date"))

    judge(
        filters.exactly(found, rule="search.service-date"),
        judged=filters.looked_at(found),
    )


@pytest.mark.verifies("PA-SRCH-025")
@pytest.mark.parametrize("parameter", ["service-start-date", "billable-period-start"])
def test_claims_are_found_by_start_date(prober: Prober, parameter: str, judge: Judge) -> None:
    """service-start-date and billable-period-start find the claims that start as the harness computes."""
    found = prober.filtered(CLAIM, plans.dates(parameter))

    judge(filters.exactly(found, rule="search.start-date"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-026")
def test_claim_parameters_work_in_combination(prober: Prober, judge: Judge) -> None:
    """Patient, type and a range of service dates together find the intersection computed from all claims."""
    found = prober.filtered(CLAIM, plans.together(plans.system_and_code("type", most=3), plans.ranges("service-date")))

    judge(filters.exactly(found, rule="search.combined"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-030")
def test_prior_authorizations_are_told_apart_by_use(prober: Prober, judge: Judge) -> None:
    """use=preauthorization finds only prior authorizations, and use=claim only claims."""
    found = prober.filtered(CLAIM, plans.only("use", "preauthorization", "claim"))

    judge(filters.exactly(found, rule="search.use"), judged=filters.looked_at(found))
