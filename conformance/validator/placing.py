"""Lines and columns of findings: from FHIRPath locations to places in the text."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.validator.scanning import ValuePosition, scan, skip

if TYPE_CHECKING:
    from conformance.findings import Finding

CHOICE = re.compile(r"\.(\w+)\.ofType\((\w)(\w*)\)")
ENTRY = re.compile(r"\.entry\[([0-9]+)\]")
NEWLINE = re.compile(r"\n")
DECODE = json.JSONDecoder(strict=False).raw_decode
STEP = re.compile(r"\.([A-Za-z_]\w*)|\[([0-9]+)\]")


class Placer:
    """Finds the places of findings in one text, of which only what is asked about is read, and once.

    The entries of a Bundle are found in one pass; a finding in one of them costs a reading of that entry.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._read: dict[str, ValuePosition | None] = {}

    @cached_property
    def text(self) -> str:
        """The whole text."""
        return self._data.decode("utf-8-sig", "replace")

    @cached_property
    def lines(self) -> list[str]:
        """The text by lines."""
        return self.text.split("\n")

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in NEWLINE.finditer(self.text))]

    @cached_property
    def _entries(self) -> list[int]:
        return entry_offsets(self.text)

    def placed(self, finding: Finding, start: str = "") -> Finding:
        """The finding with line and column; ``start`` is the place in the text that its path begins at."""
        if finding.line:
            return finding
        steps = start + finding.path[len(_root(finding.path)) :]
        root, rest = self._around(steps)
        place = nearest(root, rest) if root is not None else None
        if place is None:
            return finding
        line = bisect_right(self._line_starts, place.offset)
        return replace(finding, line=line, column=place.offset - self._line_starts[line - 1] + 1)

    def _around(self, steps: str) -> tuple[ValuePosition | None, str]:
        """What must be read to follow the steps, and the steps from there."""
        match = ENTRY.match(steps)
        if match is None or int(match[1]) >= len(self._entries):
            return self._reading("", 0), steps
        return self._reading(match[0], self._entries[int(match[1])]), steps[match.end() :]

    def _reading(self, place: str, offset: int) -> ValuePosition | None:
        if place not in self._read:
            if place:
                self._read = {key: root for key, root in self._read.items() if not key}
            self._read[place] = scan(self.text, offset, is_whole=not place).root
        return self._read[place]


def entry_offsets(text: str) -> list[int]:
    """Where each entry of a Bundle begins; nothing for any other text, and for one that is no plain JSON."""
    found: list[int] = []
    position = skip(text, 0)
    if text[position : position + 1] != "{":
        return found
    try:
        position = skip(text, position + 1)
        while text[position] != "}":
            key, position = DECODE(text, position)
            position = skip(text, skip(text, position) + 1)
            if key == "entry" and text[position] == "[":
                position = skip(text, position + 1)
                while text[position] != "]":
                    found.append(position)
                    position = skip(text, DECODE(text, position)[1])
                    position = skip(text, position + (text[position] == ","))
                return found
            position = skip(text, DECODE(text, position)[1])
            position = skip(text, position + (text[position] == ","))
    except (ValueError, IndexError, RecursionError):
        return []
    return []


def _root(path: str) -> str:
    match = re.match(r"\w*", path)
    return match[0] if match else ""


def nearest(root: ValuePosition, steps: str) -> ValuePosition:
    """The place that the steps lead to, or the last one on the way that exists."""
    here, beside = root, None
    wanted = CHOICE.sub(lambda match: f".{match[1]}{match[2].upper()}{match[3]}", steps)
    for match in STEP.finditer(wanted):
        name, index = match[1], match[2]
        if name is not None:
            inside = here.members.get(name) or (beside.members.get(name) if beside is not None else None)
            sibling = here.members.get(f"_{name}") or (beside.members.get(f"_{name}") if beside is not None else None)
        else:
            position = int(index)
            inside = here.items[position] if position < len(here.items) else None
            sibling = beside.items[position] if beside is not None and position < len(beside.items) else None
        if inside is None and sibling is None:
            break
        here, beside = inside or sibling or here, sibling if inside is not None else None
    return here
