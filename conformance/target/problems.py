"""What is wrong with a target, where, and what was probably meant."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """The place of a value: ``source`` as the user knows it (a file, or a ``--set`` option) and its line, from 1.

    ``line`` is 0 where there are no lines. ``folder`` is what relative paths in that source start from.
    """

    source: str
    line: int
    folder: Path

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend; ``text`` never holds a secret."""

    place: SourceLocation
    path: KeyPath
    text: str

    def __str__(self) -> str:
        key = dotted(self.path)
        told = not key or self.place.source == f"--set {key}"
        return f"{self.place}: {self.text}" if told else f"{self.place}: {key}: {self.text}"


class TargetProblems(ConfigError):
    """Everything that is wrong with a target, reported at once; ``problems`` holds them one by one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems]
        super().__init__(lines[0] if len(lines) == 1 else "\n".join([f"{len(lines)} problems:", *lines]))


def dotted(path: KeyPath) -> str:
    """``login.screens[2].when``; a key that itself holds a dot is quoted."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (f'"{part}"' if "." in part or not part else part)
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like ``word`` whatever its case and separators; empty when none is near."""
    by_shape = {_shape(candidate): candidate for candidate in known}
    near = difflib.get_close_matches(_shape(word), by_shape, n=1, cutoff=0.6)
    return by_shape[near[0]] if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` to put behind a sentence; empty when nothing is near."""
    near = nearest(word, known)
    return f'; did you mean "{near}"?' if near else ""


def _shape(word: str) -> str:
    return word.casefold().replace("_", "-").replace(" ", "-")
