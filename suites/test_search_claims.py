"""Search: claims by every parameter that CARIN Blue Button asks for."""

import pytest

from conformance.areas.search.rules import filters, plans

CLAIM = "ExplanationOfBenefit"


@pytest.mark.verifies("PA-SRCH-020")
def test_claims_are_found_by_id(prober, judge):
    """A known _id finds exactly that claim, a list of ids each of them, and an unknown id none."""
    found = prober.filtered(CLAIM, plans.ids(), alone=True)

    judge(filters.exactly(found, rule="search.by-id"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-021")
def test_claims_are_found_by_last_updated(prober, judge):
    """Searches by _lastUpdated around known times find exactly the claims updated then."""
    found = prober.filtered(CLAIM, plans.dates("_lastUpdated"))

    judge(filters.exactly(found, rule="search.last-updated"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-022")
def test_claims_are_found_by_type(prober, judge):
    """Each claim type, as code and as system|code, finds only its claims, and all types together every claim."""
    found = prober.filtered(CLAIM, plans.each_token("type", most=20))

    judge(
        filters.exactly(found, rule="search.type"),
        filters.add_up(found, rule="search.type.partition"),
        judged=filters.looked_at(found),
    )


@pytest.mark.verifies("PA-SRCH-023")
def test_claims_are_found_by_identifier(prober, judge):
    """A claim's identifier finds that claim, as value and as system|value, and under another system none."""
    found = prober.filtered(
        CLAIM, plans.either(plans.each_token("identifier", most=3), plans.wrong_tokens("identifier"))
    )

    judge(filters.exactly(found, rule="search.identifier"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-024")
def test_claims_are_found_by_service_date(prober, judge):
    """service-date finds a claim by its billable period and by the date of each item, and none out of range."""
    found = prober.filtered(CLAIM, plans.dates("service-date"))

    judge(
        filters.exactly(found, rule="search.service-date"),
        judged=filters.looked_at(found),
    )


@pytest.mark.verifies("PA-SRCH-025")
@pytest.mark.parametrize("parameter", ["service-start-date", "billable-period-start"])
def test_claims_are_found_by_start_date(prober, parameter, judge):
    """service-start-date and billable-period-start find the claims that start as the harness computes."""
    found = prober.filtered(CLAIM, plans.dates(parameter))

    judge(filters.exactly(found, rule="search.start-date"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-026")
def test_claim_parameters_work_in_combination(prober, judge):
    """Patient, type and a range of service dates together find the intersection computed from all claims."""
    found = prober.filtered(CLAIM, plans.together(plans.each_token("type", most=3), plans.ranges("service-date")))

    judge(filters.exactly(found, rule="search.combined"), judged=filters.looked_at(found))


@pytest.mark.verifies("PA-SRCH-030")
def test_prior_authorizations_are_told_apart_by_use(prober, judge):
    """use=preauthorization finds only prior authorizations, and use=claim only claims."""
    found = prober.filtered(CLAIM, plans.only("use", "preauthorization", "claim"))

    judge(filters.exactly(found, rule="search.use"), judged=filters.looked_at(found))
