"""How a function of the language is declared.

Three kinds, by what they do with their arguments: ``eager`` functions get evaluated collections; ``scoped`` functions
get closures that they call with a ``$this`` of their own; ``typed`` functions get the name of a type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from conformance.validator.fhirpath.environment import Run
from conformance.validator.fhirpath.nodes import Collection

Evaluate = Callable[[Collection, Run], Collection]
"""A compiled expression: ``$this`` and the run in, a collection out."""

Kind = Literal["eager", "scoped", "typed"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function with the number of arguments it takes."""

    kind: Kind
    minimum: int
    maximum: int
    body: Callable[..., Collection]


FUNCTIONS: dict[str, Function] = {}


def _declare(kind: Kind, name: str, minimum: int, maximum: int | None) -> Callable[[Any], Any]:
    def register(body: Callable[..., Collection]) -> Callable[..., Collection]:
        FUNCTIONS[name] = Function(kind, minimum, minimum if maximum is None else maximum, body)
        return body

    return register


def eager(name: str, minimum: int = 0, maximum: int | None = None) -> Callable[[Any], Any]:
    """``body(items, run, *collections)``."""
    return _declare("eager", name, minimum, maximum)


def scoped(name: str, minimum: int = 0, maximum: int | None = None) -> Callable[[Any], Any]:
    """``body(items, run, this, *closures)``; ``this`` is the surrounding ``$this``."""
    return _declare("scoped", name, minimum, maximum)


def typed(name: str) -> Callable[[Any], Any]:
    """``body(items, run, type_name)``."""
    return _declare("typed", name, 1, 1)
