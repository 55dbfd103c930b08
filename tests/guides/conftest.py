"""A small guide of our own, the ground it rests on, and the official packages when ``FHIR_PACKAGES`` names a folder."""

from __future__ import annotations

import gc
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import ConfigError
from conformance.guides import Guides
from conformance.guides.adding import add
from conformance.guides.library import Library
from conformance.guides.packages import Package, package_places, read_package
from conformance.guides.reading import tables_root
from conformance.guides.snapshot import snapshot

PACKAGES = Path(__file__).parent / "packages"
CLAIMS = "http://example.org/claims"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, and so count, the proofs that need the official packages."""
    if os.environ.get("FHIR_PACKAGES"):
        return
    lacking = pytest.mark.skip(reason="FHIR_PACKAGES names no folder with the official packages")
    for item in items:
        if PACKAGES.parent in item.path.parents and item.get_closest_marker("packages"):
            item.add_marker(lacking)


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with our own packages."""
    return PACKAGES


@pytest.fixture(scope="session")
def example() -> Package:
    """Our own guide: profiles, an extension, value sets of every kind."""
    return read_package(PACKAGES / "example.claims#1.0.0")


@pytest.fixture
def archive() -> Callable[..., bytes]:
    """Packs files (path to content) into an archive as registries do."""

    def pack(files: dict[str, bytes]) -> bytes:
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w:gz") as bundle:
            for path, content in files.items():
                member = tarfile.TarInfo(path)
                member.size = len(content)
                bundle.addfile(member, io.BytesIO(content))
        return stream.getvalue()

    return pack


@pytest.fixture(scope="session")
def core() -> Guides:
    """The core specification's tables, without any guide."""
    return Guides.load({})


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The tables that come with the harness, and a user's folder to which our own guides have been added."""
    both = tables_root(), tmp_path_factory.mktemp("data") / "guides"
    for name in ("example.claims@1.0.0", "example.claims@2.0.0", "example.network@1.0.0"):
        add(name, places=[PACKAGES], roots=both)
    return both


@pytest.fixture(scope="session")
def own_table(roots: tuple[Path, Path]) -> Callable[[str], dict[str, Any]]:
    """A table of our own guide, version 1.0.0, by id."""
    guides = Guides({"claims": "1.0.0"}, roots)

    def table(name: str) -> dict[str, Any]:
        found = guides.structure(f"{CLAIMS}/StructureDefinition/{name}")
        assert found is not None
        return found

    return table


@pytest.fixture(scope="session")
def official() -> Library:
    """Every package of ``FHIR_PACKAGES`` that ``profiles/`` is built from."""
    from conformance.guides.building import known_packages, read_known
    from conformance.guides.packages import find_package

    read = []
    for row in known_packages():
        path = find_package(row["package"], row["version"], package_places())
        if path is None:
            raise ConfigError(f"{row['package']}#{row['version']} is not in FHIR_PACKAGES")
        if not row["package"].endswith(".expansions"):
            read.append(read_known(row, path))
    gc.freeze()  # millions of objects that stay: the collector need not walk them again and again
    return Library(read)


@pytest.fixture
def profile(core):
    """The snapshot, by element id, of a profile on an R4 type with the given differential."""

    def generate(type_name, *differential, base=None):
        elements = [{"id": type_name, "path": type_name}, *differential]
        made = snapshot(elements, base or core.structure(type_name), core.structure, "test-profile")
        return {one["id"]: one for one in made}

    return generate


@pytest.fixture
def derived(core):
    """A base table with the given elements, to lay another differential over."""

    def table(type_name, elements):
        return {**core.structure(type_name), "elements": list(elements.values())}

    return table
