"""Reads the catalogue: ``requirements.yaml`` of every area."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from conformance.errors import HarnessError
from conformance.requirements.model import AREAS, Catalogue, Requirement

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_KEYS = {"how_a_broken_server_looks": "broken"}


@cache
def load_catalogue() -> Catalogue:
    """The whole catalogue; raises :class:`HarnessError` when a file of ours is not what it should be."""
    sources = [
        (re.compile(entry["match"]), entry["label"], entry["url"])
        for entry in _read(files("conformance.requirements") / "sources.yaml")
    ]
    rows: dict[str, Requirement] = {}
    for area in AREAS:
        for fields in _read(files("conformance.areas") / area.replace("-", "_") / "requirements.yaml"):
            row = _requirement(area, fields, sources)
            if row.id in rows:
                raise HarnessError(f"requirement {row.id} is in the catalogue twice")
            rows[row.id] = row
    return Catalogue(MappingProxyType(rows))


def _requirement(area: str, fields: dict[str, Any], sources: list[tuple[re.Pattern[str], str, str]]) -> Requirement:
    renamed = {_KEYS.get(key, key): value for key, value in fields.items()}
    try:
        return Requirement(area=area, links=_links(renamed["source"], sources), **renamed)
    except (TypeError, KeyError) as problem:
        raise HarnessError(f"areas/{area}/requirements.yaml, row {fields.get('id', '?')}: {problem}") from problem


def _links(source: str, sources: list[tuple[re.Pattern[str], str, str]]) -> tuple[tuple[str, str], ...]:
    """(label, URL) of every document a citation names, in the order of the citation."""
    found: dict[str, tuple[int, str]] = {}
    for pattern, label, url in sources:
        for match in pattern.finditer(source):
            target = match.expand(url)
            if target not in found:
                found[target] = (match.start(), match.expand(label))
    return tuple((label, target) for target, (_, label) in sorted(found.items(), key=lambda item: item[1][0]))


def _read(file: Traversable) -> list[dict[str, Any]]:
    import yaml  # noqa: PLC0415  start-up: only runs that need rows pay for it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  a safe loader either way
    if not isinstance(rows, list):
        raise HarnessError(f"{file} is not a list")
    return rows
