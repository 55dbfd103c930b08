"""Values and operators: what the specification's sections 4 and 6 say of literals, equality, order and arithmetic."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from conformance.validator.fhirpath import EvaluationError, NotEvaluated, Quantity, compile_expression
from conformance.validator.fhirpath.temporal import parse_literal as at

EMPTY: list[Any] = []

LITERALS = [
    ("{}", EMPTY),
    ("true", [True]),
    ("12", [12]),
    ("-12", [-12]),
    ("+12", [12]),
    ("1.50", [Decimal("1.50")]),
    (r"'it\'s'", ["it's"]),
    (r"'tab\tline\nslash\\quote\" tick\` A'", ['tab\tline\nslash\\quote" tick` A']),
    (r"'odd\p'", ["oddp"]),
    (r"'\uD83D\uDD25'", ["\U0001f525"]),
    ("@2015", [at("@2015")]),
    ("@2015-02-04T", [at("@2015-02-04T")]),
    ("@2015-02-04T14:34:28.123+10:00", [at("@2015-02-04T14:34:28.123+10:00")]),
    ("@T14:34", [at("@T14:34")]),
    ("10 'mg'", [Quantity(Decimal(10), "mg")]),
    ("4 days", [Quantity(Decimal(4), "day", calendar=True)]),
    ("1 day", [Quantity(Decimal(1), "day", calendar=True)]),
    ("2 + 3 // and no more", [5]),
    ("2 /* in\nbetween */ * 3", [6]),
]

EQUALITY = [
    ("{} = {}", EMPTY),
    ("1 = {}", EMPTY),
    ("{} != 'a'", EMPTY),
    ("1 = 1.0", [True]),
    ("1.10 = 1.1", [True]),
    ("1 = true", [False]),
    ("1 = '1'", [False]),
    ("'a' = 'A'", [False]),
    ("(1 | 2) = (1 | 2)", [True]),
    ("(1 | 2) = (2 | 1)", [False]),
    ("(1 | 2) = (1 | 2 | 3)", [False]),
    ("(1 | 2) != (1 | 2 | 3)", [True]),
    ("@2012 = @2012", [True]),
    ("@2012 = @2013-05", [False]),
    ("@2012 = @2012-05", EMPTY),
    ("@2012-04-15 = @2012-04-15T", [True]),
    ("@2012-04-15 = @2012-04-15T10:00:00", EMPTY),
    ("@2012-04-15 != @2012-04-15T10:00:00", EMPTY),
    ("@2012-04-15T15:30:31 = @2012-04-15T15:30:31.0", [True]),
    ("@2012-04-15T15:30:31 = @2012-04-15T15:30:31.1", [False]),
    ("@2012-04-15T15:00:00+02:00 = @2012-04-15T16:00:00+03:00", [True]),
    ("@2012-04-15T23:30:00-05:00 = @2012-04-16T04:30:00Z", [True]),
    ("@2012-04-15T15:00:00Z = @2012-04-15T10:00:00", EMPTY),
    ("@2012-04-15T15:00:00Z = @2012-05-15T10:00:00", [False]),
    ("@T10:30 = @T10:30:00", EMPTY),
    ("@T10:30 = @T10:31:00", [False]),
    ("@2012 = @T10", [False]),
    ("@2012 != 'x'", [True]),
    ("1 'mg' = 1.0 'mg'", [True]),
    ("1 'cm' = 10 'mm'", [True]),
    ("4 'g' = 4000 'mg'", [True]),
    ("1 'cm' = 1 's'", EMPTY),
    ("7 days = 1 week", [True]),
    ("7 days = 1 'wk'", [True]),
    ("1 hour = 3600 's'", [True]),
    ("1 year = 12 months", [True]),
    ("1 year = 1 'a'", EMPTY),
    ("1 month = 1 'mo'", EMPTY),
    ("23 = 23 '1'", [True]),
    ("{} ~ {}", [True]),
    ("1 ~ {}", [False]),
    ("{} !~ 1", [True]),
    ("'Ab  c' ~ 'aB\t c'", [True]),
    ("'abc' ~ 'abd'", [False]),
    ("1.2 / 1.8 ~ 0.67", [True]),
    ("1.2 / 1.8 ~ 0.6", [False]),
    ("0.0 ~ 0", [True]),
    ("(1 | 2 | 3) ~ (3 | 2 | 1)", [True]),
    ("(1 | 2 | 3) ~ (3 | 2)", [False]),
    ("@2012-04 ~ @2012-04-15", [False]),
    ("@2012-04-15T15:30:31 ~ @2012-04-15T15:30:31.0", [True]),
    ("1 year ~ 1 'a'", [True]),
    ("4 'g' ~ 4040 'mg'", [True]),
    ("4 'g' ~ 5000 'mg'", [False]),
    ("1 'm' !~ 1 's'", [True]),
]

ORDER = [
    ("1 < 1.5", [True]),
    ("'a' > 'A'", [True]),
    ("'b' <= 'a'", [False]),
    ("{} < 1", EMPTY),
    ("1 >= {}", EMPTY),
    ("@2018-03 < @2018-04-01", [True]),
    ("@2018-03 < @2018-03-01", EMPTY),
    ("@2018-03-01T10:30 >= @2018-03-01T10:30:00", EMPTY),
    ("@2018-03-01T10:30:00 <= @2018-03-01T10:30:00.0", [True]),
    ("@T10:30:00 > @T10:30:00.0", [False]),
    ("@2017-11-05T01:30:00.0-04:00 < @2017-11-05T01:15:00.0-05:00", [True]),
    ("@2017-11-05 < @2017-11-06T09:00:00Z", EMPTY),
    ("@2017-11-05 < @2017-11-07T23:00:00Z", [True]),
    ("@2020-01-01T00:00:00Z > @2019-12-31T09:00:00", [True]),
    ("@2020-01-01T00:00:00Z > @2019-12-31T12:00:00", EMPTY),
    ("6 days < 1 week", [True]),
    ("4 'm' > 4 'cm'", [True]),
    ("1 'm' < 1 's'", EMPTY),
    ("6 months > 1 year", [False]),
]

LOGIC = [
    (f"({left} {operator} {right})", [{"t": True, "f": False}[outcome]] if outcome in "tf" else EMPTY)
    for operator, outcomes in {
        "and": "tfefffefe",
        "or": "ttttfetee",
        "xor": "ftetfeeee",
        "implies": "tfettttee",
    }.items()
    for (left, right), outcome in zip(
        ((a, b) for a in ("true", "false", "{}") for b in ("true", "false", "{}")), outcomes, strict=True
    )
]

ARITHMETIC = [
    ("1 + 2 * 3 - 4", [3]),
    ("-2 * 3", [-6]),
    ("1 + 2.5", [Decimal("3.5")]),
    ("'a' + 'b'", ["ab"]),
    ("'a' + {}", EMPTY),
    ("'a' & {} & 'b'", ["ab"]),
    ("{} & {}", [""]),
    ("4 / 2", [Decimal(2)]),
    ("1 / 0", EMPTY),
    ("5 div 2", [2]),
    ("-5 div 2", [-2]),
    ("5.5 div 0.7", [Decimal(7)]),
    ("5 div 0", EMPTY),
    ("5 mod 2", [1]),
    ("-5 mod 2", [-1]),
    ("5.5 mod 0.7", [Decimal("0.6")]),
    ("5 mod 0", EMPTY),
    ("2147483647 + 1", EMPTY),
    ("2147483647 - 1", [2147483646]),
    ("{} + 1", EMPTY),
    ("2 'cm' + 3 'cm'", [Quantity(Decimal(5), "cm")]),
    ("3 'm' + 3 'cm'", [Quantity(Decimal("3.03"), "m")]),
    ("3 'm' - 3 's'", EMPTY),
    ("2 * 3 'cm'", [Quantity(Decimal(6), "cm")]),
    ("2.0 'cm' * 2.0 'm' = 0.040 'm2'", [True]),
    ("12 'cm2' / 3 'cm2'", [Quantity(Decimal(4), "1")]),
    ("4.0 'g' / 2.0 'm' = 2 'g/m'", [True]),
    ("60 's' / 2", [Quantity(Decimal(30), "s")]),
    ("12 days * 4 'm'", EMPTY),
    ("-(5 'mg')", [Quantity(Decimal(-5), "mg")]),
    ("1 year + 12 months", EMPTY),
    ("2 minutes + 60 seconds", [Quantity(Decimal(3), "minute", calendar=True)]),
]

CALENDAR = [
    ("@1973-12-25 + 7 days", "@1974-01-01"),
    ("@1973-12-25 + 7.9 days", "@1974-01-01"),
    ("@1973-12-25 + 1 'wk'", "@1974-01-01"),
    ("@1973-12-25 + 1 'd'", "@1973-12-26"),
    ("@2026-01-31 + 1 month", "@2026-02-28"),
    ("@2024-02-29 + 1 year", "@2025-02-28"),
    ("@2024-03-31 - 1 month", "@2024-02-29"),
    ("@2019-03-01 + 24 months", "@2021-03-01"),
    ("@2019-03-01 - 24 months", "@2017-03-01"),
    ("@2014 + 24 months", "@2016"),
    ("@2014 + 23 months", "@2015"),
    ("@2014 - 1 month", "@2014"),
    ("@2016 + 365 days", "@2017"),
    ("@2026-02 + 5 weeks", "@2026-03"),
    ("@2026-02 - 1 day", "@2026-02"),
    ("@2014T + 1 year", "@2015T"),
    ("@1973-12-25T00:00:00.000+10:00 + 42.53 seconds", "@1973-12-25T00:00:42.530+10:00"),
    ("@1973-12-25T00:00:00.000+10:00 - 1 'ms'", "@1973-12-24T23:59:59.999+10:00"),
    ("@1973-12-25T23:59:00 + 1 minute", "@1973-12-26T00:00:00"),
    ("@1973-12-25T23 + 90 minutes", "@1973-12-26T00"),
    ("@T23:30:00 + 1 hour", "@T00:30:00"),
    ("@T00:30:00 - 1 hour", "@T23:30:00"),
    ("@T01:00 + 48 hours", "@T01:00"),
]


@pytest.mark.parametrize(("text", "expected"), LITERALS)
def test_literals(text: str, expected: list[Any]) -> None:
    assert _typed(compile_expression(text).evaluate({})) == _typed(expected)


@pytest.mark.parametrize(("text", "expected"), EQUALITY + ORDER)
def test_equality_and_order(text: str, expected: list[Any]) -> None:
    assert compile_expression(text).evaluate({}) == expected


@pytest.mark.parametrize(("text", "expected"), LOGIC)
def test_three_valued_logic(text: str, expected: list[Any]) -> None:
    assert compile_expression(text).evaluate({}) == expected


@pytest.mark.parametrize(("text", "expected"), ARITHMETIC)
def test_arithmetic(text: str, expected: list[Any]) -> None:
    assert _typed(compile_expression(text).evaluate({})) == _typed(expected)


@pytest.mark.parametrize(("text", "expected"), CALENDAR)
def test_calendar(text: str, expected: str) -> None:
    (result,) = compile_expression(text).evaluate({})

    assert str(result) == str(at(expected))


def test_a_date_beyond_the_calendar_is_empty() -> None:
    assert compile_expression("@9999-12-31 + 1 day").evaluate({}) == []
    assert compile_expression("@0001-01-01 - 1 year").evaluate({}) == []


@pytest.mark.parametrize(
    "text",
    [
        "-'a'",
        "(1 | 2) + 1",
        "1 + 'a'",
        "'a' - 'b'",
        "true + 1",
        "1 < 'a'",
        "@2012 < 'a'",
        "@2012 < @T10",
        "(1 | 2) < 3",
        "@1974-12-25 + 7",
        "@1974-12-25 + 1 'mo'",
        "@1974-12-25 + 1 'a'",
        "@1974-12-25 - 1 'cm'",
        "@T10:00 + 1 day",
        "1 & 'a'",
        "-1.convertsToInteger()",
        "-7.combine(3)",
        "(1 | 2) in (1 | 2 | 3)",
        "(1 | 2) and true",
    ],
)
def test_errors_the_specification_demands(text: str) -> None:
    with pytest.raises(EvaluationError):
        compile_expression(text).evaluate({})


@pytest.mark.parametrize("text", ["1 'Cel' = 1 '[degF]'", "1 'mm[Hg]' > 1 'kPa'", "2 'mg/dL' * 3 'kg'"])
def test_units_that_are_not_converted_are_not_evaluated(text: str) -> None:
    with pytest.raises(NotEvaluated):
        compile_expression(text).evaluate({})


def _typed(items: list[Any]) -> list[tuple[type, Any]]:
    return [(type(item), item) for item in items]
