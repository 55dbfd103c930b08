"""Reading expressions: precedence, names, and errors that say where."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.errors import HarnessError
from conformance.validator.fhirpath import FHIRPathSyntaxError, compile_expression
from conformance.validator.fhirpath.parser import parse


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1 + 2 * 3", "1 + (2 * 3)"),
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("-1 + 2", "(-1) + 2"),
        ("-a.b", "-(a.b)"),
        ("-a[0]", "-(a[0])"),
        ("a | b = c", "(a | b) = c"),
        ("a + b | c", "(a + b) | c"),
        ("a = b in c", "(a = b) in c"),
        ("a in b | c", "a in (b | c)"),
        ("a is B and c", "(a is B) and c"),
        ("a + b is C", "(a + b) is C"),
        ("a > b = c", "(a > b) = c"),
        ("a and b or c", "(a and b) or c"),
        ("a or b and c", "a or (b and c)"),
        ("a or b xor c", "(a or b) xor c"),
        ("a implies b or c", "a implies (b or c)"),
        ("a implies b implies c", "(a implies b) implies c"),
        ("'#'+id in a", "('#' + id) in a"),
        ("a and b = c", "a and (b = c)"),
        ("select (a = true).count() < 2", "(select((a = true)).count()) < 2"),
        ("a.where(b).c", "(a.where(b)).c"),
        ("kind != 'x' implies a.empty() or b.path = type", "(kind != 'x') implies (a.empty() or (b.path = type))"),
        ("a is FHIR.Patient", "a is FHIR.`Patient`"),
    ],
)
def test_precedence(text: str, meaning: str) -> None:
    assert parse(text) == parse(meaning)


@pytest.mark.parametrize(
    "text",
    [
        "contains.code",
        "as.is.in.contains",
        "as(canonical)",
        "a.contains('x') and b contains 'x'",
        "text.`div`.exists()",
        "a.day",
        "days = 3",
        "`odd name`.x",
        "%`odd name`",
        "%'odd name'",
        "a.div",
        "  a  .  b  (  )  ",
        "a is System.Integer.not().exists()",
    ],
)
def test_names(text: str) -> None:
    assert parse(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("   ", 4),
        ("a.", 3),
        ("a..b", 3),
        ("2 +", 4),
        ("2 2", 3),
        ("(a", 3),
        ("a)", 2),
        ("a(b", 4),
        ("a(b,)", 5),
        ("a[1", 4),
        ("'open", 1),
        ("a ? b", 3),
        ("2 + 2 /* open", 7),
        ("and", 1),
        ("a or or b", 6),
        ("a is 'x'", 6),
        ("a.$this", 3),
        ("$that", 1),
        ("%", 1),
        ("{a}", 2),
        ("@2015-13-01", 1),
        ("@2015-02-30", 1),
        ("@T25:00", 1),
        ("@T14:34:28Z", 11),
        ("@T14:34:28+10:00.is(Time)", 14),
        (r"'\u00g1'", 1),
        (r"'\uD83D'", 1),
        ("div", 1),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, position: int) -> None:
    with pytest.raises(FHIRPathSyntaxError) as caught:
        compile_expression(text)

    assert caught.value.position + 1 == position
    assert f"at character {position} of" in str(caught.value)
    assert isinstance(caught.value, HarnessError)


@pytest.mark.parametrize(
    "text", ["(" * 5_000 + "a" + ")" * 5_000, "-" * 5_000 + "1", "a(" * 5_000, "a[" * 5_000, "iif(a," * 200]
)
def test_no_text_exhausts_the_stack(text: str) -> None:
    with pytest.raises(FHIRPathSyntaxError):
        compile_expression(text)


@pytest.mark.parametrize("text", [" or ".join(["a.exists()"] * 3_000), "a" + ".b" * 3_000, "1" + " + 1" * 3_000])
def test_long_expressions_have_an_answer_or_a_reason(text: str) -> None:
    try:
        expression = compile_expression(text)
    except FHIRPathSyntaxError:
        return
    assert expression.boolean({"resourceType": "Patient"}) in {True, False, None}


def test_one_text_is_compiled_once() -> None:
    assert compile_expression("name.exists()") is compile_expression("name.exists()")
    assert compile_expression("name.exists()") is not compile_expression("name.exists()", context_type="Patient")


def test_the_representation_shows_the_text() -> None:
    shown: Any = repr(compile_expression("name.exists()"))

    assert shown == "Expression('name.exists()')"
