"""$everything: a whole record gives nothing, each way to lose, add or mix something gives its rule."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.areas.everything.rules import record as everything
from conformance.areas.everything.rules import times
from conformance.areas.shared.evidence import SearchEvidence
from conformance.errors import Undecided
from conformance.findings import Finding

PATIENT = {"resourceType": "Patient", "id": "p1"}
PAYER = {"resourceType": "Organization", "id": "o1"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": []}


def claim(identity, start="2020-05-05", use="claim", patient="p1", updated="2021-01-01T00:00:00Z"):
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": identity,
        "use": use,
        "patient": {"reference": f"Patient/{patient}"},
        "billablePeriod": {"start": start, "end": start},
        "meta": {"lastUpdated": updated},
    }


COVERAGE = {"resourceType": "Coverage", "id": "v1", "beneficiary": {"reference": "Patient/p1"}, "meta": {}}


@pytest.fixture
def listing(answer):
    def made(*resources, beside=(), pages=None, status=200, kind="Patient"):
        bundle = {"resourceType": "Bundle", "type": "searchset"}
        bundle["entry"] = [{"resource": each} for each in (*resources, *beside)]
        first = answer(status, bundle if status == 200 else OUTCOME)
        matches = [list(resources)] if pages is None else pages
        return SearchEvidence("$everything", first, matches, list(beside), (), kind, (), (bundle,))

    return made


def test_what_searches_find_is_there_and_the_same(listing, rules_of):
    claims = [claim("c1"), claim("c2")]
    search = listing(*claims, kind="ExplanationOfBenefit")

    def rules(*resources, left_out=lambda resource: not resource, all_promised=True):
        found = everything.is_complete(listing(*resources), [search], left_out=left_out, all_promised=all_promised)
        return rules_of(found)

    assert rules(PATIENT, *claims) == []
    assert rules(PATIENT, claims[0]) == ["everything.incomplete.lost"]
    assert rules(PATIENT, claims[0], all_promised=False) == ["(everything.incomplete.lost)"]
    assert rules(PATIENT, left_out=everything.is_claim) == []
    assert rules(PATIENT, *claims, claim("c3")) == ["(everything.beyond.lost)"]
    assert rules(claims[0], claim("c2", start="2019-01-01")) == ["everything.differs.billablePeriod"]
    assert rules(claims[0], {**claims[1], "meta": {"lastUpdated": "2022-01-01T00:00:00Z"}}) == []


@given(st.permutations(range(7)), st.integers(1, 7))
@settings(max_examples=60, deadline=None)
def test_completeness_is_judged_alike_for_every_order_and_paging(order, size):
    claims = [claim(f"c{each}") for each in order]
    pages = [claims[start : start + size] for start in range(0, len(claims), size)]

    class Fine:
        status, fault, number, body = 200, "", 1, b""

        def json(self):
            return {"resourceType": "Bundle", "type": "searchset"}

    def made(listed):
        return SearchEvidence("x", Fine(), listed, type="ExplanationOfBenefit", bundles=({},))

    searched, whole = made([claims[::-1]]), made(pages)

    def judged(found):
        return [each.rule for each in everything.is_complete(found, [searched], left_out=lambda _: False)]

    assert judged(whole) == []
    assert judged(made([page[1:] for page in pages])) == ["everything.incomplete.lost"]


def test_only_the_patient_in_context_is_there(listing, rules_of, answer):
    provenance = {"resourceType": "Provenance", "id": "v", "target": [{"reference": "ExplanationOfBenefit/c1"}]}

    def rules(*resources):
        return rules_of(everything.only_of_patient(listing(*resources), "p1"))

    assert rules(PATIENT, claim("c1"), COVERAGE, PAYER, provenance) == []
    assert rules(claim("c2", patient="p2")) == ["everything.another-patient"]
    assert rules(claim("c2", patient="p11")) == ["everything.another-patient"]
    assert rules({**PATIENT, "id": "p2"}) == ["everything.another-patient"]
    beside = listing(PATIENT, beside=[{**PATIENT, "id": "p2"}])
    assert rules_of(everything.only_of_patient(beside, "p1")) == []
    assert rules({**COVERAGE, "beneficiary": {}}) == ["everything.another-patient"]
    assert rules(provenance) == ["everything.another-patient"]
    assert rules_of(everything.is_refused(answer(404))) == []
    assert rules_of(everything.is_refused(answer(405))) == []
    assert rules_of(everything.is_refused(answer(204))) == ["everything.other-member"]
    assert [everything.is_decided(answer(status)) for status in (200, 401, 501, 302, 500)] == [True] * 3 + [False] * 2


def test_scopes_limit_the_types(listing, rules_of):
    def rules(*resources, status=200):
        opened = {"Patient", "Coverage"}.__contains__
        return rules_of(everything.within_scopes(listing(*resources, status=status), opened))

    assert rules(PATIENT, COVERAGE, PAYER) == []
    assert rules(PATIENT, claim("c1"), claim("c2")) == ["everything.scope"]
    assert rules(status=403) == []
    assert rules(status=500) == ["http.status"]


def test_types_are_exact(listing, rules_of):
    whole = listing(PATIENT, COVERAGE, claim("c1"))

    def rules(*resources, beside=(), types=("Coverage", "ExplanationOfBenefit"), status=200):
        search = listing(*resources, beside=beside, status=status)
        return rules_of(everything.typed(search, types, whole, form="x"))

    assert rules(COVERAGE, claim("c1")) == []
    assert rules(COVERAGE, claim("c1"), beside=[PAYER, PATIENT]) == []
    assert rules(COVERAGE) == ["everything.type.lost"]
    assert rules(COVERAGE, claim("c1"), types=("Coverage",)) == ["everything.type.extra"]
    assert rules(status=400) == ["http.status"]
    assert rules_of(everything.unknown_type(listing(status=400))) == []
    assert rules_of(everything.unknown_type(listing(PATIENT, beside=[OUTCOME]))) == []
    assert rules_of(everything.unknown_type(listing(PATIENT))) == ["(everything.type.unknown)"]
    assert rules_of(everything.unknown_type(listing(status=500))) == ["(everything.type.unknown)"]


def test_pages_add_up(listing, rules_of):
    records = [PATIENT, COVERAGE, claim("c1")]
    whole = listing(*records)

    def rules(*pages, count=2, of=whole):
        return rules_of(everything.paged(listing(pages=pages), of, count=count))

    assert rules(records[:2], records[2:]) == []
    assert rules(records[:2]) == ["everything.paging.lost"]
    assert rules(records[:2], [*records[2:], claim("c2")]) == ["everything.paging.extra"]
    assert rules(records) == ["everything.paging.too-many"]
    assert rules(records[:2], records[2:], of=listing(pages=[records[:2], records[2:]])) == [
        "(everything.paging.unasked)"
    ]


@pytest.mark.parametrize(
    ("rule", "severity", "expected"),
    [
        ("paging.duplicate", "error", ["paging.duplicate", "everything.paging.lost"]),
        ("paging.loop", "error", ["paging.loop"]),
        ("paging.foreign-host", "error", ["(paging.foreign-host)"]),
        ("paging.scheme-changed", "error", ["paging.scheme-changed"]),
    ],
)
def test_nothing_is_said_of_pages_that_were_not_read(listing, rules_of, rule, severity, expected):
    whole = listing(PATIENT, COVERAGE, claim("c1"))
    unread = replace(listing(pages=[[PATIENT, COVERAGE]]), anomalies=[Finding(rule, "x", severity)])
    assert rules_of(everything.paged(unread, whole, count=2)) == expected


def test_pages_without_an_end_decide_nothing(listing, rules_of):
    limit = Finding("paging.limit", "There are more pages than we follow.", "information")
    endless = replace(listing(pages=[[PATIENT, COVERAGE]]), anomalies=[limit])
    with pytest.raises(Undecided, match="more pages than are read"):
        list(everything.paged(endless, listing(PATIENT, COVERAGE, claim("c1")), count=2))
    assert "everything.paging.too-many" in rules_of(everything.paged(endless, endless, count=1))


def test_the_definition_is_kept(listing, rules_of):
    own, asked = claim("c1"), claim("a1", use="preauthorization")

    def rules(meaning, *resources):
        return rules_of(everything.means_what_it_says(listing(PATIENT, *resources), [own, asked], meaning))

    assert rules("base", own, asked) == []
    assert rules("base", asked) == ["everything.claims-missing"]
    assert rules("pdex", asked) == []
    assert rules("pdex", own, asked) == []
    assert rules("pdex") == ["everything.authorizations.lost"]
    assert rules_of(everything.is_declared({"everything": "x"})) == []
    assert rules_of(everything.is_declared({"everything": ""})) == ["everything.undefined"]
    assert rules_of(everything.is_declared({})) == ["everything.undeclared"]
    assert everything.meaning_of("http://hl7.org/fhir/OperationDefinition/Patient-everything|4.0.1") == "base"
    assert everything.meaning_of("http://hl7.org/x/OperationDefinition/patient-everything-pdex") == "pdex"
    assert everything.meaning_of("http://payer.example/OperationDefinition/all") == ""


def test_variants_behave(listing, rules_of):
    good = {
        "bad_start": listing(status=400),
        "unknown": listing(status=404),
        "posted": listing(COVERAGE),
        "got": listing(COVERAGE),
        "type_level": listing(PATIENT),
    }

    def rules(**more):
        return rules_of(everything.variants_behave(everything.Variants(**(good | more)), "p1"))

    assert rules() == []
    assert rules(posted=listing(status=405), type_level=listing(status=404)) == []
    assert rules(bad_start=listing(status=404), unknown=listing(status=401), posted=listing(status=501)) == []
    assert rules(bad_start=listing(PATIENT)) == ["(everything.bad-start)"]
    assert rules(unknown=listing(PATIENT)) == ["(everything.unknown-patient)"]
    assert rules(posted=listing()) == ["(everything.post.lost)"]
    assert rules(posted=listing(status=500)) == ["everything.failure"]
    assert rules(type_level=listing(PATIENT, {**PATIENT, "id": "p2"})) == ["everything.another-patient"]
    assert rules(unknown=listing(claim("c9", patient="p2"))) == [
        *("everything.another-patient", "(everything.unknown-patient)"),
    ]
    assert rules(type_level=listing(status=500)) == ["everything.failure"]


def test_a_reference_that_leads_nowhere_is_told(rules_of):
    dangling = everything.Dangling("Coverage/v1", "Coverage.payor[0]", "Organization/o9", 404, 3)
    assert rules_of(everything.references_resolve([dangling])) == ["everything.dangling"]


RECORD = [PATIENT, COVERAGE, claim("c1", "2018-06-01"), claim("c2", "2020-05-05"), claim("c3", "2022-07-01")]


@pytest.mark.parametrize(
    ("date", "expected"),
    [("2020-05-05", True), ("2019-06-01", False), ("2020-01-01", None), ("2021-01-01", None), ("2021-01-02", False)],
)
def test_a_window_decides_only_a_day_from_its_ends(date, expected):
    assert times.in_window(claim("c", date), ("2020-01-01", "2020-12-31")) is expected


def test_what_lasts_or_has_no_date_is_left_open():
    window = ("2020-01-01", "2020-12-31")
    problem = {"resourceType": "Condition", "id": "x", "recordedDate": "2015-05-05"}
    assert times.in_window(problem, window) is None
    assert times.in_window({**problem, "recordedDate": "2025-05-05"}, window) is False
    assert times.in_window({"resourceType": "Condition", "id": "x"}, window) is None


def test_the_window_lies_between_care():
    assert times.windows(RECORD) == (("2020-05-01", "2020-05-31"), ("2020-01-01", "2020-12-31"))
    assert times.windows(RECORD[:4]) == (("2020-05-01", "2020-05-31"), ("2020-01-01", "2020-12-31"))
    assert times.windows(RECORD[:3]) is None


def test_windows_are_complete_and_sound(listing, rules_of):
    whole, window = listing(*RECORD), ("2020-01-01", "2020-12-31")

    def rules(*resources, status=200):
        return rules_of(times.window_holds(listing(*resources, status=status), whole, window))

    assert rules(PATIENT, RECORD[3]) == []
    assert rules(PATIENT, RECORD[3], COVERAGE) == []
    assert rules(PATIENT) == ["everything.window.lost"]
    assert rules(*RECORD) == ["everything.window.extra"]
    assert rules(status=400) == ["http.status"]
    assert rules_of(times.grows([listing(PATIENT), listing(*RECORD)])) == []
    assert rules_of(times.grows([listing(RECORD[3]), listing(PATIENT)])) == ["everything.window.shrinks"]


@given(
    st.dates().map(str),
    st.sampled_from(["", "T12:00:00Z", "T12:00:00+14:00", "T12:00:00-12:00", "T12:00:00.000Z"]),
)
@settings(max_examples=60, deadline=None)
def test_the_form_of_a_date_never_turns_a_verdict(day, form):
    window = ("2020-01-01", "2020-12-31")
    plain = times.in_window({"resourceType": "Observation", "effectiveDateTime": day}, window)
    other = times.in_window({"resourceType": "Observation", "effectiveDateTime": f"{day}{form}"}, window)
    assert {plain, other} != {True, False}


@given(st.dates(), st.sampled_from([10, 7, 4]))
@settings(max_examples=60, deadline=None)
def test_the_precision_of_a_date_never_turns_a_verdict(day, length):
    window = ("2020-01-01", "2020-12-31")
    full = times.in_window({"resourceType": "Observation", "effectiveDateTime": day.isoformat()}, window)
    short = times.in_window({"resourceType": "Observation", "effectiveDateTime": day.isoformat()[:length]}, window)
    assert full is None or short is None or full is short


def test_updates_are_divided_by_a_moment(listing, rules_of):
    old, new = claim("c1", updated="2021-01-01T00:00:00Z"), claim("c2", updated="2021-01-03T02:00:00+02:00")
    whole = listing(PATIENT, old, new)
    since = times.moment_between([PATIENT, old, new])
    assert since == "2021-01-02T00:00:00Z"
    assert times.moment_between([PATIENT, old]) == ""

    def rules(*resources, moment=since, status=200):
        return rules_of(times.since_holds(listing(*resources, status=status), whole, moment))

    assert rules(PATIENT, new, PAYER) == []
    assert rules(PATIENT) == ["everything.since.lost"]
    assert rules(PATIENT, old, new) == ["everything.since.extra"]
    assert rules(PATIENT, moment="2199-01-01T00:00:00Z") == []
    assert rules(new, moment="2199-01-01T00:00:00Z") == ["everything.since.extra"]
    assert rules(status=400) == ["http.status"]
