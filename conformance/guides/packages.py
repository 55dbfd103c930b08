"""Reading FHIR packages: an npm-style archive or folder in, its resources out.

A package is a gzipped tar (or the folder it unpacks to) with ``package/package.json`` and one resource per file beside
it (https://hl7.org/fhir/packages.html). Nothing is ever unpacked to disk. Everything that is wrong with a package is a
:class:`~conformance.errors.ConfigError` that names the package and the file.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from conformance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Resource = dict[str, Any]

MAX_UNPACKED = 2_000_000_000
"""Bytes an archive may unpack to: ten times the largest package seen, and far below what fills a memory."""

_FORMS = {"name": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*"), "version": re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]*")}

_NOT_RESOURCES = frozenset({"package.json", ".index.json", ".index.db", "package-lock.json"})


@dataclass(frozen=True, slots=True)
class Package:
    """One FHIR package in memory.

    ``resources`` maps a resource type to the package's definitions of that type, in file order (examples are not read).
    ``dependencies`` maps package names to the versions that ``package.json`` pins. ``sha256`` is that of the archive,
    or of the sorted file contents for a folder.
    """

    name: str
    version: str
    sha256: str
    meta: Mapping[str, Any]
    dependencies: Mapping[str, str]
    resources: Mapping[str, tuple[Resource, ...]] = field(repr=False)

    @property
    def id(self) -> str:
        """``name#version``: how tables name the package they come from."""
        return f"{self.name}#{self.version}"

    def of(self, *types: str) -> Iterator[Resource]:
        """All resources of the given types."""
        for kind in types:
            yield from self.resources.get(kind, ())


def read_package(source: Path | bytes, label: str = "") -> Package:
    """Read a package from an archive's path, an unpacked folder, or an archive's bytes.

    ``label`` names the package in error messages when there is no path. Raises ConfigError for anything that is not a
    FHIR package.
    """
    place = label or (str(source) if isinstance(source, Path) else "package")
    if isinstance(source, Path) and source.is_dir():
        files, digest = _folder_files(source, place)
    else:
        data = source if isinstance(source, bytes) else _bytes(source, place)
        files, digest = dict(_archive_files(data, place)), hashlib.sha256(data).hexdigest()
    return _package(files, digest, place)


def with_own_version(package: Package) -> Package:
    """The same package, every definition at the package's version, as the publishing tools write it (apply-version)."""
    own = {
        kind: tuple({**one, "version": package.version} if "url" in one else one for one in found)
        for kind, found in package.resources.items()
    }
    return replace(package, resources=own)


def _bytes(path: Path, place: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as trouble:
        raise ConfigError(f"{place}: cannot be read ({trouble.strerror})") from trouble


def _archive_files(data: bytes, place: str) -> Iterator[tuple[str, bytes]]:
    """File name and content of everything directly in ``package/``."""
    unpacked = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for member in archive:
                folder, _, name = member.name.removeprefix("./").rpartition("/")
                unpacked += member.size
                if unpacked > MAX_UNPACKED:
                    raise ConfigError(f"{place}: unpacks to more than {MAX_UNPACKED:,} bytes")
                if member.isfile() and folder == "package":
                    stream = archive.extractfile(member)
                    yield name, stream.read() if stream else b""
    except (tarfile.TarError, EOFError, OSError, zlib.error) as trouble:
        raise ConfigError(f"{place}: not a FHIR package archive (gzipped tar): {trouble}") from trouble


def _folder_files(folder: Path, place: str) -> tuple[dict[str, bytes], str]:
    inner = folder / "package" if (folder / "package").is_dir() else folder
    files = {path.name: _bytes(path, f"{place}/{path.name}") for path in sorted(inner.iterdir()) if path.is_file()}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(name.encode() + b"\0" + content)
    return files, digest.hexdigest()


def _package(files: Mapping[str, bytes], digest: str, place: str) -> Package:
    if "package.json" not in files:
        raise ConfigError(f"{place}: not a FHIR package: it has no package/package.json")
    meta = _json(files["package.json"], f"{place}: package.json")
    missing = [key for key in ("name", "version") if not isinstance(meta.get(key), str) or not meta[key]]
    if missing:
        raise ConfigError(f"{place}: package.json lacks {' and '.join(missing)}")
    for key, form in _FORMS.items():
        if not form.fullmatch(meta[key]):
            raise ConfigError(f"{place}: package.json: {key} {meta[key]!r} is not one a package can have")
    dependencies = meta.get("dependencies") or {}
    if not isinstance(dependencies, dict) or not all(isinstance(pin, str) for pin in dependencies.values()):
        raise ConfigError(f"{place}: package.json: dependencies is not an object of name: version")
    resources: dict[str, list[Resource]] = {}
    for name, content in _resource_files(files):
        resource = _json(content, f"{place}: {name}")
        if isinstance(kind := resource.get("resourceType"), str):
            resources.setdefault(kind, []).append(resource)
    frozen = {kind: tuple(found) for kind, found in resources.items()}
    return Package(meta["name"], meta["version"], digest, meta, dependencies, frozen)


def _resource_files(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The files that hold resources.

    Where the same name exists with and without ``.json``, only the one without counts: the expansions package carries
    each value set twice, and the files with the ending are an older build.
    """
    for name, content in sorted(files.items()):
        stem = name.removesuffix(".json")
        if name in _NOT_RESOURCES or (stem != name and stem in files):
            continue
        if stem != name or (content[:1] == b"{" and "." not in name):
            yield name, content


def _json(content: bytes, place: str) -> dict[str, Any]:
    try:
        value = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as trouble:
        raise ConfigError(f"{place}: not JSON: {trouble}") from trouble
    if not isinstance(value, dict):
        raise ConfigError(f"{place}: not a JSON object")
    return value


def name_of(resource: Mapping[str, Any]) -> str:
    """What a definition goes by: its id, else the end of its URL."""
    return str(resource.get("id") or str(resource.get("url", "")).rpartition("/")[2])


@contextmanager
def understood(package: str, resource: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Turns trouble with the shape of a definition into a ConfigError that names the package and the definition.

    Packages are other people's files: a member that is missing or of the wrong kind may turn up anywhere.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as trouble:
        what = f"{package}: {resource.get('resourceType', 'definition')} {name_of(resource)}" if resource else package
        kind = "lacks" if isinstance(trouble, KeyError) else "is malformed:"
        raise ConfigError(f"{what} {kind} {trouble}") from trouble


def package_places(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Folders that may hold packages: ``$FHIR_PACKAGES`` (one or several, as in PATH) and ``~/.fhir/packages``."""
    named = [Path(part) for part in environ.get("FHIR_PACKAGES", "").split(os.pathsep) if part]
    home = environ.get("HOME", "")
    return (*named, *([Path(home) / ".fhir" / "packages"] if home else []))


def find_package(name: str, version: str, places: Iterable[Path] | None = None) -> Path | None:
    """Where a package lies in one of the places (``name-version.tgz``, ``name#version``, ``name-version``), or None."""
    for place in package_places() if places is None else places:
        for form in (f"{name}-{version}.tgz", f"{name}#{version}.tgz", f"{name}#{version}", f"{name}-{version}"):
            if (place / form).exists():
                return place / form
    return None
