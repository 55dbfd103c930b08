"""A choice of profiles: a value must meet at least one of those that its type entry names (ElementDefinition.type)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.validator import resolving
from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.validator.check_source import CheckSource
    from conformance.validator.checks import Check
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node


def check_alternatives(compiler: CheckSource, nodes: Sequence[Node], code: str) -> list[Check]:
    """The checks for elements that offer several profiles for values of type ``code``."""
    return [_one_of(compiler, node, code) for node in nodes if len(node.profiles_for(code)) > 1]


def _one_of(compiler: CheckSource, node: Node, code: str) -> Check:
    wanted = node.profiles_for(code)
    found = [compiler.definitions.structure(canonical, node.structure.package) for canonical in wanted]
    known = [structure for structure in found if structure is not None]
    names = " or ".join(wanted)

    def check(value: Any, context: Context) -> Problems:
        if any(resolving.conforms(compiler, value, structure, context) for structure in known):
            return None
        if len(known) < len(wanted):
            context.counts["profiles not at hand"] += 1
            return None
        message = "The value meets none of the profiles that are allowed here."
        return [Problem("profile.none", message, expected=names, profile=node.source)]

    return check
