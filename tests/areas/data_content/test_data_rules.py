import datetime as dt
from dataclasses import replace

import pytest

from conformance.areas.data_content.rules import content as data
from conformance.areas.data_content.rules import documents
from conformance.areas.data_content.rules.documents import Document
from conformance.areas.shared.canonicals import PDEX
from conformance.areas.shared.promises import Promise, Promises, served
from conformance.errors import Undecided


def concept(code):
    return {"coding": [{"code": code}]}


def amount(code, value):
    return {"category": concept(code), "amount": {"value": value, "currency": "USD"}}


def promise(resource=None, *marks, kind="professional", **entry):
    return Promise("a", "ExplanationOfBenefit", {"id": "e", "kind": kind, "is": list(marks), **entry}, resource)


def test_promises_are_chosen_by_mark_and_kind():
    claim, authorization = promise({}, "paid"), promise(None, "denied", kind="authorization")
    promises = Promises((claim, authorization))
    assert promises.marked("denied") == [authorization]
    assert promises.claims() == [claim]
    assert promises.authorizations() == [authorization]
    assert served(promises.every) == [claim]


def test_a_choice_without_promises_is_undecided():
    with pytest.raises(Undecided, match="no capitated claim"):
        Promises((promise({}, "paid"),)).marked("capitated")


def test_what_is_promised_must_be_served(rules_of):
    assert list(data.all_served([promise({})], rule="r", what="claim")) == []
    assert rules_of(data.all_served([promise(None, "denied")], rule="r", what="claim")) == ["r"]


def test_what_only_a_read_gives_is_not_served(rules_of):
    found = replace(promise({}, "denied"), listed=False)
    assert rules_of(data.all_served([found], rule="r", what="claim")) == ["r"]


def review(action):
    part = {"url": "extension-reviewActionCode", "valueCodeableConcept": concept(action)}
    return {"adjudication": [{"extension": [{"url": "extension-reviewAction", "extension": [part]}]}]}


@pytest.mark.parametrize(
    ("authorization", "mark", "expected"),
    [
        ({"outcome": "queued"}, "pended", []),
        ({"outcome": "partial", **review("A4")}, "pended", []),
        ({"outcome": "queued", **review("A1")}, "approved", []),
        ({"outcome": "complete"}, "approved", []),
        ({"status": "draft", "outcome": "partial"}, "pended", []),
        ({"outcome": "complete"}, "pended", ["data.authorization-state"]),
        ({"outcome": "queued"}, "approved", ["data.authorization-state"]),
        ({"outcome": "queued", **review("A1")}, "pended", ["data.authorization-state"]),
    ],
)
def test_states_of_authorizations(authorization, mark, expected, rules_of):
    found = promise(authorization, mark, kind="authorization")
    assert rules_of(data.states_distinguish([found])) == expected


def test_claims_whose_focal_coverage_was_not_served_are_not_judged():
    claim = {"insurance": [{"focal": True, "coverage": {"reference": "Coverage/c"}}]}
    assert data.with_focal_coverage([claim], {}) == []
    assert data.with_focal_coverage([claim], {"Coverage/c": {}}) == [claim]
    claim["insurance"][0]["coverage"]["reference"] = "Coverage/c/_history/1"
    assert data.with_focal_coverage([claim], {"Coverage/c": {"meta": {"versionId": "2"}}}) == []
    assert data.with_focal_coverage([claim], {"Coverage/c": {"meta": {"versionId": "1"}}}) == [claim]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ({"total": [amount("copay", 20)]}, []),
        ({"adjudication": [amount("copay", 20)]}, []),
        ({"item": [{"adjudication": [amount("copay", 12)]}, {"adjudication": [amount("copay", 8)]}]}, []),
        ({}, ["data.amount-missing"]),
        ({"total": [amount("copay", 19.5)]}, ["data.amount-differs"]),
    ],
)
def test_amounts_are_those_promised(claim, expected, rules_of):
    assert rules_of(data.amounts_as_promised([promise(claim, amounts={"copay": 20.0, "deductible": 0.0})])) == expected


def test_a_paid_claim_says_so(rules_of):
    shown = {"item": [{"adjudication": [{"category": concept("benefitpaymentstatus")}]}]}
    assert list(data.payment_status_shown([promise(shown), promise({"payment": {"type": concept("complete")}})])) == []
    assert rules_of(data.payment_status_shown([promise({})])) == ["data.payment-status"]


def test_data_classes_are_shown(rules_of):
    laboratory = {"resourceType": "Observation", "category": [concept("laboratory")]}
    assert list(data.classes_exposed(["laboratory", "a class nobody knows"], [laboratory])) == []
    assert rules_of(data.classes_exposed(["laboratory", "vital-signs"], [laboratory])) == ["data.class-missing"]


