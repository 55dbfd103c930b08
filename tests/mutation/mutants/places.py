"""Every element of an instance with the definitions that speak about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mutants.definitions import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutants.definitions import Definitions
    from mutants.slices import Matcher

Path = tuple[str | int, ...]
MOST_DEEP = 30


@dataclass(eq=False)
class Place:
    """One value: where it stands, its type, and what is said of it.

    ``nodes`` are the elements of profiles (with the slices that matched), ``content`` the definitions of its children,
    the base first; both without those that could not be told (``is_sure`` is false then).
    """

    path: Path
    value: Any
    element: Element | None
    code: str
    nodes: list[Node]
    content: list[Node] = field(default_factory=list)
    is_sure: bool = True
    elements: list[Element] = field(default_factory=list)

    def speaking(self) -> Iterator[Node]:
        """Every definition that constrains this value: its element's, its slices', its type's."""
        if self.element is not None:
            yield self.element.base
        yield from self.nodes
        yield from self.content

    @property
    def is_complex(self) -> bool:
        """Whether the value is a JSON object."""
        return isinstance(self.value, dict)


@dataclass(eq=False)
class Element:
    """One element of an object as it occurs: a JSON key with one value or an array of them."""

    holder: Place
    key: str
    name: str
    code: str
    base: Node
    nodes: list[Node]
    items: list[Place] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """Where the value or array stands."""
        return (*self.holder.path, self.key)

    @property
    def repeats(self) -> bool:
        """Whether JSON writes the element as an array."""
        return self.base.element.get("max") not in {"0", "1"}

    def speaking(self) -> list[Node]:
        """What is said of all items."""
        return [self.base, *self.nodes]


class Reader:
    """Walks instances of one realm."""

    def __init__(self, definitions: Definitions, matcher: Matcher) -> None:
        self.definitions = definitions
        self.matcher = matcher

    def places(self, resource: dict[str, Any], demanded: tuple[str, ...] = ()) -> list[Place]:
        """Every value of a resource that the definitions know, the resource itself first."""
        found: list[Place] = []
        root = Place((), resource, None, resource.get("resourceType", ""), [])
        root.content = self._resource_content(resource, demanded)
        self._walk(root, found)
        return found

    def _resource_content(self, resource: dict[str, Any], demanded: tuple[str, ...]) -> list[Node]:
        code = resource.get("resourceType", "")
        if not isinstance(code, str) or not self.definitions.is_resource(code):
            return []
        claims = resource.get("meta", {}).get("profile", []) if isinstance(resource.get("meta"), dict) else []
        profiles = [self.definitions.structure(one) for one in (*claims, *demanded)]
        fitting = [one for one in profiles if one is not None and one.type == code and one.is_profile]
        return list(dict.fromkeys([self.definitions.type(code).root, *(one.root for one in fitting)]))

    def _walk(self, place: Place, found: list[Place]) -> None:
        found.append(place)
        if not place.content or not isinstance(place.value, dict) or len(place.path) > MOST_DEEP:
            return
        for key, value in place.value.items():
            element = self._element(place, key)
            if element is None:
                continue
            place.elements.append(element)
            many = value if isinstance(value, list) else [value]
            for index, item in enumerate(many):
                path = (*element.path, index) if isinstance(value, list) else element.path
                element.items.append(self._place(element, path, item))
                self._walk(element.items[-1], found)

    def _element(self, holder: Place, key: str) -> Element | None:
        base = holder.content[0]
        name, code = self.named(base, key)
        if not name:
            return None
        child = base.child(name)
        nodes = [node.child(name) for node in holder.content[1:]]
        element = Element(holder, key, name, code, child or base, [node for node in nodes if node is not None])
        holder_is_resource = holder.element is None or "resourceType" in holder.value
        if key == "id" and holder_is_resource:
            element.code = "id"
        return element

    def named(self, base: Node, key: str) -> tuple[str, str]:
        """The element and type that a JSON key stands for; empty when there is none."""
        for name in base.names():
            child = base.child(name)
            types = child.types if child is not None else []
            if name == key:
                return name, types[0][0] if types else "BackboneElement"
            if name.endswith("[x]") and key.startswith(name[:-3]):
                for code, _ in types:
                    if key == f"{name[:-3]}{code[0].upper()}{code[1:]}":
                        return name, code
        return "", ""

    def _place(self, element: Element, path: Path, item: Any) -> Place:
        if element.name.endswith("[x]"):
            parts = [part for node in element.nodes for part in node.parts()]
            matched, sure = [part for part in parts if {code for code, _ in part.types} == {element.code}], True
        else:
            matched, sure = self.matcher.matched(element.nodes, item)
        place = Place(path, item, element, element.code, [*element.nodes, *matched], is_sure=sure)
        if isinstance(item, dict):
            place.content = self._content(place, item)
        return place

    def _content(self, place: Place, item: dict[str, Any]) -> list[Node]:
        element = place.element
        assert element is not None
        inside = [node for node in place.nodes if node.has_children()]
        reference = element.base.element.get("contentReference", "")
        if reference:
            return [Node(element.base.structure, reference.partition("#")[2]), *inside]
        if element.base.has_children():
            return [element.base, *inside]
        if "resourceType" in item:
            return [*self._resource_content(item, tuple(self._profiles(place, item["resourceType"]))), *inside]
        if element.code in {"xhtml", "Resource"}:
            return []
        profiles = [self.definitions.structure(one, within) for one, within in self._demanded(place)]
        if element.code == "Extension" and isinstance(item.get("url"), str) and ":" in item["url"]:
            profiles.append(self.definitions.structure(item["url"]))
        roots = [one.root for one in profiles if one is not None and one.type == element.code]
        return list(dict.fromkeys([self.definitions.type(element.code).root, *roots, *inside]))

    @staticmethod
    def _demanded(place: Place) -> list[tuple[str, str]]:
        found = []
        for node in place.speaking():
            for code, entry in node.types:
                if code == place.code and len(entry.get("profile", ())) == 1:
                    found.append((entry["profile"][0], node.structure.package))
        return found

    def _profiles(self, place: Place, code: str) -> list[str]:
        found = []
        for node in place.speaking():
            for _, entry in node.types:
                for canonical in entry.get("profile", ()) if len(entry.get("profile", ())) == 1 else ():
                    structure = self.definitions.structure(canonical, node.structure.package)
                    if structure is not None and structure.type == code and structure.is_profile:
                        found.append(f"{structure.url}|{structure.version}")
        return found
