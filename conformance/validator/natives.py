"""Invariants whose published expression is a long way round, judged by a few lines of code instead.

Each entry is held against the expression it stands for by a test. What is looked up is the expression itself, so that a
guide that publishes another one is judged by its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    """Whether every linkId, at any depth, stands once."""
    found = list(_links(resource))
    return len(found) == len(set(found))


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "linkId":
                yield str(part)
            else:
                yield from _links(part)
    elif isinstance(value, list):
        for part in value:
            yield from _links(part)


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
    return any(
        key.startswith(("value", "_value")) for answer in answers or () if isinstance(answer, dict) for key in answer
    )


def _npi_expression() -> str:
    """The sum over ten digits as US Core writes it out."""
    parts = []
    for position in range(10):
        digit = f"value.substring({position},1).toInteger()"
        parts.append(
            f"(select({digit}).select(iif($this<5, $this*2, (($this*2)-9))))" if position % 2 == 0 else f"({digit})"
        )
    return f"(({'+'.join(parts)} + {PREFIX})mod 10=0)"


NATIVES: dict[str, Callable[[Any], bool]] = {
    _npi_expression(): is_npi,
    "descendants().linkId.isDistinct()": has_distinct_links,
    "(QuestionnaireResponse|repeat(answer|item))"
    ".select(item.where(answer.value.exists()).linkId.isDistinct()).allTrue()": has_distinct_questions,
}
