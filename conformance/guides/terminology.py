"""Value set and code system tables of a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.guides import codesets
from conformance.guides.packages import name_of
from conformance.guides.shapes import VALUE_SET, require
from conformance.guides.versions import split

if TYPE_CHECKING:
    from conformance.guides.codesets import CodeSet
    from conformance.guides.codesystems import CodeSystem
    from conformance.guides.expansion import Expander
    from conformance.guides.packages import Resource

_WORD = r"[A-Za-z0-9!#$&^_.+-]+"
_SHAPES = {
    # RFC 5646, 2.1: language, extended languages, script, region, variants, extensions, private use; grandfathered tags
    "urn:ietf:bcp:47": (
        r"[A-Za-z]{2,3}(-[A-Za-z]{3}){0,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-([A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3}))*"
        r"(-[0-9A-WY-Za-wy-z](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?"
        r"|[Xx](-[A-Za-z0-9]{1,8})+|[Ii]-[A-Za-z]+|en-GB-oed|sgn-(BE-FR|BE-NL|CH-DE)"
    ),
    # RFC 6838, 4.2 and RFC 2045, 5.1: type/subtype[; parameter=value]; and FHIR's own short names of its formats
    "urn:ietf:bcp:13": rf"{_WORD}/{_WORD}(\s*;\s*{_WORD}=({_WORD}|\"[^\"]*\"))*\s*;?|xml|json|ttl",
}
"""Systems that are a grammar: what does not fit it is out, whatever else is unknown."""


def value_set_table(value_set: Resource, package: str, expander: Expander, stand_in: str = "") -> dict[str, Any]:
    """The table of one ValueSet of a package.

    ``stand_in`` names another package whose definition of the same URL decides instead, where this one's rests on
    content that is not at hand.
    """
    codes = expander.value_set(value_set["url"], stand_in) if stand_in else expander.expand(value_set, package)
    table = {
        "url": value_set["url"],
        "version": value_set.get("version", ""),
        "id": name_of(value_set),
        "package": package,
    }
    if stand_in:
        table["standIn"] = stand_in
    facts = codesets.facts(codes)
    for url, part in facts["systems"].items():
        system = expander.system(url, "", package)
        if system is not None and system.fold:
            part["fold"] = True
        if part["rest"] == "unknown" and url in _SHAPES:
            part["shape"] = _SHAPES[url]
    return table | facts


def whole_system(value_set: Resource) -> str:
    """The one system that a value set includes as a whole and nothing else, or ""."""
    require(value_set, VALUE_SET)
    compose = value_set.get("compose", {})
    includes = compose.get("include", ())
    if (
        len(includes) != 1
        or compose.get("exclude")
        or not includes[0].keys() <= {"system", "version", "id", "extension"}
    ):
        return ""
    return split(includes[0].get("system", ""))[0]


def decided(codes: CodeSet) -> bool:
    """Whether nothing about a code set is unknown."""
    parts = codes.parts.values()
    return codes.rest is not None and all(one.rest is not None and None not in one.known.values() for one in parts)


def code_system_table(system: CodeSystem, package: str) -> dict[str, Any]:
    """The table of one code system: codes, and its hierarchy if it has one."""
    table: dict[str, Any] = {
        "url": system.url,
        "version": system.version,
        "id": name_of(system.resource),
        "package": package,
        "content": "complete" if system.complete else "partial",
    }
    if system.fold:
        table["fold"] = True
    table["codes"] = sorted(system.concepts)
    if system.parents:
        table["parents"] = {code: sorted(parents) for code, parents in sorted(system.parents.items())}
    return table
