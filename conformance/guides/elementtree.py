"""The elements of a StructureDefinition as a tree, which is what their ids spell out.

An id segment is ``name`` or ``name:slice`` (``name:slice/reslice`` for slices of slices). A node holds an element's
facts, its children by name, and its slices by slice name, each with children of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.guides.facts import Element

Path = list[tuple[str, str]]
"""(name, slice name or "") per segment, from the root's child on."""


@dataclass(slots=True)
class TreeElement:
    """One element.

    ``origin`` is the untouched node of the base definition or type that it was copied from; ``named`` says that the
    differential has an element for it.
    """

    name: str
    element: Element
    slice_name: str = ""
    children: dict[str, TreeElement] = field(default_factory=dict)
    slices: dict[str, TreeElement] = field(default_factory=dict)
    origin: TreeElement | None = None
    named: bool = False

    def copy(self) -> TreeElement:
        """A working copy, down to the leaves and slices; each copy remembers its original."""
        twin = TreeElement(self.name, dict(self.element), self.slice_name, origin=self)
        twin.children = {name: child.copy() for name, child in self.children.items()}
        twin.slices = {name: one.copy() for name, one in self.slices.items()}
        return twin

    def as_slice(self, slice_name: str) -> TreeElement:
        """A new slice of this element: its facts and children, without its slicing and slices."""
        twin = self.copy()
        twin.slice_name, twin.slices = slice_name, {}
        twin.element.pop("slicing", None)
        twin.element["sliceName"] = slice_name
        return twin


def segments(element_id: str) -> Path:
    """The segments of an element id, without the root."""
    parts = (part.partition(":") for part in element_id.split(".")[1:])
    return [(name, slice_name) for name, _, slice_name in parts]


def tree(elements: Iterable[Element]) -> TreeElement:
    """The tree of a snapshot. An element whose parent is not listed is left out, as nothing can lead to it."""
    ordered = iter(elements)
    first = next(ordered)
    root = TreeElement(first["path"], _facts(first))
    for element in ordered:
        *above, (name, slice_name) = segments(element["id"])
        parent = find(root, above)
        if parent is None:
            continue
        node = TreeElement(name, _facts(element), slice_name)
        if not slice_name:
            parent.children[name] = node
        elif name in parent.children:
            parent.children[name].slices[slice_name] = node
    return root


def _facts(element: Element) -> Element:
    facts = {key: value for key, value in element.items() if key not in {"id", "path"}}
    facts.setdefault("base", {"path": element["path"], "min": element.get("min"), "max": element.get("max")})
    return facts


def find(root: TreeElement, path: Path) -> TreeElement | None:
    """The node at a path, or None."""
    node: TreeElement | None = root
    for name, slice_name in path:
        node = node.children.get(name) if node else None
        if node and slice_name:
            node = node.slices.get(slice_name)
    return node


def flatten(root: TreeElement) -> list[Element]:
    """The snapshot of a tree: element, its children, its slices, in definition order."""
    return list(_flatten(root, root.name, root.name))


def _flatten(node: TreeElement, element_id: str, path: str) -> Iterator[Element]:
    own = {"path": path, "min": node.element.get("min"), "max": node.element.get("max")}
    facts = {key: value for key, value in node.element.items() if not (key == "base" and value == own)}
    yield {"id": element_id, "path": path, **facts}
    for child in node.children.values():
        yield from _flatten(child, f"{element_id}.{child.name}", f"{path}.{child.name}")
    for one in node.slices.values():
        above, dot, _ = element_id.rpartition(".")
        yield from _flatten(one, f"{above}{dot}{node.name}:{one.slice_name}", path)
