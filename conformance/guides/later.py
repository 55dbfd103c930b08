"""Canonicals that guides define at versions that are not at hand, by name only (later.yaml)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def defined_by(canonical: str) -> str:
    """The guide and version (``us-core 9.0.0``) known to define a canonical, at whatever version; else empty."""
    return _known().get(canonical.partition("|")[0], "")


@cache
def _known() -> Mapping[str, str]:
    import yaml  # noqa: PLC0415 - only an unknown canonical needs the list

    rows: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("later.yaml").read_text(encoding="utf-8"))
    return {row["base"] + name: f"{row['guide']} {row['version']}" for row in rows for name in row["names"]}
