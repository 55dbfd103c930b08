"""What the engine must know of FHIR's types, and two sources of it.

A type is named by its code (``HumanName``, ``code``, ``Patient``) or, for elements defined inside another type, by
their path (``Patient.contact``). :class:`CoreTypes` knows the data types' hierarchy only; :class:`StructureTypes` reads
the rest from definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

DEFINITION_BASE = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM_BASE = "http://hl7.org/fhirpath/System."

_PARENTS = {
    "string": "code id markdown",
    "uri": "canonical oid url uuid",
    "integer": "positiveInt unsignedInt",
    "Quantity": "Age Count Distance Duration MoneyQuantity SimpleQuantity",
    "BackboneElement": "Timing Dosage ElementDefinition",
    "Element": "string uri integer base64Binary boolean date dateTime decimal instant time xhtml Quantity"
    " BackboneElement Address Annotation Attachment CodeableConcept Coding ContactDetail ContactPoint Contributor"
    " DataRequirement Expression Extension HumanName Identifier Meta Money Narrative ParameterDefinition Period"
    " Range Ratio Reference RelatedArtifact SampledData Signature TriggerDefinition UsageContext",
}
CORE_PARENTS = {child: parent for parent, children in _PARENTS.items() for child in children.split()}
"""Data types of FHIR R4 with the type each is derived from (FHIR R4, datatypes)."""

CHOICE_SUFFIXES = {name[0].upper() + name[1:]: name for name in CORE_PARENTS if name != "Element"}
"""The end of a choice element's JSON name, with the type it stands for (``Quantity``, ``DateTime``)."""


_NOT_DOMAIN_RESOURCES = frozenset({"Resource", "Binary", "Bundle", "Parameters"})


class Element(NamedTuple):
    """A child element: its JSON names, each with the type it holds, and whether JSON has a list."""

    keys: tuple[tuple[str, str], ...]
    is_list: bool


class TypeModel(Protocol):
    """Where the engine asks for types. Answers must not change during the model's life; hashed by identity."""

    def __hash__(self) -> int: ...

    def knows(self, type_name: str) -> bool:
        """Whether the model defines the type's elements."""

    def children(self, type_name: str, name: str) -> Element | None:
        """The element of that name (``value`` for ``value[x]``); None if the type has none."""

    def names(self, type_name: str) -> Iterable[str]:
        """The names of all elements of the type, in the definition's order."""

    def is_subtype(self, type_name: str, ancestor: str) -> bool:
        """Whether the type is the ancestor or derived from it."""


class CoreTypes:
    """The hierarchy of the R4 data types without their elements: what is left when no definitions are at hand."""

    def knows(self, type_name: str) -> bool:  # noqa: ARG002 (the protocol's form)
        """Never: elements are looked up in the data."""
        return False

    def children(self, type_name: str, name: str) -> Element | None:  # noqa: ARG002 (the protocol's form)
        """Nothing is known."""
        return None

    def names(self, type_name: str) -> Iterable[str]:  # noqa: ARG002 (the protocol's form)
        """Nothing is known."""
        return ()

    def is_subtype(self, type_name: str, ancestor: str) -> bool:
        """Follow the table of data types; any other type is a resource."""
        if type_name not in CORE_PARENTS and "." not in type_name and ancestor in {"Resource", "DomainResource"}:
            return type_name != "Element" and (ancestor == "Resource" or type_name not in _NOT_DOMAIN_RESOURCES)
        current: str | None = type_name
        while current:
            if current == ancestor:
                return True
            current = CORE_PARENTS.get(current)
        return False


Structure = Mapping[str, Any]


class StructureTypes:
    """Types read, lazily and once, from definitions.

    ``lookup`` takes a canonical URL and returns the base type's table, or None: a mapping with ``elements`` (snapshot
    ElementDefinitions in FHIR's own JSON shape) and ``base``, or a StructureDefinition resource.
    """

    def __init__(self, lookup: Callable[[str], Structure | None]) -> None:
        self._lookup = lookup
        self._elements: dict[str, dict[str, Element]] = {}
        self._parents: dict[str, str] = {}
        self._loaded: set[str] = set()
        self.is_subtype = lru_cache(maxsize=8192)(self._is_subtype)

    def knows(self, type_name: str) -> bool:
        """Whether a definition of the type was found."""
        self._load(type_name)
        return type_name in self._elements

    def children(self, type_name: str, name: str) -> Element | None:
        """The element of that name."""
        self._load(type_name)
        return self._elements.get(type_name, {}).get(name)

    def names(self, type_name: str) -> Iterable[str]:
        """All element names."""
        self._load(type_name)
        return self._elements.get(type_name, {}).keys()

    def _is_subtype(self, type_name: str, ancestor: str) -> bool:
        current = type_name
        while current:
            if current == ancestor:
                return True
            self._load(current)
            current = self._parents.get(current) or CORE_PARENTS.get(current, "")
        return False

    def _load(self, type_name: str) -> None:
        root = type_name.split(".", 1)[0]
        if root in self._loaded:
            return
        structure = self._lookup(DEFINITION_BASE + root)
        if structure is not None:
            definitions = structure.get("elements") or structure.get("snapshot", {}).get("element", [])
            self._parents[root] = str(structure.get("base") or structure.get("baseDefinition") or "").rsplit("/", 1)[-1]
            for path, children in _grouped(definitions).items():
                self._elements[path] = children
            self._parents.update(_inline_parents(definitions))
        self._loaded.add(root)


def _grouped(definitions: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Element]]:
    """Elements by the path of their parent; slices are left out, they add no name."""
    own = [definition for definition in definitions if not definition.get("sliceName") and ":" not in definition["id"]]
    parents = {definition["path"].rsplit(".", 1)[0] for definition in own if "." in definition["path"]}
    grouped: dict[str, dict[str, Element]] = {path: {} for path in sorted(parents)}
    for definition in own:
        path = definition["path"]
        if "." not in path:
            grouped.setdefault(path, {})
            continue
        parent, name = path.rsplit(".", 1)
        base_max = definition.get("base", {}).get("max", definition.get("max"))
        types = _types(definition, inline=path in parents)
        keys = tuple((name[:-3] + code[0].upper() + code[1:] if name.endswith("[x]") else name, code) for code in types)
        grouped[parent][name.removesuffix("[x]")] = Element(keys, is_list=base_max not in {"0", "1"})
    return grouped


def _types(definition: Mapping[str, Any], *, inline: bool) -> list[str]:
    if reference := definition.get("contentReference"):
        return [reference.rsplit("#", 1)[-1]]
    if inline:
        return [definition["path"]]
    return [_type_code(entry) for entry in definition.get("type", [])]


def _type_code(entry: Mapping[str, Any]) -> str:
    """The FHIR type; where a definition names a FHIRPath type (ids, urls, values), the FHIR type it stands for."""
    code = str(entry.get("code", ""))
    if not code.startswith(SYSTEM_BASE):
        return code
    if "fhirType" in entry:
        return str(entry["fhirType"])
    for extension in entry.get("extension", []):
        if str(extension.get("url", "")).endswith("structuredefinition-fhir-type"):
            return str(extension.get("valueUrl") or extension.get("valueUri") or "string")
    system = code.removeprefix(SYSTEM_BASE)
    return system[0].lower() + system[1:]


def _inline_parents(definitions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The declared type (BackboneElement, Element) of every element that defines children of its own."""
    found = {}
    for definition in definitions:
        codes = [entry.get("code") for entry in definition.get("type", [])]
        if "." in definition["path"] and codes and codes[0] in {"BackboneElement", "Element"}:
            found[definition["path"]] = codes[0]
    return found
