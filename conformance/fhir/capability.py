"""What a CapabilityStatement declares, read tolerantly: what is malformed counts as not declared."""

from __future__ import annotations

from typing import Any

_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def server(statement: Any) -> dict[str, Any]:
    """The ``rest`` element that speaks for the server; empty when there is none."""
    listed = _objects(_member(statement, "rest"))
    return next((rest for rest in listed if rest.get("mode") == "server"), {})


def resource(statement: Any, resource_type: str) -> dict[str, Any]:
    """What is declared about one resource type; empty when nothing is."""
    listed = _objects(server(statement).get("resource"))
    return next((item for item in listed if item.get("type") == resource_type), {})


def resource_types(statement: Any) -> list[str]:
    """The resource types declared, in the order of the statement."""
    return [item["type"] for item in _objects(server(statement).get("resource")) if isinstance(item.get("type"), str)]


def interactions(statement: Any, resource_type: str = "") -> set[str]:
    """The interactions of a type (``read``, ``search-type``, …); of the whole system without one."""
    part = resource(statement, resource_type) if resource_type else server(statement)
    return {item["code"] for item in _objects(part.get("interaction")) if isinstance(item.get("code"), str)}


def search_parameters(statement: Any, resource_type: str) -> dict[str, dict[str, Any]]:
    """The search parameters of a type by name, those declared for all types included."""
    declared = _objects(server(statement).get("searchParam"))
    declared += _objects(resource(statement, resource_type).get("searchParam"))
    return {item["name"]: item for item in declared if isinstance(item.get("name"), str)}


def operations(statement: Any, resource_type: str = "") -> dict[str, str]:
    """Operation names without the dollar sign and their definitions, of a type or of the whole system."""
    part = resource(statement, resource_type) if resource_type else server(statement)
    found = {}
    for item in _objects(part.get("operation")):
        if isinstance(item.get("name"), str):
            definition = item.get("definition")
            found[item["name"].removeprefix("$")] = definition if isinstance(definition, str) else ""
    return found


def operations_on(statement: Any, resource_type: str) -> dict[str, str]:
    """The operations of a type together with those of the whole system."""
    return {**operations(statement), **operations(statement, resource_type)}


def profiles(statement: Any, resource_type: str) -> list[str]:
    """The supported profiles of a type, its base profile included."""
    declared = resource(statement, resource_type)
    base = declared.get("profile")
    return [*([base] if isinstance(base, str) else []), *_texts(declared.get("supportedProfile"))]


def search_includes(statement: Any, resource_type: str) -> list[str]:
    """The ``_include`` values declared for a type."""
    return _texts(resource(statement, resource_type).get("searchInclude"))


def formats(statement: Any) -> list[str]:
    """The formats the server says it speaks."""
    return _texts(_member(statement, "format"))


def guides(statement: Any) -> list[str]:
    """The implementation guides and capability statements the server says it follows."""
    return _texts(_member(statement, "implementationGuide")) + _texts(_member(statement, "instantiates"))


def oauth_uris(statement: Any) -> dict[str, str]:
    """The endpoints of the SMART ``oauth-uris`` extension: ``authorize``, ``token``, ``register`` and the like."""
    found: dict[str, str] = {}
    for extension in _objects(_member(server(statement).get("security"), "extension")):
        if extension.get("url") == _OAUTH:
            for part in _objects(extension.get("extension")):
                name, value = part.get("url"), part.get("valueUri") or part.get("valueUrl")
                if isinstance(name, str) and isinstance(value, str):
                    found[name] = value
    return found
