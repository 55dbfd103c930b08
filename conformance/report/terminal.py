"""The run in a terminal: a live line per area, and at the end a table, what fails, and what the exit code means.

On a terminal colours and a live line come from rich, loaded only there; anywhere else, and with ``NO_COLOR``, lines are
plain text that reads well in a CI log, in ASCII where the stream's encoding has nothing better.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from conformance.report.printable import one_line
from conformance.report.reading import (
    by_reason,
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
    counted,
    exit_meaning,
    headline,
    sentence,
    status_words,
    verdict_status,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.report.reading import Document, Finding, Row

# A piece of a line and the style it is shown in; the style is dropped where there is no colour.
Segment = tuple[str, str]

_STYLES = {
    "pass": "green",
    "fail": "bold red",
    "error": "bold magenta",
    "undecided": "blue",
    "advisory": "yellow",
    "waived": "cyan",
    "untested": "dim",
    "not-applicable": "dim",
}
_ASCII = str.maketrans({"…": "...", "→": "->", "·": "-", "–": "-", "’": "'", "“": '"', "”": '"'})
_ROWS_SHOWN = 40
_FINDINGS_SHOWN = 3
_IDS_SHOWN = 6


@dataclass
class Terminal:
    """Where the lines go. ``width`` is in columns; ``colour`` and ``live`` hold only on a terminal."""

    stream: TextIO
    width: int = 100
    colour: bool = False
    live: bool = False
    ascii: bool = False
    _started: dict[str, float] = field(default_factory=dict)

    def begin(self, deployment: str, fhir_base: str) -> None:
        """Say what is about to be judged."""
        self.line([("Judging ", ""), (deployment, "bold"), (f"  {fhir_base}", "dim")])

    def area_started(self, area: str) -> None:
        """Show that the area is being judged; only where the line can be replaced later."""
        self._started[area] = time.monotonic()
        if self.live:
            self.stream.write(f"\r{self._encodable(area):<20} judging {self._encodable('…')}")
            self.stream.flush()

    def area_finished(self, area: str, counts: Mapping[str, int]) -> None:
        """One line with what became of the area's rows: ``counts`` by status."""
        elapsed = time.monotonic() - self._started.pop(area, time.monotonic())
        if self.live:
            self.stream.write("\r\x1b[K")
        self.line([(f"{area:<20}", ""), *self._tally(counts), (f"  {elapsed:.1f} s", "dim")])

    def finished(self, document: Document, paths: Mapping[str, Path | str] | None = None) -> None:
        """The final account; ``paths`` are the files to look at, by what they are (``report``, ``summary``)."""
        self.verdict(document)
        self.files(paths or {})

    def verdict(self, document: Document) -> None:
        """Every area's counts, what to act on, and the verdict with its reasons."""
        for line in [*self._table(document), *self._acts(document), *self._verdict(document)]:
            self.line(line)

    def files(self, paths: Mapping[str, Path | str]) -> None:
        """The files to look at, by what they are."""
        for name, path in paths.items():
            self.line([(f"{name:<10}", "dim"), (str(path), "")])

    def line(self, segments: list[Segment]) -> None:
        """One line of text, safe whatever a deployment put into it."""
        cleaned = [(self._encodable(_spaced(text)), style) for text, style in segments]
        if self.colour:
            _print_rich(self.stream, cleaned)
        else:
            self.stream.write("".join(text for text, _ in cleaned).rstrip() + "\n")
        self.stream.flush()

    def _encodable(self, text: str) -> str:
        if not self.ascii:
            return text
        return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")

    def _symbol(self, status: str) -> str:
        words = status_words(status)
        return words.ascii if self.ascii else words.symbol

    def _tally(self, counts: Mapping[str, int]) -> list[Segment]:
        present = [status for status in BY_URGENCY if counts.get(status)]
        shown = [
            (f"{self._symbol(status)} {counts[status]} {status_words(status).word}   ", _STYLES[status])
            for status in present
        ]
        return shown or [("nothing judged", "dim")]

    def _table(self, document: Document) -> list[list[Segment]]:
        used = [status for status in BY_URGENCY if document["counts"].get(status)]
        widths = {status: max(len(status_words(status).word) + 2, 6) + 2 for status in used}
        head = [
            (f"{f'{self._symbol(status)} {status_words(status).word}':>{widths[status]}}", _STYLES[status])
            for status in used
        ]
        lines: list[list[Segment]] = [[], [("area".ljust(20), "bold"), *head]]
        for area, rows in rows_by_area(document).items():
            counts = counts_of(rows)
            cells = [(f"{counts[status] or '.':>{widths[status]}}", _cell_style(status, counts)) for status in used]
            lines.append([(area.ljust(20), ""), *cells])
        totals = [(f"{document['counts'].get(status, 0):>{widths[status]}}", "bold") for status in used]
        return [*lines, [("all".ljust(20), "bold"), *totals]]

    def _acts(self, document: Document) -> list[list[Segment]]:
        """What somebody must act on, the most urgent last, where the cursor of a terminal is."""
        lines: list[list[Segment]] = []
        for status in ("advisory", "waived", "undecided", "error", "fail"):
            rows = rows_with(document, status)
            if status == "undecided":
                lines += [line for reason, held in by_reason(rows)[:_ROWS_SHOWN] for line in self._held(reason, held)]
                continue
            lines += [line for row in rows[:_ROWS_SHOWN] for line in self._row(row)]
            if len(rows) > _ROWS_SHOWN:
                lines.append([(f"and {len(rows) - _ROWS_SHOWN} more {status}", _STYLES[status])])
        return lines

    def _held(self, reason: str, rows: list[Row]) -> list[list[Segment]]:
        """Undecided rows under the reason they share."""
        badge = f"{self._symbol('undecided')} undecided"
        ids = ", ".join(row["id"] for row in rows[:_IDS_SHOWN]) + (", …" if len(rows) > _IDS_SHOWN else "")
        number = f"  {counted(len(rows), 'requirement')}: " if len(rows) > 1 else "  "
        return [[], [(badge, _STYLES["undecided"]), (number, ""), (ids, "bold")], *self._wrapped(reason)]

    def _row(self, row: Row) -> list[list[Segment]]:
        status = row["status"]
        badge = f"{self._symbol(status)} {status_words(status).word}"
        lines: list[list[Segment]] = [
            [],
            [(badge, _STYLES.get(status, "")), (f"  {row['id']}  ", "bold"), (one_line(row["title"], 200), "")],
        ]
        if status != "fail" or not row["findings"]:
            return lines + self._wrapped(row_sentence(row))
        for finding in row["findings"][:_FINDINGS_SHOWN]:
            lines += self._finding(finding)
        more = len(row["findings"]) - _FINDINGS_SHOWN
        return lines + (self._wrapped(f"and {counted(more, 'more kind')} of finding") if more > 0 else [])

    def _finding(self, finding: Finding) -> list[list[Segment]]:
        times = f" {counted(finding['count'], 'time')}" if finding["count"] > 1 else ""
        facts = [
            ("where", place_of(finding)),
            ("expected", one_line(finding["expected"], 300)),
            ("found", one_line(finding["found"], 300)),
        ]
        lines = [[("    ", ""), (finding["rule"], "bold"), (times, "")], *self._wrapped(finding["message"])]
        return lines + [line for name, text in facts if text for line in self._wrapped(f"{name + ':':<10}{text}")]

    def _wrapped(self, text: str) -> list[list[Segment]]:
        wrapped = textwrap.wrap(one_line(text, 700), max(self.width - 6, 40), break_on_hyphens=False)
        return [[("      " if number else "    ", ""), (line, "")] for number, line in enumerate(wrapped)]

    def _verdict(self, document: Document) -> list[list[Segment]]:
        run, status = document["run"], verdict_status(document["run"])
        style = _STYLES[status]
        return [
            [],
            [(f"{self._symbol(status)} {headline(run)}", style), (f"  {deployment_name(document)}", "bold")],
            *self._wrapped(sentence(verdict_sentence(document))),
            *(line for text in [*provisos(document), *notes(document)] for line in self._wrapped(sentence(text))),
            *self._wrapped(f"Exit code {run.get('exit_code')}: {exit_meaning(run)}."),
            [],
        ]


