"""Lines and columns of findings: from FHIRPath locations to places in the text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.validator.scanning import ValuePosition, line_and_column, scan

if TYPE_CHECKING:
    from conformance.findings import Finding

CHOICE = re.compile(r"\.(\w+)\.ofType\((\w)(\w*)\)")
STEP = re.compile(r"\.([A-Za-z_]\w*)|\[([0-9]+)\]")


class Placer:
    """Finds the places of findings in one text, which is read once, when the first is asked for."""

    def __init__(self, data: bytes) -> None:
        self.text = data.decode("utf-8-sig", "replace")
        self._root: ValuePosition | None = None
        self._is_read = False

    def placed(self, finding: Finding, start: str = "") -> Finding:
        """The finding with line and column; ``start`` is the place in the text that its path begins at."""
        if finding.line:
            return finding
        if not self._is_read:
            self._root, self._is_read = scan(self.text).root, True
        steps = start + finding.path[len(_root(finding.path)) :]
        place = nearest(self._root, steps) if self._root is not None else None
        if place is None:
            return finding
        line, column = line_and_column(self.text, place.offset)
        return replace(finding, line=line, column=column)


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
