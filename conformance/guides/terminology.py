"""Value set and code system tables of a package."""

from __future__ import annotations

from typing import Any, TYPE_CHECKING

from conformance.guides import codesets

if TYPE_CHECKING:
    from conformance.guides.codesystems import CodeSystem
    from conformance.guides.codesets import CodeSet
    from conformance.guides.packages import Resource
    from conformance.guides.expansion import Expander


def value_set_table(value_set: Resource, package: str, expander: Expander, stand_in: str = "") -> dict[str, Any]:
    """The table of one ValueSet of a package.

    ``stand_in`` names another package whose definition of the same URL decides instead, where this one's rests on
    content that is not at hand.
    """
    codes = expander.value_set(value_set["url"], stand_in) if stand_in else expander.expand(value_set, package)
    table = {
        "url": value_set["url"],
        "version": value_set.get("version", ""),
        "id": value_set["id"],
        "package": package,
    }
    if stand_in:
        table["standIn"] = stand_in
    facts = codesets.facts(codes)
    for url, part in facts["systems"].items():
        system = expander.system(url, "", package)
        if system is not None and system.fold:
            part["fold"] = True
    return table | facts


def decided(codes: CodeSet) -> bool:
    """Whether nothing about a code set is unknown."""
    return codes.rest is not None and all(part.rest is not None for part in codes.parts.values())


def code_system_table(system: CodeSystem, package: str) -> dict[str, Any]:
    """The table of one code system: codes, and its hierarchy if it has one."""
    table: dict[str, Any] = {
        "url": system.url,
        "version": system.version,
        "id": system.resource["id"],
        "package": package,
        "content": "complete" if system.complete else "partial",
    }
    if system.fold:
        table["fold"] = True
    table["codes"] = sorted(system.concepts)
    if system.parents:
        table["parents"] = {code: sorted(parents) for code, parents in sorted(system.parents.items())}
    return table
