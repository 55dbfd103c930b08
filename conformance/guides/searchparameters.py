"""Search parameters as tables: what a server must understand, without a word of prose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.guides.packages import understood
from conformance.guides.shapes import SEARCH_PARAMETER, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EXPECTATION = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation"
_FACTS = (
    "url", "version", "code", "type", "base", "expression", "target", "multipleOr", "multipleAnd", "comparator",
    "modifier", "chain", "component", "derivedFrom",
)  # fmt: skip


def search_parameter_table(parameters: Iterable[Mapping[str, Any]], package: str) -> list[dict[str, Any]]:
    """Facts of a package's SearchParameter resources, in order of code and URL. ``package`` names it in errors."""
    found = []
    for parameter in parameters:
        with understood(package, parameter):
            require(parameter, SEARCH_PARAMETER)
            if parameter.get("code") and parameter.get("base"):
                found.append(_facts(parameter))
    return sorted(found, key=lambda one: (one["code"], one["url"]))


def _facts(parameter: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"url": parameter["url"], **{key: parameter[key] for key in _FACTS if key in parameter}}
    expected: dict[str, Any] = {}
    for key in ("multipleOr", "multipleAnd", "comparator", "modifier", "chain"):
        marks = parameter.get(f"_{key}")
        if isinstance(marks, dict):
            expected[key] = expectation(marks)
        elif isinstance(marks, list):
            values = zip(parameter.get(key, ()), marks, strict=False)
            expected[key] = {value: expectation(mark) for value, mark in values if mark}
    return facts | ({"expectation": expected} if expected else {})


def expectation(item: Mapping[str, Any]) -> str:
    """The conformance expectation (SHALL, SHOULD, MAY) an item is marked with, or ""."""
    for extension in item.get("extension", ()):
        if extension.get("url") == _EXPECTATION:
            return str(extension.get("valueCode", ""))
    return ""
