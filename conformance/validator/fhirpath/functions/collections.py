"""Subsetting and combining (FHIRPath 2.0.0, sections 5.3 and 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.validator.fhirpath.equality import distinct, identity
from conformance.validator.fhirpath.errors import EvaluationError
from conformance.validator.fhirpath.operators import single
from conformance.validator.fhirpath.registry import Evaluate, eager, scoped

if TYPE_CHECKING:
    from conformance.validator.fhirpath.environment import Run
    from conformance.validator.fhirpath.nodes import Collection


def whole_number(items: Collection) -> int | None:
    """An argument that must be an Integer."""
    value = single(items)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise EvaluationError("an Integer is needed")
    return value


@eager("single")
def single_(items: Collection, _run: Run) -> Collection:
    """The only item; more than one is an error."""
    if len(items) > 1:
        raise EvaluationError("single() of more than one item")
    return items


@eager("first")
def first(items: Collection, _run: Run) -> Collection:
    """The first item."""
    return items[:1]


@eager("last")
def last(items: Collection, _run: Run) -> Collection:
    """The last item."""
    return items[-1:]


@eager("tail")
def tail(items: Collection, _run: Run) -> Collection:
    """All but the first item."""
    return items[1:]


@eager("skip", 1)
def skip(items: Collection, _run: Run, number: Collection) -> Collection:
    """All but the first so many items."""
    return items[max(0, whole_number(number) or 0) :]


@eager("take", 1)
def take(items: Collection, _run: Run, number: Collection) -> Collection:
    """The first so many items."""
    return items[: max(0, whole_number(number) or 0)]


def at(items: Collection, position: Collection) -> Collection:
    """``items[position]``."""
    index = whole_number(position)
    return items[index : index + 1] if index is not None and index >= 0 else []


@eager("intersect", 1)
def intersect(items: Collection, _run: Run, other: Collection) -> Collection:
    """The items that are equal to one of the others, without duplicates."""
    if not items or not other:
        return []
    keys = {identity(item) for item in other}
    return [item for item in distinct(items) if identity(item) in keys]


@eager("exclude", 1)
def exclude(items: Collection, _run: Run, other: Collection) -> Collection:
    """The items that are equal to none of the others."""
    keys = {identity(item) for item in other}
    return [item for item in items if identity(item) not in keys]


@eager("union", 1)
def union(items: Collection, _run: Run, other: Collection) -> Collection:
    """Both collections without duplicates."""
    return distinct(items + other)


@eager("combine", 1, 2)
def combine(items: Collection, _run: Run, other: Collection, _keep_order: Collection | None = None) -> Collection:
    """Both collections with all duplicates, in order."""
    return items + other


@scoped("coalesce", 1, 64)
def coalesce(_items: Collection, run: Run, this: Collection, *values: Evaluate) -> Collection:
    """The first argument that is not empty; the later ones are not evaluated."""
    return next((found for value in values if (found := value(this, run))), [])
