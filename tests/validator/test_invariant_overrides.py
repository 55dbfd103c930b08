"""Invariants judged in code agree with the expressions they stand for."""

from __future__ import annotations

import random

import pytest

from conformance.validator.fhirpath import Environment, StructureTypes, compile_expression
from conformance.validator.invariant_overrides import OVERRIDES, TIME_OVERRIDES, is_npi

NPI, LINKS, QUESTIONS = OVERRIDES


@pytest.fixture(scope="module")
def holds(guides):
    model = StructureTypes(guides.structure)

    def evaluate(text, kind, value):
        resource = value if "resourceType" in value else {"resourceType": "Patient", "identifier": [value]}
        return compile_expression(text, context_type=kind, model=model).boolean(value, Environment(resource=resource))

    return evaluate


def test_the_expression_is_the_published_one(guides):
    table = guides.structure("http://hl7.org/fhir/us/core/StructureDefinition/us-core-practitioner")

    assert NPI in {one["expression"] for element in table["elements"] for one in element.get("constraint", ())}


@pytest.mark.parametrize("value", ["1234567893", "1234567890", "12345678931", "123", "12345678x3", "", "١٢٣٤٥٦٧٨٩٣"])
def test_an_npi_is_judged_like_its_expression(value, holds):
    assert is_npi({"value": value}) is holds(NPI, "Identifier", {"value": value})


def test_random_npis_are_judged_like_their_expression(holds):
    generator = random.Random(7)
    for _ in range(60):
        value = {"value": "".join(generator.choice("0123456789") for _ in range(10))}
        assert is_npi(value) is holds(NPI, "Identifier", value)
    assert is_npi({}) is holds(NPI, "Identifier", {}) is False


def item(local, *items, answers=()):
    found = {"linkId": local}
    if items:
        found["item"] = list(items)
    if answers:
        found["answer"] = list(answers)
    return found


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], True),
        ([item("1"), item("2", item("3"))], True),
        ([item("1", item("1"))], False),
        ([item("1"), item("2", item("3"), item("3"))], False),
    ],
)
def test_links_of_a_questionnaire_are_judged_like_their_expression(items, expected, holds):
    resource = {"resourceType": "Questionnaire", "status": "draft", "item": items}

    assert OVERRIDES[LINKS](resource) is holds(LINKS, "Questionnaire", resource) is expected


ANSWER = {"valueString": "x"}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([item("1"), item("1")], True),
        ([item("1", answers=[ANSWER]), item("1")], True),
        ([item("1", answers=[ANSWER]), item("1", answers=[ANSWER])], False),
        ([item("g", item("1", answers=[ANSWER]), item("1", answers=[ANSWER]))], False),
        ([item("g", item("1", answers=[ANSWER])), item("g", item("1", answers=[ANSWER]))], True),
        ([item("1", answers=[{**ANSWER, "item": [item("2", answers=[ANSWER]), item("2", answers=[ANSWER])]}])], False),
        ([item("1", answers=[{"item": [item("2")]}]), item("1", answers=[ANSWER])], True),
    ],
)
def test_questions_of_a_response_are_judged_like_their_expression(items, expected, holds):
    resource = {"resourceType": "QuestionnaireResponse", "status": "completed", "item": items}

    assert OVERRIDES[QUESTIONS](resource) is holds(QUESTIONS, "QuestionnaireResponse", resource) is expected


@pytest.mark.parametrize(
    "value", ["2020", "2020-01", "2020-01-01", "2020-01-01T10:00:00Z", "2020-01-01T10:00:00.5-05:00"]
)
@pytest.mark.parametrize("entry", TIME_OVERRIDES, ids=" ".join)
def test_times_are_judged_like_their_expression(entry, value, guides):
    kind, text = entry
    expression = compile_expression(text, context_type=kind, model=StructureTypes(guides.structure))

    assert TIME_OVERRIDES[entry](value) is expression.boolean(value, Environment())


def test_the_expressions_on_times_are_published_ones(guides):
    profiles = ("us-core-vital-signs", "us-core-vital-signs|7.0.0", "us-core-observation-lab")
    tables = [guides.structure(f"http://hl7.org/fhir/us/core/StructureDefinition/{name}") for name in profiles]
    published = {
        one["expression"] for table in tables for element in table["elements"] for one in element.get("constraint", ())
    }

    assert {text for _, text in TIME_OVERRIDES} <= published
