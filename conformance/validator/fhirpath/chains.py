"""Expressions to chains of steps over plain JSON, with the types known from the definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.validator.fhirpath.paths import OPEN_END, Chain, Fetch, NotPlain, Step, Test, only
from conformance.validator.fhirpath.syntax import (
    Binary,
    Call,
    Constant,
    Expr,
    Literal,
    Member,
    TypeOperation,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.fhirpath.typemodel import TypeModel

DYNAMIC = frozenset({"Resource", "DomainResource"})
"""Types whose items' own type only the data tell."""

_EMPTY_OF_EMPTY = frozenset({"resolve", "select", "first", "last", "tail", "children", "descendants", "repeat"})
_TEXT_BASES = ("string", "uri")


class Scope(NamedTuple):
    """What a condition is asked of: the item's type, the model, the type of the resource around (empty if unknown).

    ``part`` compiles a condition inside another one. ``nested`` is set where the item is no longer ``%context``.
    """

    type: str
    model: TypeModel
    resource_type: str
    part: Callable[[Expr, Scope], Test]
    nested: bool = False

    def within(self, type_name: str) -> Scope:
        """The scope of a condition on items of the type, found on a path from this scope's item."""
        return self._replace(type=type_name, nested=True)


def chains_of(tree: Expr | None, scope: Scope) -> list[Chain]:  # noqa: PLR0911 (one per kind of step)
    """The chains of a path from the item; raises NotPlain if it is no path that starts there."""
    match tree:
        case None | Variable("this"):
            return [Chain((), scope.type)]
        case Member(None, name) if name[:1].isupper():
            if not scope.model.is_subtype(scope.type, name):
                raise NotPlain
            return [Chain((), scope.type)]
        case Member(source, name):
            return [longer for chain in chains_of(source, scope) for longer in _extended(chain, name, scope.model)]
        case Call(source, "trace", _):
            return chains_of(source, scope)
        case Call(source, "where", (criterion,)):
            return [_filtered(chain, criterion, scope) for chain in chains_of(source, scope)]
        case Call(source, "extension", (Literal(str() as url),)):
            wanted = Binary("=", Member(None, "url"), Literal(url))
            return [_filtered(chain, wanted, scope) for chain in chains_of(Member(source, "extension"), scope)]
        case Call(operand, "ofType" | "as", (Member(None, type_name),)) | TypeOperation("as", operand, type_name):
            return _of_type(chains_of(operand, scope), type_name, scope)
        case Call(source, name, _) if name in _EMPTY_OF_EMPTY and source is not None:
            return [opened(chain) for chain in chains_of(source, scope)]
        case _:
            raise NotPlain


def opened(chain: Chain) -> Chain:
    """The chain as one whose end only nodes can reach."""
    return chain if not chain.type else Chain((*chain.steps, OPEN_END), "")


def _extended(chain: Chain, name: str, model: TypeModel) -> list[Chain]:
    if not chain.type:
        return [chain]
    if chain.type in DYNAMIC or chain.type[:1].islower() or not model.knows(chain.type):
        return [opened(chain)]
    element = model.children(chain.type, name)
    if element is None:
        return []
    return [
        Chain((*chain.steps, Step(key, element.is_list, primitive=type_name[:1].islower())), type_name)
        for key, type_name in element.keys
    ]


def _filtered(chain: Chain, criterion: Expr, scope: Scope) -> Chain:
    if not chain.type or chain.type in DYNAMIC:
        return opened(chain)
    test = scope.part(criterion, scope.within(chain.type))
    return Chain((*chain.steps, Step("", test=test)), chain.type)


def _of_type(chains: list[Chain], type_name: str, scope: Scope) -> list[Chain]:
    kept = []
    for chain in chains:
        if not chain.type or chain.type in DYNAMIC:
            kept.append(opened(chain))
        elif scope.model.is_subtype(chain.type, type_name):
            kept.append(chain)
    return kept


def is_text(type_name: str, model: TypeModel) -> bool:
    """Whether the type's values are compared as text."""
    return any(model.is_subtype(type_name, base) for base in _TEXT_BASES)


def text_of(tree: Expr | None, scope: Scope) -> Fetch:
    """The single text at the end of a path; None when there is none."""
    chains = chains_of(tree, scope)
    if not chains or not all(is_text(chain.type, scope.model) for chain in chains):
        raise NotPlain
    return only(chains)


def rebased(path: Expr, constant: str) -> Expr | None:
    """A path from ``%resource`` (or another constant) as one that starts at the item; None for any other."""
    match path:
        case Member(Constant(start), name) if start == constant:
            return Member(None, name)
        case Member(source, name) if source is not None and (inner := rebased(source, constant)) is not None:
            return Member(inner, name)
        case _:
            return None
