"""A documentation page as a reader without an account sees it: text, tables and forms, read from the HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.areas.shared.documents import Answer

_SILENT = frozenset({"script", "style", "template", "noscript"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption"})
_BREAKING = frozenset({"p", "br", "li", "tr", "td", "th", "pre", "div", "section", "dt", "dd"}) | _HEADINGS
_SPACE = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the heading above it, its header row, its rows; every cell as text."""

    heading: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows. ``fields`` are the types of its entry fields; ``scripted`` is whether it runs scripts."""

    text: str = ""
    tables: tuple[Table, ...] = ()
    fields: tuple[str, ...] = ()
    scripted: bool = False


class _Reader(HTMLParser):
    """Collects text, tables and fields; broken HTML gives what could be read of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.tables: list[Table] = []
        self.fields: list[str] = []
        self.scripted = False
        self._silent = 0
        self._heading: list[str] | None = None
        self._under = ""
        self._rows: list[tuple[bool, list[str]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        self.scripted |= tag == "script"
        self._silent += tag in _SILENT
        if tag in _BREAKING:
            self.text.append("\n")
        if tag in _HEADINGS:
            self._heading = []
        if tag == "input":
            self.fields.append((dict(attrs).get("type") or "text").lower())
        if tag == "table":
            self._rows = []
        elif tag == "tr" and self._rows is not None:
            self._rows.append((False, []))
        elif tag in {"td", "th"} and self._rows:
            head, cells = self._rows[-1]
            self._rows[-1] = (head or (tag == "th" and not cells), [*cells, ""])

    def handle_endtag(self, tag: str) -> None:
        """Note what ends."""
        self._silent -= tag in _SILENT and self._silent > 0
        if tag in _HEADINGS and self._heading is not None:
            self._under, self._heading = _tidy("".join(self._heading)), None
        if tag == "table" and self._rows is not None:
            self.tables.append(_table(self._under, self._rows))
            self._rows = None

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if self._silent:
            return
        self.text.append(data)
        if self._heading is not None:
            self._heading.append(data)
        if self._rows and self._rows[-1][1]:
            self._rows[-1][1][-1] += data


def read_page(answer: Answer) -> Page:
    """The page in an answer; of one that is no HTML, its text."""
    source = answer.body.decode("utf-8", "replace")
    if "html" not in answer.media_type:
        return Page(source)
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return Page(_tidy("".join(reader.text)), tuple(reader.tables), tuple(reader.fields), reader.scripted)


def _table(heading: str, rows: list[tuple[bool, list[str]]]) -> Table:
    listed = [(head, tuple(_tidy(cell) for cell in cells)) for head, cells in rows if cells]
    named = listed[0][1] if listed and listed[0][0] else ()
    return Table(heading, named, tuple(cells for _, cells in listed[1 if named else 0 :]))


def _tidy(text: str) -> str:
    lines = (_SPACE.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
