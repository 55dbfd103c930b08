"""What is in a Bundle, read tolerantly: a malformed part yields nothing, never an exception."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

Resource = dict[str, Any]


def entries(bundle: Any) -> list[dict[str, Any]]:
    """The entries that are objects."""
    listed = bundle.get("entry") if isinstance(bundle, dict) else None
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def resources(bundle: Any, mode: str = "") -> list[Resource]:
    """The resources of the entries; with ``mode`` (``match``, ``include``, ``outcome``) those that have it.

    An entry without a search mode counts as a match, unless it holds an OperationOutcome (R4 Bundle.entry.search.mode).
    """
    found = []
    for entry in entries(bundle):
        resource = entry.get("resource")
        if isinstance(resource, dict) and (not mode or _mode(entry, resource) == mode):
            found.append(resource)
    return found


def _mode(entry: dict[str, Any], resource: Resource) -> str:
    search = entry.get("search")
    mode = search.get("mode") if isinstance(search, dict) else None
    if isinstance(mode, str):
        return mode
    return "outcome" if resource.get("resourceType") == "OperationOutcome" else "match"


def matches(bundle: Any) -> list[Resource]:
    """The resources a search matched."""
    return resources(bundle, "match")


def includes(bundle: Any) -> list[Resource]:
    """The resources a search added to its matches."""
    return resources(bundle, "include")


def outcomes(bundle: Any) -> list[Resource]:
    """The OperationOutcomes of a search about itself."""
    return resources(bundle, "outcome")


def links(bundle: Any) -> dict[str, str]:
    """The first link of each relation (``self``, ``next``, …)."""
    listed = bundle.get("link") if isinstance(bundle, dict) else None
    found: dict[str, str] = {}
    for link in listed if isinstance(listed, list) else []:
        relation, url = (link.get("relation"), link.get("url")) if isinstance(link, dict) else (None, None)
        if isinstance(relation, str) and isinstance(url, str):
            found.setdefault(relation, url)
    return found


def total(bundle: Any) -> int | None:
    """The number of matches the server claims; None when it claims none or not a number."""
    claimed = bundle.get("total") if isinstance(bundle, dict) else None
    return claimed if isinstance(claimed, int) and not isinstance(claimed, bool) else None


def is_bundle(value: Any) -> bool:
    """Whether this is a Bundle at all."""
    return isinstance(value, dict) and value.get("resourceType") == "Bundle"


def identity(resource: Any) -> str:
    """``Type/id`` of a resource; empty when it has no type or no id."""
    if not isinstance(resource, dict):
        return ""
    kind, own = resource.get("resourceType"), resource.get("id")
    return f"{kind}/{own}" if isinstance(kind, str) and isinstance(own, str) and kind and own else ""


def fingerprint(value: Any) -> bytes:
    """What tells one JSON value from another, the order of members included: 16 bytes.

    The fast encoder refuses what few servers send (half a surrogate pair, integers of more than 64 bits).
    """
    try:
        text = orjson.dumps(value)
    except TypeError:
        text = json.dumps(value).encode()
    return hashlib.blake2b(text, digest_size=16).digest()


def resources_in(value: Any) -> Iterator[Resource]:
    """The resources an answer carries: itself, or those in a Bundle's entries, in its responses, in Parameters."""
    if not isinstance(value, dict):
        return
    kind = value.get("resourceType")
    if kind == "Bundle":
        for entry in entries(value):
            yield from resources_in(entry.get("resource"))
            response = entry.get("response")
            yield from resources_in(response.get("outcome") if isinstance(response, dict) else None)
    elif kind == "Parameters":
        listed = value.get("parameter")
        for parameter in listed if isinstance(listed, list) else []:
            yield from resources_in(parameter.get("resource") if isinstance(parameter, dict) else None)
    elif isinstance(kind, str) and kind != "OperationOutcome":
        yield value
