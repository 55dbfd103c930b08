"""The constraint tables of a library's packages, made when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import ConfigError
from conformance.guides.facts import Element, Table, element_facts, header
from conformance.guides.packages import name_of, understood
from conformance.guides.snapshot import snapshot
from conformance.guides.structures import Constraint, key_of, without_repetition, without_stray_slices

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.guides.library import Library
    from conformance.guides.packages import Resource

HL7 = "http://hl7.org/fhir/StructureDefinition/"


class MissingBase(ConfigError):
    """A profile's base definition is not at hand, so that the profile cannot be used."""


class StructureTables:
    """Tables by canonical. ``own`` names the packages whose shipped snapshots are not used but generated anew.

    ``unusable`` are the profiles whose base is not at hand, by package: their URLs and the bases.
    """

    def __init__(self, library: Library, own: Collection[str] = ()) -> None:
        self._library = library
        self._own = frozenset(own)
        self._full: dict[tuple[str, str], Table] = {}
        self.unusable: dict[str, dict[str, str]] = {}

    def of(self, package: str) -> Iterator[Table]:
        """The tables of one package, as they are written: without what elements repeat from their types.

        Logical models are left out; no resource is an instance of one.
        """
        for definition in self._library.all("StructureDefinition", package):
            if definition.get("kind") != "logical":
                table = self._usable(definition, package)
                if table is None:
                    continue
                yield without_repetition(table, lambda name: self._root_constraints(name, package))

    def find(self, canonical: str, within: str) -> Table | None:
        """The full table of a canonical or type name as a package means it, or None when it cannot be used here."""
        found = self._library.find("StructureDefinition", canonical if ":" in canonical else HL7 + canonical, within)
        return self._usable(found[1], found[0].id) if found else None

    def _usable(self, definition: Resource, package: str) -> Table | None:
        """The full table; None for a profile whose base is not at hand, which is noted."""
        if definition.get("url") in self.unusable.get(package, {}):
            return None
        try:
            return self._table(definition, package)
        except MissingBase:
            base = str(definition.get("baseDefinition", ""))
            self.unusable.setdefault(package, {})[definition["url"]] = base
            return None

    def generated(self, definition: Resource, package: str) -> list[Element]:
        """The snapshot of a profile, generated from its differential whatever the package ships."""
        label = f"{package} {name_of(definition)}"
        base = self.find(definition.get("baseDefinition", ""), package)
        if base is None:
            raise MissingBase(f"{label}: its base {definition.get('baseDefinition')} is not at hand")
        changes = (element_facts(one) for one in definition.get("differential", {}).get("element", ()))
        return snapshot(changes, base, lambda name: self.find(name, package), label)

    def _table(self, definition: Resource, package: str) -> Table:
        if "elements" in definition:
            return definition  # a table already, read back from a guide's folder
        key = (definition["url"], package)
        if key not in self._full:
            with understood(package, definition):
                table = header(definition, package) | {"elements": []}
                self._full[key] = table
                table["elements"] = self._elements(definition, package)
        return self._full[key]

    def _elements(self, definition: Resource, package: str) -> list[Element]:
        shipped = definition.get("snapshot", {}).get("element", ())
        is_profile = definition.get("derivation") == "constraint"
        if is_profile and (package in self._own or not shipped):
            return self.generated(definition, package)
        return without_stray_slices([element_facts(one) for one in shipped])

    def _root_constraints(self, name: str, within: str) -> frozenset[Constraint]:
        table = self.find(name, within)
        if table is None or not table["elements"]:
            return frozenset()
        return frozenset(key_of(one) for one in table["elements"][0].get("constraint", ()))
