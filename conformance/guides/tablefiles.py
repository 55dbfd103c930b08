"""Tables as files: compact JSON, one element or index entry per line, so that a version bump reads as a diff."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from conformance.errors import ConfigError, HarnessError

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "index.json"
KINDS = ("StructureDefinition", "ValueSet", "CodeSystem")


def dump(table: Mapping[str, Any]) -> str:
    """A table as text: a line per top-level member, and per item of a list or mapping of objects or lists."""
    lines = ",\n".join(f"{_compact(key)}:{_member(value)}" for key, value in table.items())
    return "{\n" + lines + "\n}\n"


def _member(value: Any) -> str:
    if isinstance(value, Mapping) and value and any(isinstance(one, Mapping | list) for one in value.values()):
        return "{\n" + ",\n".join(f"{_compact(key)}:{_compact(one)}" for key, one in value.items()) + "\n}"
    if isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(one, Mapping) for one in value):
        return "[\n" + ",\n".join(_compact(one) for one in value) + "\n]"
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def write(path: Path, table: Mapping[str, Any]) -> None:
    """Write one table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(table), encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """Read one table. A missing or damaged one is our own trouble: HarnessError naming the file."""
    try:
        table = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as trouble:
        raise HarnessError(f"constraint table {path} cannot be read: {trouble}") from trouble
    if not isinstance(table, dict):
        raise HarnessError(f"constraint table {path} is not a JSON object")
    return table


def folder(root: Path, guide: str, version: str) -> Path:
    """Where one guide's tables lie below a root."""
    return root / f"{guide}-{version}"


def guide_folders(roots: Sequence[Path]) -> dict[str, Path]:
    """Folder name (``us-core-6.1.0``) to folder, of every guide below the given roots; the first root wins."""
    found: dict[str, Path] = {}
    for root in roots:
        if root.is_dir():
            for one in sorted(root.iterdir()):
                if (one / INDEX).is_file():
                    found.setdefault(one.name, one)
    return found


def guide_folder(roots: Sequence[Path], guide: str, version: str) -> Path:
    """The folder of one guide. ConfigError names the versions there are."""
    for root in roots:
        if (folder(root, guide, version) / INDEX).is_file():
            return folder(root, guide, version)
    there = guide_folders(roots)
    same = sorted(one.removeprefix(f"{guide}-") for one in there if one.startswith(f"{guide}-"))
    have = f"versions at hand: {', '.join(same)}" if same else f"guides at hand: {', '.join(sorted(there)) or 'none'}"
    raise ConfigError(f"guide {guide}@{version} is not at hand; {have}. Add it with: conformance guides add PACKAGE")
