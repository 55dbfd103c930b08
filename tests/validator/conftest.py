"""Shared ground of the validator's tests: the guides in the repository, our own examples, hand-made definitions."""

from __future__ import annotations

import copy
import json
import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.guides import Guides
from conformance.validator import Validator

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.findings import Finding

RESOURCES = Path(__file__).with_name("resources")
CORE = "http://hl7.org/fhir/StructureDefinition/"
MADE = "https://tests.example/StructureDefinition/"


class HandMade:
    """The repository's guides with definitions of a test's own in front of them."""

    def __init__(self, guides: Guides, *tables: dict[str, Any]) -> None:
        self.guides = guides
        self.tables = {table["url"]: table for table in tables}
        self.manifest = guides.manifest

    def structure(self, canonical: str, *, within: str = "") -> dict[str, Any] | None:
        return self.tables.get(canonical) or self.guides.structure(canonical, within=within)

    def profile(self, canonical: str) -> dict[str, Any] | None:
        return self.tables.get(canonical) or self.guides.profile(canonical)

    def dependent(self, package: str) -> str:
        return self.guides.dependent(package)

    def label(self, package: str) -> str:
        return self.guides.label(package)

    def value_set(self, canonical: str, *, within: str = "") -> Any:
        return self.guides.value_set(canonical, within=within)

    def code_systems(self, url: str) -> Any:
        return self.guides.code_systems(url)

    def other_kind(self, url: str) -> str:
        return self.guides.other_kind(url)

    def namespace_of(self, url: str) -> str:
        return self.guides.namespace_of(url)

    def code_system(self, url: str) -> Any:
        return self.guides.code_system(url)


@pytest.fixture(scope="session")
def guides() -> Guides:
    return Guides.load()


@pytest.fixture(scope="session")
def validator(guides: Guides) -> Validator:
    return Validator(guides)


@pytest.fixture
def example() -> Callable[[str], dict[str, Any]]:
    """One of our own examples by file name, fresh each time."""
    return lambda name: json.loads((RESOURCES / name).read_text(encoding="utf-8"))


@pytest.fixture
def profile(guides: Guides) -> Callable[..., dict[str, Any]]:
    """A profile as a table: a base type with some elements replaced and others added, by element id."""

    def make(name: str, base: str, *elements: dict[str, Any], **facts: Any) -> dict[str, Any]:
        table = copy.deepcopy(guides.structure(CORE + base)) or {}
        known = {element["id"]: element for element in table["elements"]}
        for element in elements:
            path = ".".join(part.partition(":")[0] for part in element["id"].split("."))
            known[element["id"]] = {**known.get(element["id"], {"path": path, "min": 0, "max": "*"}), **element}
        return {
            **table,
            "url": MADE + name,
            "version": "1.0.0",
            "derivation": "constraint",
            "base": CORE + base,
            "package": "tests#1.0.0",
            "elements": list(known.values()),
            **facts,
        }

    return make


@pytest.fixture
def judged(guides: Guides) -> Callable[..., list[Finding]]:
    """What a resource's validation finds by profiles made for the test; the first is the one demanded."""

    def check(resource: dict[str, Any], *tables: dict[str, Any], information: bool = False) -> list[Finding]:
        validator = Validator(HandMade(guides, *tables), information=information)  # type: ignore[arg-type]
        return validator.check(resource, [tables[0]["url"]] if tables else [])

    return check


@pytest.fixture
def validator_with(guides: Guides) -> Callable[..., Validator]:
    """A validator that knows definitions made for the test."""
    return lambda *tables: Validator(HandMade(guides, *tables))  # type: ignore[arg-type]


@pytest.fixture
def rules() -> Callable[[list[Finding]], set[tuple[str, str]]]:
    """The errors among findings as pairs of rule and path."""
    return lambda findings: {(one.rule, one.path) for one in findings if one.severity == "error"}


@pytest.fixture(scope="session")
def packaged() -> Callable[[str], list[tuple[str, bytes]]]:
    """The example resources of a FHIR package by file name, as bytes."""
    folder = os.environ.get("FHIR_PACKAGES", "")
    if not folder:
        pytest.skip("FHIR_PACKAGES names no folder of FHIR packages")

    def examples(package: str) -> list[tuple[str, bytes]]:
        found = []
        with tarfile.open(Path(folder) / f"{package}.tgz") as archive:
            for member in archive:
                name = Path(member.name).name
                if "/example/" in member.name and name.endswith(".json") and not name.startswith("."):
                    stream = archive.extractfile(member)
                    found.append((name, stream.read() if stream is not None else b""))
        return found

    return examples
