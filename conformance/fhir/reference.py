"""What a reference points to, read from its text alone (R4 references)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["relative", "absolute", "urn", "contained", "conditional", "other"]

_TYPE = r"[A-Z][A-Za-z]+"
_ID = r"[A-Za-z0-9\-.]{1,64}"
_TARGET = re.compile(rf"(?P<type>{_TYPE})/(?P<id>{_ID})(?:/_history/(?P<version>{_ID}))?(?:#(?P<fragment>.*))?")
_ABSOLUTE = re.compile(rf"(?P<base>[a-z][a-z0-9+.-]*://.+?)/{_TARGET.pattern}", re.IGNORECASE | re.DOTALL)
_CONDITIONAL = re.compile(rf"(?P<type>{_TYPE})\?(?P<query>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reference:
    """The parts of a literal reference; what it does not have is empty.

    ``base`` is the service base of an absolute reference (without a trailing slash), ``version`` that of a versioned
    one, ``fragment`` the id of a contained resource, ``query`` the search of a conditional reference.
    """

    text: str
    kind: Kind
    base: str = ""
    type: str = ""
    id: str = ""
    version: str = ""
    fragment: str = ""
    query: str = ""

    @property
    def target(self) -> str:
        """``Type/id``; empty when the reference names neither."""
        return f"{self.type}/{self.id}" if self.type and self.id else ""


def parse(text: str) -> Reference:
    """Take a reference apart; ``other`` is no literal reference to a resource."""
    if text.startswith("#"):
        return Reference(text, "contained", fragment=text[1:])
    if text.lower().startswith("urn:"):
        return Reference(text, "urn")
    if found := _TARGET.fullmatch(text):
        return Reference(text, "relative", **_parts(found))
    if found := _CONDITIONAL.fullmatch(text):
        return Reference(text, "conditional", **_parts(found))
    found = _ABSOLUTE.fullmatch(text)
    if found and re.fullmatch(_TYPE, found["type"]):
        return Reference(text, "absolute", **_parts(found))
    return Reference(text, "other")


def _parts(found: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in found.groupdict().items() if value}


def is_local(reference: Reference, base: str) -> bool:
    """Whether a reference points into the service at ``base``."""
    own = base.rstrip("/")
    return reference.kind in {"relative", "conditional"} or (reference.kind == "absolute" and reference.base == own)


def references(resource: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """``(FHIRPath location, text)`` of every literal reference in a resource, contained ones included."""
    if isinstance(resource, dict):
        path = path or str(resource.get("resourceType", ""))
        for name, value in resource.items():
            place = f"{path}.{name}" if path else name
            if name == "reference" and isinstance(value, str):
                yield path, value
            elif isinstance(value, dict):
                yield from references(value, place)
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    yield from references(item, f"{place}[{index}]")
