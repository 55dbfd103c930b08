"""The fixture manifest: what the records of each member hold, as the payer that seeded them says."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from conformance.target.document import read_layer
from conformance.target.problems import Problem, TargetProblems
from conformance.target.schema import violations

if TYPE_CHECKING:
    from pathlib import Path


def read_manifest(file: Path, shown: str) -> tuple[dict[str, Any], list[Problem]]:
    """The manifest (YAML or JSON) in ``file`` and everything that is wrong with it."""
    try:
        layer = read_layer(file, shown)
    except TargetProblems as refused:
        return {}, list(refused.problems)
    problems = list(layer.problems)
    if schema := _manifest_schema():
        broken = dict(reversed(list(violations(layer.data, schema))))
        problems += [Problem(layer.place(path), path, sentence) for path, sentence in reversed(broken.items())]
    return layer.data, problems


@cache
def _manifest_schema() -> dict[str, Any]:
    file = files("conformance.target").joinpath("fixtures.schema.json")
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return loaded
