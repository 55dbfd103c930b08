"""All tables of one package, written into its guide's folder, with an index by canonical."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.guides import tablefiles
from conformance.guides.capabilities import server_table
from conformance.guides.packages import name_of, understood
from conformance.guides.searchparameters import search_parameter_table
from conformance.guides.structures import bindings, references
from conformance.guides.terminology import code_system_table, decided, value_set_table, whole_system
from conformance.guides.versions import CORE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from conformance.guides.expansion import Expander
    from conformance.guides.facts import Table
    from conformance.guides.library import Library
    from conformance.guides.packages import Package, Resource


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What writing tables needs beside the package itself.

    ``guides`` maps each package that has tables to its guide's name and version; ``stand_ins`` maps a package to those
    whose value sets of the same URL may decide instead of its own; ``unusable`` are the profiles of each package whose
    bases are not at hand, with these; ``servers`` is the id of a package's CapabilityStatement that counts, where it is
    not the first for servers.
    """

    library: Library
    expander: Expander
    structures: Mapping[str, list[Table]]
    guides: Mapping[str, tuple[str, str]]
    stand_ins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unusable: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    servers: Mapping[str, str] = field(default_factory=dict)


def write_guide(root: Path, package: Package, context: BuildContext, value_sets: Collection[str]) -> dict[str, Any]:
    """Write one package's tables into a fresh folder below ``root``, the index last; return what the manifest counts.

    ``value_sets`` are the URLs of the package's value sets that get a table of their own.
    """
    with understood(package.id):
        return _write_guide(root, package, context, value_sets)


def _write_guide(root: Path, package: Package, context: BuildContext, value_sets: Collection[str]) -> dict[str, Any]:
    guide, version = context.guides[package.id]
    target = tablefiles.folder(root, guide, version)
    shutil.rmtree(target, ignore_errors=True)
    tables = {
        "StructureDefinition": context.structures[package.id],
        "ValueSet": list(_value_sets(package, context, value_sets)),
        "CodeSystem": list(_code_systems(package, context)),
    }
    index = _header(package, context) | {kind: _write(target / kind, found) for kind, found in tables.items()}
    index["whole"] = _whole_systems(package, context, value_sets)
    index["missing"] = missing(context.structures[package.id], package.id, context.library)
    counts: dict[str, Any] = {kind: len(found) for kind, found in tables.items()}
    counts |= _write_server_facts(target, package, context.servers.get(package.id, ""))
    tablefiles.write(target / tablefiles.INDEX, index)
    stand_ins = sorted(table["url"] for table in tables["ValueSet"] if "standIn" in table)
    unusable = context.unusable.get(package.id, {})
    extra = {"stand_ins": stand_ins, "unusable": unusable}
    return {"counts": counts, **{key: value for key, value in extra.items() if value}}


def _header(package: Package, context: BuildContext) -> dict[str, Any]:
    guide, version = context.guides[package.id]
    return {
        "package": package.id,
        "guide": guide,
        "version": version,
        "dependencies": {
            one: list(context.guides[one]) for one in context.library.dependencies(package.id) if one in context.guides
        },
        "standsIn": context.library.standing_in(package.id),
        "absent": context.library.absent(package.id),
    }


def _write(folder: Path, tables: Iterable[Table]) -> dict[str, list[str]]:
    """Write tables of one kind and return their index: canonical to version and file name.

    A file is named by the definition's id, made safe for every file system.
    """
    index: dict[str, list[str]] = {}
    taken: set[str] = set()
    for table in tables:
        name = re.sub(r"[^A-Za-z0-9.-]", "-", table["id"]).strip(".") or "unnamed"
        while name.casefold() in taken:
            name += "-2"
        taken.add(name.casefold())
        tablefiles.write(folder / f"{name}.json", table)
        index[table["url"]] = [table["version"], name]
    return index


def _write_server_facts(target: Path, package: Package, statement: str) -> dict[str, int]:
    """Search parameters, and the CapabilityStatement with the id ``statement`` (empty: the first for servers)."""
    counts = {}
    if parameters := search_parameter_table(package.of("SearchParameter"), package.id):
        tablefiles.write(target / "SearchParameter.json", {"parameters": parameters})
        counts["SearchParameter"] = len(parameters)
    statements = (one for one in package.of("CapabilityStatement") if statement in {"", name_of(one)})
    if package.name != CORE and (server := server_table(statements, package.id)):
        tablefiles.write(target / "CapabilityStatement.json", server)
        counts["CapabilityStatement"] = 1
    return counts


def _value_sets(package: Package, context: BuildContext, urls: Iterable[str]) -> Iterator[dict[str, Any]]:
    for url in sorted(urls):
        if (value_set := context.library.own("ValueSet", url, package.id)) is not None:
            yield value_set_table(value_set, package.id, context.expander, _stand_in(value_set, package, context))


def _stand_in(value_set: Resource, package: Package, context: BuildContext) -> str:
    """Another package whose value set of the same URL is fully decided, when this one's is not."""
    if decided(context.expander.expand(value_set, package.id)):
        return ""
    for other in context.stand_ins.get(package.id, ()):
        theirs = context.library.own("ValueSet", value_set["url"], other)
        if theirs is not None and decided(context.expander.expand(theirs, other)):
            return other
    return ""


def _whole_systems(package: Package, context: BuildContext, written: Collection[str]) -> dict[str, list[str]]:
    """Value sets that are a whole code system: canonical to version and system. They need no table of their own."""
    return {
        one["url"]: [one.get("version", ""), system]
        for one in context.library.all("ValueSet", package.id)
        if one["url"] not in written and (system := _whole(one, package.id))
    }


def _whole(value_set: Resource, package: str) -> str:
    if "systems" in value_set:
        return ""  # a table already
    with understood(package, value_set):
        return whole_system(value_set)


def _code_systems(package: Package, context: BuildContext) -> Iterator[dict[str, Any]]:
    """Code systems with content; one that another package supersedes, or whose owner forbids it, is left out."""
    for resource in context.library.all("CodeSystem", package.id):
        nearest = context.library.find("CodeSystem", resource["url"], package.id)
        if nearest is None or nearest[0].id != package.id:
            continue
        system = context.expander.system(resource["url"], "", package.id)
        if system is not None and not system.third_party and system.concepts:
            yield code_system_table(system, package.id)


def wanted_value_sets(
    structures: Mapping[str, list[Table]], library: Library, whole: Iterable[str]
) -> dict[str, set[str]]:
    """Which value sets become tables: all that an element binds (examples apart), and all of the ``whole`` packages.

    Those that are a whole code system need none.
    """
    found: dict[str, set[str]] = {package: set() for package in library.packages}
    for package, tables in structures.items():
        for _, strength, canonical in (one for table in tables for one in bindings(table)):
            bound = library.find("ValueSet", canonical, package)
            if bound and strength != "example":
                found[bound[0].id].add(bound[1]["url"])
    for package in whole:
        found[package] |= {one["url"] for one in library.all("ValueSet", package) if not _whole(one, package)}
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
