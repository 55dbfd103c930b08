"""Guides that the user adds: a package in, tables in the user's data folder out. And which guides there are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.errors import ConfigError
from conformance.guides import tablefiles
from conformance.guides.building import entry_of, write_manifest
from conformance.guides.expansion import Expander
from conformance.guides.guidetables import BuildContext, wanted_value_sets, write_guide
from conformance.guides.library import Library
from conformance.guides.packages import Package, find_package, package_places, read_package
from conformance.guides.reading import GuideInfo, manifest_of, tables_root, user_root
from conformance.guides.stored import stored_package
from conformance.guides.structuretables import StructureTables
from conformance.guides.versions import COMPANIONS, STANDS_IN, at_hand

Fetch = Callable[[str, str], bytes]
"""Name and version of a package to the bytes of its archive; raises ConfigError when it cannot be had."""

_NAMED = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*\.[a-z0-9._-]+)[@#](?P<version>[A-Za-z0-9][A-Za-z0-9.+_-]*)")


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where packages and tables may come from while a guide is added."""

    places: Sequence[Path]
    roots: Sequence[Path]
    fetch: Fetch | None
    read: dict[str, Package] = field(default_factory=dict)

    def stored(self) -> dict[str, Path]:
        """``name#version`` to folder of every guide that has tables already."""
        folders = tablefiles.guide_folders(self.roots).values()
        return {str(tablefiles.read(one / tablefiles.INDEX)["package"]): one for one in folders}

    def package(self, name: str, version: str) -> Package | None:
        """A package from the places, or fetched; None when it cannot be had."""
        if (path := find_package(name, version, self.places)) is not None:
            return read_package(path)
        if self.fetch is None:
            return None
        return read_package(self.fetch(name, version), f"{name}@{version}")


def add(
    source: str | Path,
    *,
    fetch: Fetch | None = None,
    places: Sequence[Path] = (),
    roots: Sequence[Path] = (),
) -> GuideInfo:
    """Make the tables of a guide and keep them in the user's data folder.

    ``source`` is an archive, a folder, or ``name@version``, which is looked for in ``places`` (default:
    ``$FHIR_PACKAGES`` and ``~/.fhir/packages``) and then asked of ``fetch``. Dependencies without tables that can
    be found the same way get theirs too. ``roots`` are the folders with tables, the last being the one to write to
    (default: those that come with the harness, and the user's). A guide that comes with the harness is left as it is.

    Raises ConfigError for a package that is broken, not found, or made for another version of FHIR than R4.
    """
    sources = _Sources(tuple(places) or package_places(), tuple(roots) or (tables_root(), user_root()), fetch)
    package = _asked(source, sources)
    _require_r4(package)
    for row in (row for root in sources.roots[:-1] for row in manifest_of(root)):
        if (row["package"], row["version"]) == (package.name, package.version):
            return GuideInfo.of(row)
    new = [package, *_dependencies(package, sources)]
    return _write(new, sources)


def _asked(source: str | Path, sources: _Sources) -> Package:
    if Path(source).exists():
        return read_package(Path(source))
    named = _NAMED.fullmatch(str(source))
    if named is None:
        raise ConfigError(f"{source}: no such file; a package is named like hl7.fhir.us.core@6.1.0")
    found = sources.package(named["name"], named["version"])
    if found is None:
        looked = ", ".join(map(str, sources.places)) or "nowhere: FHIR_PACKAGES is not set"
        raise ConfigError(f"{source}: not found in {looked}")
    if (found.name, found.version) != (named["name"], named["version"]):
        raise ConfigError(f"{source}: the package says it is {found.name}@{found.version}")
    return found


def _require_r4(package: Package) -> None:
    versions = package.meta.get("fhirVersions") or package.meta.get("fhir-version-list") or []
    if versions and not any(str(one).startswith("4.0") for one in versions):
        made_for = f"{package.name}@{package.version} is made for FHIR {', '.join(versions)}"
        raise ConfigError(f"{made_for}; only R4 (4.0.1) is judged")


def _dependencies(package: Package, sources: _Sources) -> list[Package]:
    """Pinned packages without tables that can be had, and theirs; what cannot be had is recorded as absent."""
    found: dict[str, Package] = {}
    known = set(sources.stored()) | {package.id}
    ahead = [package]
    while ahead:
        for pinned, version in ahead.pop().dependencies.items():
            name = STANDS_IN.get(pinned, pinned)
            if f"{name}#{version}" in known or (name in COMPANIONS and at_hand(name, version, known)):
                continue
            known.add(f"{name}#{version}")
            if (one := _obtainable(name, version, sources)) is not None:
                found[one.id] = one
                ahead.append(one)
    return list(found.values())


def _obtainable(name: str, version: str, sources: _Sources) -> Package | None:
    try:
        return sources.package(name, version)
    except ConfigError:
        return None  # the guide's tables are made without it; its index lists it as absent


def _write(new: Sequence[Package], sources: _Sources) -> GuideInfo:
    """Tables of the first package in full, and of the others as far as something binds or uses them."""
    ids = {one.id for one in new}
    stored = {one: folder for one, folder in sources.stored().items() if one not in ids}
    library = Library([*new, *(stored_package(folder) for folder in stored.values())])
    tables = StructureTables(library)
    guides = {one: _stored_guide(folder) for one, folder in stored.items()}
    taken = set(guides.values())
    for one in new:
        short = (guide_name(one.name), one.version)
        guides[one.id] = (one.name, one.version) if short in taken else short
    structures = {one.id: list(tables.of(one.id)) for one in new}
    context = BuildContext(library, Expander(library), structures, guides, unusable=tables.unusable)
    value_sets = wanted_value_sets(structures, library, [new[0].id])
    root = sources.roots[-1]
    kept = [row for row in manifest_of(root) if f"{row['package']}#{row['version']}" not in ids]
    rows = []
    for one in reversed(new):  # dependencies first: an interrupted run leaves no guide without its ground
        row = {"guide": guides[one.id][0], "package": one.name, "version": one.version, "standing": "as-found"}
        rows.append(entry_of(row, one, write_guide(root, one, context, value_sets[one.id])))
        write_manifest(root, [*kept, *rows])
    return GuideInfo.of(rows[-1])


def _stored_guide(folder: Path) -> tuple[str, str]:
    index = tablefiles.read(folder / tablefiles.INDEX)
    return index["guide"], index["version"]


def guide_name(package: str) -> str:
    """The short name of a package: ``hl7.fhir.us.davinci-pas`` is ``pas``, ``hl7.fhir.us.core`` is ``us-core``."""
    name = re.sub(r"\.r4b?$", "", package)
    if name == "hl7.fhir.us.core":
        return "us-core"
    return name.rpartition(".")[2].removeprefix("davinci-")


def listing(roots: Sequence[Path] = ()) -> tuple[GuideInfo, ...]:
    """Every guide that has tables, those that come with the harness first."""
    rows = (row for root in roots or (tables_root(), user_root()) for row in manifest_of(root))
    return tuple(GuideInfo.of(row) for row in rows if "counts" in row)
