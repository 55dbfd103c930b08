"""Must-support and missing data: good evidence gives nothing, each way to break gives its rule."""

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.areas.must_support.rules import coverage as must_support
from conformance.areas.must_support.rules import missing_data
from conformance.areas.must_support.rules.coverage import Line, Promise
from conformance.areas.must_support.rules.missing_data import Withheld
from conformance.areas.shared.promises import Promise as Promised
from conformance.areas.shared.routing import CLAIM_KINDS, PRIOR_AUTHORIZATION

PROFILE = "http://example.org/StructureDefinition/thing"
ABSENT = {"extension": [{"url": missing_data.ABSENT_EXTENSION, "valueCode": "unknown"}]}
UNKNOWN = {"coding": [{"system": missing_data.ABSENT_SYSTEM, "code": "unknown"}]}
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core"
PROMISED = {
    "must_support": {
        f"{US_CORE}-condition-problems-health-concerns": {"all_but": []},
        f"{US_CORE}-medicationrequest": "all",
        f"{US_CORE}-documentreference": ["DocumentReference.content.attachment.url"],
    }
}
GOOD_PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Okafor", "given": ["Ruth"]}],
    "birthDate": "1950-01-01",
    "telecom": [{"system": "phone", "value": "401-555-0188"}],
}


def line(element="Thing.part", *, seen=0, of=3, word="promised", elsewhere="", id_=""):
    return Line(PROFILE, id_ or element, element, seen, of, "", Promise(word, elsewhere))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line(seen=1)], []),
        ([line()], ["must-support.unseen"]),
        ([line(word="")], ["(must-support.not-in-sample)"]),
        ([line(word="never")], []),
        ([line(elsewhere="the records of ruth were not examined")], []),
        ([line(), line("Thing.part.below")], ["must-support.unseen"]),
        ([line(), line("Thing.part:slice")], ["must-support.unseen"]),
        ([line(), line("Thing.part:slice.below")], ["must-support.unseen"]),
        ([line(), line("Thing.part as string", id_="Thing.part")], ["must-support.unseen"]),
        ([line(seen=2), line("Thing.part as string", id_="Thing.part")], ["must-support.unseen"]),
        ([line(of=0), line("Thing.other", of=0)], ["must-support.unseen"]),
        ([line(of=0, word="")], []),
        ([line("Condition.onset[x]", word=""), line("Condition.extension:assertedDate", seen=1, word="")], []),
    ],
)
def test_what_is_unseen_is_told_of_once(lines, expected, rules_of):
    assert rules_of(must_support.unseen(lines)) == expected


def test_what_may_be_in_other_records_is_undetermined():
    assert must_support.undetermined([line()]) == ""
    assert "ruth" in must_support.undetermined([line(elsewhere="the records of ruth were not examined")])


CLAIMS = {
    "members": {
        "a": {"resources": {"ExplanationOfBenefit": [{"id": "1", "kind": "oral"}]}},
        "ruth": {"resources": {"ExplanationOfBenefit": [{"id": "2", "kind": "vision"}]}},
    }
}


@pytest.mark.parametrize(
    ("promise", "profile", "expected"),
    [
        ("all", CLAIM_KINDS["oral"], ("promised", False)),
        ("all", CLAIM_KINDS["professional"], ("promised", True)),
        ({"all_but": [], "members": ["a"]}, CLAIM_KINDS["professional"], ("promised", False)),
        ({"all_but": ["X.part"]}, CLAIM_KINDS["oral"], ("never", False)),
        (["X.part.below"], CLAIM_KINDS["oral"], ("promised", False)),
        (["X.other"], CLAIM_KINDS["oral"], ("", False)),
        ("all", PRIOR_AUTHORIZATION, ("promised", False)),
    ],
)
def test_a_promise_knows_in_whose_records_it_may_hold(promise, profile, expected):
    manifest = CLAIMS | {"must_support": {profile: promise}}

    said = must_support.promise_of(manifest, profile, "ExplanationOfBenefit", ["a"])("X.part.below")

    assert (said.word, bool(said.elsewhere)) == expected


def test_a_survey_counts_types_and_targets_and_not_what_is_absent():
    wanted = SimpleNamespace(id="Thing.part", types=("string",), targets=("http://example.org/org",))
    surveyor = SimpleNamespace(
        must_support=lambda _: [wanted],
        shown=lambda _, each: {"Thing.part": set(each["part"])} if "part" in each else {},
    )
    things = [
        {"resourceType": "Thing", "id": "1", "part": {"string": True}},
        {"resourceType": "Thing", "id": "2", "part": ABSENT},
    ]

    lines = must_support.survey(PROFILE, things, surveyor, lambda _: "Organization", lambda _: Promise("promised"))

    assert [(each.element, each.seen, each.of, each.example) for each in lines] == [
        ("Thing.part", 1, 2, "Thing/1"),
        ("Thing.part as string", 1, 2, "Thing/1"),
        ("Thing.part to Organization", 0, 2, ""),
    ]


