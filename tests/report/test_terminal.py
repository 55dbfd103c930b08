"""Lines for a person at a terminal and for a CI log."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from conformance.report.terminal import Terminal, terminal


class Stream(io.TextIOWrapper):
    """A text stream that may claim to be a terminal."""

    def __init__(self, encoding: str = "utf-8", *, tty: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="")
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    @property
    def written(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)  # type: ignore[attr-defined]


def shown(document: Any, stream: Stream, environ: dict[str, str] | None = None) -> str:
    terminal(stream, environ or {}).finished(document, {"summary": Path("reports/latest/summary.html")})
    return stream.written


def test_the_end_has_table_failures_verdict_exit_code_and_path(document: Any) -> None:
    text = shown(document, Stream())

    for part in (
        "security-transport",
        "✕ fail  PA-TOK-006  An exchange with a wrong verifier is refused",
        "binding.required 1,998 times",
        "expected: 400 with error invalid_grant",
        "add members.representative with dependents to the target",
        "✕ Not conformant  Blue Harbor Health Plan, staging",
        "Exit code 1: at least one gate requirement is violated.",
        "reports/latest/summary.html",
    ):
        assert part in text


def test_a_log_holds_no_escape_and_no_line_is_wide(document: Any) -> None:
    text = shown(document, Stream())

    assert "\x1b" not in text
    assert "\r" not in text
    assert max(map(len, text.splitlines())) <= 130


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_a_stream_that_knows_no_symbols_gets_ascii(document: Any, encoding: str) -> None:
    text = shown(document, Stream(encoding))

    assert text.isascii()
    assert "x fail  PA-TOK-006" in text


def test_a_terminal_gets_colour(document: Any) -> None:
    assert "\x1b[1;31m" in shown(document, Stream(tty=True), {"TERM": "xterm-256color"})


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}])
def test_no_color_and_dumb_terminals_are_respected(document: Any, environ: dict[str, str]) -> None:
    assert "\x1b" not in shown(document, Stream(tty=True), environ)


def test_areas_are_a_line_each_when_done() -> None:
    stream = Stream()
    lines = terminal(stream, {})

    lines.begin("A payer", "https://api.example/fhir")
    lines.area_started("token")
    lines.area_finished("token", {"pass": 26, "fail": 1})
    lines.area_started("search")
    lines.area_finished("search", {})

    assert stream.written.splitlines() == [
        "Judging A payer  https://api.example/fhir",
        "token               ✕ 1 fail   ✓ 26 pass     0.0 s",
        "search              nothing judged  0.0 s",
    ]


def test_a_running_area_is_replaced_by_its_result() -> None:
    stream = Stream(tty=True)
    lines = Terminal(stream, live=True)

    lines.area_started("token")
    lines.area_finished("token", {"pass": 27})

    assert stream.written.startswith("\rtoken                judging …\r\x1b[Ktoken")


def test_what_a_deployment_says_cannot_move_the_cursor_or_style_text(document: Any) -> None:
    document["target"]["deployment"]["name"] = "\x1b[2J\x07[bold red]name[/]\nnext line"

    for stream in (Stream(), Stream(tty=True)):
        text = shown(document, stream, {"TERM": "xterm"})
        assert "\x1b[2J" not in text
        assert "\x07" not in text
        assert "[U+001B][2J[U+0007][bold red]name[/] next line" in text


def test_rows_held_back_by_one_reason_take_one_entry(sample: Any) -> None:
    rows = [row["id"] for row in sample.document({})["requirements"] if row["disposition"] == "gate"][:30]
    held = {row: {"status": "undecided", "reason": "the login failed, see PA-AUTH-001"} for row in rows}

    text = shown(sample.document(held), Stream())

    assert text.count("the login failed") == 1
    assert "30 requirements: PA-DISC-001" in text
