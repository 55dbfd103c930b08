"""What a search must find: tokens, dates with and without a zone, Periods, and the plans made from them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.areas.search.rules import filters, plans
from conformance.areas.shared.evidence import SearchEvidence
from conformance.areas.shared.search_oracle import holds, span

CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"


def claim(identity="1", kind="oral", start="2026-03-10", end="2026-03-12", **more):
    period = {"start": start} | ({"end": end} if end else {})
    coding = [{"system": CLAIM_TYPE, "code": kind}]
    return {"resourceType": "ExplanationOfBenefit", "id": identity, "type": {"coding": coding}} | {
        "billablePeriod": period,
        **more,
    }


def observation(when, identity="1"):
    return {"resourceType": "Observation", "id": identity, "effectiveDateTime": when}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("oral", True),
        (f"{CLAIM_TYPE}|oral", True),
        ("http://elsewhere.example|oral", False),
        ("ora", False),
        ("Oral", False),
        ("pharmacy,oral", True),
        ("pharmacy,professional", False),
    ],
)
def test_tokens_are_exact(value, expected):
    assert holds(claim(), (("type", value),)) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ge2026-03-11", True),
        ("le2026-03-11", True),
        ("gt2026-03-12", False),
        ("lt2026-03-10", False),
        ("ge2026-03-12", None),
        ("le2026-03-10", None),
        ("ge2026-03-13", False),
        ("2026-03", True),
        ("2026-03-10", False),
        ("2025", False),
    ],
)
def test_periods_are_compared_by_overlap(value, expected):
    assert holds(claim(), (("service-date", value),)) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ge2026-03-11T01:30:00Z", True),
        ("le2026-03-11T01:30:00Z", True),
        ("gt2026-03-11T01:30:00Z", False),
        ("lt2026-03-11T01:30:00Z", False),
        ("gt2026-03-11T01:29:59Z", True),
        ("ge2026-03-10", True),
        ("ge2026-03-11", None),
        ("ge2026-03-09", True),
        ("lt2026-03-13", True),
    ],
)
def test_a_zone_that_nobody_told_decides_nothing(value, expected):
    assert holds(observation("2026-03-10T21:30:00-04:00"), (("date", value),)) is expected


@pytest.mark.parametrize("value", ["2026-13-01", "yesterday", "", None, "2026-02-30", 7])
def test_what_is_no_date_has_no_span(value):
    assert span(value) is None


def test_item_dates_and_open_periods_count():
    item = claim(start="2020-01-01", end="2020-01-01", item=[{"servicedDate": "2026-05-05"}])
    assert holds(item, (("service-date", "ge2026-05-05"),)) is True
    assert holds(claim(end=""), (("service-date", "ge2050-01-01"),)) is True


def test_several_filters_must_all_hold():
    asked = (("type", "oral"), ("service-date", "ge2026-03-11"))
    assert holds(claim(), asked) is True
    assert holds(claim(kind="pharmacy"), asked) is False


_EARLIEST = datetime(1900, 1, 1)  # noqa: DTZ001  hypothesis wants it without a zone
DAYS = st.dates().map(lambda day: day.isoformat())


@given(DAYS, DAYS)
@settings(max_examples=100, deadline=None)
def test_before_and_from_add_up(found, searched):
    resource = observation(found)
    assert {holds(resource, (("date", f"lt{searched}"),)), holds(resource, (("date", f"ge{searched}"),))} == {
        True,
        False,
    }


@given(st.datetimes(min_value=_EARLIEST), st.integers(-14, 14), st.sampled_from(plans.COMPARATORS))
@settings(max_examples=100, deadline=None)
def test_the_form_of_a_zone_changes_nothing(moment, hours, comparator):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    try:
        local = moment.astimezone(timezone(timedelta(hours=hours)))
    except OverflowError:
        return
    first, second = (observation(each.isoformat(timespec="seconds")) for each in (moment, local))
    asked = (("date", f"{comparator}2026-03-10T21:30:00-04:00"),)
    assert holds(first, asked) is holds(second, asked)


@pytest.fixture
def found(answer):
    def search(asked, whole, hits, status=200):
        content = {"resourceType": "Bundle", "type": "searchset"}
        return filters.Filtered(asked, SearchEvidence("a search", answer(status, content), [hits]), whole)

    return search


def test_what_matches_is_found_and_nothing_else(found, rules_of):
    oral, pharmacy = claim("1"), claim("2", "pharmacy")
    asked, whole = (("type", "oral"),), [oral, pharmacy]

    assert rules_of(filters.exactly([found(asked, whole, [oral])], rule="x")) == []
    assert rules_of(filters.exactly([found(asked, whole, [])], rule="x")) == ["x.lost"]
    assert rules_of(filters.exactly([found(asked, whole, whole)], rule="x")) == ["x.extra"]
    assert rules_of(filters.exactly([found(asked, whole, [oral, claim("3")])], rule="x")) == ["x.extra"]
    assert rules_of(filters.exactly([found(asked, whole, [], status=400)], rule="x")) == ["http.status"]
    assert rules_of(filters.refused_or_exact([found(asked, whole, [])], rule="x")) == ["(x.lost)"]


def test_what_a_zone_could_move_may_be_found_or_not(found, rules_of):
    whole = [observation("2026-03-10T21:30:00-04:00")]
    asked = (("date", "ge2026-03-11"),)

    assert rules_of(filters.exactly([found(asked, whole, whole), found(asked, whole, [])], rule="x")) == []


def test_the_parts_are_the_whole(found, rules_of):
    oral, pharmacy = claim("1"), claim("2", "pharmacy")
    parts = [found((("type", "oral"),), [oral, pharmacy], [oral])]

    assert rules_of(filters.add_up(parts, rule="x")) == ["x.lost"]
    parts.append(found((("type", "pharmacy"),), [oral, pharmacy], [pharmacy]))
    assert rules_of(filters.add_up(parts, rule="x")) == []


def test_both_sides_of_a_date_are_the_whole(found, rules_of):
    whole = [observation("2026-03-10T21:30:00-04:00", "1"), observation("2026-01-01", "2")]
    undated = {"resourceType": "Observation", "id": "3"}

    def rules(before, after, prefixes=("lt", "ge")):
        first, second = prefixes
        return rules_of(
            filters.both_sides(
                [
                    found((("date", f"{first}2026-03-11"),), [*whole, undated], before),
                    found((("date", f"{second}2026-03-11"),), [*whole, undated], after),
                ],
                rule="x",
            )
        )

    assert rules(whole[1:], whole[:1]) == []
    assert rules(whole, []) == []
    assert rules(whole[1:], []) == ["x.lost"]
    assert rules([], whole[1:], ("gt", "le")) == ["x.lost"]
    assert rules([], [], ("ge", "le")) == []


def test_very_many_resources_are_sampled_by_id():
    few, many = ([claim(str(each)) for each in range(count)] for count in (plans.LARGE, plans.LARGE + 1))
    assert plans.sampled("ExplanationOfBenefit", few) == ((), few)
    assert plans.sampled("Observation", many) == ((), many)
    (((name, value),), sample) = plans.sampled("ExplanationOfBenefit", many)
    assert name == "_id"
    assert value.split(",") == [each["id"] for each in sample]
    assert len(sample) == plans.SAMPLE
    assert int(sample[-1]["id"]) > plans.LARGE * 0.9


def test_plans_are_made_of_the_values_there_are():
    whole = [claim("1"), claim("2", "pharmacy", "2026-01-01", "2026-01-01")]

    assert (("type", f"{CLAIM_TYPE}|pharmacy"),) in plans.each_token("type")(whole)
    assert (("type", "oral,pharmacy"),) in plans.one_of_several("type")(whole)
    assert plans.one_of_several("type")(whole[:1]) == [(("type", "oral"),)]
    assert all(holds(each, pairs) is False for each in whole for pairs in plans.wrong_tokens("type")(whole))
    assert plans.dates("service-date")([]) == []
    assert {value[:2] for ((_, value),) in plans.dates("service-date")(whole)} == set(plans.COMPARATORS)
    combined = plans.together(plans.each_token("type"), plans.ranges("service-date"))(whole)
    assert combined
    assert all(len(pairs) == 3 for pairs in combined)
