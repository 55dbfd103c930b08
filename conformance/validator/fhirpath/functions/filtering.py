"""Filtering, projection and tree navigation (FHIRPath 2.0.0, sections 5.2 and 5.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.validator.fhirpath.equality import identity
from conformance.validator.fhirpath.errors import EvaluationError
from conformance.validator.fhirpath.nodes import Collection, all_children
from conformance.validator.fhirpath.nodes import descendants as descendants_of
from conformance.validator.fhirpath.operators import truth
from conformance.validator.fhirpath.registry import Evaluate, eager, scoped

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from conformance.validator.fhirpath.environment import Run

_REPEAT_LIMIT = 100_000


@scoped("where", 1)
def where(items: Collection, run: Run, _this: Collection, criterion: Evaluate) -> Collection:
    """The items of which the criterion is true."""
    return [item for item, result in _each(items, run, criterion) if truth(result)]


@scoped("select", 1)
def select(items: Collection, run: Run, _this: Collection, projection: Evaluate) -> Collection:
    """What the projection gives for each item, in one collection."""
    return [entry for _, result in _each(items, run, projection) for entry in result]


def _each(items: Collection, run: Run, expression: Evaluate) -> Iterator[tuple[object, Collection]]:
    """Every item with the expression's result, while ``$this`` and ``$index`` point to it."""
    outer = run.index
    try:
        for index, item in enumerate(items):
            run.index = index
            yield item, expression([item], run)
    finally:
        run.index = outer


@scoped("repeat", 1)
def repeat(items: Collection, run: Run, _this: Collection, projection: Evaluate) -> Collection:
    """The projection applied again to whatever it finds that was not found before; without end it is an error."""
    found: dict[Hashable, object] = {}
    queue = list(items)
    for item in queue:
        for entry in projection([item], run):
            key = identity(entry)
            if key not in found:
                found[key] = entry
                queue.append(entry)
        if len(found) > _REPEAT_LIMIT:
            raise EvaluationError("repeat() does not end")
    return list(found.values())


@scoped("repeatAll", 1)
def repeat_all(items: Collection, run: Run, _this: Collection, projection: Evaluate) -> Collection:
    """As ``repeat``, keeping equal items; a projection without end is an error."""
    found: Collection = []
    level = list(items)
    while level:
        level = [entry for item in level for entry in projection([item], run)]
        found.extend(level)
        if len(found) > _REPEAT_LIMIT:
            raise EvaluationError("repeatAll() does not end")
    return found


@eager("children")
def children(items: Collection, run: Run) -> Collection:
    """The immediate children."""
    return list(all_children(items, run.model))


@eager("descendants")
def descendants(items: Collection, run: Run) -> Collection:
    """The children, their children and so on."""
    return descendants_of(items, run.model)
