"""What the definitions say, looked up for compiling: keys, bases, profiles and the paths of elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.validator.bindings import Terminology
from conformance.validator.definitions import CORE, Definitions
from conformance.validator.key import Key
from conformance.validator.primitives import PRIMITIVES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.guides import Guides
    from conformance.validator.bindings import CodeLookup
    from conformance.validator.definitions import Node

MAX_PATH_DEPTH = 8


class Lookup:
    """The definitions and value sets of one set of guides; compiles nothing."""

    def __init__(self, guides: Guides, lookup: CodeLookup | None = None) -> None:
        self.definitions = Definitions(guides)
        self.terminology = Terminology(guides, lookup)
        self._keys: dict[Node, dict[str, Key]] = {}

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

    def places(self, parents: Sequence[str], name: str, nodes: Sequence[Node]) -> tuple[str, ...]:
        """The element paths of a child of an element with the paths ``parents``, as extension contexts write them."""
        bare = name.removesuffix("[x]")
        target = str(nodes[0].element.get("contentReference", "")).partition("#")[2]
        found = [target, str(nodes[0].element["path"])] if target else [str(nodes[0].element["path"])]
        found.extend(f"{parent}.{bare}" for parent in parents if parent.count(".") < MAX_PATH_DEPTH)
        return tuple(dict.fromkeys(found))

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
