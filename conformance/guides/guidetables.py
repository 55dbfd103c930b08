"""All tables of one package, written into its guide's folder, with an index by canonical."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.guides import tablefiles
from conformance.guides.capabilities import server_table
from conformance.guides.searchparameters import search_parameter_table
from conformance.guides.structures import bindings, references
from conformance.guides.terminology import code_system_table, decided, value_set_table
from conformance.guides.versions import CORE

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.guides.expansion import Expander
    from conformance.guides.facts import Table
    from conformance.guides.library import Library
    from conformance.guides.packages import Package, Resource

Wanted = Mapping[str, frozenset[str]]
"""Package id to the URLs of its value sets that become tables."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What writing tables needs beside the package itself.

    ``folders`` maps each package to its guide's folder name; ``stand_ins`` maps a package to those whose value sets of
    the same URL may decide instead of its own.
    """

    library: Library
    expander: Expander
    structures: Mapping[str, list[Table]]
    folders: Mapping[str, str]
    stand_ins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def write_guide(target: Path, package: Package, shop: Workshop, value_sets: Iterable[str]) -> dict[str, int]:
    """Write one package's tables into a fresh folder and return how many there are of each kind."""
    shutil.rmtree(target, ignore_errors=True)
    index: dict[str, Any] = {
        "package": package.id,
        "dependencies": {
            one: shop.folders[one] for one in shop.library.dependencies(package.id) if one in shop.folders
        },
        "absent": shop.library.absent(package.id),
    }
    tables = {
        "StructureDefinition": shop.structures[package.id],
        "ValueSet": list(_value_sets(package, shop, value_sets)),
        "CodeSystem": list(_code_systems(package, shop)),
    }
    for kind, found in tables.items():
        index[kind] = {table["url"]: [table["version"], table["id"]] for table in found}
        for table in found:
            tablefiles.write(target / kind / f"{table['id']}.json", table)
    index["missing"] = missing(shop.structures[package.id], package.id, shop.library)
    counts = {kind: len(found) for kind, found in tables.items()}
    if parameters := search_parameter_table(package.of("SearchParameter")):
        tablefiles.write(target / "SearchParameter.json", {"parameters": parameters})
        counts["SearchParameter"] = len(parameters)
    if package.name != CORE and (server := server_table(package.of("CapabilityStatement"))):
        tablefiles.write(target / "CapabilityStatement.json", server)
        counts["CapabilityStatement"] = 1
    tablefiles.write(target / tablefiles.INDEX, index)
    return counts


def _value_sets(package: Package, shop: Workshop, urls: Iterable[str]) -> Iterator[dict[str, Any]]:
    for url in sorted(urls):
        if (value_set := shop.library.own("ValueSet", url, package.id)) is not None:
            yield value_set_table(value_set, package.id, shop.expander, _stand_in(value_set, package, shop))


def _stand_in(value_set: Resource, package: Package, shop: Workshop) -> str:
    """Another package whose value set of the same URL is fully decided, when this one's is not."""
    if decided(shop.expander.expand(value_set, package.id)):
        return ""
    for other in shop.stand_ins.get(package.id, ()):
        theirs = shop.library.own("ValueSet", value_set["url"], other)
        if theirs is not None and decided(shop.expander.expand(theirs, other)):
            return other
    return ""


def _code_systems(package: Package, shop: Workshop) -> Iterator[dict[str, Any]]:
    """Code systems with content; one that another package supersedes, or whose owner forbids it, is left out."""
    for resource in shop.library.all("CodeSystem", package.id):
        nearest = shop.library.find("CodeSystem", resource["url"], package.id)
        if nearest is None or nearest[0].id != package.id:
            continue
        system = shop.expander.system(resource["url"], "", package.id)
        if system is not None and not system.third_party and system.concepts:
            yield code_system_table(system, package.id)


def wanted_value_sets(
    structures: Mapping[str, list[Table]], library: Library, whole: Iterable[str]
) -> dict[str, set[str]]:
    """Which value sets become tables: all that an element binds (examples apart), and all of the ``whole`` packages."""
    found: dict[str, set[str]] = {package: set() for package in library.packages}
    for package, tables in structures.items():
        for _, strength, canonical in (one for table in tables for one in bindings(table)):
            bound = library.find("ValueSet", canonical, package)
            if bound and strength != "example":
                found[bound[0].id].add(bound[1]["url"])
    for package in whole:
        found[package] |= {one["url"] for one in library.all("ValueSet", package)}
    return found


def missing(tables: Iterable[Table], package: str, library: Library) -> dict[str, list[str]]:
    """Canonicals that a package's tables refer to and no package at hand defines, with who refers to them."""
    found: dict[str, list[str]] = {}
    for table in tables:
        named = [("StructureDefinition", *one) for one in references(table)]
        named += [("ValueSet", element, url) for element, strength, url in bindings(table) if strength != "example"]
        for kind, element, canonical in named:
            if library.find(kind, canonical, package) is None:
                found.setdefault(canonical.partition("|")[0], []).append(f"{package} {table['id']} {element}".rstrip())
    return dict(sorted(found.items()))
