"""GitHub Actions: the step summary in Markdown and the ``::error`` lines that become annotations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.report.markdown import escaped
from conformance.report.printable import one_line, shorten
from conformance.report.reading import (
    counts_of,
    deployment_name,
    notes,
    place_of,
    provisos,
    row_sentence,
    rows_by_area,
    rows_with,
    verdict_sentence,
)
from conformance.report.wording import (
    BY_URGENCY,
    area_title,
    exit_meaning,
    headline,
    sentence,
    status_words,
    verdict_status,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.report.reading import Document, Row

_SUMMARY_LIMIT = 900_000  # the step summary may hold 1 MiB
_ROWS_SHOWN = 100
_ANNOTATIONS = 10  # shown per step and kind


def step_summary(document: Document) -> str:
    """The Markdown to append to the file that ``$GITHUB_STEP_SUMMARY`` names."""
    run = document["run"]
    symbol = status_words(verdict_status(run)).symbol
    parts = [
        f"## {symbol} {escaped(headline(run))}: {escaped(deployment_name(document))}",
        f"{escaped(sentence(verdict_sentence(document)))} Exit code {run.get('exit_code')}: {exit_meaning(run)}.",
        "\n".join(f"- {escaped(sentence(text))}" for text in [*provisos(document), *notes(document)]),
        _table_of_areas(document),
        *(_rows(document, status, title) for status, title in _SECTIONS.items()),
    ]
    return shorten("\n\n".join(part for part in parts if part), _SUMMARY_LIMIT) + "\n"


_SECTIONS = {
    "fail": "What fails",
    "error": "Errors of the harness",
    "undecided": "Undecided",
    "waived": "Waived",
    "advisory": "Advisory",
}


def _code(value: object, limit: int = 300) -> str:
    """Text as code inside a table cell."""
    text = one_line(value, limit).replace("`", "'").replace("|", "\\|")
    return f"`{text}`" if text else ""


def _table_of_areas(document: Document) -> str:
    used = [status for status in BY_URGENCY if document["counts"].get(status)]
    head = " | ".join(f"{status_words(status).symbol} {status_words(status).word}" for status in used)
    lines = [f"| Area | {head} |", "|---|" + "---:|" * len(used)]
    for area, rows in rows_by_area(document).items():
        counts = counts_of(rows)
        lines.append(f"| {escaped(area_title(area))} | {' | '.join(str(counts[status] or '') for status in used)} |")
    return "\n".join(lines)


def _rows(document: Document, status: str, title: str) -> str:
    rows = rows_with(document, status)
    if not rows:
        return ""
    lines = [f"### {status_words(status).symbol} {title} ({len(rows)})", ""]
    lines += ["| Requirement | What | Rule | Where | How many |", "|---|---|---|---|---:|"]
    lines += [_row(row) for row in rows[:_ROWS_SHOWN]]
    more = len(rows) - _ROWS_SHOWN
    return "\n".join([*lines, *([f"\nand {more} more in summary.html"] if more > 0 else [])])


def _row(row: Row) -> str:
    first = row["findings"][0] if row["findings"] else None
    cells = [
        f"**{escaped(row['id'])}**<br>{escaped(row['title'])}",
        escaped(row_sentence(row)),
        _code(first["rule"]) if first else "",
        _code(place_of(first)) if first else "",
        str(sum(finding["count"] for finding in row["findings"]) or "") if first else "",
    ]
    return f"| {' | '.join(cells)} |"


def publish(document: Document, environ: Mapping[str, str]) -> list[str]:
    """In a GitHub workflow, append the step summary and return the lines to print; elsewhere nothing."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return []
    summary = environ.get("GITHUB_STEP_SUMMARY", "")
    if summary:
        try:
            with Path(summary).open("a", encoding="utf-8") as stream:
                stream.write(step_summary(document))
        except OSError as problem:
            return [*workflow_commands(document), _command("warning", "step summary", str(problem.strerror))]
    return workflow_commands(document)


def workflow_commands(document: Document) -> list[str]:
    """``::error`` lines for failing and unjudged gate rows, ``::warning`` lines for advisories, ten of each at most."""
    errors = [*rows_with(document, "fail"), *rows_with(document, "error")]
    undecided = [row for row in rows_with(document, "undecided") if row["effective"] == "gate"]
    warnings = [*undecided, *rows_with(document, "advisory")]
    return [
        *_commands("error", errors),
        *(_verdict(document) if document["run"].get("exit_code") and not errors else []),
        *_commands("warning", warnings),
    ]


def _verdict(document: Document) -> list[str]:
    """What made a run fail in which no row did: a waiver that must go, an unreachable target, undecided gates."""
    run = document["run"]
    return [_command("error", headline(run), sentence(verdict_sentence(document)))]


def refused(problem: str, environ: Mapping[str, str]) -> list[str]:
    """The annotation for a run that could not begin, of which there is no document; elsewhere nothing."""
    return [_command("error", "Configuration error", problem)] if environ.get("GITHUB_ACTIONS") == "true" else []


def _commands(kind: str, rows: list[Row]) -> list[str]:
    shown = rows if len(rows) <= _ANNOTATIONS else rows[: _ANNOTATIONS - 1]
    lines = [_command(kind, f"{row['id']} {one_line(row['title'], 120)}", _sentence(row)) for row in shown]
    more = len(rows) - len(shown)
    return [*lines, *([_command(kind, "and more", f"{more} more in summary.html")] if more else [])]


def _sentence(row: Row) -> str:
    first = row["findings"][0] if row["findings"] else None
    where = f" [{first['rule']}{f' at {place_of(first)}' if place_of(first) else ''}]" if first else ""
    return f"{status_words(row['status']).word}: {row_sentence(row)}{where}"


def _command(kind: str, title: str, message: str) -> str:
    return f"::{kind} title={_property(title)}::{_data(one_line(message, 900))}"


def _data(text: str) -> str:
    """The escapes of a workflow command's message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The escapes of a workflow command's property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
