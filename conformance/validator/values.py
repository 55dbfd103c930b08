"""Fixed and pattern values, ranges and lengths (ElementDefinition.fixed[x], pattern[x], min/maxValue[x], maxLength)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.quantity import UCUM, quantity_of
from conformance.validator.fhirpath.units import common_unit
from conformance.validator.problems import Problem, Problems, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.checks import Check
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node

TEXTS = frozenset({"string", "uri", "url", "canonical", "code", "id", "oid", "uuid", "markdown", "date", "dateTime"})
MAX_MATCHED_LENGTH = 10_000
"""Longer texts are not held against expressions of unknown cost."""


def equal(wanted: Any, value: Any) -> bool:
    """Deep equality: numbers by value, arrays in order, nothing beside what is wanted."""
    if wanted.__class__ is dict:
        return (
            value.__class__ is dict
            and len(wanted) == len(value)
            and all(key in value and equal(part, value[key]) for key, part in wanted.items())
        )
    if wanted.__class__ is list:
        return (
            value.__class__ is list
            and len(wanted) == len(value)
            and all(equal(part, other) for part, other in zip(wanted, value, strict=True))
        )
    return wanted == value and (wanted.__class__ is bool) == (value.__class__ is bool)


def fitting(pattern: Any) -> Callable[[Any], bool]:
    """Whether a value holds all that ``pattern`` shows; each array item of it matches some item, in any order."""
    if pattern.__class__ is dict:
        return _fitting_object(tuple((key, fitting(part)) for key, part in pattern.items()))
    if pattern.__class__ is list:
        return _fitting_array(tuple(fitting(part) for part in pattern))
    if pattern.__class__ is str:
        return lambda value: bool(value == pattern)
    return partial(equal, pattern)


def _fitting_object(parts: tuple[tuple[str, Callable[[Any], bool]], ...]) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        if value.__class__ is not dict:
            return False
        for key, accepts in parts:  # noqa: SIM110 - a generator costs more than the loop
            if key not in value or not accepts(value[key]):
                return False
        return True

    return test


def _fitting_array(parts: tuple[Callable[[Any], bool], ...]) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        if value.__class__ is not list:
            return False
        for accepts in parts:
            for other in value:
                if accepts(other):
                    break
            else:
                return False
        return True

    return test


def value_checks(node: Node, code: str) -> list[Check]:
    """The checks of one element's fixed value, pattern, range and length for values of type ``code``."""
    checks: list[Check] = []
    fixed = node.value_of("fixed")
    if fixed:
        checks.append(check_fixed(fixed[1], node.source))
    pattern = node.value_of("pattern")
    if pattern:
        checks.append(check_pattern(pattern[1], node.source))
    for prefix in ("minValue", "maxValue"):
        limit = node.value_of(prefix)
        if limit:
            checks.append(check_range(limit[1], prefix == "minValue", code, node.source))
    if "regex" in node.element and code in TEXTS:
        checks.append(check_form(str(node.element["regex"]), node.source))
    if "maxLength" in node.element:
        checks.append(check_length(int(node.element["maxLength"]), node.source))
    return checks


def check_fixed(wanted: Any, source: str) -> Check:
    """The value is exactly ``wanted``."""

    def problem(value: Any) -> list[Problem]:
        message = f"The definition fixes this to {shown(wanted)}."
        return [Problem("fixed", message, expected=shown(wanted), found=value, profile=source)]

    if wanted.__class__ is str:

        def is_it(value: Any, _context: Context) -> Problems:
            return None if value == wanted else problem(value)

        return is_it

    def check(value: Any, _context: Context) -> Problems:
        return None if equal(wanted, value) else problem(value)

    return check


def unpinned(pattern: Any) -> Any:
    """``pattern`` without the versions of code systems that it pins beside a code."""
    if pattern.__class__ is dict:
        pins = "system" in pattern and "code" in pattern
        return {key: unpinned(part) for key, part in pattern.items() if key != "version" or not pins}
    return [unpinned(part) for part in pattern] if pattern.__class__ is list else pattern


