"""Code systems while tables are built: their codes, hierarchy and properties, and what filters select from them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.guides.shapes import CODE_SYSTEM, CONCEPT, require

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

THIRD_PARTY = re.compile(
    r"\bX12\b|American Medical Association|\bAMA\b|American Dental Association|\bADA\b|"
    r"American Hospital Association|\bAHA\b|\bNUBC\b|\bNCPDP\b|\bNUCC\b|National Uniform (?:Billing|Claim)"
)
"""Owners whose code lists are not repeated here even where a package enumerates them (their licences forbid it)."""

_THIRD_PARTY_URL = re.compile(
    r"ama-assn\.org|nubc\.org|(?:^|[/.])ada\.org|ncpdp|nucc\.org|x12\.org|/CodeSystem/ADA|HealthcareProviderTaxonomyHIPAA",
    re.IGNORECASE,
)

_EXCERPTS = frozenset({"http://dicom.nema.org/resources/ontology/DCM"})
"""Systems that a package calls complete although it holds an old excerpt of a living list: never "out"."""


def owned_elsewhere(url: str, copyright_text: str = "") -> bool:
    """Whether a system belongs to one of the owners whose lists stay unknown here."""
    return bool(_THIRD_PARTY_URL.search(url) or THIRD_PARTY.search(copyright_text))


class CodeSystem:
    """A CodeSystem resource, flattened, with the codes that ``older`` versions of it had besides.

    HL7 moved most core code systems to its terminology package and renamed a few codes on the way; data made for R4 may
    use either. ``complete`` is true only when the absence of a code proves that it does not exist.
    """

    def __init__(self, resource: Mapping[str, Any], *older: Mapping[str, Any]) -> None:
        for one in (resource, *older):
            require(one, CODE_SYSTEM)
        self.resource = resource
        self.url: str = resource["url"]
        self.version: str = resource.get("version", "")
        self.content: str = resource.get("content", "")
        self.third_party = any(owned_elsewhere(self.url, one.get("copyright", "")) for one in (resource, *older))
        self.complete = self.content == "complete" and self.url not in _EXCERPTS and not resource.get("compositional")
        self.fold = resource.get("caseSensitive") is not True
        self.concepts: dict[str, Mapping[str, Any]] = {}
        self.parents: dict[str, set[str]] = {}
        for concept, parent in (one for version in (resource, *older) for one in _walk(version.get("concept", ()), "")):
            self.concepts.setdefault(concept["code"], concept)
            if parent:
                self.parents.setdefault(concept["code"], set()).add(parent)
        self._parents_by_property()

    def _parents_by_property(self) -> None:
        for code, concept in self.concepts.items():
            for one in concept.get("property", ()):
                if one["code"] in {"parent", "subsumedBy"} and (parent := _property_value(one)) in self.concepts:
                    self.parents.setdefault(code, set()).add(parent)
                elif one["code"] == "child" and (child := _property_value(one)) in self.concepts:
                    self.parents.setdefault(child, set()).add(code)

    @cached_property
    def children(self) -> dict[str, set[str]]:
        """Direct children by code."""
        found: dict[str, set[str]] = {}
        for code, parents in self.parents.items():
            for parent in parents:
                found.setdefault(parent, set()).add(code)
        return found

    def below(self, code: str) -> set[str]:
        """All descendants of a code, without itself."""
        return _closure(self.children, code)

    def above(self, code: str) -> set[str]:
        """All ancestors of a code, without itself."""
        return _closure(self.parents, code)

    def select(self, one: Mapping[str, Any]) -> frozenset[str] | None:
        """The codes a ValueSet filter (property, op, value) selects, or None when that cannot be decided from here."""
        prop, operator, value = one["property"], one["op"], one["value"]
        if prop in {"concept", "code"} and operator in _BY_HIERARCHY:
            if value not in self.concepts:
                return None
            return frozenset(_BY_HIERARCHY[operator](self, value))
        if operator not in _BY_VALUE or not self._has_property(prop) or (operator == "regex" and not _usable(value)):
            return None
        test = _BY_VALUE[operator]
        return frozenset(code for code in self.concepts if test(self._values(code, prop), value))

    def _has_property(self, prop: str) -> bool:
        declared = {one["code"] for one in self.resource.get("property", ())}
        return prop in declared | {"concept", "code", "parent", "child"}

    def _values(self, code: str, prop: str) -> set[str]:
        if prop in {"concept", "code"}:
            return {code}
        if prop == "parent":
            return self.parents.get(code, set())
        if prop == "child":
            return self.children.get(code, set())
        return {_property_value(one) for one in self.concepts[code].get("property", ()) if one["code"] == prop}


def _walk(concepts: Any, parent: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    for concept in concepts:
        require(concept, CONCEPT)
        yield concept, parent
        yield from _walk(concept.get("concept", ()), concept["code"])


def _closure(edges: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        for code in edges.get(ahead.pop(), ()):
            if code not in found:
                found.add(code)
                ahead.append(code)
    return found - {start}


def _property_value(one: Mapping[str, Any]) -> str:
    value = next((value for key, value in one.items() if key.startswith("value")), "")
    if isinstance(value, dict):
        return str(value.get("code", ""))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _usable(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _matches(values: set[str], value: str) -> bool:
    return any(re.fullmatch(value, one) for one in values)


def _listed(value: str) -> set[str]:
    return {one.strip() for one in value.split(",")}


_BY_HIERARCHY: Mapping[str, Any] = {
    "is-a": lambda system, code: system.below(code) | {code},
    "descendent-of": lambda system, code: system.below(code),
    "is-not-a": lambda system, code: system.concepts.keys() - system.below(code) - {code},
    "generalizes": lambda system, code: system.above(code) | {code},
}
_BY_VALUE: Mapping[str, Any] = {
    "=": lambda values, value: value in values,
    "in": lambda values, value: bool(values & _listed(value)),
    "not-in": lambda values, value: not values & _listed(value),
    "exists": lambda values, value: bool(values) is (value == "true"),
    "regex": _matches,
}
