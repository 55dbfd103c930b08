"""Whether two paths lead to equal items, over plain JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.validator.fhirpath.chains import DYNAMIC, Scope, chains_of, is_text, rebased
from conformance.validator.fhirpath.paths import Chain, Fetch, NotPlain, Object, Test, gather

if TYPE_CHECKING:
    from conformance.validator.fhirpath.environment import Environment
    from conformance.validator.fhirpath.syntax import Expr

_WHOLE_NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt"})


def overlap(left: Expr | None, right: Expr, scope: Scope) -> Test:
    """``path.intersect(%resource.path).exists()``: whether any two items are equal (obs-7)."""
    elsewhere = rebased(right, "resource")
    if elsewhere is None or not scope.resource_type:
        raise NotPlain
    mine, theirs = _items(left, scope), _items(elsewhere, scope._replace(type=scope.resource_type))

    def test(item: Object, environment: Environment) -> bool:
        found = mine(item, environment)
        if not found:
            return False
        wanted = theirs(environment.resource, environment)
        return any(one in wanted for one in found)

    return test


def subset(source: Expr | None, arguments: tuple[Expr, ...], scope: Scope) -> Test:
    """``path.subsetOf(%context.path)``: whether all items of one are among the other's, both from the same item."""
    elsewhere = rebased(arguments[0], "context") if len(arguments) == 1 else None
    if elsewhere is None or scope.nested:
        raise NotPlain
    mine, theirs = _items(source, scope), _items(elsewhere, scope)

    def test(item: Object, environment: Environment) -> bool:
        found = mine(item, environment)
        if not found:
            return True
        wanted = theirs(item, environment)
        return all(one in wanted for one in found)

    return test


def _items(path: Expr | None, scope: Scope) -> Fetch:
    """The items of a path whose types are equal exactly when their JSON is."""
    chains = chains_of(path, scope)
    if not all(_is_equal_as_json(chain, scope) for chain in chains):
        raise NotPlain
    return gather(chains)


def _is_equal_as_json(chain: Chain, scope: Scope) -> bool:
    if not chain.type or chain.type in DYNAMIC:
        return False
    return chain.type[0].isupper() or chain.type in _WHOLE_NUMBERS or is_text(chain.type, scope.model)
