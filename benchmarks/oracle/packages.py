"""A package cache for the reference validator, made from ``$FHIR_PACKAGES`` and nothing else.

The validator looks for dependencies over the network when they are not in its cache. What is not at hand is therefore
taken out of the packages' lists, and a package it always asks for (extensions between FHIR versions) is made empty.
"""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

EMPTY = {"name": "hl7.fhir.xver-extensions", "version": "0.1.0", "fhirVersions": ["5.0.0"], "type": "IG"}
INDEX = {"index-version": 2, "files": []}


def make_cache(packages: Path, home: Path) -> Path:
    """The cache folder below a home folder, filled where it lacks a package."""
    cache = home / ".fhir" / "packages"
    cache.mkdir(parents=True, exist_ok=True)
    settings = "[cache]\nversion = 3\n\n[urls]\n\n[local]\n\n[packages]\n"
    (cache / "packages.ini").write_text(settings, encoding="utf-8")
    for file in sorted(packages.glob("*.tgz")):
        unpack(file, cache)
    make_empty(cache)
    known = {folder.name for folder in cache.iterdir() if folder.is_dir()}
    for name in known:
        keep_known_dependencies(cache / name / "package" / "package.json", known)
    return cache


def unpack(file: Path, cache: Path) -> None:
    """Unpack one package as ``name#version``."""
    with tarfile.open(file) as archive:
        stream = archive.extractfile("package/package.json")
        about = json.loads(stream.read()) if stream is not None else {}
        folder = cache / f"{about['name']}#{about['version']}"
        if not folder.exists():
            archive.extractall(folder, filter="data")


def make_empty(cache: Path) -> None:
    """The package that the validator asks for and that nothing here needs."""
    folder = cache / f"{EMPTY['name']}#{EMPTY['version']}" / "package"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps(EMPTY), encoding="utf-8")
    (folder / ".index.json").write_text(json.dumps(INDEX), encoding="utf-8")


def keep_known_dependencies(file: Path, known: set[str]) -> None:
    """Take out of a package's list the dependencies that the cache lacks."""
    about = json.loads(file.read_text(encoding="utf-8"))
    wanted = about.get("dependencies") or {}
    about["dependencies"] = {name: version for name, version in wanted.items() if f"{name}#{version}" in known}
    file.write_text(json.dumps(about), encoding="utf-8")
