"""Conditions over plain JSON, for the shapes that invariants are made of.

What has no such shape is evaluated over nodes, piece by piece, so that one unusual part does not slow the rest down.
The answers are those of the full evaluation; the tests compare the two on every expression and example of the packages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.validator.fhirpath.chains import DYNAMIC, Scope, chains_of, opened, rebased, text_of
from conformance.validator.fhirpath.comparisons import (
    bare,
    comparison,
    equality,
    membership,
    never,
    type_test,
)
from conformance.validator.fhirpath.compiler import CONNECTIVES, compile_tree
from conformance.validator.fhirpath.environment import Environment, Run
from conformance.validator.fhirpath.errors import NotEvaluated
from conformance.validator.fhirpath.functions.strings import pattern
from conformance.validator.fhirpath.nodes import Item
from conformance.validator.fhirpath.operators import truth
from conformance.validator.fhirpath.overlaps import overlap, subset
from conformance.validator.fhirpath.paths import OPEN_END, Chain, NotPlain, Object, Retry, Step, Test, exists_in, only
from conformance.validator.fhirpath.syntax import (
    Binary,
    Call,
    Constant,
    Expr,
    Literal,
    Member,
    TypeOperation,
    Variable,
    parts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.fhirpath.typemodel import TypeModel


def compile_condition(tree: Expr, type_name: str, model: TypeModel) -> Test | None:
    """A test over plain JSON; None if nothing of the expression has a plain shape or the type is not known."""
    if not model.knows(type_name) or type_name in DYNAMIC or type_name[:1].islower():
        return None
    root = type_name.split(".", 1)[0]
    scope = Scope(type_name, model, root if model.is_subtype(root, "Resource") else "", _part)
    try:
        return _test(tree, scope)
    except NotPlain:
        return None


def _test(tree: Expr, scope: Scope) -> Test:  # noqa: PLR0911 (one per kind of condition)
    if scope.resource_type and (inner := _of_resource(tree)) is not None:
        return _elsewhere(_test(inner, scope._replace(type=scope.resource_type)))
    match tree:
        case Literal(bool() as value):
            return lambda _item, _environment: value
        case Binary(operator, left, right) if operator in CONNECTIVES:
            return _connected(operator, _part(left, scope), _part(right, scope))
        case Binary("=" | "!=" as operator, left, right):
            return equality(left, right, scope, wanted=operator == "=")
        case Binary("in", left, right):
            return membership(left, right, scope)
        case Binary("<" | "<=" | ">" | ">=" as operator, left, right):
            return comparison(operator, left, right, scope)
        case Call(source, name, arguments) if name in _CALLS:
            return _CALLS[name](source, arguments, scope)
        case TypeOperation("is", operand, type_name):
            return type_test(operand, type_name, scope)
        case Member() | Variable("this"):
            return bare(tree, scope)
        case _:
            raise NotPlain


def _of_resource(tree: Expr) -> Expr | None:
    """A comparison of a path from ``%resource``, as one of a path from the item."""
    match tree:
        case Binary("=" | "!=" as operator, left, Literal() as right) if (
            path := rebased(left, "resource")
        ) is not None:
            return Binary(operator, path, right)
        case _:
            return None


def _elsewhere(test: Test) -> Test:
    return lambda _item, environment: test(environment.resource, environment)


def _part(tree: Expr, scope: Scope) -> Test:
    """The condition, over nodes if it has no plain shape."""
    try:
        return _test(tree, scope)
    except NotPlain:
        return _over_nodes(tree, scope)


def _over_nodes(tree: Expr, scope: Scope) -> Test:
    if any(isinstance(part, Variable) and part.name != "this" for part in parts(tree)) or scope.type[:1].islower():
        return OPEN_END.test  # type: ignore[return-value]
    if scope.nested and any(isinstance(part, Constant) and part.name == "context" for part in parts(tree)):
        raise NotPlain
    evaluate, model, type_name = compile_tree(tree, scope.model), scope.model, scope.type

    def test(item: Object, environment: Environment) -> bool | None:
        if environment.resource is None:
            raise Retry
        focus = [Item(item, type_name)]
        return truth(evaluate(focus, Run(environment, model, focus)))

    return test


def _connected(operator: str, left: Test, right: Test) -> Test:
    connect = CONNECTIVES[operator]
    if operator == "or":

        def either(item: Object, environment: Environment) -> bool | None:
            mine = left(item, environment)
            if mine:
                return True
            theirs = right(item, environment)
            return theirs if mine is False or theirs else None

        return either
    settled, settling = {"and": (False, False), "implies": (False, True)}.get(operator, (None, None))

    def connected(item: Object, environment: Environment) -> bool | None:
        mine = left(item, environment)
        if settling is not None and mine is settled:
            return settling
        return connect(mine, right(item, environment))

    return connected


def _exists(source: Expr | None, arguments: tuple[Expr, ...], scope: Scope) -> Test:
    match source, arguments:
        case Call(left, "intersect", (right,)), ():
            return overlap(left, right, scope)
    path = Call(source, "where", arguments) if arguments else source
    if path is None:
        raise NotPlain
    return exists_in(chains_of(path, scope))


def _empty(source: Expr | None, _arguments: tuple[Expr, ...], scope: Scope) -> Test:
    exists = _exists(source, (), scope)
    return lambda item, environment: not exists(item, environment)


def _all(source: Expr | None, arguments: tuple[Expr, ...], scope: Scope) -> Test:
    chains = []
    for chain in chains_of(source, scope):
        if not chain.type or chain.type in DYNAMIC:
            chains.append(opened(chain))
            continue
        test = _part(arguments[0], scope.within(chain.type))
        chains.append(Chain((*chain.steps, Step("", test=_fails(test))), chain.type))
    failing = exists_in(chains)
    return lambda item, environment: not failing(item, environment)


def _fails(test: Test) -> Test:
    return lambda item, environment: not test(item, environment)


def _not(source: Expr | None, _arguments: tuple[Expr, ...], scope: Scope) -> Test:
    if source is None:
        raise NotPlain
    inner = _test(source, scope)

    def test(item: Object, environment: Environment) -> bool | None:
        value = inner(item, environment)
        return None if value is None else not value

    return test


def _has_value(source: Expr | None, _arguments: tuple[Expr, ...], scope: Scope) -> Test:
    chains = chains_of(source, scope)
    if not all(chain.type[:1].islower() for chain in chains):
        raise NotPlain
    fetch = only(chains)
    return lambda item, environment: fetch(item, environment) is not None


def _on_text(operate: Callable[[str, str], bool]) -> Callable[[Expr | None, tuple[Expr, ...], Scope], Test]:
    def compile_call(source: Expr | None, arguments: tuple[Expr, ...], scope: Scope) -> Test:
        match arguments:
            case (Literal(str() as argument),):
                fetch = text_of(source, scope)
            case _:
                raise NotPlain

        def test(item: Object, environment: Environment) -> bool | None:
            value = fetch(item, environment)
            return None if value is None else operate(value, argument)

        return test

    return compile_call


def _member_of(source: Expr | None, arguments: tuple[Expr, ...], scope: Scope) -> Test:
    chains = chains_of(source, scope)
    match arguments:
        case (Literal(str() as url),) if len(chains) == 1 and chains[0].type:
            fetch, type_name = only(chains), chains[0].type
        case _:
            raise NotPlain

    def test(item: Object, environment: Environment) -> bool | None:
        value = fetch(item, environment)
        if value is None:
            return None
        answer = environment.member_of(value, type_name, url) if environment.member_of is not None else None
        if answer is None:
            raise NotEvaluated(f"membership in {url} is not known")
        return answer

    return test


_CALLS: dict[str, Callable[[Expr | None, tuple[Expr, ...], Scope], Test]] = {
    "exists": _exists,
    "empty": _empty,
    "all": _all,
    "not": _not,
    "hasValue": _has_value,
    "startsWith": _on_text(str.startswith),
    "endsWith": _on_text(str.endswith),
    "contains": _on_text(str.__contains__),
    "matches": _on_text(lambda value, regex: pattern(regex).search(value) is not None),
    "memberOf": _member_of,
    "allFalse": never,
    "subsetOf": subset,
    "is": lambda source, arguments, scope: type_test(source, _named(arguments), scope),
}


def _named(arguments: tuple[Expr, ...]) -> str:
    match arguments:
        case (Member(None, name),):
            return name
        case _:
            raise NotPlain
