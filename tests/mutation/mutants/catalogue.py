"""Every operator, by kind of fault; and those that break nothing."""

from __future__ import annotations

from mutants.model import Operator
from mutants.operators import (
    bundles,
    choices,
    equivalents,
    extensions,
    invariants,
    limits,
    primitives,
    rawtext,
    references,
    resources,
    slicing,
    structure,
    terminology,
    values,
    versions,
)

FAULTS: tuple[Operator, ...] = (
    *structure.OPERATORS,
    *primitives.OPERATORS,
    *terminology.OPERATORS,
    *values.OPERATORS,
    *slicing.OPERATORS,
    *limits.OPERATORS,
    *choices.OPERATORS,
    *references.OPERATORS,
    *invariants.OPERATORS,
    *extensions.OPERATORS,
    *resources.OPERATORS,
    *bundles.OPERATORS,
    *versions.OPERATORS,
    *rawtext.OPERATORS,
)

EQUIVALENTS: tuple[Operator, ...] = equivalents.OPERATORS
