"""Equality, membership, order and type tests over plain JSON."""

from __future__ import annotations

import operator as op
from typing import TYPE_CHECKING, Any

from conformance.validator.fhirpath.chains import DYNAMIC, Scope, chains_of, is_text, text_of
from conformance.validator.fhirpath.compiler import FIXED_CONSTANTS
from conformance.validator.fhirpath.paths import Chain, Fetch, NotPlain, Object, Retry, Test, exists_in, gather, only
from conformance.validator.fhirpath.syntax import Binary, Call, Constant, Expr, Literal, Member, TypeOperation
from conformance.validator.fhirpath.typemodel import CORE_PARENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.fhirpath.environment import Environment

_NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt", "decimal"})
_ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}
_ZONE_START = 19
"""Length of a date-time to the second; what follows is its fraction and zone."""


def equality(left: Expr, right: Expr, scope: Scope, *, wanted: bool) -> Test:
    """``=`` (or ``!=``, ``wanted`` false) of a path and a constant, of two numbers, or of two conditions."""
    for path, constant in ((left, _constant(right)), (right, _constant(left))):
        if constant is not None and _is_path(path):
            return _equals_constant(path, constant, scope, wanted=wanted)
    if _is_count(left) or _is_count(right):
        return _two_numbers(op.eq if wanted else op.ne, left, right, scope)
    if _is_condition(left) and _is_condition(right):
        return _equal_conditions(scope.part(left, scope), scope.part(right, scope), wanted=wanted)
    raise NotPlain


def _is_path(tree: Expr) -> bool:
    match tree:
        case Member() | TypeOperation("as") | Call(_, "ofType" | "as", _):
            return True
        case _:
            return False


def _constant(tree: Expr) -> str | int | bool | None:
    match tree:
        case Literal(bool() | int() | str() as value):
            return value
        case Constant(name):
            return FIXED_CONSTANTS.get(name)
        case _:
            return None


def _equals_constant(path: Expr, constant: str | int, scope: Scope, *, wanted: bool) -> Test:
    chains = chains_of(path, scope)
    if not all(_comparable(chain.type, constant, scope) for chain in chains):
        raise NotPlain
    if len(chains) == 1 and all(not step.is_list and step.test is None for step in chains[0].steps):
        return _equals_single(only(chains), constant, wanted=wanted)
    fetch = gather(chains)

    def test(item: Object, environment: Environment) -> bool | None:
        found = fetch(item, environment)
        if not found:
            return None
        return (len(found) == 1 and _same(found[0], constant)) is wanted

    return test


def _equals_single(fetch: Fetch, constant: str | int, *, wanted: bool) -> Test:
    if isinstance(constant, str):

        def text_test(item: Object, environment: Environment) -> bool | None:
            value = fetch(item, environment)
            return None if value is None else (value == constant) is wanted

        return text_test

    def test(item: Object, environment: Environment) -> bool | None:
        value = fetch(item, environment)
        return None if value is None else _same(value, constant) is wanted

    return test


def _same(value: Any, constant: Any) -> bool:
    if isinstance(value, bool) is not isinstance(constant, bool):
        raise Retry
    return bool(value == constant)


def _comparable(type_name: str, constant: Any, scope: Scope) -> bool:
    if isinstance(constant, bool):
        return type_name == "boolean"
    if isinstance(constant, str):
        return is_text(type_name, scope.model)
    return type_name in _NUMBERS


_CONDITIONS = frozenset({"exists", "empty", "not", "all", "hasValue", "is", "memberOf"})


def _is_condition(tree: Expr) -> bool:
    match tree:
        case Literal(bool()):
            return True
        case Call(_, name, _):
            return name in _CONDITIONS
        case Binary(operator, _, _):
            return operator in {"=", "!=", "in", "and", "or", "implies", "xor", *_ORDER}
        case _:
            return False


def _equal_conditions(left: Test, right: Test, *, wanted: bool) -> Test:
    def test(item: Object, environment: Environment) -> bool | None:
        mine, theirs = left(item, environment), right(item, environment)
        return None if mine is None or theirs is None else (mine is theirs) is wanted

    return test


def membership(left: Expr, right: Expr, scope: Scope) -> Test:
    """``path in ('a' | 'b')``."""
    fetch, allowed = text_of(left, scope), frozenset(_texts(right))

    def test(item: Object, environment: Environment) -> bool | None:
        value = fetch(item, environment)
        return None if value is None else value in allowed

    return test