@pytest.mark.parametrize(
    ("resource", "broken"),
    [
        ({"resourceType": "Condition", "onsetDateTime": "2020", "recordedDate": "2020"}, 0),
        ({"resourceType": "Condition", "recordedDate": "2020"}, 1),
        ({"resourceType": "Condition", "_onsetDateTime": ABSENT, "recordedDate": "2020"}, 1),
        ({"resourceType": "Condition"}, 2),
        ({"resourceType": "MedicationRequest", "reportedBoolean": False}, 0),
        ({"resourceType": "MedicationRequest"}, 1),
        ({"resourceType": "DocumentReference", "content": [{"attachment": {"data": "eA=="}}]}, 0),
        ({"resourceType": "DocumentReference", "content": [{"attachment": {"title": "x"}}]}, 1),
    ],
)
def test_of_alternatives_one_is_seen(resource, broken, rules_of):
    assert rules_of(must_support.choices_met([resource], PROMISED)) == ["must-support.choice"] * broken


@pytest.mark.parametrize(("count", "expected"), [(9, []), (10, ["(must-support.choice)"])])
def test_without_a_promise_few_resources_decide_nothing(count, expected, rules_of):
    found = [{"resourceType": "Condition", "onsetDateTime": "2020"}] * count
    assert rules_of(must_support.choices_met(found, {})) == expected
    assert bool(must_support.choices_unproven(found, {})) is not bool(expected)


def test_displays_are_never_placeholders():
    coding = {"system": missing_data.ABSENT_SYSTEM, "code": "not-applicable", "display": "Not Applicable"}
    assert list(missing_data.nothing_faked([{"resourceType": "Basic", "code": {"coding": [coding]}}])) == []


@pytest.mark.parametrize(
    "change",
    [
        {"birthDate": "1900-01-01"},
        {"period": {"end": "9999-12-31"}},
        {"telecom": [{"system": "phone", "value": "000-000-0000"}]},
        {"identifier": [{"system": "urn:x", "value": "999999999"}]},
        {"name": [{"family": "Unknown"}]},
        {"name": [{"family": "Okafor", "given": ["N/A"]}]},
    ],
)
def test_filler_is_found(change, rules_of):
    assert rules_of(missing_data.nothing_faked([GOOD_PATIENT])) == []
    assert rules_of(missing_data.nothing_faked([GOOD_PATIENT | change])) == ["(must-support.placeholder)"]


@given(st.dates(min_value=dt.date(1901, 1, 1), max_value=dt.date(2900, 1, 1)))
def test_a_real_date_is_never_filler(day):
    assert list(missing_data.nothing_faked([GOOD_PATIENT | {"birthDate": day.isoformat()}])) == []


def test_absent_parts_are_taken_out_but_not_the_reason():
    resource = {"code": UNKNOWN, "_birthDate": ABSENT, "dataAbsentReason": UNKNOWN, "name": [ABSENT, {"family": "O"}]}

    assert missing_data.without_absent(resource) == {"dataAbsentReason": UNKNOWN, "name": [None, {"family": "O"}]}


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"resourceType": "AllergyIntolerance", "code": UNKNOWN}, []),
        ({"resourceType": "AllergyIntolerance", "code": {"text": "Unknown"}}, []),
        ({"resourceType": "Observation", "dataAbsentReason": UNKNOWN}, []),
        ({"resourceType": "RelatedPerson", "_active": ABSENT}, []),
        ({"resourceType": "AllergyIntolerance", "code": {"text": "peanut"}}, ["must-support.absence-not-said"]),
        (None, ["must-support.absent-not-served"]),
    ],
)
def test_what_is_not_known_is_said(resource, expected, rules_of):
    assert rules_of(missing_data.absence_said([Promised("a", "Thing", {"id": "1"}, resource)])) == expected


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (ABSENT["extension"][0], []),
        ({"url": missing_data.ABSENT_SYSTEM, "valueCode": "unknown"}, ["must-support.absence-url"]),
        ({"url": missing_data.ABSENT_EXTENSION, "valueCode": "dunno"}, ["must-support.absence-reason"]),
    ],
)
def test_the_extension_is_the_canonical_one(extension, expected, rules_of):
    resource = {"resourceType": "Patient", "_birthDate": {"extension": [extension]}}

    assert rules_of(missing_data.absence_well_formed([resource])) == expected


def test_what_is_withheld_is_neither_read_nor_found(answer, rules_of):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}
    hidden = {"resourceType": "Immunization", "id": "1"}

    assert rules_of(missing_data.not_served([Withheld("Immunization/1", answer(404, outcome))])) == []
    assert rules_of(missing_data.not_served([Withheld("Immunization/1", answer(200, hidden))])) == [
        "must-support.withheld-served",
        "must-support.withheld-outcome",
    ]
    assert rules_of(missing_data.left_out([Withheld("Immunization/1", answer(404), [], [outcome])])) == []
    assert rules_of(missing_data.left_out([Withheld("Immunization/1", answer(404), [hidden], [])])) == [
        "must-support.withheld-found",
        "(must-support.withheld-warning)",
    ]


def test_a_masked_diagnosis_is_said_to_be(rules_of):
    def claim(concept):
        resource = {"resourceType": "ExplanationOfBenefit", "diagnosis": [{"diagnosisCodeableConcept": concept}]}
        return [Promised("a", "ExplanationOfBenefit", {"id": "1"}, resource)]

    assert rules_of(missing_data.masking_said(claim(UNKNOWN))) == []
    assert rules_of(missing_data.masking_said(claim({"text": "R69"}))) == ["must-support.masking-not-said"]
