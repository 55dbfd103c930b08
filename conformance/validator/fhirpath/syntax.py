"""The parts of a parsed expression.

``source`` is the expression a member, call or index is applied to; ``None`` means the start of an expression, that is
``$this`` (FHIRPath 2.0.0, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: bool, int, Decimal, str, Temporal, Quantity; ``None`` is the empty collection ``{}``."""

    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: ``$this``, ``$index`` or ``$total``; the name comes without the dollar sign."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """An environment variable such as ``%resource``; the name comes without the percent sign."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A child element by name, or at the start of an expression perhaps the name of the context's type."""

    source: Expr | None
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    source: Expr | None
    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """``source[index]``, counted from 0."""

    source: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign before an operand."""

    operator: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class TypeOperation:
    """``operand is Type`` or ``operand as Type``; the type may carry a namespace (``FHIR.Patient``)."""

    operator: str
    operand: Expr
    type_name: str


Expr = Literal | Variable | Constant | Member | Call | Index | Unary | Binary | TypeOperation


def parts(expression: Expr) -> Iterator[Expr]:
    """Yield the expression and everything inside it."""
    yield expression
    for child in _children(expression):
        yield from parts(child)


def levels(expression: Expr) -> int:
    """How deep the expression is nested; counted without recursion, so that it can be asked of any."""
    depth, level = 0, [expression]
    while level:
        depth += 1
        level = [child for part in level for child in _children(part)]
    return depth


def _children(expression: Expr) -> tuple[Expr, ...]:
    match expression:
        case Member(source):
            return (source,) if source is not None else ()
        case Call(source, _, arguments):
            return (source, *arguments) if source is not None else arguments
        case Index(source, index):
            return (source, index)
        case Unary(_, operand) | TypeOperation(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case _:
            return ()
