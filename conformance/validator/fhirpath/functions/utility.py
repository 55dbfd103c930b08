"""Utility functions (FHIRPath 2.0.0, sections 5.5.1 and 5.9; defineVariable is a trial-use addition)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.validator.fhirpath.environment import Run, log
from conformance.validator.fhirpath.errors import EvaluationError
from conformance.validator.fhirpath.operators import single, truth
from conformance.validator.fhirpath.registry import Evaluate, eager, scoped
from conformance.validator.fhirpath.temporal import parse_date, parse_date_time, parse_time

if TYPE_CHECKING:
    from conformance.validator.fhirpath.nodes import Collection


@scoped("iif", 2, 3)
def iif(
    items: Collection,
    run: Run,
    _this: Collection,
    criterion: Evaluate,
    then: Evaluate,
    otherwise: Evaluate | None = None,
) -> Collection:
    """One of two expressions; the other is not evaluated. ``$this`` is the input."""
    if len(items) > 1:
        raise EvaluationError("iif() takes a single item")
    if truth(criterion(items, run)):
        return then(items, run)
    return otherwise(items, run) if otherwise is not None else []


@scoped("trace", 1, 2)
def trace(
    items: Collection, run: Run, this: Collection, name: Evaluate, projection: Evaluate | None = None
) -> Collection:
    """The input unchanged; its size goes to the log, its values do not: they may be a member's."""
    traced = items if projection is None else [found for item in items for found in projection([item], run)]
    log.debug("trace %s: %d items", single(name(this, run)), len(traced))
    return items


@scoped("defineVariable", 1, 2)
def define_variable(
    items: Collection, run: Run, this: Collection, name: Evaluate, value: Evaluate | None = None
) -> Collection:
    """Name a collection for the rest of the expression."""
    key = single(name(this, run))
    if not isinstance(key, str):
        raise EvaluationError("defineVariable() needs a name")
    run.defined[key] = items if value is None else value(items, run)
    return items


@eager("now")
def now(_items: Collection, run: Run) -> Collection:
    """The date and time of this evaluation."""
    return [parse_date_time(run.now.isoformat(timespec="milliseconds"))]


@eager("today")
def today(_items: Collection, run: Run) -> Collection:
    """The date of this evaluation."""
    return [parse_date(run.now.date().isoformat())]


@eager("timeOfDay")
def time_of_day(_items: Collection, run: Run) -> Collection:
    """The time of this evaluation."""
    return [parse_time(run.now.time().isoformat(timespec="milliseconds"))]
