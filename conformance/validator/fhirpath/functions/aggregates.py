"""Aggregates (FHIRPath 2.0.0, section 7; sum, min, max and avg are trial-use additions)."""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING

from conformance.validator.fhirpath.operators import BINARY
from conformance.validator.fhirpath.registry import Evaluate, eager, scoped

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.fhirpath.environment import Run
    from conformance.validator.fhirpath.nodes import Collection


@scoped("aggregate", 1, 2)
def aggregate(
    items: Collection, run: Run, this: Collection, aggregator: Evaluate, initial: Evaluate | None = None
) -> Collection:
    """Fold the items with ``$total``."""
    outer = run.index, run.total
    total = initial(this, run) if initial is not None else []
    try:
        for index, item in enumerate(items):
            run.index, run.total = index, total
            total = aggregator([item], run)
    finally:
        run.index, run.total = outer
    return total


@eager("sum")
def sum_(items: Collection, _run: Run) -> Collection:
    """The sum of numbers or quantities."""
    return reduce(lambda total, item: BINARY["+"](total, [item]), items[1:], items[:1])


@eager("avg")
def avg(items: Collection, run: Run) -> Collection:
    """The mean of numbers or quantities."""
    return BINARY["/"](sum_(items, run), [Decimal(len(items))]) if items else []


def _extreme(operator: str) -> Callable[[Collection, Run], Collection]:
    def choose(items: Collection, _run: Run) -> Collection:
        best = items[:1]
        for item in items[1:]:
            better = BINARY[operator]([item], best)
            if not better:
                return []
            best = [item] if better[0] else best
        return best

    return choose


eager("min")(_extreme("<"))
eager("max")(_extreme(">"))
