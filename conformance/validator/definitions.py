"""Constraint tables as trees: what a structure says about each element, slices and shortcuts resolved by id."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.guides import Guides

CORE = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM_TYPES = {
    "http://hl7.org/fhirpath/System.String": "string",
    "http://hl7.org/fhirpath/System.Boolean": "boolean",
    "http://hl7.org/fhirpath/System.Date": "date",
    "http://hl7.org/fhirpath/System.DateTime": "dateTime",
    "http://hl7.org/fhirpath/System.Decimal": "decimal",
    "http://hl7.org/fhirpath/System.Integer": "integer",
    "http://hl7.org/fhirpath/System.Time": "time",
}


class Node:
    """One element of one structure: its facts, its children by name and its slices in order.

    ``name`` is the last part of the path (``value[x]`` for a choice), ``slice`` the slice's name or empty.
    """

    __slots__ = ("children", "element", "name", "parent", "slice", "slices", "structure")

    def __init__(self, structure: Structure, element: dict[str, Any], name: str, *, slice_name: str = "") -> None:
        self.structure = structure
        self.element = element
        self.name = name
        self.slice = slice_name
        self.parent: Node | None = None
        self.children: dict[str, Node] = {}
        self.slices: list[Node] = []

    def __repr__(self) -> str:
        return f"<{self.structure.canonical} {self.id}>"

    @property
    def id(self) -> str:
        """The element's id within its structure."""
        return str(self.element["id"])

    @property
    def source(self) -> str:
        """``canonical|version`` of the definition that speaks here."""
        return self.structure.canonical

    @property
    def min(self) -> int:
        """The least number of times the element must appear."""
        return int(self.element.get("min", 0))

    @property
    def max(self) -> float:
        """The greatest number of times the element may appear; infinity for ``*``."""
        most = self.element.get("max", "*")
        return float("inf") if most == "*" else int(most)

    @property
    def repeats(self) -> bool:
        """Whether JSON writes the element as an array, which its base definition decides."""
        base = self.element.get("base")
        return bool((base or self.element).get("max", "1") not in {"0", "1"})

    @property
    def types(self) -> list[tuple[str, dict[str, Any]]]:
        """The permitted types: code and the whole type entry."""
        return [(type_code(entry), entry) for entry in self.element.get("type", ())]

    def value_of(self, prefix: str) -> tuple[str, Any] | None:
        """The key and value of ``prefix``[x] (``fixed``, ``pattern``, ``minValue`` …), if the element has one."""
        for key, value in self.element.items():
            if key.startswith(prefix) and key[len(prefix) : len(prefix) + 1].isupper():
                return key, value
        return None

    def profiles_for(self, code: str) -> list[str]:
        """The profiles that a value of type ``code`` must meet one of."""
        return [profile for known, entry in self.types if known == code for profile in entry.get("profile", ())]


class Structure:
    """One StructureDefinition's table as a tree, built when first asked for."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.table = table
        self.url: str = table["url"]
        self.type: str = table.get("type", "")
        self.kind: str = table.get("kind", "")
        self.base: str = table.get("base", "") or ""
        self.package: str = table.get("package", "")
        self.abstract: bool = bool(table.get("abstract", False))
        self.is_profile: bool = table.get("derivation") == "constraint"
        version = table.get("version", "")
        self.canonical: str = f"{self.url}|{version}" if version else self.url

    def __repr__(self) -> str:
        return f"<Structure {self.canonical}>"

    @cached_property
    def root(self) -> Node:
        """The node of the whole resource or datatype."""
        return self._nodes[next(iter(self._nodes))]

    def nodes(self) -> Iterator[Node]:
        """All nodes in the order of the table."""
        return iter(self._nodes.values())

    def node(self, element_id: str) -> Node | None:
        """The node with this element id."""
        return self._nodes.get(element_id)

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for element in self.table["elements"]:
            place(self, nodes, element)
        return nodes


def place(structure: Structure, nodes: dict[str, Node], element: dict[str, Any]) -> None:
    """Put ``element`` below its parent, by id; parents that a snapshot leaves out are filled in."""
    element_id: str = element["id"]
    parent_id, _, last = element_id.rpartition(".")
    name, _, slice_name = last.partition(":")
    node = nodes[element_id] = Node(structure, element, name, slice_name=slice_name)
    if not parent_id:
        return
    parent = nodes.get(parent_id) or implied(structure, nodes, parent_id)
    node.parent = parent
    base_name = str(element.get("base", {}).get("path", "")).rpartition(".")[2]
    if base_name.endswith("[x]") and not name.endswith("[x]") and not slice_name:
        name, slice_name = base_name, name
        node.name, node.slice = name, slice_name
    if not slice_name:
        parent.children[name] = node
        return
    whole = parent.children.get(name)
    if whole is None:
        whole = implied(structure, nodes, f"{parent_id}.{name}")
    whole.slices.append(node)


def implied(structure: Structure, nodes: dict[str, Node], element_id: str) -> Node:
    """An element that is spoken of only through its children or slices: it says nothing itself."""
    path = ".".join(part.partition(":")[0] for part in element_id.split("."))
    place(structure, nodes, {"id": element_id, "path": path, "min": 0, "max": "*", "implied": True})
    return nodes[element_id]


def type_code(entry: dict[str, Any]) -> str:
    """The FHIR type of a type entry; FHIRPath's system types by their FHIR names."""
    code = str(entry.get("fhirType") or entry.get("code") or "string")
    return SYSTEM_TYPES.get(code, code)


class Definitions:
    """The structures of a set of guides, each read once."""

    def __init__(self, guides: Guides) -> None:
        self.guides = guides
        self._by_request: dict[tuple[str, str], Structure | None] = {}
        self._by_canonical: dict[tuple[str, str], Structure] = {}
        self._ancestors: dict[str, tuple[str, ...]] = {}

    def structure(self, canonical: str, within: str = "") -> Structure | None:
        """The structure ``canonical`` means when a table of package ``within`` refers to it; None if not at hand."""
        request = (canonical, within)
        if request not in self._by_request:
            if len(self._by_request) > 20_000:
                self._by_request.clear()
            self._by_request[request] = self._read(canonical, within)
        return self._by_request[request]

    def named(self, canonical: str) -> Structure | None:
        """The profile that a resource or a caller names: of a selected guide the selected version only."""
        return None if self.guides.profile(canonical) is None else self.structure(canonical)

    def _read(self, canonical: str, within: str) -> Structure | None:
        table = self.guides.structure(canonical, within=within)
        if table is None or not table.get("elements"):
            return None
        key = (table["url"], f"{table.get('package', '')}|{table.get('version', '')}")
        return self._by_canonical.setdefault(key, Structure(table))

    def type(self, name: str) -> Structure | None:
        """The definition of a FHIR type by its bare name."""
        found = self.structure(CORE + name) if name.isalnum() else None
        return found if found is not None and not found.is_profile and found.kind != "logical" else None

    def ancestors(self, name: str) -> tuple[str, ...]:
        """``name`` and the types it specialises, nearest first: Patient, DomainResource, Resource."""
        if name not in self._ancestors:
            found, here = [], self.type(name)
            while here is not None:
                found.append(here.type)
                here = self.structure(here.base) if here.base else None
            self._ancestors[name] = tuple(found) or (name,)
        return self._ancestors[name]

    def is_resource(self, name: str) -> bool:
        """Whether ``name`` is a resource type that an instance may have."""
        found = self.type(name)
        return found is not None and found.kind == "resource" and not found.abstract
