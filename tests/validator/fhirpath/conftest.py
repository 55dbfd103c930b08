"""The official packages, when ``FHIR_PACKAGES`` names a folder with them, and a plain walk over their examples."""

from __future__ import annotations

import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.validator.fhirpath import Environment, Node, StructureTypes

CORE = "hl7.fhir.r4.core-4.0.1"
GUIDES = (
    "hl7.fhir.us.core-3.1.1",
    "hl7.fhir.us.core-6.1.0",
    "hl7.fhir.us.core-7.0.0",
    "hl7.fhir.us.carin-bb-2.0.0",
    "hl7.fhir.us.carin-bb-2.1.0",
    "hl7.fhir.us.davinci-hrex-1.0.0",
    "hl7.fhir.us.davinci-hrex-1.1.0",
    "hl7.fhir.us.davinci-pdex-2.0.0",
)


@dataclass(frozen=True)
class Package:
    """The definitions of a package by URL, its search parameters' expressions and its examples by file name."""

    structures: dict[str, dict[str, Any]]
    search_expressions: frozenset[str]
    examples: dict[str, dict[str, Any]]


@cache
def read_package(folder: str, name: str) -> Package:
    structures: dict[str, dict[str, Any]] = {}
    searches: set[str] = set()
    examples: dict[str, dict[str, Any]] = {}
    with tarfile.open(Path(folder) / f"{name}.tgz") as archive:
        for member in archive:
            if not member.name.endswith(".json") or member.name.endswith((".index.json", "package.json")):
                continue
            stream = archive.extractfile(member)
            resource = json.load(stream) if stream else None
            if not isinstance(resource, dict) or "resourceType" not in resource:
                continue
            if "/example/" in member.name:
                examples[Path(member.name).name] = resource
            elif resource["resourceType"] == "StructureDefinition":
                structures[resource["url"]] = resource
            elif resource["resourceType"] == "SearchParameter" and resource.get("expression"):
                searches.add(resource["expression"])
    return Package(structures, frozenset(searches), examples)


@pytest.fixture(scope="session")
def packages() -> dict[str, Package]:
    folder = os.environ.get("FHIR_PACKAGES", "")
    if not folder or not (Path(folder) / f"{CORE}.tgz").is_file():
        pytest.skip("FHIR_PACKAGES names no folder with the official packages")
    return {name: read_package(folder, name) for name in (CORE, *GUIDES) if (Path(folder) / f"{name}.tgz").is_file()}


@pytest.fixture(scope="session")
def model(packages: dict[str, Package]) -> StructureTypes:
    return StructureTypes(packages[CORE].structures.get)


@dataclass(frozen=True)
class Place:
    """One element of an example with a constraint of its definition."""

    file: str
    path: str
    node: Node
    constraint: dict[str, Any]
    environment: Environment


def constrained(example: dict[str, Any], file: str, packages: dict[str, Package], guide: str) -> Iterator[Place]:
    """Every constraint of the base types and of the claimed profiles (elements outside slices) with its elements."""
    everything = {url: table for package in packages.values() for url, table in package.structures.items()}
    everything.update(packages[guide].structures)
    model = StructureTypes(packages[CORE].structures.get)
    environment = Environment(resource=example, root_resource=example)
    node = Node(example, example["resourceType"])
    yield from _walk(node, example["resourceType"], file, environment, model, packages[CORE].structures)
    for profile in example.get("meta", {}).get("profile", []):
        table = everything.get(profile.partition("|")[0])
        if table is not None:
            yield from _profile(node, table, file, environment, model)


def _walk(
    node: Node, path: str, file: str, environment: Environment, model: StructureTypes, core: dict[str, Any]
) -> Iterator[Place]:
    from conformance.validator.fhirpath.nodes import all_children

    if isinstance(node.value, dict) and "resourceType" in node.value and node.value is not environment.resource:
        environment = Environment(resource=node.value, root_resource=environment.root_resource)
    for constraint in _constraints(node.type, core):
        yield Place(file, path, node, constraint, environment)
    for child in all_children([node], model):
        yield from _walk(child, f"{path}.{child.type}", file, environment, model, core)


def _constraints(type_name: str, core: dict[str, Any]) -> list[dict[str, Any]]:
    root = type_name.split(".", 1)[0]
    table = core.get(f"http://hl7.org/fhir/StructureDefinition/{root}")
    elements = table["snapshot"]["element"] if table else []
    return [c for element in elements if element["path"] == type_name for c in element.get("constraint", [])]


def _profile(
    node: Node, table: dict[str, Any], file: str, environment: Environment, model: StructureTypes
) -> Iterator[Place]:
    from conformance.validator.fhirpath.nodes import member_step

    for element in table.get("snapshot", {}).get("element", []):
        if ":" in element["id"]:
            continue
        names = element["path"].split(".")[1:]
        nodes = [node]
        for name in names:
            nodes = member_step(name.removesuffix("[x]"), model)(nodes)
        for found in nodes:
            for constraint in element.get("constraint", []):
                yield Place(file, element["id"], found, constraint, environment)
