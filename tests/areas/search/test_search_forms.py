"""The same data in another legal form: verdicts on searches do not turn with paging, order, precision or zone form."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.areas.search.rules import filters, plans
from conformance.areas.shared.evidence import SearchEvidence, identity
from conformance.areas.shared.search_oracle import holds

ASKED = (("date", "ge2024-03-10"),)
OFFSETS = st.integers(-12, 14)
NOONS = st.integers(-400, 400).map(lambda days: datetime(2024, 3, 10, 12, tzinfo=UTC) + timedelta(days=days))
COMPARATORS = st.sampled_from(plans.COMPARATORS)


class Fine:
    status, fault, number, body = 200, "", 1, b""

    def json(self):
        return {"resourceType": "Bundle", "type": "searchset"}


def observation(when, identity="1"):
    return {"resourceType": "Observation", "id": identity, "effectiveDateTime": when}


def rules(asked, hits, whole, size=10):
    pages = [hits[start : start + size] for start in range(0, len(hits), size)]
    found = filters.Filtered(asked, SearchEvidence("a search", Fine(), pages), whole)
    return sorted(finding.rule for finding in filters.exactly([found], rule="x"))


def written(moment, hours, form):
    local = moment.astimezone(timezone(timedelta(hours=hours)))
    text = local.isoformat(timespec="milliseconds" if form == "fraction" else "seconds")
    return text.replace("+00:00", "Z") if form == "Z" else text


FORMS = st.tuples(OFFSETS, st.sampled_from(["Z", "offset", "fraction"]))


@given(st.permutations(range(8)), st.permutations(range(8)), st.integers(1, 9), st.sets(st.integers(0, 7)))
@settings(max_examples=60, deadline=None)
def test_paging_and_order_turn_no_verdict(served, held, size, lost):
    records = [observation(f"2024-0{each + 1}-15", str(each)) for each in range(8)]
    matching = {each for each in range(8) if holds(records[each], ASKED) is True}
    hits = [records[each] for each in served if each in matching - lost]
    expected = ["x.lost"] if matching & lost else []
    assert rules(ASKED, hits, [records[each] for each in held], size) == expected


@given(NOONS, st.lists(FORMS, min_size=2, max_size=2), COMPARATORS)
@settings(max_examples=60, deadline=None)
def test_the_zone_form_of_a_record_turns_no_verdict(moment, forms, comparator):
    asked = (("date", f"{comparator}2024-03-10T12:00:00Z"),)
    first, second = (observation(written(moment, *form)) for form in forms)
    same = {holds(first, asked), holds(second, asked)}
    assert len(same) == 1 or moment == datetime(2024, 3, 10, 12, tzinfo=UTC)


@given(NOONS, st.lists(FORMS, min_size=2, max_size=2), COMPARATORS)
@settings(max_examples=60, deadline=None)
def test_the_zone_form_of_a_question_turns_no_verdict(moment, forms, comparator):
    record = observation("2024-03-10T12:30:00+00:00")
    asked = [(("date", f"{comparator}{written(moment, *form)}"),) for form in forms]
    assert holds(record, asked[0]) is holds(record, asked[1])


@given(NOONS, st.sampled_from([4, 7, 10]), COMPARATORS)
@settings(max_examples=60, deadline=None)
def test_the_precision_of_a_record_turns_no_verdict(moment, length, comparator):
    """A coarser date may leave open or touch what a finer one decides; the opposite is found only at the boundary."""
    asked = (("date", f"{comparator}2024-03-10"),)
    fine, coarse = (observation(moment.date().isoformat()[:end]) for end in (10, length))
    crosses = "2024-03-10".startswith(moment.date().isoformat()[:length])
    assert crosses or {holds(fine, asked), holds(coarse, asked)} != {True, False}


@given(st.lists(NOONS, min_size=1, max_size=6, unique=True), st.lists(FORMS, min_size=6, max_size=6))
@settings(max_examples=25, deadline=None)
def test_a_right_answer_is_right_in_every_zone_form(moments, forms):
    """Plans made of the data as written give no finding on a server that compares moments."""
    whole = [
        observation(written(moment, *form), str(number))
        for number, (moment, form) in enumerate(zip(moments, forms, strict=False))
    ]
    for asked in plans.dates("date")(whole):
        hits = [each for each in whole if holds(each, asked) is not False]
        assert rules(asked, hits, whole) == []
        required = [each for each in whole if holds(each, asked) is True]
        for each in required:
            rest = [other for other in required if identity(other) != identity(each)]
            assert rules(asked, rest, whole) == ["x.lost"]
