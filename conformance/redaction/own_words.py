"""Which part of a sentence is the product's own, and which was put into it.

A sentence of ours is a literal of this package's source, or an f-string of it with values in its holes. Only the values
can come from a deployment, so only they are masked: a member whose password is ``password`` takes that word out of
every page and answer, but not out of our own sentences. What is found in no template counts as the deployment's.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Span = tuple[int, int]

_PACKAGE = Path(__file__).parents[1]
_NOT_OURS = "reference"  # the built-in payer speaks as a deployment does
_WORD = re.compile(r"[A-Za-z]{2,}")
_HOLE = re.compile(r"\{[\w.!\[\]:]*\}")
_JOINT = re.compile(r"; |\n")
_MIN_WORDS = 3
"""A template of fewer words fits too much of what a server may say; a whole literal of two words is long enough."""

_OPENED, _CLOSED = "\ue000", "\ue001"  # private use: neither a word nor part of any pattern
_SHIELDED = re.compile(f"{_OPENED}(\\d+){_CLOSED}")


@dataclass(frozen=True, slots=True)
class _Templates:
    """``literals`` are whole texts; ``holed`` are the literal pieces around each hole, the most literal first."""

    literals: frozenset[str]
    holed: tuple[tuple[str, ...], ...]


def owns(text: str, start: int, end: int) -> bool:
    """Whether these characters of the text are words of ours."""
    return any(first <= start and end <= last for first, last in _own_spans(text, text[start:end]))


@lru_cache(maxsize=1_000)
def _own_spans(text: str, word: str) -> list[Span]:
    """Where the text is ours and holds ``word``; the text is a sentence, or several joined by semicolons."""
    templates = _templates(word)
    if whole := _spans(text, 0, templates):
        return whole
    spans: list[Span] = []
    start = 0
    for joint in [*_JOINT.finditer(text), None]:
        end = joint.start() if joint else len(text)
        spans += _spans(text[start:end], start, templates)
        start = joint.end() if joint else end
    return spans


def shielded(text: str, within: Iterable[Span], mask: Callable[[str], str]) -> str:
    """The text masked, except ``within`` these spans of it."""
    pieces: list[str] = []
    kept: list[str] = []
    last = 0
    for start, end in sorted(within):
        if start < last:
            continue
        pieces += (text[last:start], f"{_OPENED}{len(kept)}{_CLOSED}")
        kept.append(text[start:end])
        last = end
    masked = mask("".join((*pieces, text[last:])))
    return _SHIELDED.sub(lambda found: kept[int(found[1])], masked)


def _spans(text: str, offset: int, templates: _Templates) -> list[Span]:
    """The parts of one sentence that are ours; a value put into it may be a sentence of ours itself."""
    if text in templates.literals:
        return [(offset, offset + len(text))]
    for pieces in templates.holed:
        if placed := _placed(text, pieces):
            holes = zip((end for _, end in placed), (start for start, _ in placed[1:]), strict=False)
            inner = [span for start, end in holes for span in _spans(text[start:end], start, templates)]
            return [(offset + start, offset + end) for start, end in (*placed, *inner) if start < end]
    return []


def _placed(text: str, pieces: tuple[str, ...]) -> list[Span] | None:
    """Where each literal piece is in the text, the first at its start and the last at its end; None if it differs."""
    first, *middle, last = pieces
    if len(text) < sum(map(len, pieces)) or not (text.startswith(first) and text.endswith(last)):
        return None
    placed, at = [(0, len(first))], len(first)
    for piece in middle:
        at = text.find(piece, at, len(text) - len(last))
        if at < 0:
            return None
        placed.append((at, at + len(piece)))
        at += len(piece)
    return [*placed, (len(text) - len(last), len(text))] if at <= len(text) - len(last) else None


@cache
def _templates(word: str) -> _Templates:
    """The sentences of the files of this package that hold ``word``; read only when a mask would fall on one."""
    literals: set[str] = set()
    holed: set[tuple[str, ...]] = set()
    for pieces in _of_package(word):
        words = len(_WORD.findall(" ".join(pieces)))
        if len(pieces) == 1 and words > 1:
            literals.add(pieces[0])
        elif len(pieces) > 1 and words >= _MIN_WORDS:
            holed.add(pieces)
    return _Templates(frozenset(literals), tuple(sorted(holed, key=lambda pieces: (-sum(map(len, pieces)), pieces))))


def _of_package(word: str) -> Iterator[tuple[str, ...]]:
    for name, source in _sources():
        if word not in source:
            continue
        if name.endswith(".py"):
            yield from _of_source(source)
        else:
            for line in source.splitlines():
                yield from _of_literal(line.partition(": ")[2].strip().strip("\"'"))


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    paths = [*_PACKAGE.rglob("*.py"), *_PACKAGE.glob("validator/*.yaml")]
    ours = sorted(path for path in paths if path.relative_to(_PACKAGE).parts[0] != _NOT_OURS)
    return tuple((path.name, path.read_text(encoding="utf-8")) for path in ours)


def _of_source(source: str) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            yield _of_f_string(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _of_literal(node.value)


def _of_literal(text: str) -> Iterator[tuple[str, ...]]:
    """A literal as it is, and as the template of ``str.format`` that it may be."""
    yield (text,)
    if _HOLE.search(text):
        yield tuple(_HOLE.split(text))


def _of_f_string(node: ast.JoinedStr) -> tuple[str, ...]:
    pieces = [""]
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces[-1] += str(part.value)
        else:
            pieces.append("")
    return tuple(pieces)
