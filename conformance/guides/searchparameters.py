"""Search parameters as tables: what a server must understand, without a word of prose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EXPECTATION = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation"
_FACTS = (
    "url", "version", "code", "type", "base", "expression", "target", "multipleOr", "multipleAnd", "comparator",
    "modifier", "chain", "component", "derivedFrom",
)  # fmt: skip


def search_parameter_table(parameters: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Facts of SearchParameter resources, in order of code and URL."""
    return sorted(
        (_facts(one) for one in parameters if one.get("code") and one.get("base")),
        key=lambda one: (one["code"], one["url"]),
    )


def _facts(parameter: Mapping[str, Any]) -> dict[str, Any]:
    facts = {key: parameter[key] for key in _FACTS if key in parameter}
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