def check_pattern(pattern: Any, source: str) -> Check:
    """The value holds at least ``pattern``; a version of a code system that alone is missing is a warning.

    CARIN BB 2.2.0 pins such versions as its build tools write them; data of servers that follow it leaves them out.
    """
    accepts, accepts_any_version = fitting(pattern), fitting(unpinned(pattern))

    def check(value: Any, _context: Context) -> Problems:
        if accepts(value):
            return None
        if accepts_any_version(value):
            message = f"The code is right; its code system's version is not that of {shown(pattern)}."
            wanted = shown(pattern)
            return [
                Problem("pattern.version", message, severity="warning", expected=wanted, found=value, profile=source)
            ]
        message = f"The value must hold at least {shown(pattern)}."
        return [Problem("pattern", message, expected=shown(pattern), found=value, profile=source)]

    return check


def check_length(longest: int, source: str) -> Check:
    """The text is at most ``longest`` characters."""

    def check(value: Any, _context: Context) -> Problems:
        if value.__class__ is not str or len(value) <= longest:
            return None
        message = f"The text has {len(value)} characters; the definition allows {longest}."
        return [Problem("maxLength", message, expected=f"at most {longest}", found=value, profile=source)]

    return check


def check_form(pattern: str, source: str) -> Check:
    """The text has the form that a definition writes as a regular expression of its own."""
    try:
        matches = re.compile(pattern).fullmatch
    except re.error:
        return _not_evaluated(f"regular expression {pattern}")

    def check(value: Any, context: Context) -> Problems:
        if value.__class__ is not str:
            return None
        if len(value) > MAX_MATCHED_LENGTH:
            context.counts[f"regular expression {pattern}"] += 1
            return None
        if matches(value):
            return None
        message = "The text does not have the form that the definition asks for."
        return [Problem("regex", message, expected=pattern, found=value, profile=source)]

    return check


def _not_evaluated(reason: str) -> Check:
    def check(_value: Any, context: Context) -> Problems:
        context.counts[reason] += 1
        return None

    return check


def check_range(limit: Any, is_least: bool, code: str, source: str) -> Check:
    """The value is not below (or above) ``limit``; what cannot be compared is counted, not judged."""
    rule = "minValue" if is_least else "maxValue"

    def check(value: Any, context: Context) -> Problems:
        order = compared(value, limit, code)
        if order is None:
            context.counts["comparison of values"] += 1
            return None
        if order >= 0 if is_least else order <= 0:
            return None
        side = "below" if is_least else "above"
        message = f"The value is {side} {shown(limit)}."
        wanted = f"{'at least' if is_least else 'at most'} {shown(limit)}"
        return [Problem(rule, message, expected=wanted, found=value, profile=source)]

    return check


def compared(value: Any, limit: Any, code: str) -> int | None:
    """-1, 0 or 1 as ``value`` is below, at or above ``limit``; None when the two cannot be compared."""
    if isinstance(limit, dict):
        return _compared_quantities(value, limit)
    if isinstance(limit, str):
        return _compared_times(value, limit) if code != "time" else (value > limit) - (value < limit)
    return int(value > limit) - int(value < limit)


def _compared_quantities(value: Any, limit: dict[str, Any]) -> int | None:
    """In one unit, where UCUM has one for both; a value that a comparator leaves open cannot be compared."""
    one, other = quantity_of(value), quantity_of(limit)
    is_same = (value.get("system"), value.get("code")) == (limit.get("system"), limit.get("code"))
    if one is None or other is None or not (is_same or value.get("system") == limit.get("system") == UCUM):
        return None
    pair = (one.value, other.value) if is_same else common_unit(one, other)
    return None if pair is None else int(pair[0] > pair[1]) - int(pair[0] < pair[1])


def _compared_times(value: str, limit: str) -> int | None:
    if len(value) > 10 and len(limit) > 10:
        one, other = (datetime.fromisoformat(text).astimezone(UTC) for text in (value, limit))
        return (one > other) - (one < other)
    shared = min(len(value), len(limit), 10)
    one_text, other_text = value[:shared], limit[:shared]
    if one_text == other_text and len(value) != len(limit):
        return None
    return (one_text > other_text) - (one_text < other_text)
