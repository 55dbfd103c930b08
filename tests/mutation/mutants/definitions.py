"""StructureDefinitions as the mutation operators see them: elements by id, with children and slices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mutants.packages import Realm, Store

HL7 = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
SYSTEM = "http://hl7.org/fhirpath/System."


class Structure:
    """One StructureDefinition with its snapshot indexed."""

    def __init__(self, definition: dict[str, Any], package: str) -> None:
        self.url: str = definition["url"]
        self.version: str = definition.get("version", "")
        self.type: str = definition.get("type", "")
        self.kind: str = definition.get("kind", "")
        self.is_profile = definition.get("derivation") == "constraint"
        self.context: list[dict[str, Any]] = definition.get("context", [])
        self.package = package
        self.elements: dict[str, dict[str, Any]] = {}
        self.children: dict[str, dict[str, str]] = {}
        self.slices: dict[str, list[str]] = {}
        for element in definition.get("snapshot", {}).get("element", ()):
            self._place(element)

    def _place(self, element: dict[str, Any]) -> None:
        self.elements[element["id"]] = element
        parent, _, last = element["id"].rpartition(".")
        if not parent:
            return
        name, _, slice_name = last.partition(":")
        based = element.get("base", {}).get("path", "").rpartition(".")[2]
        if based.endswith("[x]") and not name.endswith("[x]"):
            name, slice_name = based, slice_name or name
        if slice_name:
            self.slices.setdefault(f"{parent}.{name}", []).append(element["id"])
        else:
            self.children.setdefault(parent, {})[name] = element["id"]

    @property
    def root(self) -> Node:
        """The element of the whole type."""
        return Node(self, next(iter(self.elements)))

    def __repr__(self) -> str:
        return f"<{self.url.rpartition('/')[2]}|{self.version}>"


class Node(NamedTuple):
    """One element of one structure."""

    structure: Structure
    id: str

    @property
    def element(self) -> dict[str, Any]:
        """The ElementDefinition; one that the snapshot leaves out says nothing."""
        return self.structure.elements.get(self.id, {})

    @property
    def min(self) -> int:
        """The least number of occurrences."""
        return int(self.element.get("min", 0))

    @property
    def max(self) -> float:
        """The greatest number of occurrences."""
        most = self.element.get("max", "*")
        return float("inf") if most == "*" else int(most)

    @property
    def is_slice(self) -> bool:
        """Whether the element applies to some items only, itself or through a parent."""
        return ":" in self.id

    @property
    def cited(self) -> str:
        """How a report names this element."""
        return f"{self.structure.url.rpartition('/')[2]}|{self.structure.version}#{self.id}"

    @property
    def types(self) -> list[tuple[str, dict[str, Any]]]:
        """Type codes with their entries; FHIRPath's system types by their FHIR names."""
        return [(type_code(entry), entry) for entry in self.element.get("type", ())]

    def child(self, name: str) -> Node | None:
        """The unsliced child element of that name (``value[x]`` for a choice)."""
        found = self.structure.children.get(self.id, {}).get(name)
        if found is None and f"{self.id}.{name}" in self.structure.slices:
            found = f"{self.id}.{name}"
        return Node(self.structure, found) if found is not None else None

    def has_children(self) -> bool:
        """Whether the structure says something about the inside of this element."""
        return self.id in self.structure.children

    def names(self) -> list[str]:
        """The names of the children."""
        return list(self.structure.children.get(self.id, {}))

    def parts(self) -> list[Node]:
        """The slices of this element."""
        return [Node(self.structure, one) for one in self.structure.slices.get(self.id, ())]

    def constant(self) -> tuple[str, Any] | None:
        """``("fixed" | "pattern", value)`` if the element has one."""
        return prefixed(self.element, "fixed") or prefixed(self.element, "pattern")


def prefixed(element: dict[str, Any], prefix: str) -> tuple[str, Any] | None:
    """The value of ``prefix``[x] in an ElementDefinition."""
    for key, value in element.items():
        if key.startswith(prefix) and key[len(prefix) : len(prefix) + 1].isupper():
            return prefix, value
    return None


def type_code(entry: dict[str, Any]) -> str:
    """The FHIR type that a type entry stands for."""
    for extension in entry.get("extension", ()):
        if extension["url"] == FHIR_TYPE:
            return str(extension.get("valueUrl") or extension.get("valueUri"))
    code = str(entry["code"])
    if code.startswith(SYSTEM):
        name = code.removeprefix(SYSTEM)
        return name[0].lower() + name[1:]
    return code


class Definitions:
    """The structures that a realm's canonicals mean."""

    def __init__(self, packages: Store, realm: Realm) -> None:
        self.packages = packages
        self.realm = realm
        self._found: dict[tuple[str, str], Structure | None] = {}
        self._shared: dict[tuple[str, str, str], Structure] = {}

    def structure(self, canonical: str, within: str = "") -> Structure | None:
        """What ``canonical`` means to a reader of package ``within``; None when no package at hand has it."""
        if (canonical, within) not in self._found:
            found = self.packages.find("StructureDefinition", canonical, self.realm, within)
            self._found[(canonical, within)] = None if found is None else self._one(*found)
        return self._found[(canonical, within)]

    def _one(self, package: str, definition: dict[str, Any]) -> Structure:
        key = (package, definition["url"], definition.get("version", ""))
        if key not in self._shared:
            self._shared[key] = Structure(definition, package)
        return self._shared[key]

    def type(self, code: str) -> Structure:
        """The base definition of a type; KeyError for an unknown one."""
        found = self.structure(HL7 + code)
        if found is None or found.is_profile:
            raise KeyError(code)
        return found

    def is_resource(self, code: str) -> bool:
        """Whether a type is a resource type."""
        found = self.structure(HL7 + code)
        return found is not None and found.kind == "resource" and not found.is_profile
