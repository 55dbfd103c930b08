"""From which day the duties of 2027 bind each kind of payer."""

import datetime as dt

import pytest

from conformance.requirements import compliance, effective, load_catalogue

DUTY = dt.date(2027, 1, 1)
ROW = load_catalogue().get("PA-DATA-005")


@pytest.mark.parametrize(
    ("payer", "starts", "begins"),
    [
        ("medicare-advantage", {}, "2027-01-01"),
        ("medicaid-fee-for-service", {}, "2027-01-01"),
        ("chip-fee-for-service", {"rating_period_start": "2027-07-01"}, "2027-01-01"),
        ("medicaid-managed-care", {"rating_period_start": "2027-07-01"}, "2027-07-01"),
        ("medicaid-managed-care", {"rating_period_start": "2025-10-01"}, "2027-10-01"),
        ("chip-managed-care", {"rating_period_start": "2024-02-29"}, "2027-03-01"),
        ("medicaid-managed-care", {"rating_period_start": "2028-07-01"}, "2028-07-01"),
        ("medicaid-managed-care", {"plan_year_start": "2027-07-01"}, "2027-12-31"),
        ("qualified-health-plan", {"plan_year_start": "2027-01-01"}, "2027-01-01"),
        ("qualified-health-plan", {}, "2027-12-31"),
    ],
)
def test_the_day_it_certainly_applies(payer, starts, begins):
    assert compliance(payer, **starts).begins(DUTY) == dt.date.fromisoformat(begins)


@pytest.mark.parametrize(("day", "counts"), [("2027-06-30", "advisory"), ("2027-07-01", "gate")])
def test_a_dated_row_gates_from_the_payers_own_day(day, counts):
    payer = compliance("medicaid-managed-care", rating_period_start="2026-07-01")

    assert effective(ROW, strict={}, on=dt.date.fromisoformat(day), payer=payer) == counts


def test_the_note_names_day_source_and_key():
    assert compliance("medicare-advantage").note(DUTY) == ""
    assert compliance("qualified-health-plan").note(DUTY) == (
        "the duties of 2027-01-01 bind from 2027-12-31: 45 CFR 156.221 counts from the first plan year that begins on "
        "or after 2027-01-01; the latest possible day, for deployment.plan_year_start is not set"
    )
    stated = compliance("chip-managed-care", rating_period_start="2027-07-01").note(DUTY)
    assert stated.endswith("deployment.rating_period_start is 2027-07-01")
