"""Paths over plain JSON: the part of the language that needs no nodes, because all types are known beforehand.

A path is one chain of steps per type an element may have. Closures made of chains take an object and the environment.
Where the data or the language leaves this part (a primitive with extensions only, several items where one is needed, a
resource of unknown type), they raise :class:`Retry`, and the caller evaluates the expression in full. Data whose JSON
form does not fit its definition raises AttributeError, TypeError or KeyError, with the same consequence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from conformance.validator.fhirpath.environment import Environment

Object = Any
Test = Callable[[Object, Environment], bool | None]
Gather = Callable[[Object, Environment, list[Any]], None]
Fetch = Callable[[Object, Environment], Any]


class Retry(Exception):
    """Evaluate the whole expression over nodes instead."""


class NotPlain(Exception):
    """The expression (or this part of it) needs nodes; raised while compiling."""


class Step(NamedTuple):
    """Into the member ``key``; or, with a ``test``, on with those items only for which it is true."""

    key: str
    is_list: bool = False
    primitive: bool = False
    test: Test | None = None


class Chain(NamedTuple):
    """The steps to one kind of item and that item's type; an empty type means that only nodes can tell."""

    steps: tuple[Step, ...]
    type: str


def _retry(_item: Object, _environment: Environment) -> bool:
    raise Retry


OPEN_END = Step("", test=_retry)
"""A step that ends the fast path: what comes after needs nodes."""


def exists_in(chains: list[Chain]) -> Test:
    """Whether any item is at the end of the chains."""
    if len(chains) == 1:
        return _exists(chains[0].steps)
    if (choice := _choice(chains)) is not None:
        prefix, keys = choice
        return _exists((*prefix, Step("", test=lambda item, _environment: not keys.isdisjoint(item))))
    tests = tuple(_exists(chain.steps) for chain in chains)

    def test(item: Object, environment: Environment) -> bool:
        return any(one(item, environment) for one in tests)

    return test


def _choice(chains: list[Chain]) -> tuple[tuple[Step, ...], frozenset[str]] | None:
    """Chains that differ in their last, single member only: a choice element looked for by all its names at once."""
    if not chains or any(not chain.steps or chain.steps[-1].is_list or chain.steps[-1].test for chain in chains):
        return None
    prefix = chains[0].steps[:-1]
    if any(chain.steps[:-1] != prefix for chain in chains):
        return None
    names = (chain.steps[-1].key for chain in chains)
    return prefix, frozenset(name for key in names for name in (key, f"_{key}"))


def _exists(steps: tuple[Step, ...]) -> Test:
    if not steps:
        return lambda _item, _environment: True
    step, rest = steps[0], steps[1:]
    if step.test is not None:
        return _exists_behind_test(step.test, rest)
    if not rest:
        return _present(step)
    return _exists_behind_list(step, rest) if step.is_list else _exists_behind_member(step, rest)


def _exists_behind_test(test: Test, rest: tuple[Step, ...]) -> Test:
    if not rest:
        return lambda item, environment: bool(test(item, environment))
    inner = _exists(rest)
    return lambda item, environment: bool(test(item, environment) and inner(item, environment))


def _present(step: Step) -> Test:
    key, sibling = step.key, f"_{step.key}"
    if not step.primitive:
        return lambda item, _environment: bool(item.get(key))
    if step.is_list:

        def any_present(item: Object, _environment: Environment) -> bool:
            if sibling in item:
                raise Retry
            return bool(item.get(key))

        return any_present
    return lambda item, _environment: item.get(key) is not None or sibling in item


def _exists_behind_list(step: Step, rest: tuple[Step, ...]) -> Test:
    key, sibling, primitive, inner = step.key, f"_{step.key}", step.primitive, _exists(rest)

    def test(item: Object, environment: Environment) -> bool:
        if primitive and sibling in item:
            raise Retry
        if key in item:
            for entry in item[key]:
                if inner(entry, environment):
                    return True
        return False

    return test


def _exists_behind_member(step: Step, rest: tuple[Step, ...]) -> Test:
    key, sibling, primitive, inner = step.key, f"_{step.key}", step.primitive, _exists(rest)

    def test(item: Object, environment: Environment) -> bool | None:
        entry = item.get(key)
        if entry is None:
            if primitive and sibling in item:
                raise Retry
            return False
        return inner(entry, environment)

    return test


def gather(chains: list[Chain]) -> Fetch:
    """All items at the end of the chains, as a list of JSON values."""
    collectors = tuple(_collect(chain.steps) for chain in chains)

    def fetch(item: Object, environment: Environment) -> list[Any]:
        found: list[Any] = []
        for collect in collectors:
            collect(item, environment, found)
        return found

    return fetch


def _collect(steps: tuple[Step, ...]) -> Gather:
    if not steps:
        return lambda item, _environment, found: found.append(item)
    step, inner = steps[0], _collect(steps[1:])
    if step.test is not None:
        test = step.test

        def filtered(item: Object, environment: Environment, found: list[Any]) -> None:
            if test(item, environment):
                inner(item, environment, found)

        return filtered
    key, sibling, is_list, primitive = step.key, f"_{step.key}", step.is_list, step.primitive

    def member(item: Object, environment: Environment, found: list[Any]) -> None:
        entries = item.get(key)
        if primitive and sibling in item and (is_list or entries is None):
            raise Retry
        if entries is not None:
            for entry in entries if is_list else (entries,):
                inner(entry, environment, found)

    return member


def only(chains: list[Chain]) -> Fetch:
    """The single item at the end of the chains or None; several are a matter for the full evaluation."""
    if len(chains) == 1 and all(not step.is_list and step.test is None for step in chains[0].steps):
        return _follow(chains[0].steps)
    fetch = gather(chains)

    def single(item: Object, environment: Environment) -> Any:
        found = fetch(item, environment)
        if len(found) > 1:
            raise Retry
        return found[0] if found else None

    return single


def _follow(steps: tuple[Step, ...]) -> Fetch:
    if not steps:
        return lambda item, _environment: item
    key, sibling, primitive = steps[0].key, f"_{steps[0].key}", steps[0].primitive
    if len(steps) == 1:

        def last(item: Object, _environment: Environment) -> Any:
            value = item.get(key)
            if value is None and primitive and sibling in item:
                raise Retry
            return value

        return last
    inner = _follow(steps[1:])

    def member(item: Object, environment: Environment) -> Any:
        entry = item.get(key)
        return None if entry is None else inner(entry, environment)

    return member
