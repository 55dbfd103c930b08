"""Types for the tests, and the official packages when ``FHIR_PACKAGES`` names a folder that holds them."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conformance.guides import Guides
from conformance.validator.fhirpath import Environment, Item, StructureTypes
from conformance.validator.fhirpath.nodes import all_children, member_step

CORE = "hl7.fhir.r4.core-4.0.1"
DEPENDENCIES = {
    "hl7.fhir.us.core-3.1.1": (),
    "hl7.fhir.us.core-6.1.0": (),
    "hl7.fhir.us.core-7.0.0": (),
    "hl7.fhir.us.carin-bb-2.0.0": ("hl7.fhir.us.core-3.1.1",),
    "hl7.fhir.us.carin-bb-2.1.0": ("hl7.fhir.us.core-6.1.0",),
    "hl7.fhir.us.davinci-hrex-1.0.0": ("hl7.fhir.us.core-3.1.1",),
    "hl7.fhir.us.davinci-hrex-1.1.0": ("hl7.fhir.us.core-7.0.0",),
    "hl7.fhir.us.davinci-pdex-2.0.0": ("hl7.fhir.us.core-3.1.1", "hl7.fhir.us.davinci-hrex-1.0.0"),
}
BASE = "http://hl7.org/fhir/StructureDefinition/"


@dataclass
class Package:
    """The definitions of a package by URL, its search expressions by resource type, its examples by file name."""

    structures: dict[str, dict[str, Any]] = field(default_factory=dict)
    searches: list[tuple[str, str]] = field(default_factory=list)
    examples: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """One element of an example under a constraint of its definition."""

    file: str
    path: str
    node: Item
    constraint: dict[str, Any]
    environment: Environment


@pytest.fixture(scope="session")
def types() -> StructureTypes:
    """The types as the project's own tables define them."""
    return StructureTypes(Guides.load().structure)


@pytest.fixture(scope="session")
def packages() -> dict[str, Package]:
    folder = os.environ.get("FHIR_PACKAGES", "")
    if not folder or not (Path(folder) / f"{CORE}.tgz").is_file():
        pytest.skip("FHIR_PACKAGES names no folder with the official packages")
    names = [name for name in (CORE, *DEPENDENCIES) if (Path(folder) / f"{name}.tgz").is_file()]
    return {name: _read(Path(folder) / f"{name}.tgz") for name in names}


def _read(path: Path) -> Package:
    package = Package()
    with tarfile.open(path) as archive:
        for member in archive:
            if not member.name.endswith(".json") or member.name.endswith((".index.json", "package.json")):
                continue
            stream = archive.extractfile(member)
            resource = json.load(stream) if stream else None
            if not isinstance(resource, dict) or "resourceType" not in resource:
                continue
            if "/example/" in member.name:
                package.examples[Path(member.name).name] = resource
            elif resource["resourceType"] == "StructureDefinition":
                package.structures[resource["url"]] = resource
            elif resource["resourceType"] == "SearchParameter" and resource.get("expression"):
                package.searches += [(base, resource["expression"]) for base in resource["base"]]
    return package


@pytest.fixture(scope="session")
def model(packages: dict[str, Package]) -> StructureTypes:
    """The types as the package of FHIR R4 defines them."""
    return StructureTypes(packages[CORE].structures.get)


@pytest.fixture(scope="session")
def places(packages: dict[str, Package], model: StructureTypes) -> list[Place]:
    """Every constraint of the base types and of claimed profiles (outside slices), with the elements it is on."""
    found: list[Place] = []
    for guide, dependencies in DEPENDENCIES.items():
        if guide not in packages:
            continue
        known: dict[str, dict[str, Any]] = {}
        for name in (*dependencies, guide):
            known.update(packages[name].structures)
        for file, example in packages[guide].examples.items():
            walk = _Walk(f"{guide}/{file}", packages[CORE].structures, known, model)
            found += walk.resource(example)
    return found


class _Walk:
    def __init__(self, file: str, core: dict[str, Any], profiles: dict[str, Any], model: StructureTypes) -> None:
        self.file = file
        self.core = core
        self.profiles = profiles
        self.model = model

    def resource(self, example: dict[str, Any]) -> Iterator[Place]:
        node, environment = Item(example, example["resourceType"]), Environment(example, example)
        yield from self.element(node, example["resourceType"], environment)
        for profile in example.get("meta", {}).get("profile", []):
            table = self.profiles.get(profile.partition("|")[0])
            if table is not None:
                yield from self.profile(node, table, environment)

    def element(self, node: Item, path: str, environment: Environment) -> Iterator[Place]:
        if isinstance(node.value, dict) and "resourceType" in node.value and node.value is not environment.resource:
            container = environment.root_resource or {}
            contained = any(node.value is resource for resource in container.get("contained", ()))
            environment = Environment(node.value, container if contained else node.value)
        for constraint in self.constraints(node.type):
            yield Place(self.file, path, node, constraint, environment)
        for child in all_children([node], self.model):
            yield from self.element(child, f"{path}.{child.type}", environment)

    def constraints(self, type_name: str) -> list[dict[str, Any]]:
        table = self.core.get(BASE + type_name.split(".", 1)[0])
        elements = table["snapshot"]["element"] if table else []
        return [c for element in elements if element["path"] == type_name for c in element.get("constraint", [])]

    def profile(self, node: Item, table: dict[str, Any], environment: Environment) -> Iterator[Place]:
        for element in table.get("snapshot", {}).get("element", []):
            if ":" in element["id"]:
                continue
            nodes = [node]
            for name in element["path"].split(".")[1:]:
                nodes = member_step(name.removesuffix("[x]"), self.model)(nodes)
            for found in nodes:
                for constraint in element.get("constraint", []):
                    yield Place(self.file, element["id"], found, constraint, environment)
