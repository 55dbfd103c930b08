"""What a guide's CapabilityStatement asks of a server, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.guides.packages import understood
from conformance.guides.searchparameters import expectation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_COMBINATION = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination"


def server_table(statements: Iterable[Mapping[str, Any]], package: str) -> dict[str, Any] | None:
    """The requirements on servers in a package's CapabilityStatements, or None when it has none.

    ``resources`` maps each type to its expectation and to its interactions, search parameters, combinations, includes
    and profiles, each with SHALL, SHOULD or MAY ("" where the guide does not say).
    """
    for statement in statements:
        with understood(package, statement):
            servers = [rest for rest in statement.get("rest", ()) if rest.get("mode") == "server"]
            if servers:
                return _server(statement, servers[0])
    return None


def _server(statement: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "url": statement["url"],
        "version": statement.get("version", ""),
        "kind": statement.get("kind", ""),
        "interaction": _marked(rest.get("interaction", ()), "code"),
        "operation": _operations(rest),
        "resources": {one["type"]: _resource(one) for one in rest.get("resource", ())},
    }


def _resource(resource: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "expectation": expectation(resource),
        "interaction": _marked(resource.get("interaction", ()), "code"),
        "searchParam": {
            one["name"]: {
                "expectation": expectation(one),
                "type": one.get("type", ""),
                "definition": one.get("definition", ""),
            }
            for one in resource.get("searchParam", ())
        },
        "combination": _combinations(resource),
        "operation": _operations(resource),
    }
    for key in ("supportedProfile", "searchInclude", "searchRevInclude", "referencePolicy"):
        facts[key] = _parallel(resource, key)
    return {key: value for key, value in facts.items() if value}


def _marked(items: Iterable[Mapping[str, Any]], name: str) -> dict[str, str]:
    return {one[name]: expectation(one) for one in items}


def _operations(item: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {
        one["name"]: {"expectation": expectation(one), "definition": one.get("definition", "")}
        for one in item.get("operation", ())
    }


def _parallel(resource: Mapping[str, Any], key: str) -> dict[str, str]:
    """A list of plain values with its list of marks (``_key``), which may be shorter or hold nulls."""
    values = resource.get(key, ())
    marks = [*resource.get(f"_{key}", ()), *[None] * len(values)]
    return {value: expectation(mark or {}) for value, mark in zip(values, marks, strict=False)}


def _combinations(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for extension in resource.get("extension", ()):
        if extension.get("url") == _COMBINATION:
            parts = extension.get("extension", ())
            named = {
                kind: [one["valueString"] for one in parts if one.get("url") == kind and "valueString" in one]
                for kind in ("required", "optional")
            }
            found.append(
                {"expectation": expectation(extension), **{key: value for key, value in named.items() if value}}
            )
    return found
