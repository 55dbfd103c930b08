"""What cannot be decided is neither true nor false, and counted; what settles an answer without it does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conformance.validator.fhirpath import Environment, NotEvaluated, Outcome, StructureTypes, compile_expression

VS = "'http://example.org/vs'"
UNKNOWN = f"gender.memberOf({VS})"
FOCUS: dict[str, Any] = {
    "resourceType": "Patient",
    "gender": "female",
    "communication": [
        {"language": {"coding": [{"code": "known-out"}]}},
        {"language": {"coding": [{"code": "unknown"}]}},
        {"language": {"coding": [{"code": "known-in"}]}},
    ],
}
ANSWERS = {"known-in": True, "known-out": False}


def environment() -> Environment:
    def member_of(value: Any, _type: str, _value_set: str) -> bool | None:
        return ANSWERS.get(value["coding"][0]["code"]) if isinstance(value, dict) else None

    return Environment(resource=FOCUS, root_resource=FOCUS, member_of=member_of)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UNKNOWN, None),
        (f"{UNKNOWN}.not()", None),
        (f"{UNKNOWN} = true", None),
        (f"{UNKNOWN} or true", True),
        (f"true or {UNKNOWN}", True),
        (f"{UNKNOWN} or false", None),
        (f"{UNKNOWN} and false", False),
        (f"false and {UNKNOWN}", False),
        (f"{UNKNOWN} and true", None),
        (f"{UNKNOWN} implies true", True),
        (f"{UNKNOWN} implies false", None),
        (f"false implies {UNKNOWN}", True),
        (f"{UNKNOWN} xor true", None),
        (f"{UNKNOWN} or {UNKNOWN} or true", True),
        (f"iif(true, true, {UNKNOWN})", True),
        (f"iif({UNKNOWN}, true, true)", None),
        (f"communication.where(language.memberOf({VS})).exists()", True),
        (f"communication.exists(language.memberOf({VS}))", True),
        (f"communication.take(2).exists(language.memberOf({VS}))", None),
        (f"communication.take(1).exists(language.memberOf({VS}))", False),
        (f"communication.take(1).where(language.memberOf({VS})).empty()", True),
        (f"communication.where(language.memberOf({VS})).empty()", False),
        (f"communication.take(2).where(language.memberOf({VS})).empty()", None),
        (f"communication.all(language.memberOf({VS}))", False),
        (f"communication.skip(1).all(language.memberOf({VS}))", None),
        (f"communication.skip(2).all(language.memberOf({VS}))", True),
        (f"communication.where(language.memberOf({VS})).count() > 0", None),
        (f"communication.select(language.memberOf({VS})).anyTrue()", None),
        (f"contact.where(gender.memberOf({VS})).exists()", False),
    ],
)
def test_unknown_membership(text: str, expected: bool | None, types: StructureTypes) -> None:
    for model in (types, None):
        expression = compile_expression(text, context_type="Patient", model=model)

        assert expression.boolean(FOCUS, environment()) is expected


def test_reasons_are_given_and_counted() -> None:
    surroundings = environment()
    unknown, known = compile_expression(UNKNOWN), compile_expression("gender.exists()")

    for _ in range(3):
        assert unknown.boolean(FOCUS, surroundings) is None
    assert known.boolean(FOCUS, surroundings) is True

    assert unknown.reason == "membership in http://example.org/vs is not known"
    assert known.reason == ""
    assert surroundings.not_evaluated == {"membership in http://example.org/vs is not known": 3}


def test_what_is_settled_elsewhere_is_not_counted() -> None:
    surroundings = environment()

    assert compile_expression(f"{UNKNOWN} or true").boolean(FOCUS, surroundings) is True
    assert not surroundings.not_evaluated


def test_empty_is_told_from_false() -> None:
    assert compile_expression("contact.gender = 'male'").outcome(FOCUS) is Outcome.EMPTY
    assert compile_expression("contact.gender = 'male'").boolean(FOCUS) is False
    assert compile_expression("gender = 'male'").outcome(FOCUS) is Outcome.FALSE
    assert compile_expression("gender").outcome(FOCUS) is Outcome.TRUE
    assert compile_expression("communication").outcome(FOCUS) is Outcome.NOT_EVALUATED


@pytest.mark.parametrize(
    "text",
    ["slice('a', 'b')", "elementDefinition()", "subsumes('a')", "'x'.subsumedBy('y')", "conformsTo('http://a')"],
)
def test_functions_nobody_can_answer(text: str) -> None:
    with pytest.raises(NotEvaluated):
        compile_expression(text).evaluate(FOCUS)


def test_a_reason_holds_no_value_of_the_data() -> None:
    focus = {"resourceType": "Patient", "birthDate": "secret", "name": [{"family": "secret"}, {"family": "secret"}]}
    for text in ("birthDate < today()", "name.family.length()", "name.first().length()", "name.single()"):
        expression = compile_expression(text)
        assert expression.boolean(focus) is None
        assert "secret" not in expression.reason
        assert "secret" not in repr(expression.model)


def test_deep_data_end_with_a_reason() -> None:
    focus: dict[str, Any] = {"resourceType": "Questionnaire"}
    level = focus
    for _ in range(3_000):
        level["item"] = [{"linkId": "1"}]
        level = level["item"][0]

    assert compile_expression("repeat(item).count() > 0").boolean(focus) in {True, None}
    assert compile_expression("descendants().count() > 0").boolean(focus) in {True, None}
    assert compile_expression("item = item").boolean(focus) in {True, None}


def test_threads_share_expressions(types: StructureTypes) -> None:
    text = f"communication.take(2).exists($index = 1 and language.memberOf({VS})) or gender.exists()"

    def many(_number: int) -> set[bool | None]:
        expression = compile_expression(text, context_type="Patient", model=types)
        return {expression.boolean(FOCUS, environment()) for _ in range(50)}

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(many, range(4))) == [{True}] * 4
