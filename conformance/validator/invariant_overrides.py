"""Invariants whose published expression is a long way round, judged by a few lines of code instead.

Each entry is held against the expression it stands for by a test. What is looked up is the expression itself, for times
with the type it is asked of, so that a guide that publishes another one is judged by its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DOUBLED = tuple(sum(divmod(2 * digit, 10)) for digit in range(10))
PREFIX = 24
"""What the issuer prefix 80840 adds to the sum of an NPI (NPI check digit, 45 CFR 162.406)."""


def is_npi(identifier: Any) -> bool:
    """Whether the first ten characters of an identifier's value are digits with the right check digit."""
    value = identifier.get("value") if identifier.__class__ is dict else None
    if value.__class__ is not str or len(value) < 10 or not value[:10].isdigit() or not value.isascii():
        return False
    digits = [int(character) for character in value[:10]]
    return (sum(DOUBLED[digit] for digit in digits[::2]) + sum(digits[1::2]) + PREFIX) % 10 == 0


def has_distinct_links(resource: Any) -> bool:
    """Whether every linkId, at any depth, is unique."""
    found: list[str] = []
    waiting = [resource]
    while waiting:
        value = waiting.pop()
        if value.__class__ is list:
            waiting += value
        elif value.__class__ is dict:
            if "linkId" in value:
                found.append(str(value["linkId"]))
            waiting += [part for part in value.values() if part.__class__ is dict or part.__class__ is list]
    return len(found) == len(set(found))


def has_distinct_questions(response: Any) -> bool:
    """Whether the answered items of each group, and of each answer, have linkIds of their own."""
    waiting = [response]
    while waiting:
        holder = waiting.pop()
        if not isinstance(holder, dict):
            continue
        items = holder.get("item") or []
        answers = holder.get("answer") or []
        if not isinstance(items, list) or not isinstance(answers, list):
            continue
        answered = [item.get("linkId") for item in items if isinstance(item, dict) and _is_answered(item)]
        if len(answered) != len(set(map(str, answered))):
            return False
        waiting.extend([*items, *answers])
    return True


def _is_answered(item: dict[str, Any]) -> bool:
    answers = item.get("answer")
    found = [answer for answer in answers if isinstance(answer, dict)] if isinstance(answers, list) else []
    return any(key.startswith(("value", "_value")) for answer in found for key in answer)


def has_month(text: Any) -> bool:
    """Whether a time is written with eight characters or more."""
    return len(text) >= 8


def has_day(text: Any) -> bool:
    """Whether a time is precise to the day."""
    return len(text) >= 10


def holds(_value: Any) -> bool:
    """What is always so: FHIR's own types are spelled otherwise than the one the expression asks for."""
    return True


def _npi_expression() -> str:
    """The sum over ten digits as US Core writes it out."""
    parts = []
    for position in range(10):
        digit = f"value.substring({position},1).toInteger()"
        parts.append(
            f"(select({digit}).select(iif($this<5, $this*2, (($this*2)-9))))" if position % 2 == 0 else f"({digit})"
        )
    return f"(({'+'.join(parts)} + {PREFIX})mod 10=0)"


OVERRIDES: dict[str, Callable[[Any], bool]] = {
    _npi_expression(): is_npi,
    "descendants().linkId.isDistinct()": has_distinct_links,
    "(QuestionnaireResponse|repeat(answer|item))"
    ".select(item.where(answer.value.exists()).linkId.isDistinct()).allTrue()": has_distinct_questions,
}

TIME_OVERRIDES: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("dateTime", "($this as dateTime).toString().length() >= 8"): has_month,
    ("dateTime", "$this is dateTime implies $this.toString().length() >= 10"): has_day,
    ("dateTime", "$this is DateTime implies $this.toString().length() >= 10"): holds,
}
"""By the type of the value and the expression."""


def override(text: str, focus: str) -> Callable[[Any], bool] | None:
    """The code that judges an expression on values of type ``focus``; None where there is none."""
    return OVERRIDES.get(text) or TIME_OVERRIDES.get((focus, text))
