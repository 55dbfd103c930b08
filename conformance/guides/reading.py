"""The guides as the rest of the harness sees them: tables by canonical, read when first asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.guide_selection import DEFAULT_GUIDES
from conformance.guides import later, tablefiles
from conformance.guides.terminologytables import CodeSystemTable, ValueSetTable
from conformance.guides.versions import COMPANIONS, search_order, split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HL7 = "http://hl7.org/fhir/StructureDefinition/"
MANIFEST = "manifest.yaml"
_CORE_FOLDER = ("r4-core", "4.0.1")


def tables_root() -> Path:
    """The tables that come with the harness: ``profiles/`` of a clone, or the copy inside an installed package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_data" / "profiles"
    return installed if installed.is_dir() else package.parent / "profiles"


def user_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Where guides that the user adds are kept (XDG Base Directory: ``$XDG_DATA_HOME``, else ``~/.local/share``)."""
    data = environ.get("XDG_DATA_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".local" / "share")
    return Path(data) / "patient-access-conformance" / "guides"


@dataclass(frozen=True, slots=True)
class GuideInfo:
    """What the manifest says about one guide; ``date`` is the day its package says it was made on.

    ``needed_by`` names the selected guide that depends on it (``carin-bb 2.1.0``); empty for a selected one.
    """

    name: str
    package: str
    version: str
    standing: str
    licence: str
    sha256: str
    note: str = ""
    date: str = ""
    needed_by: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> GuideInfo:
        """One entry of a manifest."""
        fields = ("guide", "package", "version", "standing", "licence", "sha256", "note", "date")
        return cls(*(str(row.get(key, "")) for key in fields))


def require(selection: Mapping[str, str]) -> None:
    """Raise :class:`ConfigError` for a guide or version that has no tables; none is opened."""
    for guide, version in selection.items():
        tablefiles.guide_folder((tables_root(), user_root()), guide, version)


class Guides:
    """Constraint tables of the selected guides and of everything they depend on.

    ``structure``, ``value_set`` and ``code_system`` return None for what no package at hand defines;
    ``not_at_hand`` tells whether a guide refers to it nevertheless. Returned tables are shared: never change them.
    """

    def __init__(self, selection: Mapping[str, str], roots: Sequence[Path]) -> None:
        self.selection = dict(selection)
        self._roots = tuple(roots)
        self._folders: dict[str, Path] = {}
        self._indexes: dict[str, dict[str, Any]] = {}
        chosen = [self._open(tablefiles.guide_folder(self._roots, *one)) for one in selection.items()]
        self._selected = frozenset(chosen)
        chosen.append(self._open(tablefiles.guide_folder(self._roots, *_CORE_FOLDER)))
        self._order = search_order(chosen, self._dependencies)
        self._orders: dict[str, tuple[str, ...]] = {"": self._order}
        self._found: dict[tuple[str, str, str], Any] = {}
        self._search_parameters: dict[str, dict[str, dict[str, Any]]] | None = None
        self._everything_open = False

    @classmethod
    def load(cls, selection: Mapping[str, str] | None = None) -> Guides:
        """Open guides by name and version; None is the default selection.

        Raises ConfigError when a guide or version is not at hand.
        """
        return cls(DEFAULT_GUIDES if selection is None else selection, (tables_root(), user_root()))

    def _open(self, folder: Path) -> str:
        index = tablefiles.read(folder / tablefiles.INDEX)
        package: str = index["package"]
        self._folders.setdefault(package, folder)
        self._indexes.setdefault(package, index)
        return package

    def _dependencies(self, package: str) -> list[str]:
        """A package's dependencies, opened."""
        served: Mapping[str, tuple[str, str]] = self._indexes[package]["dependencies"]
        for one, (guide, version) in served.items():
            if one not in self._indexes:
                self._open(tablefiles.guide_folder(self._roots, guide, version))
        return list(served)

    @property
    def packages(self) -> tuple[str, ...]:
        """``name#version`` of every package an unversioned canonical is looked up in, in that order."""
        return self._order

    def structure(self, canonical: str, *, within: str = "") -> dict[str, Any] | None:
        """The table of a StructureDefinition by canonical (``url`` or ``url|version``; a bare type name is HL7's).

        ``within`` is the ``package`` of the table that refers to it and decides the version of an unversioned
        canonical. None when no package at hand has it.
        """
        url = canonical if ":" in canonical else _HL7 + canonical
        table: dict[str, Any] | None = self._find("StructureDefinition", url, within)
        return table

    def profile(self, canonical: str) -> dict[str, Any] | None:
        """The table of a profile that a resource or a user names, as :meth:`structure` finds it.

        An unversioned canonical means no other version of a selected guide, even where another guide depends on that
        version: the result is None then, and ``structure`` still answers.
        """
        table = self.structure(canonical)
        is_other = table is not None and not split(canonical)[1] and self._is_other_version(table.get("package", ""))
        return None if is_other else table

    def is_known(self, canonical: str) -> bool:
        """Whether a guide in use, or a version of one that is known by name only, defines a profile or extension."""
        return self.structure(split(canonical)[0]) is not None or bool(later.defined_by(canonical))

    def _is_other_version(self, package: str) -> bool:
        """Whether another version of the package is selected."""
        selected = {one.partition("#")[0] for one in self._selected}
        return package not in self._selected and package.partition("#")[0] in selected

    def dependent(self, package: str) -> str:
        """The selected guide (``carin-bb 2.1.0``) on account of which a package is in use.

        Empty for a selected guide, for what every guide rests on, and for what none of them depends on.
        """
        if package in self._selected or package.partition("#")[0] in COMPANIONS:
            return ""
        for one in (one for one in self._order if one in self._selected):
            if package in search_order([one], self._dependencies):
                return self.label(one)
        return ""

    def label(self, package: str) -> str:
        """``us-core 6.1.0`` for the package ``hl7.fhir.us.core#6.1.0``; the package itself if it is not open."""
        index = self._indexes.get(package)
        return f"{index['guide']} {index['version']}" if index else package

    def value_set(self, canonical: str, *, within: str = "") -> ValueSetTable | None:
        """The value set of a canonical, or None when no package at hand defines it."""
        table: ValueSetTable | None = self._find("ValueSet", canonical, within)
        return table

    def code_system(self, url: str) -> CodeSystemTable | None:
        """The code system of a URL, or None when its codes are not at hand."""
        table: CodeSystemTable | None = self._find("CodeSystem", url, "")
        return table

    def code_systems(self, url: str) -> list[CodeSystemTable]:
        """Every version of a code system that some guide has, selected or not."""
        self._open_everything()
        return [self._table("CodeSystem", url, one) for one in self._indexes if self._entry("CodeSystem", url, one)]

    def other_kind(self, url: str) -> str:
        """What a URL is known to mean that is no extension: ``value set``, ``definition of Patient`` …; or empty."""
        structure = self.structure(url)
        if structure is not None:
            return "" if structure.get("type") == "Extension" else f"definition of {structure.get('type', '')}"
        if self.value_set(url) is not None:
            return "value set"
        return "code system" if self.code_system(url) is not None else ""

    def namespace_of(self, url: str) -> str:
        """The selected guide in whose namespace a definition's URL is that no version of it at hand defines; or ""."""
        base, separator, _ = url.partition("StructureDefinition/")
        for package in self._selected if separator else ():
            own = next(iter(self._indexes[package]["StructureDefinition"]), "")
            if own.partition("StructureDefinition/")[0] == base and not later.defined_by(url):
                self._open_everything()
                known = any(self._entry("StructureDefinition", split(url)[0], one) for one in self._indexes)
                return "" if known else self._indexes[package]["guide"]
        return ""

    def _find(self, kind: str, canonical: str, within: str) -> Any:
        key = (kind, canonical, within)
        if key not in self._found:
            package = self._package_of(kind, canonical, within)
            self._found[key] = self._table(kind, split(canonical)[0], package) if package else None
        return self._found[key]

    def _table(self, kind: str, url: str, package: str) -> Any:
        key = (kind, url, f"in {package}")
        if key not in self._found:
            version, name = self._entry(kind, url, package) or ("", "")
            if kind == "ValueSet" and url not in self._indexes[package][kind]:
                facts = self._whole_system(name) | {"url": url, "version": version, "package": package}
            else:
                facts = tablefiles.read(self._folders[package] / kind / f"{name}.json")
            self._found[key] = _WRAPPERS[kind](facts)
        return self._found[key]

    def _entry(self, kind: str, url: str, package: str) -> list[str] | None:
        """Version and file name of a definition; for a value set that is a whole code system, version and system."""
        index = self._indexes[package]
        entry: list[str] | None = index[kind].get(url)
        return index["whole"].get(url) if entry is None and kind == "ValueSet" else entry

    def _whole_system(self, url: str) -> dict[str, Any]:
        system = self.code_system(url)
        if system is None:
            return {"rest": "out", "systems": {url: {"rest": "unknown"}}}
        part = {"in": system.facts["codes"], "rest": "out" if system.content == "complete" else "unknown"}
        return {"rest": "out", "systems": {url: part | ({"fold": True} if system.facts.get("fold") else {})}}

    def _package_of(self, kind: str, canonical: str, within: str) -> str:
        url, version = split(canonical)
        for everything in (False, True):
            for package in self._candidates(within, version, everything=everything):
                entry = self._entry(kind, url, package)
                if entry and (not version or entry[0] == version):
                    return package
        return ""

    def _candidates(self, within: str, version: str, *, everything: bool) -> Sequence[str]:
        """Where to look: near first; then, for an exact version only, in every guide there is."""
        if everything:
            if version:
                self._open_everything()
            return tuple(self._indexes) if version else self._order
        if within and within not in self._indexes:
            return ()
        if within not in self._orders:
            self._orders[within] = search_order([within], self._dependencies)
        return self._orders[within]

    def _open_everything(self) -> None:
        if not self._everything_open:
            self._everything_open = True
            for folder in tablefiles.guide_folders(self._roots).values():
                self._open(folder)

    def not_at_hand(self, canonical: str) -> tuple[str, ...]:
        """Who refers to a definition that no package at hand has (``package id element``); empty when nothing does.

        A profile or extension URL with an answer here is known to exist: it can be recognised, but what it asks for
        cannot be evaluated.
        """
        url = split(canonical)[0]
        return tuple(who for package in self._order for who in self._indexes[package]["missing"].get(url, ()))

    def search_parameters(self, type: str) -> dict[str, dict[str, Any]]:  # noqa: A002
        """Search parameters of a resource type by code; a selected guide's definition replaces that of the core."""
        if self._search_parameters is None:
            self._search_parameters = self._read_search_parameters()
        definition = self.structure(type)
        kinds = (
            ["Resource", "DomainResource"]
            if definition and definition["base"] == _HL7 + "DomainResource"
            else ["Resource"]
        )
        return {code: one for kind in (*kinds, type) for code, one in self._search_parameters.get(kind, {}).items()}

    def _read_search_parameters(self) -> dict[str, dict[str, dict[str, Any]]]:
        found: dict[str, dict[str, dict[str, Any]]] = {}
        nearest = {one.partition("#")[0]: one for one in reversed(self._order)}
        for package in (one for one in reversed(self._order) if one in nearest.values()):
            path = self._folders[package] / "SearchParameter.json"
            for parameter in tablefiles.read(path)["parameters"] if path.is_file() else ():
                for base in parameter["base"]:
                    found.setdefault(base, {})[parameter["code"]] = parameter
        return found

    def server_requirements(self, guide: str) -> dict[str, Any] | None:
        """What a guide's CapabilityStatement asks of a server (see capabilities.py), or None if it has none."""
        for package in self._order:
            path = self._folders[package] / "CapabilityStatement.json"
            if self._indexes[package]["guide"] == guide and path.is_file():
                return tablefiles.read(path)
        return None

    @property
    def manifest(self) -> tuple[GuideInfo, ...]:
        """What each package in use is, and how far it can be trusted (``standing``)."""
        rows = {
            f"{one['package']}#{one['version']}": one for root in reversed(self._roots) for one in manifest_of(root)
        }
        return tuple(
            replace(GuideInfo.of(rows[package]), needed_by=self.dependent(package))
            for package in self._order
            if package in rows
        )


def manifest_of(root: Path) -> list[dict[str, Any]]:
    """The entries of one folder's ``manifest.yaml``; none when it has no manifest."""
    import yaml  # noqa: PLC0415 - only reports need the manifest, and the parser costs more than all tables of a run

    path = root / MANIFEST
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else []
    return rows


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return facts


_WRAPPERS: Mapping[str, Any] = {"StructureDefinition": _plain, "ValueSet": ValueSetTable, "CodeSystem": CodeSystemTable}
