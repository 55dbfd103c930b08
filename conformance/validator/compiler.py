"""Definitions into checks: which definitions speak about a value, and one check made of all of them.

Everything is compiled when an instance first needs it and kept for the validator's life: only the types, profiles and
elements that really occur cost anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.validator import (
    alternatives,
    bindings,
    invariants,
    narrative,
    references,
    resources,
    values,
)
from conformance.validator.check_source import CheckSource
from conformance.validator.checks import Check, Matters, after, all_of
from conformance.validator.content import Content
from conformance.validator.objects import ObjectCheck
from conformance.validator.primitives import ACCEPTED, PRIMITIVES, check_primitive, remember

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.guides import Guides
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node, Structure
    from conformance.validator.problems import Problems


def remembering(check: Check, bound: list[Callable[[str, str], bool | None]], known: set[str]) -> Check:
    """``check``, which puts what it accepts into ``known``: codes of value sets, and fixed values."""

    def first(value: Any, context: Context) -> Problems:
        found = check(value, context)
        if found is None and value.__class__ is str and all(member("", value) for member in bound):
            remember(known, value)
        return found

    return first


class Compiler(CheckSource):
    """Makes checks from the definitions of one set of guides, each once."""

    def __init__(self, guides: Guides, *, information: bool, lookup: bindings.CodeLookup | None = None) -> None:
        super().__init__(guides, information=information, lookup=lookup)
        self.invariants = invariants.Invariants(self)
        self.resources = resources.Resources(self)
        self._checks: dict[tuple[tuple[Node, ...], str, tuple[str, ...]], Check] = {}

    def value(self, nodes: Sequence[Node], code: str, places: tuple[str, ...]) -> Check:
        """The check of one value of type ``code`` about which ``nodes`` speak, the base definition first."""
        key = (tuple(nodes), code, places)
        if key not in self._checks:
            self._checks[key] = self._compile(key[0], code, places)
        return self._checks[key]

    def _compile(self, nodes: tuple[Node, ...], code: str, places: tuple[str, ...]) -> Check:
        if code == "xhtml":
            return narrative.check_narrative(nodes[0].source)
        if code in PRIMITIVES:
            return self._primitive(nodes, code)
        if code == "Resource" or self.definitions.is_resource(code):
            return resources.check_nested(self.resources, nodes)
        bases, others = self.bases(nodes, code)
        return self._object(Content(self, (*bases, *others), code, places, "complex"))

    def _object(self, content: Content) -> Check:
        return ObjectCheck(content, self.wholes).compiled()

    def _primitive(self, nodes: tuple[Node, ...], code: str) -> Check:
        checks = self.element_checks(nodes, code)
        judged = [check for _, check in self.invariants.of(nodes, code, None)]
        check = after(check_primitive(code, self.root_of(code).source), all_of([*checks, *judged]))
        if not checks and not judged and code in ACCEPTED:
            self.accepted[check] = ACCEPTED[code]
        elif checks and not judged and code in bindings.CODED:
            bound = [one.member for one in bindings.bindings_of(nodes, self.terminology)]
            if bound or any(node.value_of("fixed") for node in nodes):
                known: set[str] = set()
                check = remembering(check, bound, known)
                self.accepted[check] = known
        return check

    def element_checks(self, nodes: Sequence[Node], code: str) -> list[Check]:
        """Fixed values, patterns, ranges, lengths and bindings of one element, each distinct one once."""
        checks: list[Check] = []
        seen: list[tuple[str, object]] = []
        for node in nodes:
            spoken = [
                (k, v)
                for k, v in node.element.items()
                if k.startswith(("fixed", "pattern", "minV", "maxV", "maxL", "regex"))
            ]
            if spoken and not all(part in seen for part in spoken):
                checks.extend(values.value_checks(node, code))
            seen.extend(spoken)
        is_choice = nodes[0].name.endswith("[x]")
        for binding in bindings.bindings_of(nodes, self.terminology):
            if is_choice and code not in bindings.CODED_CHOICES:
                continue
            check = bindings.check_binding(binding, code, information=self.information)
            if check is not None:
                checks.append(check)
        return checks

    def wholes(self, content: Content) -> list[tuple[Matters, Check]]:
        """The checks of an object as a whole, each with the shapes it matters for."""
        if content.kind == "sibling":
            return []
        found: list[tuple[Matters, Check]] = []
        found.extend((None, check) for check in self.element_checks(content.nodes, content.code))
        if content.code == "Reference":
            found.extend((None, check) for check in references.check_references(self, content.nodes))
        found.extend((None, check) for check in alternatives.check_alternatives(self, content.nodes, content.code))
        found.extend(resources.whole_checks(self, content, self.invariants))
        found.extend(self.invariants.of(content.nodes, content.code, content))
        return found

    def resource(self, structures: Sequence[Structure], elements: Sequence[Node] = ()) -> Check:
        """The check of a resource against its type's definition and any profiles, all in one walk."""
        nodes = tuple(dict.fromkeys([*(structure.root for structure in structures), *elements]))
        code = structures[0].type
        key = (nodes, code, (code,))
        if key not in self._checks:
            self._checks[key] = self._object(Content(self, nodes, code, (code,), "resource"))
        return self._checks[key]

    def sibling(self, nodes: Sequence[Node], code: str, places: tuple[str, ...]) -> Check:
        """The check of the object beside a primitive: an id and extensions."""
        key = (tuple(nodes), f"_{code}", places)
        if key not in self._checks:
            content = Content(self, (self.root_of("Element"), *nodes), code, places, "sibling")
            self._checks[key] = self._object(content)
        return self._checks[key]
