"""A new default version of a guide is one change: in conformance.guide_selection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import conformance
from conformance.guide_selection import DEFAULT_GUIDES
from conformance.guides import Guides
from conformance.target.model import Target
from conformance.target.schema import target_schema
from conformance.validator.job import selection_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(conformance.__file__).parent


@pytest.fixture
def another_default(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """US Core at another version by default."""
    monkeypatch.setitem(DEFAULT_GUIDES, "us-core", "7.0.0")  # type: ignore[arg-type]
    target_schema.cache_clear()
    yield "7.0.0"
    target_schema.cache_clear()


def test_everything_follows_the_one_mapping(another_default: str) -> None:
    default = Target.__dataclass_fields__["guides"].default_factory
    described = target_schema()["properties"]["guides"]["properties"]

    assert selection_of(())["us-core"] == another_default
    assert described["us-core"]["default"] == another_default
    assert Guides.load().selection["us-core"] == another_default
    assert default()["us-core"] == another_default  # type: ignore[operator, misc]


def test_no_other_module_pairs_a_guide_with_a_version() -> None:
    paired = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for name, version in DEFAULT_GUIDES.items()
        if f'"{name}": "{version}"' in path.read_text(encoding="utf-8") and "reference" not in path.parts
    }

    assert paired == {"guide_selection.py"}
