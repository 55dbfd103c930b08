"""Membership in value sets, as far as the packages decide it: in, out or unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mutants.packages import Realm, Store

THIRD_PARTIES = ("x12.org", "ama-assn.org", "ada.org", "nubc.org", "NCPDP", "nucc.org", "ADA", "ahadata", "CDT", "/cpt")
"""Marks of code systems whose lists belong to third parties and are therefore nowhere judged."""


class ValueSet:
    """Systems and their codes: a set, or None where some code of the system is in and it is not known which."""

    def __init__(self) -> None:
        self.systems: dict[str, set[str] | None] = {}
        self.is_whole = True

    def allow(self, system: str, codes: set[str] | None) -> None:
        """Add codes; None adds an unknown part of the system."""
        known = self.systems.get(system, set())
        self.systems[system] = None if known is None or codes is None else known | codes

    def may_contain(self, system: str, code: str) -> bool:
        """Whether a code cannot be ruled out."""
        if not self.is_whole:
            return True
        if system:
            codes = self.systems.get(system, set())
            return codes is None or code in codes
        return any(codes is None or code in codes for codes in self.systems.values())

    def contains(self, system: str, code: str) -> bool:
        """Whether a code is certainly in the set."""
        lists = [self.systems.get(system, set())] if system else list(self.systems.values())
        return self.is_whole and any(codes is not None and code in codes for codes in lists)

    @property
    def is_open_to_judgement(self) -> bool:
        """Whether the harness may know the set: no system is a third party's."""
        return self.is_whole and not any(mark in system for system in self.systems for mark in THIRD_PARTIES)


def tabled(table: dict[str, Any]) -> ValueSet:
    """A value set from its table in the repository."""
    made = ValueSet()
    made.is_whole = table.get("rest", "out") == "out"
    for system, part in table["systems"].items():
        made.allow(system, set(part.get("in", ())) if part.get("rest") == "out" else None)
    return made


class ValueSets:
    """The value sets that a realm's canonicals mean, expanded once."""

    def __init__(self, packages: Store, realm: Realm) -> None:
        self.packages = packages
        self.realm = realm
        self._found: dict[tuple[str, str], ValueSet] = {}

    def get(self, canonical: str, within: str) -> ValueSet:
        """The expansion of a value set; one that is not at hand is not whole."""
        key = (canonical, within)
        if key not in self._found:
            self._found[key] = ValueSet()
            self._found[key] = self._expand(canonical, within)
        return self._found[key]

    def _expand(self, canonical: str, within: str) -> ValueSet:
        made = ValueSet()
        found = self.packages.find("ValueSet", canonical, self.realm, within)
        if found is not None and "systems" in found[1]:
            return tabled(found[1])
        includes = found[1].get("compose", {}).get("include") if found else None
        if found is None or not includes:
            made.is_whole = False
            return made
        for include in includes:
            self._include(made, include, found[0])
        return made

    def _include(self, made: ValueSet, include: dict[str, Any], within: str) -> None:
        system = include.get("system", "")
        if system and include.get("concept"):
            made.allow(system, {one["code"] for one in include["concept"]})
        elif system:
            made.allow(system, None if include.get("filter") else self.codes_of(system, within))
        for canonical in include.get("valueSet", ()) if not system else ():
            other = self.get(canonical, within)
            made.is_whole = made.is_whole and other.is_whole
            for its_system, codes in other.systems.items():
                made.allow(its_system, codes)

    def is_case_sensitive(self, system: str, within: str) -> bool:
        """Whether a system's definition is at hand and says that case matters."""
        found = self.packages.find("CodeSystem", system, self.realm, within)
        return found is not None and found[1].get("caseSensitive") is True

    def codes_of(self, system: str, within: str) -> set[str] | None:
        """All codes of a system that is at hand in full, else None."""
        found = self.packages.find("CodeSystem", system, self.realm, within)
        if found is None or found[1].get("content") != "complete":
            return None
        codes: set[str] = set()
        waiting = list(found[1].get("concept", ()))
        while waiting:
            one = waiting.pop()
            codes.add(one["code"])
            waiting.extend(one.get("concept", ()))
        return codes
