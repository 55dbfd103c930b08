"""A run against a deployment, compared with the reviewed list of what must fail there.

``expected.yaml`` lists each gate row that the deployment truly breaks: ``row``, ``rules`` (every rule that its errors
cite), ``request``, ``answer``, ``clause`` (which SHALL it breaks), ``cause`` (what in the product or its combination
breaks it).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEYS = {"row", "rules", "request", "answer", "clause", "cause"}
HEADINGS = ("deployment", "fail as expected", "unexpected", "did not fail", "undecided", "errors")


@dataclass
class Comparison:
    """What a run and the list do not agree on."""

    deployment: str
    as_expected: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def cells(self) -> tuple[str, ...]:
        lists = (self.as_expected, self.unexpected, self.missing, self.undecided, self.errors)
        return (self.deployment, *(str(len(each)) for each in lists))


def expected(file: Path) -> dict[str, set[str]]:
    """The rules that each row of the list breaks. Raise ValueError for a line that lacks a part."""
    lines = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    for line in lines:
        if set(line) != KEYS or not all(line.values()):
            raise ValueError(f"{file}: {line.get('row')} needs {', '.join(sorted(KEYS))}")
    return {line["row"]: set(line["rules"]) for line in lines}


def compare(deployment: str, rows: Iterable[dict[str, Any]], wanted: dict[str, set[str]]) -> Comparison:
    """Gate rows that fail, against the list; and what stays undecided or ended in an error of the harness."""
    result, missing = Comparison(deployment), {name: set(rules) for name, rules in wanted.items()}
    for row in rows:
        name = row["id"]
        if row["status"] == "error":
            result.errors.append(f"{name}: {row['reason']}")
        elif row["status"] == "undecided":
            result.undecided.append(name)
        elif row["status"] == "fail":
            _note(result, row, missing.pop(name, None))
    result.missing.extend(missing)
    return result


def _note(result: Comparison, row: dict[str, Any], rules: set[str] | None) -> None:
    errors = [finding for finding in row["findings"] if finding["severity"] == "error"]
    strange = [finding for finding in errors if rules is None or finding["rule"] not in rules]
    result.unexpected.extend(f"{row['id']} {each['rule']}: {each['message']}" for each in strange)
    if rules is None:
        return
    found = {finding["rule"] for finding in errors}
    result.as_expected.append(row["id"])
    result.missing.extend(f"{row['id']} {rule}" for rule in sorted(rules - found))


def table(comparisons: Iterable[Comparison]) -> str:
    """One line per deployment, in columns."""
    lines = [HEADINGS, *(each.cells for each in comparisons)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
