"""The constraint tables of the repository read as definitions, so that the proof also runs where there are no packages.

Only their files are read: the tables' own format, nothing of the code that makes or reads them for the validator.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutants.packages import Realm

ROOT = Path(__file__).parents[3]
PROFILES = ROOT / "profiles"
RESOURCES = ROOT / "tests" / "validator" / "resources"
MAX = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"


class Tables:
    """The tables of all guides in the repository, looked up as :class:`mutants.packages.Packages` does."""

    def __init__(self, folder: Path = PROFILES) -> None:
        self.folders: dict[str, Path] = {}
        self.indexes: dict[str, Any] = {}
        for path in sorted(folder.glob("*/index.json")):
            index = json.loads(path.read_bytes())
            self.folders[index["package"]] = path.parent
            self.indexes[index["package"]] = index

    def find(self, kind: str, canonical: str, realm: Realm, within: str = "") -> tuple[str, dict[str, Any]] | None:
        """The package and definition that a canonical means to a reader of ``within``."""
        url, _, version = canonical.partition("|")
        for package in (*realm.order(within), *(self.folders if version else ())):
            entry = self.indexes.get(package, {}).get(kind, {}).get(url.partition("#")[0])
            if entry and (not version or entry[0] == version):
                return package, self.read(package, kind, entry[1])
        return None

    @cache  # noqa: B019 - tables live as long as the process
    def read(self, package: str, kind: str, name: str) -> dict[str, Any]:
        """One table in the shape of the definition it was made from."""
        table: dict[str, Any] = json.loads((self.folders[package] / kind / f"{name}.json").read_bytes())
        if kind == "StructureDefinition":
            return {**table, "snapshot": {"element": [restored(one) for one in table.get("elements", ())]}}
        if kind == "CodeSystem":
            concepts = [{"code": code} for code in table.get("codes", ())]
            return {**table, "concept": concepts, "caseSensitive": not table.get("fold", False)}
        return table

    @staticmethod
    def examples() -> Iterator[tuple[str, dict[str, Any]]]:
        """Our own clean resources."""
        for path in sorted(RESOURCES.glob("*.json")):
            yield path.stem, json.loads(path.read_bytes())


def restored(element: dict[str, Any]) -> dict[str, Any]:
    """An element with what its table writes shorter than FHIR does."""
    types = [
        {**one, "extension": [{"url": FHIR_TYPE, "valueUrl": one["fhirType"]}]} if "fhirType" in one else one
        for one in element.get("type", ())
    ]
    binding = element.get("binding", {})
    if "maxValueSet" in binding:
        binding = {**binding, "extension": [{"url": MAX, "valueCanonical": binding["maxValueSet"]}]}
    return {**element, **({"type": types} if types else {}), **({"binding": binding} if binding else {})}
