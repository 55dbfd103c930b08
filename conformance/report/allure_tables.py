"""The tables of a whole run in the Allure report: must-support by profile, and the proof of the checks.

They belong to no check, so they stand under "Global attachments".
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from conformance.report.printable import one_line
from conformance.report.wording import status_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from conformance.report.reading import Document

_MUST_SUPPORT = ("profile", "element", "seen", "of", "example", "promised")
_KILLS = ("fault", "requirement", "rule", "what it does", "without it", "with it", "found", "also changed")


def write_tables(results: Path, document: Document, proof: Mapping[str, Any] | None) -> None:
    """Put the tables that there are beside the results, where Allure finds them; ``proof`` as ``prove`` writes it."""
    unseen_first = sorted(document["must_support"], key=lambda entry: bool(entry["seen"]))
    found = [
        ("Must support", "must-support", _MUST_SUPPORT, [_line(entry) for entry in unseen_first]),
        ("Kill table", "kill-table", _KILLS, [_fault(fault) for fault in (proof or {}).get("faults", ())]),
    ]
    attached = []
    for name, file, head, rows in found:
        if rows:
            source = f"{file}-attachment.csv"
            (results / source).write_text(_csv([head, *rows]), encoding="utf-8")
            attached.append({"name": name, "source": source, "type": "text/csv"})
    if attached:
        (results / "run-globals.json").write_text(json.dumps({"attachments": attached}), encoding="utf-8")


def _line(entry: Mapping[str, Any]) -> Sequence[object]:
    promised = "yes" if entry.get("promised") else "no"
    profile = entry["profile"].rpartition("/")[2]
    return profile, entry["element"], entry["seen"], entry["of"], entry.get("example") or "", promised


def _fault(fault: Mapping[str, Any]) -> Sequence[object]:
    without, with_it = (status_words(fault[key]).word for key in ("clean_status", "faulty_status"))
    head = (fault["fault"], fault["requirement"], fault["rule"], fault["description"])
    return *head, without, with_it, "yes" if fault["killed"] else "no: it survived", " ".join(fault["collateral"])


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([one_line(cell, 300) for cell in row] for row in rows)
    return text.getvalue()
