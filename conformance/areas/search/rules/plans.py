"""Which searches to try: filters made of the values a member's own resources have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.search_oracle import Pairs, Span, holds, parameter, spans, tokens, values

if TYPE_CHECKING:
    from collections.abc import Iterable

Resource = dict[str, Any]
Plan = Callable[[Sequence[Resource]], list[Pairs]]

MAX_VALUES = 6
LARGE = 400
SAMPLE = 50
COMPARATORS = ("ge", "gt", "le", "lt")
_BY_ID = frozenset({"Coverage", "DocumentReference", "ExplanationOfBenefit"})
_NO_SYSTEM = "urn:oid:2.16.840.1.113883.3.9999.1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sampled(type_name: str, whole: Sequence[Resource]) -> tuple[Pairs, Sequence[Resource]]:
    """What narrows the searches of a type with very many resources, and the resources that remain; else all of them.

    The sample, spread over the whole, is named by ``_id`` where guides oblige a server to take it.
    """
    if len(whole) <= LARGE or type_name not in _BY_ID:
        return (), whole
    sample = whole[:: len(whole) // SAMPLE][:SAMPLE]
    return (("_id", ",".join(str(each.get("id")) for each in sample)),), sample


def each_token(name: str, *, most: int = MAX_VALUES) -> Plan:
    """Each value of a token parameter as ``code`` and, where it has a system, as ``system|code``."""

    def plan(resources: Sequence[Resource]) -> list[Pairs]:
        found = _tokens(resources, name)[:most]
        codes = dict.fromkeys(code for _, code in found)
        return [((name, value),) for value in [*codes, *(f"{system}|{code}" for system, code in found if system)]]

    return plan


def system_and_code(name: str, *, most: int = MAX_VALUES) -> Plan:
    """Each value of a token parameter as ``system|code``."""

    def plan(resources: Sequence[Resource]) -> list[Pairs]:
        found = _tokens(resources, name)[:most]
        return [((name, f"{system}|{code}"),) for system, code in found if system]

    return plan


def wrong_tokens(name: str) -> Plan:
    """What a token parameter must not match: a code of another system, the beginning of a code, a display text."""

    def plan(resources: Sequence[Resource]) -> list[Pairs]:
        found = _tokens(resources, name)[:1]
        wrong = [f"{_NO_SYSTEM}|{code}" for system, code in found if system]
        return [((name, value),) for value in [*wrong, *(code[:-1] for _, code in found if len(code) > 1)]]

    return plan


def one_of_several(name: str) -> Plan:
    """All values of a token parameter as one comma-separated list, the first two of them, and each alone."""

    def plan(resources: Sequence[Resource]) -> list[Pairs]:
        codes = list(dict.fromkeys(code for _, code in _tokens(resources, name)))[:MAX_VALUES]
        lists = [",".join(codes), ",".join(codes[:2])] if len(codes) > 1 else []
        return [((name, value),) for value in dict.fromkeys([*lists, *codes])]

    return plan


def ids(*, several: int = 3) -> Plan:
    """One id, a list of ids, an unknown id, and the beginning of a known one."""

    def plan(resources: Sequence[Resource]) -> list[Pairs]:
        own = [str(resource["id"]) for resource in resources if "id" in resource]
        lists = [",".join(own[:several])] if len(own) > 1 else []
        unknown = [f"unknown-{len(own)}-x", *(each[:-1] for each in own[:1] if len(each) > 1 and each[:-1] not in own)]
        return [(("_id", value),) for value in [*own[:1], *own[-1:], *lists, *unknown]]

    return plan


def dates(name: str, *, comparators: Iterable[str] = COMPARATORS, within: bool = True) -> Plan:
    """Every comparator at the boundaries of a value in the middle, at its day, and inside a Period.

    A moment with a zone is asked as it is and as the same moment in UTC; dates that a zone could move are judged by the
    oracle only for values a day away.
    """

    def plan(resources: Sequence[Resource]) -> list[Pairs]:
        texts = list(dict.fromkeys(_middle(resources, name)))
        texts += _inside_a_period(resources, name) if within else []
        return [((name, f"{prefix}{text}"),) for text in dict.fromkeys(texts) for prefix in comparators]

    return plan


def ranges(name: str) -> Plan:
    """Repeated date parameters: the year of a value in the middle, and a range that holds one value only."""

    def plan(resources: Sequence[Resource]) -> list[Pairs]:
        found: list[Pairs] = []
        for text in _middle(resources, name)[:1]:
            year, day = text[:4], text[:10]
            found.append(((name, f"ge{year}-01-01"), (name, f"le{year}-12-31")))
            before, after = _day(day, -2), _day(day, 2)
            found.append(((name, f"gt{before}"), (name, f"lt{after}")))
        return found

    return plan


def together(*plans: Plan) -> Plan:
    """Filters of several plans combined: each of the first with each of the others that leaves something to find."""

    def plan(resources: Sequence[Resource]) -> list[Pairs]:
        combined: list[Pairs] = [()]
        for each in plans:
            combined = [
                (*before, *more)
                for before in combined
                for more in each([resource for resource in resources if holds(resource, before) is True])
            ]
        return combined

    return plan


def only(name: str, *codes: str) -> Plan:
    """These codes, as they are."""
    return lambda resources: [((name, code),) for code in codes]  # noqa: ARG005


def either(*plans: Plan) -> Plan:
    """All filters of several plans, each once."""
    return lambda resources: list(dict.fromkeys(pairs for plan in plans for pairs in plan(resources)))


def _tokens(resources: Sequence[Resource], name: str) -> list[tuple[str, str]]:
    found = (
        token
        for resource in resources
        for token in tokens(resource, parameter(str(resource.get("resourceType")), name))
        if not set(token[1]) & set(",|$\\")
    )
    return list(dict.fromkeys(found))


def _dates_of(resources: Sequence[Resource], name: str) -> list[str]:
    """The dates that resources have there, both ends of Periods, in order."""
    found: set[str] = set()
    for resource in resources:
        for path in parameter(str(resource.get("resourceType")), name).paths:
            for value in values(resource, path):
                ends = [value.get("start"), value.get("end")] if isinstance(value, dict) else [value]
                found |= {end for end in ends if isinstance(end, str) and len(end) >= 10}
    return sorted(found)


def _middle(resources: Sequence[Resource], name: str) -> list[str]:
    """The value in the middle as written, as a moment in UTC, as its day; and a day far from every value."""
    texts = _dates_of(resources, name)
    if not texts:
        return []
    middle = texts[len(texts) // 2]
    found = [middle, middle[:10]]
    if "T" in middle and middle[-6:-5] in "+-":
        moment = datetime.fromisoformat(middle).astimezone(UTC)
        found.insert(1, moment.isoformat(timespec="seconds").replace("+00:00", "Z"))
    return [*found, *_gap(resources, name)]


def _gap(resources: Sequence[Resource], name: str) -> list[str]:
    """The middle of the widest gap between two values, as a day: a boundary that no zone can move over a value."""
    found = _spans(resources, name)
    edges = sorted({edge for each in found for edge in (each.low, each.high) if math.isfinite(edge)})
    gaps = [(later - earlier, earlier) for earlier, later in pairwise(edges)]
    if not gaps or max(gaps)[0] < 4 * 86_400:
        return []
    width, start = max(gaps)
    return [(_EPOCH + timedelta(seconds=start + width / 2)).date().isoformat()]


def _inside_a_period(resources: Sequence[Resource], name: str) -> list[str]:
    """A day in the middle of the longest closed Period, where it is longer than two days."""
    closed = [each for each in _spans(resources, name) if math.isfinite(each.high - each.low)]
    lengths = [(each.high - each.low, each.low) for each in closed]
    if not lengths or max(lengths)[0] < 2.5 * 86_400:
        return []
    length, start = max(lengths)
    return [(_EPOCH + timedelta(seconds=start + length / 2)).date().isoformat()]


def _spans(resources: Sequence[Resource], name: str) -> list[Span]:
    return [
        each for resource in resources for each in spans(resource, parameter(str(resource.get("resourceType")), name))
    ]


def _day(text: str, days: int) -> str:
    return (datetime.fromisoformat(text) + timedelta(days=days)).date().isoformat()
