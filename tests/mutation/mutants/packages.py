"""FHIR packages as they are published: definitions and examples straight from the archives.

A reader of its own, so that what counts as a fault is decided without any code of the harness.
"""

from __future__ import annotations

import json
import tarfile
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = ("StructureDefinition", "ValueSet", "CodeSystem")
CORE = "hl7.fhir.r4.core#4.0.1"
COMPANIONS = ("hl7.terminology.r4#7.0.1", "hl7.fhir.uv.extensions.r4#5.2.0")


class Realm(NamedTuple):
    """Guides judged together: what the validator selects, and the packages that hold their definitions and examples."""

    name: str
    selection: dict[str, str]
    packages: tuple[str, ...]
    beneath: dict[str, tuple[str, ...]]

    def order(self, within: str = "") -> tuple[str, ...]:
        """The packages in which an unversioned canonical is looked up, nearest first."""
        own = (within, *self.beneath.get(within, ())) if within else ()
        return tuple(dict.fromkeys((*own, *self.packages, *COMPANIONS, CORE)))


US_CORE, CARIN, HREX, PDEX = (
    "hl7.fhir.us.core",
    "hl7.fhir.us.carin-bb",
    "hl7.fhir.us.davinci-hrex",
    "hl7.fhir.us.davinci-pdex",
)
BENEATH = {
    f"{CARIN}#2.0.0": (f"{US_CORE}#3.1.1",),
    f"{CARIN}#2.1.0": (f"{US_CORE}#6.1.0",),
    f"{HREX}#1.0.0": (f"{US_CORE}#3.1.1",),
    f"{HREX}#1.1.0": (f"{US_CORE}#7.0.0",),
    f"{PDEX}#2.0.0": (f"{US_CORE}#3.1.1", f"{HREX}#1.0.0"),
}
"""Which guide versions each guide rests on, from its package.json."""

REALMS = (
    Realm(
        "current",
        {"us-core": "6.1.0", "carin-bb": "2.1.0", "hrex": "1.1.0"},
        (f"{US_CORE}#6.1.0", f"{CARIN}#2.1.0", f"{HREX}#1.1.0"),
        BENEATH,
    ),
    Realm(
        "earlier",
        {"us-core": "3.1.1", "carin-bb": "2.0.0", "hrex": "1.0.0", "pdex": "2.0.0"},
        (f"{US_CORE}#3.1.1", f"{CARIN}#2.0.0", f"{HREX}#1.0.0", f"{PDEX}#2.0.0"),
        BENEATH,
    ),
    Realm("later", {"us-core": "7.0.0"}, (f"{US_CORE}#7.0.0",), BENEATH),
)


class Store(Protocol):
    """Where definitions are found."""

    def find(self, kind: str, canonical: str, realm: Realm, within: str = "") -> tuple[str, dict[str, Any]] | None:
        """The package and definition that a canonical means to a reader of package ``within``."""


class Package:
    """One archive: raw definitions by kind and canonical, parsed when asked for, and its examples."""

    def __init__(self, path: Path) -> None:
        self.raw: dict[str, bytes] = {}
        with tarfile.open(path) as archive:
            for member in archive:
                name = member.name.removeprefix("package/")
                if name.startswith("example/") or name.partition("-")[0] in KINDS:
                    handle = archive.extractfile(member)
                    if handle is not None and name.endswith(".json"):
                        self.raw[name] = handle.read()

    @cached_property
    def index(self) -> dict[tuple[str, str], list[str]]:
        """File names by kind and url; the url is read without parsing the whole definition where possible."""
        found: dict[tuple[str, str], list[str]] = {}
        for name, raw in self.raw.items():
            kind = name.partition("-")[0]
            if kind in KINDS and "/" not in name:
                found.setdefault((kind, url_of(raw)), []).append(name)
        return found

    def find(self, kind: str, url: str, version: str) -> dict[str, Any] | None:
        """The definition with this url, and version if one is wanted."""
        for name in self.index.get((kind, url), ()):
            found: dict[str, Any] = self.parsed(name)
            if not version or found.get("version") == version:
                return found
        return None

    @cache  # noqa: B019 - packages live as long as the process
    def parsed(self, name: str) -> Any:
        """One file of the archive."""
        return json.loads(self.raw[name])

    def examples(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """File name and content of every example resource."""
        for name, raw in sorted(self.raw.items()):
            if name.startswith("example/"):
                resource = json.loads(raw)
                if isinstance(resource, dict) and "resourceType" in resource:
                    yield name.removeprefix("example/").removesuffix(".json"), resource


def url_of(raw: bytes) -> str:
    """The top-level ``url`` of a definition; the first in the text is it unless something nested comes before."""
    head, found, rest = raw.partition(b'"url"')
    if found and head.count(b"{") == 1:
        return rest.split(b'"', 2)[1].decode()
    return str(json.loads(raw).get("url", ""))


class Packages:
    """The archives of a folder, opened when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, Package] = {}

    def __getitem__(self, identity: str) -> Package:
        """The package ``name#version``; FileNotFoundError when its archive is not in the folder."""
        if identity not in self._open:
            self._open[identity] = Package(self.folder / f"{identity.replace('#', '-')}.tgz")
        return self._open[identity]

    def find(self, kind: str, canonical: str, realm: Realm, within: str = "") -> tuple[str, dict[str, Any]] | None:
        """The package and definition that a canonical means to a reader of ``within``."""
        url, _, version = canonical.partition("|")
        everywhere = tuple(BENEATH) if version else ()
        beside = tuple(one for several in BENEATH.values() for one in several) if version else ()
        for identity in (*realm.order(within), *everywhere, *beside):
            found = self[identity].find(kind, url.partition("#")[0], version)
            if found is not None:
                return identity, found
        return None
