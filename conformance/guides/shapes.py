"""The shapes of what is read from packages, so that nothing of another shape ever becomes a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Any
"""A type; a list of one shape; or a mapping of member names to shapes (members it does not name may be anything)."""

_URLS = [str]
_CLAUSE: Shape = {
    "system": str,
    "version": str,
    "valueSet": _URLS,
    "concept": [{"code": str}],
    "filter": [{"property": str, "op": str, "value": str}],
}
VALUE_SET: Shape = {
    "url": str,
    "version": str,
    "copyright": str,
    "compose": {"include": [_CLAUSE], "exclude": [_CLAUSE]},
    "expansion": {"total": int, "contains": [{"system": str, "code": str}]},
}
CODE_SYSTEM: Shape = {"url": str, "version": str, "content": str, "copyright": str, "property": [{"code": str}]}
CONCEPT: Shape = {"code": str, "property": [{"code": str}], "concept": list}
STRUCTURE: Shape = {
    "url": str,
    "version": str,
    "name": str,
    "type": str,
    "kind": str,
    "derivation": str,
    "baseDefinition": str,
    "context": [{"type": str, "expression": str}],
    "contextInvariant": [str],
    "snapshot": {"element": list},
    "differential": {"element": list},
}
ELEMENT: Shape = {
    "id": str,
    "path": str,
    "sliceName": str,
    "min": int,
    "max": str,
    "base": {"path": str, "min": int, "max": str},
    "contentReference": str,
    "type": [{"code": str, "fhirType": str, "profile": _URLS, "targetProfile": _URLS, "aggregation": [str]}],
    "regex": str,
    "maxLength": int,
    "constraint": [{"key": str, "severity": str, "expression": str, "source": str}],
    "binding": {
        "strength": str,
        "valueSet": str,
        "maxValueSet": str,
        "minValueSet": str,
        "additional": [{"valueSet": str}],
    },
    "slicing": {"discriminator": [{"type": str, "path": str}], "rules": str},
}
SEARCH_PARAMETER: Shape = {
    "url": str,
    "version": str,
    "code": str,
    "type": str,
    "base": [str],
    "expression": str,
    "target": [str],
    "multipleOr": bool,
    "multipleAnd": bool,
    "comparator": [str],
    "modifier": [str],
    "chain": [str],
    "component": [{"definition": str, "expression": str}],
}


def require(value: Any, shape: Shape, where: str = "") -> None:
    """Raise TypeError naming the member that does not have its shape."""
    if isinstance(shape, Mapping):
        _of_kind(value, Mapping, where)
        for key, inner in shape.items():
            if key in value:
                require(value[key], inner, f"{where}.{key}" if where else key)
    elif isinstance(shape, list):
        _of_kind(value, list | tuple, where)
        for one in value:
            require(one, shape[0], where)
    else:
        _of_kind(value, shape, where)


def _of_kind(value: Any, kind: Any, where: str) -> None:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{where or 'it'} cannot be {value!r:.60}")
