"""Existence (FHIRPath 2.0.0, section 5.1).

A criterion that cannot be decided for one item leaves the answer open only where the other items do not settle it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.validator.fhirpath.equality import distinct, identity
from conformance.validator.fhirpath.errors import EvaluationError, NotEvaluated
from conformance.validator.fhirpath.nodes import Collection, Unresolved, value_of
from conformance.validator.fhirpath.operators import boolean, truth
from conformance.validator.fhirpath.registry import Evaluate, eager, scoped

if TYPE_CHECKING:
    from conformance.validator.fhirpath.environment import Run


def known(items: Collection) -> Collection:
    """The items, once it is certain that each exists; a resource of unknown type that is not at hand may not."""
    for item in items:
        if type(item) is Unresolved and not item.type:
            raise NotEvaluated("the target of a reference is not at hand")
    return items


@eager("empty")
def empty(items: Collection, _run: Run) -> Collection:
    """Whether there is no item."""
    return [not known(items)]


@scoped("exists", 0, 1)
def exists(items: Collection, run: Run, _this: Collection, criterion: Evaluate | None = None) -> Collection:
    """Whether there is an item, or one that meets the criterion."""
    return [bool(known(items))] if criterion is None else [holds_for_one(items, run, criterion)]


def holds_for_one(items: Collection, run: Run, criterion: Evaluate) -> bool:
    """Whether the criterion is true of an item; raises NotEvaluated if only an undecided item could make it so."""
    undecided: NotEvaluated | None = None
    outer = run.index
    try:
        for run.index, item in enumerate(items):
            try:
                if truth(criterion([item], run)):
                    return True
            except NotEvaluated as unknown:
                undecided = undecided or unknown
    finally:
        run.index = outer
    if undecided is not None:
        raise undecided
    return False


@scoped("all", 1)
def all_(items: Collection, run: Run, _this: Collection, criterion: Evaluate) -> Collection:
    """Whether the criterion is true of every item."""
    undecided: NotEvaluated | None = None
    outer = run.index
    try:
        for run.index, item in enumerate(items):
            try:
                if not truth(criterion([item], run)):
                    return [False]
            except NotEvaluated as unknown:
                undecided = undecided or unknown
    finally:
        run.index = outer
    if undecided is not None:
        raise undecided
    return [True]


def _booleans(items: Collection) -> list[bool]:
    values = [value_of(item) for item in items]
    if not all(isinstance(value, bool) for value in values):
        raise EvaluationError("a collection of Booleans is needed")
    return values


@eager("allTrue")
def all_true(items: Collection, _run: Run) -> Collection:
    """Whether no item is false."""
    return [all(_booleans(items))]


@eager("anyTrue")
def any_true(items: Collection, _run: Run) -> Collection:
    """Whether an item is true."""
    return [any(_booleans(items))]


@eager("allFalse")
def all_false(items: Collection, _run: Run) -> Collection:
    """Whether no item is true."""
    return [not any(_booleans(items))]


@eager("anyFalse")
def any_false(items: Collection, _run: Run) -> Collection:
    """Whether an item is false."""
    return [not all(_booleans(items))]


@eager("subsetOf", 1)
def subset_of(items: Collection, _run: Run, other: Collection) -> Collection:
    """Whether every item is equal to one of the others."""
    return [{identity(item) for item in items} <= {identity(item) for item in other}]


@eager("supersetOf", 1)
def superset_of(items: Collection, _run: Run, other: Collection) -> Collection:
    """Whether every one of the others is equal to an item."""
    return [{identity(item) for item in items} >= {identity(item) for item in other}]


@eager("count")
def count(items: Collection, _run: Run) -> Collection:
    """The number of items."""
    return [len(known(items))]


@eager("distinct")
def distinct_(items: Collection, _run: Run) -> Collection:
    """The items without duplicates."""
    return distinct(items)


@eager("isDistinct")
def is_distinct(items: Collection, _run: Run) -> Collection:
    """Whether no two items are equal."""
    return [len({identity(item) for item in items}) == len(items)]


@eager("not")
def not_(items: Collection, _run: Run) -> Collection:
    """Negation with three values (section 6.5.3)."""
    value = truth(items)
    return boolean(None if value is None else not value)
