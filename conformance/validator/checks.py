"""Checks: functions of a value and its context that return what is wrong, and how several become one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from conformance.validator.problems import Problems

if TYPE_CHECKING:
    from conformance.validator.context import Context

Check = Callable[[Any, "Context"], Problems]
Matters = Callable[[frozenset[str]], bool] | None
"""Whether a check of a whole object matters for objects with these keys; None: always."""


def with_any(*keys: str) -> Matters:
    """The check matters where one of ``keys`` is there."""
    wanted = frozenset(keys)
    return lambda present: not wanted.isdisjoint(present)


def all_of(checks: list[Check]) -> Check | None:
    """One check that runs every one of ``checks``; ``None`` when there is none to run."""
    if not checks:
        return None
    if len(checks) == 1:
        return checks[0]
    if len(checks) == 2:
        first, second = checks

        def both(value: Any, context: Context) -> Problems:
            found = first(value, context)
            other = second(value, context)
            return found if other is None else other if found is None else found + other

        return both
    several = tuple(checks)

    def every(value: Any, context: Context) -> Problems:
        problems: Problems = None
        for check in several:
            found = check(value, context)
            if found is not None:
                problems = found if problems is None else problems + found
        return problems

    return every


def after(first: Check, then: Check | None) -> Check:
    """``then`` runs only on values that ``first`` accepts, so that it may rely on their type."""
    if then is None:
        return first

    def in_turn(value: Any, context: Context) -> Problems:
        found = first(value, context)
        return then(value, context) if found is None else found

    return in_turn
