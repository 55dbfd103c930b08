"""Value sets to code sets: compose with its includes, excludes and filters, as far as the code systems are at hand."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Any

from conformance.guides.codesets import NOTHING, UNKNOWN, CodeSet, listed, of_facts, undecided
from conformance.guides.codesystems import CodeSystem, owned_elsewhere
from conformance.guides.packages import understood
from conformance.guides.shapes import VALUE_SET, require
from conformance.guides.versions import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.guides.library import Library
    from conformance.guides.packages import Resource

_NOT_COPIED = frozenset({"http://snomed.info/sct", "http://loinc.org"})
"""Licensed systems: codes that a value set itself names are kept, the results of running its filters are not."""

_CLOSED_LISTS: Mapping[str, frozenset[str]] = {
    "urn:iso:std:iso:4217": frozenset({"MRU", "SLE", "STN", "UYW", "VED", "VES", "XCG", "ZWG"}),
}
"""Systems outside FHIR whose ready expansion is the whole list, and the codes that came into force since."""


class Expander:
    """Decides value sets of a library's packages.

    ``expansions`` are value sets with a ready expansion (the core's expansions package) by URL: where a system is not
    at hand, their codes are known to be in; the rest stays unknown.
    """

    def __init__(self, library: Library, expansions: Mapping[str, Resource] | None = None) -> None:
        self._library = library
        self._expansions = expansions or {}
        self._sets: dict[tuple[str, str], CodeSet] = {}
        self._systems: dict[tuple[str, str], CodeSystem | None] = {}

    def value_set(self, canonical: str, within: str) -> CodeSet:
        """The codes of the value set that a canonical means inside a package; all unknown if it is not at hand."""
        found = self._library.find("ValueSet", canonical, within)
        return self.expand(found[1], found[0].id) if found else UNKNOWN

    def expand(self, value_set: Resource, package: str) -> CodeSet:
        """The codes of one ValueSet resource of a package. A set that includes itself is unknown."""
        key = (value_set["url"], package)
        if key not in self._sets:
            self._sets[key] = UNKNOWN
            with understood(package, value_set):
                self._sets[key] = self._expand(value_set, package)
        return self._sets[key]

    def _expand(self, value_set: Resource, package: str) -> CodeSet:
        if "systems" in value_set:
            return of_facts(value_set)  # a table already, read back from a guide's folder
        require(value_set, VALUE_SET)
        compose = value_set.get("compose")
        if compose is None:
            return _from_expansion(value_set) if "expansion" in value_set else UNKNOWN
        included = reduce(CodeSet.__or__, (self._clause(one, package) for one in compose.get("include", ())), NOTHING)
        excluded = reduce(CodeSet.__or__, (self._clause(one, package) for one in compose.get("exclude", ())), NOTHING)
        codes = included - excluded
        ready = self._expansions.get(value_set["url"])
        return _completed(codes, ready) if ready else codes

    def _clause(self, clause: Mapping[str, Any], package: str) -> CodeSet:
        """One include or exclude: the system's codes and every named value set, intersected."""
        sets = [self.value_set(url, package) for url in clause.get("valueSet", ())]
        if "system" in clause:
            sets.append(self._of_system(clause, package))
        return reduce(CodeSet.__and__, sets) if sets else UNKNOWN

    def _of_system(self, clause: Mapping[str, Any], package: str) -> CodeSet:
        url, version = split(clause["system"])  # US Core 7.0.0 writes a version behind a system's URL
        system = self.system(url, clause.get("version", version), package)
        if owned_elsewhere(url) or (system is not None and system.third_party):
            return undecided(url)
        if "concept" in clause:
            return listed(url, (one["code"] for one in clause["concept"]))
        if filters := clause.get("filter"):
            return _filtered(url, system, filters)
        if system is None:
            return undecided(url)
        return listed(url, system.concepts, rest=False if system.complete else None)

    def system(self, url: str, version: str, within: str) -> CodeSystem | None:
        """The code system of a URL as a package sees it: the exact version if at hand, else the one it would use."""
        key = (f"{url}|{version}", within)
        if key not in self._systems:
            exact = self._library.find("CodeSystem", f"{url}|{version}", within) if version else None
            found = [exact[1]] if exact else self._library.find_all("CodeSystem", url, within)
            usable = [one for one in found if one.get("content") != "supplement"]
            with understood(within, usable[0] if usable else None):
                self._systems[key] = CodeSystem(*usable) if usable else None
        return self._systems[key]


def _filtered(url: str, system: CodeSystem | None, filters: list[Mapping[str, Any]]) -> CodeSet:
    """Filters of one clause, all of which must hold."""
    if system is not None and system.complete:
        chosen = [system.select(one) for one in filters]
        return reduce(CodeSet.__and__, (undecided(url) if one is None else listed(url, one) for one in chosen))
    patterns = [one["value"] for one in filters if one["property"] == "code" and one["op"] == "regex"]
    exact = [code for pattern in patterns for code in _alternatives(pattern)] if len(filters) == 1 else []
    return listed(url, exact) if exact else undecided(url)


def _alternatives(pattern: str) -> Iterator[str]:
    """The codes of a pattern that is only a list of them (``A|B|C``)."""
    if re.fullmatch(r"[\w.-]+(\|[\w.-]+)*", pattern) and "." not in pattern:
        yield from pattern.split("|")


def _from_expansion(value_set: Resource) -> CodeSet:
    """A value set that has only an expansion: what it lists is in; the rest is out if it claims to be all of it."""
    expansion = value_set["expansion"]
    partial = "total" in expansion and expansion["total"] > sum(1 for _ in _contained(expansion))
    codes = NOTHING
    for system, code in _contained(expansion):
        codes |= (
            undecided(system) if owned_elsewhere(system) else listed(system, [code], rest=None if partial else False)
        )
    return codes | UNKNOWN if partial else codes


def _completed(codes: CodeSet, ready: Resource) -> CodeSet:
    """What a ready expansion adds: its codes of systems whose membership is unknown are in."""
    known: dict[str, list[str]] = {}
    for system, code in _contained(ready.get("expansion", {})):
        forbidden = system in _NOT_COPIED or owned_elsewhere(system, ready.get("copyright", ""))
        if codes.contains(system, code) is None and not forbidden:
            known.setdefault(system, []).append(code)
    for system, found in known.items():
        if (later := _CLOSED_LISTS.get(system)) is not None and system in codes.parts:
            others = {url: part for url, part in codes.parts.items() if url != system}
            codes = CodeSet(others, codes.rest) | listed(system, [*found, *later])
        else:
            codes |= listed(system, found)
    return codes


def _contained(expansion: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in expansion.get("contains", ()):
        if "code" in one and not one.get("abstract"):
            yield one.get("system", ""), one["code"]
        yield from _contained(one)
