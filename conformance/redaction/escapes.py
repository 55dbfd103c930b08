"""A text as it reads once its escapes are undone, and where each character stood before.

A secret may reach a report percent-encoded inside JSON inside HTML. Rather than guess every way of writing it, the text
is read in every way it can be read, and a find is traced back to the characters it was written with.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEPTH = 3
_MAX_READINGS = 32


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text; ``marks`` are ``(start, end, start before, end before)`` of each escape undone."""

    text: str
    marks: tuple[tuple[int, int, int, int], ...] = ()
    parent: View | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters ``start:end`` stand in the original text; half an escape counts as whole."""
        view: View = self
        while view.parent is not None:
            start, end = view._before(start, first=True), view._before(end - 1, first=False)
            view = view.parent
        return start, end

    def _before(self, index: int, *, first: bool) -> int:
        """The place of one character in the parent: its first position, or the position after its last."""
        found = bisect_right(self.marks, index, key=lambda mark: mark[0]) - 1
        if found < 0:
            return index if first else index + 1
        _, end, before, after = self.marks[found]
        if index < end:
            return before if first else after
        return after + index - end + (0 if first else 1)


def _percent(found: re.Match[str]) -> str:
    if found[0] == "+":
        return " "
    data = bytes.fromhex(found[0].replace("%", ""))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _backslash(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("\\x"):
        return chr(int(f"0{text[1:]}", 0))
    return "'" if text == "\\'" else str(json.loads(f'"{text}"'))


def _entity(found: re.Match[str]) -> str:
    return unescape(found[0])


@dataclass(frozen=True, slots=True)
class _Kind:
    hint: str
    pattern: re.Pattern[str]
    decode: Callable[[re.Match[str]], str]


_KINDS = (
    _Kind("%", re.compile(r"(?:%[0-9A-Fa-f]{2})+"), _percent),
    _Kind("+", re.compile(r"\+|(?:%[0-9A-Fa-f]{2})+"), _percent),
    _Kind("\\", re.compile(r"""(?:\\u[0-9A-Fa-f]{4})+|\\x[0-9A-Fa-f]{2}|\\["\\/bfnrt']"""), _backslash),
    _Kind("&", re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"), _entity),
)


def _undo(view: View, kind: _Kind) -> View | None:
    """The view with every escape of one kind undone; None if there was none."""
    pieces: list[str] = []
    marks: list[tuple[int, int, int, int]] = []
    last = length = 0
    for found in kind.pattern.finditer(view.text):
        plain = kind.decode(found)
        if not plain or plain == found[0]:
            continue
        kept = view.text[last : found.start()]
        length += len(kept)
        pieces += (kept, plain)
        marks.append((length, length + len(plain), found.start(), found.end()))
        length += len(plain)
        last = found.end()
    if not marks:
        return None
    pieces.append(view.text[last:])
    return View("".join(pieces), tuple(marks), view)


def views(text: str) -> Iterator[View]:
    """The text itself, then every distinct reading of it up to three layers of escapes deep."""
    seen = {text}
    layer = [View(text)]
    yield layer[0]
    for _ in range(_DEPTH):
        below: list[View] = []
        for view in layer:
            for kind in _KINDS:
                read = _undo(view, kind) if kind.hint in view.text else None
                if read is None or read.text in seen or len(seen) >= _MAX_READINGS:
                    continue
                seen.add(read.text)
                below.append(read)
                yield read
        layer = below