def test_decisions_have_dates_and_an_end(rules_of):
    decided = {"url": f"{PDEX}extension-when-adjudicated", "valueDate": "2026-07-17"}
    good = {"item": [{"adjudication": [{"extension": [decided]}]}], "preAuthRefPeriod": [{"end": "2027-01-22"}]}
    assert list(data.decision_and_end([promise(good, "approved", decided="2026-07-17")])) == []
    assert rules_of(data.decision_and_end([promise({}, "approved", decided="2026-07-17")])) == [
        "data.no-decision-date",
        "data.no-validity",
    ]
    assert list(data.decision_and_end([promise({}, "pended")])) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"productOrService": concept("97110"), "quantity": {"value": 12}}, []),
        (
            {
                "productOrService": concept("97110"),
                "adjudication": [{"category": concept("allowedunits"), "value": 12}],
            },
            [],
        ),
        ({"productOrService": concept("97110"), "quantity": {"value": 24}}, ["data.approved-quantity"]),
        ({"productOrService": concept("99999")}, ["data.approved-item-missing"]),
    ],
)
def test_approved_items(line, expected, rules_of):
    asked = [{"code": "97110", "requested": 24, "allowed": 12}, {"code": "97810", "requested": 1, "allowed": 0}]
    assert rules_of(data.approved_items_listed([promise({"item": [line]}, "approved", items=asked)])) == expected


@pytest.mark.parametrize(
    ("adjudication", "expected"),
    [
        ([{"reason": concept("M123")}], []),
        ([{"reason": concept("denied")}], ["data.no-denial-reason"]),
        ([{"reason": {"text": "not medically necessary: no prior therapy"}}], []),
        ([{"reason": {"text": "denied"}}], ["data.no-denial-reason"]),
        ([], ["data.no-denial-reason"]),
        (
            [
                {
                    "extension": [
                        {"url": "x", "extension": [{"url": "reasonCode", "valueCodeableConcept": concept("0F")}]}
                    ]
                }
            ],
            [],
        ),
    ],
)
def test_denials_have_reasons(adjudication, expected, rules_of):
    assert (
        rules_of(data.denials_have_reasons([promise({"item": [{"adjudication": adjudication}]}, "denied")])) == expected
    )


def test_documentation_history_and_the_year_after(rules_of):
    documented = promise({}, documentation=["DocumentReference/1"])
    found, lost = Document(documented, "DocumentReference/1", served=True), Document(documented, "D/2", served=False)
    assert list(documents.documentation_served([found])) == []
    assert rules_of(documents.documentation_served([lost])) == ["data.documentation-missing"]


def test_document_content(answer, rules_of):
    documented = promise({}, kind="authorization")

    def read(*answers):
        return Document(
            documented, "D/1", served=True, attachments=[("https://files.example/1", each) for each in answers]
        )

    assert list(documents.content_readable([read(answer(raw=b"x"))])) == []
    assert (
        rules_of(documents.content_readable([read(answer(404)), read(answer(200))])) == ["data.document-unreadable"] * 2
    )
    assert list(documents.content_readable([read(None)])) == []
    assert [each.is_judged for each in (read(None), read(answer(404)), read())] == [False, True, True]
    assert rules_of(data.reaches_back([promise(None, date="2016-03-15"), promise(None, date="2026-01-01")])) == [
        "data.history-missing"
    ]
    today = dt.date(2026, 11, 23)
    assert rules_of(data.kept_a_year([promise(None, last_change="2025-11-28")], today=today)) == [
        "data.authorization-vanished"
    ]
    assert list(data.kept_a_year([promise(None, last_change="2025-10-01")], today=today)) == []


@pytest.mark.parametrize(
    ("related", "expected"),
    [
        ([{"relationship": concept("prior"), "claim": {"reference": "ExplanationOfBenefit/old"}}], []),
        ([{"relationship": concept("prior"), "reference": {"value": "N-1"}}], []),
        ([{"relationship": concept("prior"), "claim": {"identifier": {"value": "N-1"}}}], []),
        ([{"relationship": concept("replacedby"), "reference": {"value": "N-1"}}], ["data.correction-link"]),
        ([], ["data.correction-link"]),
    ],
)
def test_corrections_are_linked(related, expected, rules_of):
    new = promise({"related": related}, "adjusted", replaces="ExplanationOfBenefit/old")
    old = Promise("a", "ExplanationOfBenefit", {"id": "old", "identifier": "N-1"}, {})
    assert rules_of(data.corrections_linked([new, old])) == expected


@pytest.mark.parametrize(
    ("coverage", "expected"),
    [
        ({"payor": [{"reference": "Organization/1"}], "period": {"start": "2020-01-01"}}, []),
        ({"payor": [{"reference": "Organization/2"}]}, ["(data.insurer-differs)"]),
        (
            {"payor": [{"reference": "Organization/1"}], "period": {"start": "2025-01-01"}},
            ["data.coverage-not-in-force"],
        ),
        ({"payor": [{"reference": "Organization/1"}], "period": {"end": "2018"}}, ["data.coverage-not-in-force"]),
        ({"payor": [{"reference": "Organization/1"}], "period": {"end": "2019"}}, []),
    ],
)
def test_the_focal_coverage_fits(coverage, expected, rules_of):
    claim = {
        "resourceType": "ExplanationOfBenefit",
        "id": "e",
        "insurer": {"reference": "Organization/1"},
        "billablePeriod": {"start": "2019-05-01" if "2020" not in str(coverage) else "2020-05-01"},
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/c"}}],
    }
    assert rules_of(data.focal_coverage_fits(claim, {"Coverage/c": coverage})) == expected
