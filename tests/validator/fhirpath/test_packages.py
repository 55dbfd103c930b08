"""Every expression of the official packages, on every example that comes with them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from conformance.validator.fhirpath import (
    CORRECTIONS,
    Environment,
    Expression,
    NotEvaluated,
    Outcome,
    StructureTypes,
    compile_expression,
    corrected,
)
from conformance.validator.fhirpath.parser import parse
from conformance.validator.fhirpath.registry import FUNCTIONS
from conformance.validator.fhirpath.syntax import Call, parts

pytestmark = pytest.mark.packages

ELSEWHERE = {"ele-1", "txt-1", "txt-2"}
"""Constraints that are no matter of expressions: the structure and the narrative are judged in code."""

NO_FUNCTIONS_OF_FHIRPATH = {"hasExtension"}


def expressions_of(structures: dict[str, dict[str, Any]]) -> set[str]:
    """Invariants, extension contexts and discriminator paths."""
    found: set[str] = set()
    for table in structures.values():
        found.update(table.get("contextInvariant", ()))
        found.update(c["expression"] for c in table.get("context", ()) if c["type"] == "fhirpath")
        views = [table.get(view, {}).get("element", ()) for view in ("snapshot", "differential")]
        for element in (element for view in views for element in view):
            found.update(c["expression"] for c in element.get("constraint", ()) if "expression" in c)
            found.update(d["path"] for d in element.get("slicing", {}).get("discriminator", ()))
    return found


@pytest.fixture(scope="module")
def expressions(packages: dict[str, Any]) -> set[str]:
    texts: set[str] = set()
    for package in packages.values():
        texts |= expressions_of(package.structures) | {expression for _, expression in package.searches}
    return texts


def test_every_expression_is_read_and_every_function_known(expressions: set[str]) -> None:
    called = {part.name for text in expressions for part in parts(parse(text)) if isinstance(part, Call)}

    assert len(expressions) > 1_500
    assert called - FUNCTIONS.keys() <= NO_FUNCTIONS_OF_FHIRPATH


def test_constraints_of_official_examples_hold(places: list[Any], model: StructureTypes) -> None:
    outcomes: Counter[Outcome] = Counter()
    broken, undecided = set(), set()
    for place in places:
        key, severity = place.constraint["key"], place.constraint["severity"]
        if key in ELSEWHERE or severity != "error" or "expression" not in place.constraint:
            continue
        expression = compile_expression(
            corrected(key, place.constraint["expression"]).expression, context_type=place.node.type, model=model
        )
        outcome = expression.outcome(place.node, place.environment)
        outcomes[outcome] += 1
        if outcome is Outcome.NOT_EVALUATED:
            undecided.add(expression.reason.split(" ", 1)[0])
        elif outcome is not Outcome.TRUE:
            broken.add((place.file, key))

    assert broken == set()
    assert undecided <= {"membership"}
    assert outcomes[Outcome.TRUE] > 12_000


def test_plain_evaluation_agrees_with_the_full_one(places: list[Any], model: StructureTypes) -> None:
    compared = 0
    for place in places:
        if "expression" not in place.constraint or not isinstance(place.node.value, dict):
            continue
        text = corrected(place.constraint["key"], place.constraint["expression"]).expression
        expression = compile_expression(text, context_type=place.node.type, model=model)
        plain = outcome_of(expression, place.node.value, place.environment)
        assert plain == outcome_of(expression, place.node, place.environment), (place.file, place.path, text)
        compared += 1

    assert compared > 12_000


def outcome_of(expression: Expression, focus: Any, environment: Environment) -> bool | str | None:
    """The condition's value; over plain JSON where the focus is an object, over nodes where it is a Item."""
    outcome = expression.outcome(focus, environment)
    return outcome.value if outcome is Outcome.NOT_EVALUATED else {"true": True, "false": False}.get(outcome.value)


def test_search_expressions_evaluate_on_every_example(packages: dict[str, Any], model: StructureTypes) -> None:
    by_type: dict[str, set[str]] = {}
    for package in packages.values():
        for base, expression in package.searches:
            by_type.setdefault(base, set()).add(expression)
    found: Counter[str] = Counter()
    for package in packages.values():
        for example in package.examples.values():
            kind = example["resourceType"]
            environment = Environment(example, example)
            for text in sorted(by_type.get(kind, set()) | by_type.get("Resource", set())):
                try:
                    compile_expression(text, context_type=kind, model=model).evaluate(example, environment)
                    found["evaluated"] += 1
                except NotEvaluated as unknown:
                    found[unknown.reason] += 1

    evaluated = found.pop("evaluated")
    assert evaluated > 10_000
    assert found.keys() <= {"the target of a reference is not at hand", "hasExtension() is no function of FHIRPath"}


def test_every_expression_evaluates_on_every_kind_of_example(
    packages: dict[str, Any], expressions: set[str], model: StructureTypes
) -> None:
    """Also where it makes no sense: there must be an answer or a reason, never a crash."""
    kinds = {example["resourceType"]: example for package in packages.values() for example in package.examples.values()}
    for kind, example in kinds.items():
        environment = Environment(example, example)
        for text in expressions:
            assert compile_expression(text, context_type=kind, model=model).boolean(example, environment) in {
                True,
                False,
                None,
            }


def test_corrections_change_published_expressions_only(expressions: set[str]) -> None:
    published = {" ".join(text.split()) for text in expressions}
    assert {text for _, text in CORRECTIONS} - published <= {
        (
            "reference.startsWith('#').not() or (reference.substring(1).trace('url') in"
            " %resource.contained.id.trace('ids'))"
        ),
        "lastModified.exists().not() or authoredOn.exists().not() or lastModified >= authoredOn",
    }
