"""The files of a run folder that are made from its document: after a run, and again by ``conformance report``."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from importlib import resources
from typing import TYPE_CHECKING, Any

from conformance.errors import ConfigError
from conformance.report import junit, kill_table, summary
from conformance.report.allure_tables import write_tables
from conformance.report.printable import one_line
from conformance.report.reading import (
    deployment_name,
    deployment_of,
    exchange_numbers,
    is_another_day,
    read_exchanges,
    run_date,
)
from conformance.report.renderer import RenderResult, render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.report.reading import Document

DOCUMENT = "conformance.json"
SUMMARY = "summary.html"
JUNIT = "junit.xml"
EXCHANGES = "exchanges.jsonl"
RESULTS = "allure-results"
ALLURE = "allure/index.html"
KILL_TABLE = "kill-table.html"
KILLS = "kill-table.json"


def read_document(folder: Path) -> dict[str, Any]:
    """The document of a run folder; raises :class:`ConfigError` when the folder holds no run."""
    path = folder / DOCUMENT
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ConfigError(f"{folder} holds no run: there is no {DOCUMENT} in it") from None
    except ValueError:
        raise ConfigError(f"{path} is not JSON") from None
    if not isinstance(document, dict) or "requirements" not in document:
        raise ConfigError(f"{path} is not the document of a run")
    return document


def schema_problem(document: Document) -> str:
    """Where the document does not fit its JSON Schema, and how; empty when it does."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  only a bundle that is verified pays for it

    text = resources.files("conformance.verdict").joinpath("conformance.schema.json").read_text(encoding="utf-8")
    error = next(Draft202012Validator(json.loads(text)).iter_errors(document), None)
    return f"{error.json_path}: {one_line(error.message, 200)}" if error else ""


def write_summary(folder: Path, document: Document) -> Path:
    """Write the summary page; its exchanges and its kill table come from the run folder."""
    exchanges = read_exchanges(folder / EXCHANGES, exchange_numbers(document))
    path = folder / SUMMARY
    proof = KILL_TABLE if (folder / KILL_TABLE).exists() else ""
    path.write_text(summary.render(document, exchanges, kill_table=proof), encoding="utf-8")
    return path


def write_kill_table(folder: Path, proof: Mapping[str, Any]) -> tuple[Path, Path]:
    """Write a proof as JSON and as a page; returns both paths.

    Faults and lawful variations are proved one after the other: what the folder's last proof has of the other kind is
    kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table, shown = folder / KILLS, folder / KILL_TABLE
    whole = {**_other_part(table, proof), **proof}
    table.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    shown.write_text(kill_table.as_page(whole), encoding="utf-8")
    return table, shown


def _other_part(table: Path, proof: Mapping[str, Any]) -> dict[str, Any]:
    """The faults of an earlier proof beside lawful variations, or the other way round."""
    try:
        earlier = json.loads(table.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    names = ("faults", "untested") if "lawful" in proof else ("lawful", "stacks")
    return {name: earlier[name] for name in names if name in earlier} if isinstance(earlier, dict) else {}


def take_kill_table(folder: Path) -> None:
    """Copy the last proof beside the run folder into it, if there is one, so that the report stays whole."""
    for name in (KILLS, KILL_TABLE):
        with suppress(OSError):
            (folder / name).write_bytes((folder.parent / name).read_bytes())


def write_junit(folder: Path, document: Document) -> Path:
    """Write ``junit.xml``."""
    path = folder / JUNIT
    path.write_text(junit.render(document), encoding="utf-8")
    return path


def write_allure(folder: Path, document: Document, *, history: Path | None = None) -> RenderResult:
    """Render the run's Allure results into one file; says what is missing instead of raising.

    Each deployment has a history of its own beside its run folders: what passes here and fails there is not flaky.
    """
    name = f"Patient Access conformance: {deployment_name(document)}"
    if is_another_day(document):
        name += f" (rules of {run_date(document)})"
    if (folder / RESULTS).is_dir():
        write_tables(folder / RESULTS, document, _proof(folder))
    remembered = history or folder.resolve().parent / f"history-{_slug(document)}.jsonl"
    return render(folder / RESULTS, folder / ALLURE, name=name, history=remembered)


def _slug(document: Document) -> str:
    told = f"{deployment_name(document)} {deployment_of(document).get('environment', '')}"
    return re.sub(r"[^a-z0-9]+", "-", told.lower()).strip("-")[:60] or "unnamed"


def _proof(folder: Path) -> dict[str, Any] | None:
    """The proof that was taken into the run folder, if there is one that can be read."""
    try:
        proof: dict[str, Any] = json.loads((folder / KILLS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return proof