def terminal(stream: TextIO | None = None, environ: Mapping[str, str] | None = None) -> Terminal:
    """A :class:`Terminal` for ``stream`` (default: standard output), fitted to what the stream can show."""
    stream = sys.stdout if stream is None else stream
    environ = os.environ if environ is None else environ
    tty = bool(getattr(stream, "isatty", lambda: False)()) and environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((100, 24)).columns if tty else 100
    return Terminal(
        stream=stream,
        width=min(width, 120),
        colour=tty and not environ.get("NO_COLOR"),
        live=tty,
        ascii=not _can_show(stream, "✓✕≈○⚠…→–"),
    )


def _can_show(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _spaced(text: str) -> str:
    """On one line and free of control characters, its own spaces kept."""
    lead = text[: len(text) - len(text.lstrip(" "))]
    tail = text[len(text.rstrip(" ")) :] if text.strip(" ") else ""
    return f"{lead}{one_line(text)}{tail}" if text.strip() else text


def _cell_style(status: str, counts: Mapping[str, int]) -> str:
    return _STYLES[status] if counts.get(status) else "dim"


def _print_rich(stream: TextIO, segments: list[Segment]) -> None:
    from rich.console import Console  # noqa: PLC0415  only a terminal pays for it
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=stream, force_terminal=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(*((text, style) for text, style in segments)), soft_wrap=True)
