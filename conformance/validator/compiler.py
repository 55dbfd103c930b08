"""Definitions into checks: which definitions speak about a value, and one check made of all of them.

Everything is compiled when an instance first needs it and kept for the validator's life: only the types, profiles and
elements that really occur cost anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator import (
    alternatives,
    bindings,
    extensions,
    invariants,
    narrative,
    references,
    resources,
    slicing,
    values,
)
from conformance.validator.definitions import CORE, Definitions
from conformance.validator.objects import Content, Kind
from conformance.validator.primitives import ACCEPTED, PRIMITIVES, Accepted, check_primitive, remember
from conformance.validator.problems import Check, Matters, Problems, after, all_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.guides import Guides
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node, Structure

DEEPEST_PLACE = 8


class Key(NamedTuple):
    """What a JSON key stands for: the element's name (``value[x]``), its type, whether it is an array."""

    name: str
    code: str
    repeats: bool


def remembering(check: Check, bound: list[Callable[[str, str], bool | None]], known: set[str]) -> Check:
    """``check``, which puts what it accepts into ``known``: codes of value sets, and fixed values."""

    def first(value: Any, context: Context) -> Problems:
        found = check(value, context)
        if found is None and value.__class__ is str and all(member("", value) for member in bound):
            remember(known, value)
        return found

    return first


class Compiler:
    """Makes checks from the definitions of one set of guides, each once."""

    def __init__(self, guides: Guides, *, information: bool, lookup: bindings.Lookup | None = None) -> None:
        self.definitions = Definitions(guides)
        self.terminology = bindings.Terminology(guides, lookup)
        self.information = information
        self.invariants = invariants.Invariants(self)
        self.resources = resources.Resources(self)
        self.slicers: dict[Node, slicing.Slicer] = {}
        self.accepted: dict[Check, Accepted] = {}
        self._keys: dict[Node, dict[str, Key]] = {}
        self._checks: dict[tuple[tuple[Node, ...], str, tuple[str, ...]], Check] = {}

    def root_of(self, code: str) -> Node:
        """The root of a type's own definition."""
        found = self.definitions.type(code)
        if found is None:
            raise LookupError(code)
        return found.root

    @staticmethod
    def is_primitive(code: str) -> bool:
        """Whether values of the type are JSON scalars with a ``_name`` object beside them."""
        return code in PRIMITIVES

    def keys(self, base: Node) -> dict[str, Key]:
        """The JSON keys that an object defined by ``base`` may have."""
        if base not in self._keys:
            found: dict[str, Key] = {}
            for name, child in base.children.items():
                is_resource_id = name == "id" and base.structure.kind == "resource" and base.parent is None
                types = [("id", {})] if is_resource_id else child.types or [("BackboneElement", {})]
                for code, _ in types:
                    key = f"{name[:-3]}{code[:1].upper()}{code[1:]}" if name.endswith("[x]") else name
                    found[key] = Key(name, code, child.repeats)
            self._keys[base] = found
        return self._keys[base]

    def keys_of(self, base: Node, name: str) -> list[str]:
        """The JSON keys under which the element ``name`` may stand."""
        if not name.endswith("[x]"):
            return [name]
        return [key for key, known in self.keys(base).items() if known.name == name]

    def places(self, content: Content, name: str, nodes: Sequence[Node]) -> tuple[str, ...]:
        """The element paths of a child, as extension contexts write them."""
        bare = name.removesuffix("[x]")
        target = str(nodes[0].element.get("contentReference", "")).partition("#")[2]
        found = [target, str(nodes[0].element["path"])] if target else [str(nodes[0].element["path"])]
        found.extend(f"{place}.{bare}" for place in content.places if place.count(".") < DEEPEST_PLACE)
        return tuple(dict.fromkeys(found))

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
            return resources.check_nested(self, nodes)
        kind: Kind = "complex"
        bases, others = self.bases(nodes, code)
        return Content(self, (*bases, *others), code, places, kind).compiled()

    def bases(self, nodes: tuple[Node, ...], code: str) -> tuple[list[Node], list[Node]]:
        """Where the children of a value come from: its type (or backbone) and the type's profiles; then the rest."""
        base = nodes[0]
        target = base.element.get("contentReference")
        if target:
            found = base.structure.node(target.partition("#")[2])
            return [found or base], [node for node in nodes if node is not base]
        if base.children:
            return [base], [node for node in nodes[1:] if node is not base]
        return [self.root_of(code), *self.profiles(nodes, code)], list(nodes)

    def profiles(self, nodes: Sequence[Node], code: str) -> list[Node]:
        """The roots of the profiles that the type must meet, where there is no choice between several."""
        found: dict[Node, None] = {}
        for node in nodes:
            wanted = node.profiles_for(code)
            if len(wanted) == 1:
                structure = self.definitions.structure(wanted[0], node.structure.package)
                if structure is not None and structure.url != CORE + code:
                    found[structure.root] = None
        return list(found)

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
        found.extend(resources.whole_checks(self, content))
        found.extend(self.invariants.of(content.nodes, content.code, content))
        return found

    def resource(self, structures: Sequence[Structure], elements: Sequence[Node] = ()) -> Check:
        """The check of a resource against its type's definition and any profiles, all in one walk."""
        nodes = tuple(dict.fromkeys([*(structure.root for structure in structures), *elements]))
        code = structures[0].type
        key = (nodes, code, (code,))
        if key not in self._checks:
            self._checks[key] = Content(self, nodes, code, (code,), "resource").compiled()
        return self._checks[key]

    def sibling(self, nodes: Sequence[Node], code: str, places: tuple[str, ...]) -> Check:
        """The check of the object beside a primitive: an id and extensions."""
        key = (tuple(nodes), f"_{code}", places)
        if key not in self._checks:
            content = Content(self, (self.root_of("Element"), *nodes), code, places, "sibling")
            self._checks[key] = content.compiled()
        return self._checks[key]

    def extensions_by_url(self, content: Content, name: str, nodes: Sequence[Node]) -> Check:
        """The check of an array of extensions."""
        return extensions.check_extensions(self, content, name, nodes)