def _texts(tree: Expr) -> list[str]:
    match tree:
        case Literal(str() as text):
            return [text]
        case Binary("|", left, right):
            return [*_texts(left), *_texts(right)]
        case _:
            raise NotPlain


def comparison(operator: str, left: Expr, right: Expr, scope: Scope) -> Test:
    """An order of two numbers."""
    return _two_numbers(_ORDER[operator], left, right, scope)


def never(source: Expr | None, _arguments: tuple[Expr, ...], scope: Scope) -> Test:
    """``(start > end).allFalse()``: two moments do not have the wrong order (per-1)."""
    match source:
        case Binary("<" | ">" as operator, left, right):
            return _not_ordered(_ORDER[operator], _moment(left, scope), _moment(right, scope))
        case _:
            raise NotPlain


def _moment(path: Expr | None, scope: Scope) -> Fetch:
    chains = chains_of(path, scope)
    if not all(chain.type in {"date", "dateTime", "instant"} for chain in chains):
        raise NotPlain
    return only(chains)


def _not_ordered(compare: Callable[[Any, Any], bool], left: Fetch, right: Fetch) -> Test:
    """Decided where the texts alone show it: alike in form and zone, they order as the moments do."""

    def test(item: Object, environment: Environment) -> bool | None:
        mine, theirs = left(item, environment), right(item, environment)
        if mine is None or theirs is None:
            return True
        if len(mine) == len(theirs) and mine[_ZONE_START:] == theirs[_ZONE_START:]:
            return not compare(mine, theirs)
        raise Retry

    return test


def _is_count(tree: Expr) -> bool:
    match tree:
        case Call(_, "count", ()):
            return True
        case Binary("+", left, right):
            return _is_count(left) and _is_count(right)
        case _:
            return False


def _two_numbers(compare: Callable[[Any, Any], bool], left: Expr, right: Expr, scope: Scope) -> Test:
    mine, theirs = _number(left, scope), _number(right, scope)

    def test(item: Object, environment: Environment) -> bool | None:
        first, second = mine(item, environment), theirs(item, environment)
        return None if first is None or second is None else compare(first, second)

    return test


def _number(tree: Expr, scope: Scope) -> Fetch:
    match tree:
        case Literal(int() as value) if not isinstance(value, bool):
            return lambda _item, _environment: value
        case Call(source, "count", ()):
            return _count(chains_of(source, scope))
        case Binary("+", left, right) if _is_count(tree):
            first, second = _number(left, scope), _number(right, scope)
            return lambda item, environment: first(item, environment) + second(item, environment)
        case Member():
            chains = chains_of(tree, scope)
            if not all(chain.type in _NUMBERS for chain in chains):
                raise NotPlain
            return only(chains)
        case _:
            raise NotPlain


def _count(chains: list[Chain]) -> Fetch:
    if (
        len(chains) == 1
        and len(chains[0].steps) == 1
        and chains[0].steps[0].is_list
        and not chains[0].steps[0].primitive
    ):
        key = chains[0].steps[0].key
        return lambda item, _environment: _length(item.get(key))
    fetch = gather(chains)
    return lambda item, environment: len(fetch(item, environment))


def _length(entries: Any) -> int:
    if entries is not None and not isinstance(entries, list):
        raise Retry
    return len(entries or ())


def type_test(operand: Expr | None, type_name: str, scope: Scope) -> Test:
    """``path is Type`` where the path leads to one item at most."""
    chains = chains_of(operand, scope)
    known = type_name in CORE_PARENTS or (scope.model.knows(type_name) and type_name not in DYNAMIC)
    if not known or not all(chain.type and chain.type not in DYNAMIC for chain in chains):
        raise NotPlain
    if any(step.is_list or step.test for chain in chains for step in chain.steps):
        raise NotPlain
    tests = [(exists_in([chain]), scope.model.is_subtype(chain.type, type_name)) for chain in chains]

    def test(item: Object, environment: Environment) -> bool | None:
        for exists, fits in tests:
            if exists(item, environment):
                return fits
        return None

    return test


def bare(tree: Expr, scope: Scope) -> Test:
    """A path as a condition: a Boolean's value; of anything else, that there is one (section 4.5)."""
    chains = chains_of(tree, scope)
    if not all(chain.type and chain.type not in DYNAMIC for chain in chains):
        raise NotPlain
    fetch, boolean = only(chains), all(chain.type == "boolean" for chain in chains)

    def test(item: Object, environment: Environment) -> bool | None:
        value = fetch(item, environment)
        if boolean and value is not None and not isinstance(value, bool):
            raise Retry
        return value if value is None or boolean else True

    return test
