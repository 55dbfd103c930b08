"""``profiles/`` from FHIR packages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from conformance.errors import ConfigError
from conformance.guides.expansion import Expander
from conformance.guides.guidetables import BuildContext, wanted_value_sets, write_guide
from conformance.guides.library import Library
from conformance.guides.packages import Package, find_package, package_places, read_package, with_own_version
from conformance.guides.reading import MANIFEST
from conformance.guides.structuretables import StructureTables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EXPANSIONS = ".expansions"


def known_packages() -> list[dict[str, str]]:
    """The packages ``profiles/`` is built from, with their standing (known.yaml)."""
    rows: list[dict[str, str]] = yaml.safe_load((Path(__file__).parent / "known.yaml").read_text(encoding="utf-8"))
    return rows


def build(folder: Path, packages: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Write the tables of every known package into ``folder`` and return the manifest's entries.

    ``packages`` are the places to look in (default: ``$FHIR_PACKAGES`` and ``~/.fhir/packages``). ConfigError names the
    packages that are not there.
    """
    rows = known_packages()
    places = tuple(packages) or package_places()
    paths = {(row["package"], row["version"]): find_package(row["package"], row["version"], places) for row in rows}
    if lacking := [f"{name}#{version}" for (name, version), path in paths.items() if path is None]:
        raise ConfigError(f"packages not found: {', '.join(lacking)}; looked in {', '.join(map(str, places))}")
    found = ((row, paths[row["package"], row["version"]]) for row in rows)
    read = {_id(row): read_known(row, path) for row, path in found if path is not None}
    library = Library([package for package in read.values() if not package.name.endswith(_EXPANSIONS)])
    context = _build_context(rows, library, read)
    whole = [_id(row) for row in rows if row["write"] == "everything"]
    value_sets = wanted_value_sets(context.structures, library, whole)
    entries = []
    for row in rows:
        package, counts = read[_id(row)], {}
        if package.id in context.guides:
            counts = write_guide(folder, package, context, value_sets[package.id])
        entries.append(entry_of(row, package, counts))
    write_manifest(folder, entries)
    return entries


def read_known(row: Mapping[str, str], path: Path) -> Package:
    """A known package, its definitions under the version that they were published with."""
    package = read_package(path)
    return with_own_version(package) if row.get("versions") == "authored" else package


def _id(row: Mapping[str, str]) -> str:
    return f"{row['package']}#{row['version']}"


def _build_context(rows: Sequence[Mapping[str, str]], library: Library, read: Mapping[str, Package]) -> BuildContext:
    ready = (one for package in read.values() if package.name.endswith(_EXPANSIONS) for one in package.of("ValueSet"))
    tables = StructureTables(library, own=[_id(row) for row in rows if row["snapshots"] == "own"])
    return BuildContext(
        library,
        Expander(library, {one["url"]: one for one in ready}),
        {package: list(tables.of(package)) for package in library.packages},
        {_id(row): (row["guide"], row["version"]) for row in rows if row["write"] != "nothing"},
        {_id(row): (row["stand_in"],) for row in rows if "stand_in" in row},
        tables.unusable,
        {_id(row): row["server"] for row in rows if "server" in row},
    )


def entry_of(row: Mapping[str, str], package: Package, counts: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's entry of one guide."""
    entry: dict[str, Any] = {key: row[key] for key in ("guide", "package", "version", "standing")}
    entry |= {"licence": str(package.meta.get("license", "")), "sha256": package.sha256}
    if day := _packed_on(package):
        entry["date"] = day
    without = dict(counts).pop("unusable", {})
    notes = [row["note"]] if "note" in row else []
    notes += [f"{url} cannot be used: its base {base} is not at hand" for url, base in without.items()]
    if notes:
        entry["note"] = "; ".join(notes)
    return entry | {key: value for key, value in counts.items() if key != "unusable"}


def _packed_on(package: Package) -> str:
    """The day a package says it was made on (``20230630140246`` as 2023-06-30); empty for one that does not say."""
    digits = str(package.meta.get("date", ""))[:8]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdigit() else ""


def write_manifest(folder: Path, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write ``manifest.yaml``: what each guide's tables were made from, and how far it can be trusted."""
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(list(entries), sort_keys=False, allow_unicode=True, width=120)
    (folder / MANIFEST).write_text(text, encoding="utf-8")
