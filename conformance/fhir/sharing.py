"""Resources that many answers return, kept once: a member's record comes back with every search for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.fhir import bundle as bundles

if TYPE_CHECKING:
    Resource = dict[str, Any]


class SharedResources:
    """The first copy of each resource, by ``Type/id``; safe to use from several threads."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[Resource, bytes]] = {}

    def share(self, bundle: Resource) -> list[Resource]:
        """Put the copy that is kept in the place of each equal one in a Bundle; return the resources that are new.

        Texts are compared, not values: to Python 1, 1.0 and true are equal.
        """
        new: list[Resource] = []
        for entry in bundles.entries(bundle):
            resource = entry.get("resource")
            if not isinstance(resource, dict):
                continue
            identity = bundles.identity(resource)
            content = bundles.fingerprint(resource) if identity else b""
            first, known = self._first.get(identity, (resource, b""))
            if identity and known == content:
                entry["resource"] = first
                continue
            new.append(resource)
            if identity:
                self._first.setdefault(identity, (resource, content))
        return new
