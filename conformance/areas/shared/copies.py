"""What two copies of one resource have to agree in, whichever answer brought them."""

from __future__ import annotations

from typing import Any

Resource = dict[str, Any]

_ATTACHMENTS = frozenset(
    {"attachment", "content", "contentAttachment", "photo", "presentedForm", "sourceAttachment", "valueAttachment"}
)
_VOLATILE = frozenset({"lastUpdated", "versionId", "source", "tag", "security"})


def lasting(resource: Resource) -> Resource:
    """A resource without the parts of ``meta`` that change by themselves and without the addresses of attachments."""
    meta = resource.get("meta")
    kept = {name: value for name, value in meta.items() if name not in _VOLATILE} if isinstance(meta, dict) else {}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return without_addresses({**rest, **({"meta": kept} if kept else {})})


def without_addresses(resource: Resource) -> Resource:
    """A resource without ``url`` in its attachments: a server may sign the address anew in every answer."""
    return {name: _cleared(value, within=name) for name, value in resource.items()}


def _cleared(value: Any, *, within: str) -> Any:
    if isinstance(value, list):
        return [_cleared(each, within=within) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {name: each for name, each in value.items() if name != "url" or within not in _ATTACHMENTS}
    return {name: _cleared(each, within=name) for name, each in kept.items()}
