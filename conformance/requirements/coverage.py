"""Which checks judge which requirement, read from the suites without running them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.requirements.model import Catalogue, Requirement


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the suites: ``id`` as reports name it, the sentence it proves, the rows it judges."""

    id: str
    sentence: str
    requirements: tuple[str, ...]
    path: Path
    line: int


def suites_folder() -> Path:
    """The folder of the suites: beside the package in a clone, inside it when installed."""
    package = Path(__file__).parent.parent
    for folder in (package / "_data" / "suites", package.parent / "suites"):
        if folder.is_dir():
            return folder
    raise HarnessError("the suites are not where the package expects them; reinstall it")


def checks(folder: Path | None = None) -> tuple[Check, ...]:
    """Every check in the suites, in file order."""
    found = sorted((folder or suites_folder()).glob("test_*.py"))
    return tuple(check for path in found for check in _checks_of(path))


def _checks_of(path: Path) -> Iterator[Check]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            rows = tuple(row for decorator in node.decorator_list for row in _verified(decorator))
            if rows:
                sentence = (ast.get_docstring(node) or "").partition("\n\n")[0]
                yield Check(f"{path.name}::{node.name}", sentence, rows, path, node.lineno)


def _verified(decorator: ast.expr) -> Iterator[str]:
    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.verifies":
        for argument in decorator.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def by_requirement(catalogue: Catalogue, found: tuple[Check, ...]) -> Mapping[str, tuple[Check, ...]]:
    """The checks of every row, none left out; raises :class:`ConfigError` when a check names an unknown row."""
    rows: dict[str, list[Check]] = {row.id: [] for row in catalogue}
    for check in found:
        for row_id in check.requirements:
            rows[catalogue.get(row_id).id].append(check)
    return {row_id: tuple(judging) for row_id, judging in rows.items()}


def untested(catalogue: Catalogue, found: tuple[Check, ...]) -> Iterator[tuple[Requirement, str]]:
    """The rows without a check, each with the stated reason or ``no check yet``."""
    covered = by_requirement(catalogue, found)
    for row in catalogue:
        if not covered[row.id]:
            yield row, row.untested or "no check yet"
