"""What an invariant comes to by knowing only which elements are there.

Most invariants say that something must be there, or that something follows where something is there. Whether they hold
is then settled by the shape of the object, once for all objects of that shape. This evaluates an expression's tree with
what is known of presence; ``UNKNOWN`` means that the values must be looked at.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from conformance.validator.fhirpath.syntax import Binary, Call, Expr, Literal, Member, TypeOperation

if TYPE_CHECKING:
    from collections.abc import Mapping


class StaticValue(Enum):
    """What is known of a part of an expression: a truth, that it is empty, that it is not, or nothing."""

    TRUE = "true"
    FALSE = "false"
    EMPTY = "empty"
    PRESENT = "present"
    UNKNOWN = "unknown"


TRUE, FALSE, EMPTY, PRESENT, UNKNOWN = StaticValue

FUNCTIONS = """
where select first last tail ofType as is resolve extension startsWith matches substring toString length trace repeat
distinct memberOf lowBoundary highBoundary
"""
EMPTY_STAYS_EMPTY = frozenset(FUNCTIONS.split())
COMPARISONS = frozenset(["=", "!=", "<", ">", "<=", ">=", "~", "!~", "in"])
OF_EMPTY = {"exists": FALSE, "empty": TRUE, "hasValue": FALSE, "all": TRUE, "not": EMPTY}
OF_PRESENT = {"exists": TRUE, "empty": FALSE}
NEGATED = {TRUE: FALSE, FALSE: TRUE, EMPTY: EMPTY}
SETTLED = frozenset([TRUE, FALSE, EMPTY])


def evaluate(tree: Expr, there: Mapping[str, bool]) -> StaticValue:
    """What ``tree`` comes to where ``there`` says for each element of the focus whether it is there."""
    match tree:
        case Literal(value):
            return _literal(value)
        case Member(None, name):
            return UNKNOWN if name not in there else PRESENT if there[name] else EMPTY
        case Member(source, _) | TypeOperation(_, source, _) if source is not None:
            return EMPTY if evaluate(source, there) is EMPTY else UNKNOWN
        case Call():
            return _call(tree, there)
        case Binary(operator, left, right):
            return _binary(operator, left, right, there)
        case _:
            return UNKNOWN


def _literal(value: object) -> StaticValue:
    if value is None:
        return EMPTY
    return PRESENT if not isinstance(value, bool) else TRUE if value else FALSE


def _call(tree: Call, there: Mapping[str, bool]) -> StaticValue:
    if tree.source is None:
        return EMPTY if tree.name == "extension" and there.get("extension") is False else UNKNOWN
    source = evaluate(tree.source, there)
    if source is EMPTY:
        return OF_EMPTY.get(tree.name) or (EMPTY if tree.name in EMPTY_STAYS_EMPTY else UNKNOWN)
    if tree.name == "not":
        return NEGATED.get(source, UNKNOWN)
    if source in {PRESENT, TRUE, FALSE} and not tree.arguments:
        return OF_PRESENT.get(tree.name, UNKNOWN)
    return UNKNOWN


def _binary(operator: str, left: Expr, right: Expr, there: Mapping[str, bool]) -> StaticValue:
    one, other = evaluate(left, there), evaluate(right, there)
    if operator in COMPARISONS:
        return EMPTY if one is EMPTY or (other is EMPTY and operator != "in") else UNKNOWN
    if operator == "|":
        return EMPTY if one is other is EMPTY else PRESENT if PRESENT in {one, other} else UNKNOWN
    connect = CONNECTIVES.get(operator)
    return connect(truth(one), truth(other)) if connect is not None else UNKNOWN


def truth(known: StaticValue) -> StaticValue:
    """As an operand of a connective: a single item counts as true, but how many there are is not known."""
    return known if known in SETTLED else UNKNOWN


def _or(one: StaticValue, other: StaticValue) -> StaticValue:
    if TRUE in {one, other}:
        return TRUE
    if UNKNOWN in {one, other}:
        return UNKNOWN
    return EMPTY if EMPTY in {one, other} else FALSE


def _and(one: StaticValue, other: StaticValue) -> StaticValue:
    if FALSE in {one, other}:
        return FALSE
    if UNKNOWN in {one, other}:
        return UNKNOWN
    return EMPTY if EMPTY in {one, other} else TRUE


def _implies(one: StaticValue, other: StaticValue) -> StaticValue:
    return _or(NEGATED.get(one, UNKNOWN), other)


def _xor(one: StaticValue, other: StaticValue) -> StaticValue:
    if UNKNOWN in {one, other}:
        return UNKNOWN
    if EMPTY in {one, other}:
        return EMPTY
    return FALSE if one is other else TRUE


CONNECTIVES = {"or": _or, "and": _and, "implies": _implies, "xor": _xor}
