"""Which version a canonical means.

A versioned canonical means exactly that version. An unversioned one means, inside a guide, what the guide's own package
or its pinned dependencies define; outside, what the selected guides define, then their dependencies. The core
specification comes last in every order: packages made for it (extensions, terminology) supersede what it defines
under the same URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

CORE = "hl7.fhir.r4.core"

COMPANIONS = ("hl7.terminology.r4", "hl7.fhir.uv.extensions.r4", CORE)
"""What every guide rests on, whether its package.json says so or not: the publishing tools add them silently."""

STANDS_IN: Mapping[str, str] = {
    "hl7.fhir.uv.extensions": "hl7.fhir.uv.extensions.r4",
    "hl7.terminology": "hl7.terminology.r4",
}
"""Package names that guides depend on, and the same package under the name that its R4 build has."""


def split(canonical: str) -> tuple[str, str]:
    """``url|version`` into url and version; the version is "" when there is none. A fragment is cut off."""
    url, _, version = canonical.partition("|")
    return url.partition("#")[0], version


def at_hand(name: str, version: str, available: Iterable[str]) -> str | None:
    """The ``name#version`` that serves a dependency: the pinned version, else the highest one at hand, else None."""
    known = set(available)
    for candidate in (name, STANDS_IN.get(name, name)):
        if f"{candidate}#{version}" in known:
            return f"{candidate}#{version}"
        others = [one for one in known if one.partition("#")[0] == candidate]
        if others:
            return max(others, key=lambda one: _ordered(one.partition("#")[2]))
    return None


def _ordered(version: str) -> list[tuple[int, str]]:
    """A sort key for versions: numbers as numbers, and a pre-release below its release."""
    release, _, label = version.partition("-")
    numbers = [(int(part), "") if part.isdigit() else (0, part) for part in release.split(".")]
    return [*numbers, (0, label) if label else (1, "")]


def search_order(start: Sequence[str], dependencies: Callable[[str], Sequence[str]]) -> tuple[str, ...]:
    """Packages in the order in which an unversioned canonical is looked up, nearest first, core last."""
    order: dict[str, None] = {}
    level = list(start)
    while level:
        order.update(dict.fromkeys(level))
        level = [one for package in level for one in dependencies(package) if one not in order]
    return tuple(sorted(order, key=lambda package: package.partition("#")[0] == CORE))
