"""Definitions of several packages at once, looked up by canonical (:mod:`conformance.guides.versions`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.guides.packages import name_of
from conformance.guides.versions import COMPANIONS, at_hand, search_order, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.guides.packages import Package, Resource


class Library:
    """Packages that refer to each other.

    ``find`` looks a canonical up the way a reader of ``within`` (``name#version``) would.
    """

    def __init__(self, packages: Sequence[Package]) -> None:
        self.packages = {package.id: package for package in packages}
        self._orders: dict[str, tuple[str, ...]] = {}
        self._by_url = {package.id: _urls(package) for package in packages}

    def dependencies(self, package: str) -> list[str]:
        """The packages that serve a package's pinned dependencies, in its order, and those that every package rests on.

        Pinned packages that are not at hand are left out (see ``absent``).
        """
        pins = (*self.packages[package].dependencies.items(), *((name, "") for name in COMPANIONS))
        served = (at_hand(name, version, self.packages) for name, version in pins)
        return list(dict.fromkeys(one for one in served if one and one != package))

    def standing_in(self, package: str) -> dict[str, str]:
        """Pinned dependencies that another version serves, and which one: ``name#version`` to ``name#version``."""
        pins = self.packages[package].dependencies.items()
        served = {f"{name}#{version}": at_hand(name, version, self.packages) for name, version in pins}
        return {pin: one for pin, one in served.items() if one and one != pin}

    def absent(self, package: str) -> list[str]:
        """The pinned dependencies that no package at hand serves."""
        pins = self.packages[package].dependencies.items()
        return [f"{name}#{version}" for name, version in pins if at_hand(name, version, self.packages) is None]

    def find(self, kind: str, canonical: str, within: str) -> tuple[Package, Resource] | None:
        """The definition that a canonical means inside a package, and the package it is from; or None."""
        url, version = split(canonical)
        order = self._orders.setdefault(within, search_order([within], self.dependencies))
        everywhere = tuple(self.packages) if version else ()
        for name in (*order, *everywhere):
            found = self._by_url[name].get((kind, url))
            if found is not None and (not version or found.get("version", "") == version):
                return self.packages[name], found
        return None

    def own(self, kind: str, url: str, package: str) -> Resource | None:
        """A package's own definition of a URL, or None."""
        return self._by_url[package].get((kind, url))

    def find_all(self, kind: str, url: str, within: str) -> list[Resource]:
        """Every definition of a URL that a package could mean, nearest first."""
        order = self._orders.setdefault(within, search_order([within], self.dependencies))
        return [found for name in order if (found := self._by_url[name].get((kind, url))) is not None]

    def all(self, kind: str, package: str) -> Iterator[Resource]:
        """Definitions of one kind in one package that have a URL, in order of id."""
        own = (one for (its_kind, _), one in self._by_url[package].items() if its_kind == kind)
        return iter(sorted(own, key=lambda one: (name_of(one), one["url"])))


def _urls(package: Package) -> dict[tuple[str, str], Resource]:
    found: dict[tuple[str, str], Resource] = {}
    for kind in ("StructureDefinition", "ValueSet", "CodeSystem"):
        for one in package.of(kind):
            if isinstance(one.get("url"), str):
                found.setdefault((kind, one["url"]), one)
    return found
