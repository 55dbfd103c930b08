"""The merged content of one element or resource: everything that its definitions demand of an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from conformance.validator.check_source import CheckSource
    from conformance.validator.definitions import Node

Kind = Literal["resource", "complex", "sibling"]


class Content:
    """What ``nodes`` say of an object, together.

    ``nodes[0]`` is the base definition (of the type, or of the backbone element) and knows every child there can be;
    the others are the profiles of the type, the elements that use it and the slices that matched. ``places`` are the
    element paths by which extension contexts may name it, ``code`` its type. A ``sibling`` is the ``_name`` object
    beside a primitive of that type, which holds an id and extensions only.
    """

    def __init__(
        self, compiler: CheckSource, nodes: tuple[Node, ...], code: str, places: tuple[str, ...], kind: Kind
    ) -> None:
        self.compiler = compiler
        self.nodes = nodes
        self.code = code
        self.places = places
        self.kind = kind
        self.keys = compiler.keys(nodes[0])

    @property
    def source(self) -> str:
        """The base definition."""
        return self.nodes[0].source

    def children(self, name: str) -> list[Node]:
        """What each definition says about the child ``name``, the base first."""
        return [node.children[name] for node in self.nodes if name in node.children]

    def places_of(self, name: str, nodes: list[Node]) -> tuple[str, ...]:
        """The element paths of the child ``name``, which ``nodes`` speak about."""
        return self.compiler.places(self.places, name, nodes)

    def step(self, key: str) -> str:
        """The FHIRPath step to the value under ``key``; a choice names its type."""
        known = self.keys.get(key)
        if known is None or not known.name.endswith("[x]"):
            return f".{key}"
        return f".{known.name[:-3]}.ofType({known.code})"
