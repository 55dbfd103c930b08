"""Allure results and history, without what is never read and every page would carry.

Allure writes each message a dozen times into its page, and each result of each earlier run twice, with all its labels:
without this a page outgrows any browser within twenty runs.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_MESSAGE_LINES = 20
_LABELS_SHOWN = frozenset({"epic", "requirement", "severity", "tag"})


def lighten(results: Path) -> None:
    """Cut very long messages, take out hidden labels and fixtures that did their work, name results by their rows.

    Nothing is lost: the findings are attached to the check one by one, and all are in conformance.json.
    """
    for path in results.glob("*-result.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        details = result.get("statusDetails") or {}
        for key in ("message", "trace"):
            lines = str(details.get(key) or "").split("\n")
            if len(lines) > _MESSAGE_LINES:
                more = f"and {len(lines) - _MESSAGE_LINES:,} more lines; see the steps below"
                details[key] = "\n".join([*lines[:_MESSAGE_LINES], more])
        result["labels"] = [label for label in result.get("labels", ()) if label["name"] in _LABELS_SHOWN]
        _name_by_rows(result)
        path.write_text(json.dumps(result), encoding="utf-8")
    for path in results.glob("*-container.json"):
        _without_plumbing(path)


def _name_by_rows(result: dict[str, Any]) -> None:
    """Replace the file of a check by its rows in what histories go by, so that a moved check keeps its history."""
    rows = sorted(label["value"].partition(" ")[0] for label in result["labels"] if label["name"] == "requirement")
    if not rows or "fullName" not in result:
        return
    result["fullName"] = f"{'+'.join(rows)}#{result['fullName'].rpartition('#')[2]}"
    parameters = {each["name"]: each["value"] for each in result.get("parameters", ()) if not each.get("excluded")}
    result["testCaseId"] = _digest(result["fullName"])
    result["historyId"] = _digest(result["fullName"], *(value for _, value in sorted(parameters.items())))


def _digest(*parts: str) -> str:
    return hashlib.md5("\n".join(parts).encode(), usedforsecurity=False).hexdigest()


def _without_plumbing(path: Path) -> None:
    """Keep the fixtures that failed; up to twenty others stood before what a check found."""
    container = json.loads(path.read_text(encoding="utf-8"))
    for part in ("befores", "afters"):
        container[part] = [step for step in container.get(part, ()) if step.get("status", "passed") != "passed"]
    if container["befores"] or container["afters"]:
        path.write_text(json.dumps(container), encoding="utf-8")
    else:
        path.unlink()


def lighten_history(history: Path) -> None:
    """Take the labels out of what is remembered of runs: a history shows names, statuses and times."""
    with suppress(OSError, ValueError):
        runs: list[dict[str, Any]] = [json.loads(line) for line in history.read_text(encoding="utf-8").splitlines()]
        for run in runs:
            for result in run.get("testResults", {}).values():
                result["labels"] = []
        unfinished = history.with_name(f".{history.name}.unfinished")
        unfinished.write_text("".join(f"{json.dumps(run)}\n" for run in runs), encoding="utf-8")
        unfinished.replace(history)
