"""Published expressions that are mended: each with data that the published one judges wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.validator.fhirpath import (
    CORRECTIONS,
    Environment,
    Expression,
    Outcome,
    StructureTypes,
    compile_expression,
    corrected,
)

CONTAINED = {"resourceType": "Observation", "id": "c", "subject": {"reference": "#"}}
CONTAINER = {"resourceType": "Patient", "contained": [CONTAINED]}
WITHIN = Environment(resource=CONTAINED, root_resource=CONTAINER)
STATUS = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

MENDED: list[tuple[str, str, Any, Environment, Outcome]] = [
    ("ref-1", "Reference", {"display": "nobody"}, WITHIN, Outcome.EMPTY),
    ("ref-1", "Reference", {"reference": "#"}, WITHIN, Outcome.EMPTY),
    ("per-1", "Period", {"start": "2020-01-01", "end": "2020-01-01T10:00:00Z"}, WITHIN, Outcome.EMPTY),
    (
        "mdd-1",
        "MedicationDispense",
        {"resourceType": "MedicationDispense", "whenPrepared": "2020-01-01T08:00:00Z", "whenHandedOver": "2020-01"},
        WITHIN,
        Outcome.EMPTY,
    ),
    (
        "inv-1",
        "Task",
        {"resourceType": "Task", "authoredOn": "2020-01-01", "lastModified": "2020-01-01T08:00:00Z"},
        WITHIN,
        Outcome.EMPTY,
    ),
    ("bdl-8", "Bundle.entry", {"resource": {}}, WITHIN, Outcome.EMPTY),
    (
        "con-3",
        "Condition",
        {"resourceType": "Condition", "category": [{"coding": [{"code": "encounter-diagnosis"}]}]},
        WITHIN,
        Outcome.FALSE,
    ),
    ("ras-2", "RiskAssessment.prediction", {"outcome": {"text": "x"}}, WITHIN, Outcome.EMPTY),
    ("us-core-1", "Period", {"start": "2020"}, WITHIN, Outcome.EMPTY),
    ("vs-1", "Period", {"start": "2020"}, WITHIN, Outcome.EMPTY),
    (
        "EOB-pharm-careTeam-practitioner",
        "ExplanationOfBenefit.careTeam",
        {"sequence": 1, "role": {"coding": [{"code": "prescribing"}]}, "provider": {"reference": "Practitioner/1"}},
        WITHIN,
        Outcome.FALSE,
    ),
    ("tim-9", "Timing.repeat", {"offset": 5, "when": ["AC", "PC"]}, WITHIN, Outcome.NOT_EVALUATED),
    (
        "pd-1",
        "PractitionerRole",
        {"resourceType": "PractitionerRole", "telecom": [{"value": "1"}, {"value": "2"}]},
        WITHIN,
        Outcome.NOT_EVALUATED,
    ),
    (
        "us-core-13",
        "PractitionerRole",
        {"resourceType": "PractitionerRole", "location": [{"display": "a"}, {"display": "b"}]},
        WITHIN,
        Outcome.NOT_EVALUATED,
    ),
    ("que-7", "Questionnaire.item.enableWhen", {"operator": "exists", "answerBoolean": True}, WITHIN, Outcome.FALSE),
]

STILL_BROKEN = [
    ("ref-1", "Reference", {"reference": "#nowhere"}, WITHIN),
    ("ref-1", "Reference", {"reference": "#"}, Environment(resource=CONTAINER, root_resource=CONTAINER)),
    ("per-1", "Period", {"start": "2020-01-03", "end": "2020-01-01T10:00:00Z"}, WITHIN),
    ("per-1", "Period", {"start": "2020-01-03", "end": "2020-01-01"}, WITHIN),
    ("bdl-8", "Bundle.entry", {"fullUrl": "http://example.org/Patient/1/_history/2"}, WITHIN),
    (
        "con-3",
        "Condition",
        {"resourceType": "Condition", "category": [{"coding": [{"code": "problem-list-item"}]}]},
        WITHIN,
    ),
    ("ras-2", "RiskAssessment.prediction", {"probabilityDecimal": 101}, WITHIN),
    (
        "EOB-pharm-careTeam-practitioner",
        "ExplanationOfBenefit.careTeam",
        {"sequence": 1, "role": {"coding": [{"code": "primary"}]}, "provider": {"reference": "Location/1"}},
        WITHIN,
    ),
    ("tim-9", "Timing.repeat", {"offset": 5, "when": ["AC", "CM"]}, WITHIN),
    ("tim-9", "Timing.repeat", {"offset": 5}, WITHIN),
    ("que-7", "Questionnaire.item.enableWhen", {"operator": "exists", "answerString": "yes"}, WITHIN),
    ("que-12", "Questionnaire.item", {"enableWhen": [{"question": "1"}, {"question": "2"}]}, WITHIN),
]


def test_units_that_the_published_expression_never_looks_at_are_judged(types: StructureTypes) -> None:
    for (key, text), mending in CORRECTIONS.items():
        if key == "us-core-3":
            old, new = (
                compile_expression(each, context_type="Quantity", model=types) for each in (text, mending.expression)
            )
            local, ucum = {"value": 1, "system": "urn:oid:1.2.3", "code": "mg"}, {"system": "http://unitsofmeasure.org"}
            assert old.outcome(local, WITHIN) is Outcome.TRUE
            assert new.outcome(local, WITHIN) is Outcome.FALSE
            assert new.outcome(ucum, WITHIN) is new.outcome({"value": 1}, WITHIN) is Outcome.TRUE


def published(key: str) -> str:
    return next(text for entry, text in CORRECTIONS if entry == key)


def mended(key: str, focus: str, model: StructureTypes) -> Expression:
    return compile_expression(corrected(key, published(key)).expression, context_type=focus, model=model)


@pytest.mark.parametrize("case", MENDED, ids=lambda case: case[0])
def test_the_mended_expression_holds_where_the_published_one_does_not(
    case: tuple[str, str, Any, Environment, Outcome], types: StructureTypes
) -> None:
    key, focus, data, surroundings, before = case
    old = compile_expression(published(key), context_type=focus, model=types)

    assert old.outcome(data, surroundings) is before
    assert mended(key, focus, types).outcome(data, surroundings) is Outcome.TRUE


@pytest.mark.parametrize(("key", "focus", "data", "surroundings"), STILL_BROKEN)
def test_the_mended_expression_still_finds_violations(
    key: str, focus: str, data: Any, surroundings: Environment, types: StructureTypes
) -> None:
    assert mended(key, focus, types).boolean(data, surroundings) is False


def test_every_correction_is_proved_here() -> None:
    assert {key for key, _ in CORRECTIONS} == {case[0] for case in [*MENDED, *STILL_BROKEN]} | {"us-core-3"}


def test_other_expressions_stand() -> None:
    assert corrected("per-1", "start.exists()") == ("start.exists()", "")
    assert corrected("xyz-1", published("per-1")).reason == ""


def test_white_space_does_not_matter() -> None:
    spaced = published("per-1").replace(" or ", "\n  or ")

    assert corrected("per-1", spaced).reason


def test_every_reason_is_a_sentence_part_without_data() -> None:
    assert all(len(correction.reason) > 20 for correction in CORRECTIONS.values())
    assert all(compile_expression(correction.expression) for correction in CORRECTIONS.values())
