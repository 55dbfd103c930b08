"""A guide's folder read back as a package, so that tables alone can serve as the ground for the next guide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.guides import tablefiles
from conformance.guides.packages import Package, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def stored_package(folder: Path) -> Package:
    """The tables of one guide as a package.

    Its StructureDefinitions and ValueSets are the tables themselves; its CodeSystems are made into resources again.
    """
    index = tablefiles.read(folder / tablefiles.INDEX)
    name, _, version = index["package"].partition("#")
    pins = dict(one.split("#") for one in index.get("dependencies", {}))
    resources = {
        "StructureDefinition": tuple(_tables(folder, "StructureDefinition")),
        "ValueSet": tuple(_tables(folder, "ValueSet")),
        "CodeSystem": tuple(_code_system(table) for table in _tables(folder, "CodeSystem")),
    }
    return Package(name, version, "", {}, pins, resources)


def _tables(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted((folder / kind).glob("*.json")):
        yield tablefiles.read(path)


def _code_system(table: dict[str, Any]) -> Resource:
    parents = table.get("parents", {})
    return {
        "resourceType": "CodeSystem",
        **{key: table[key] for key in ("id", "url", "version")},
        "content": "complete" if table["content"] == "complete" else "fragment",
        "caseSensitive": not table.get("fold", False),
        "concept": [
            {"code": code, "property": [{"code": "parent", "valueCode": one} for one in parents.get(code, ())]}
            for code in table["codes"]
        ],
    }
