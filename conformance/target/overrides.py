"""``--set path=value``: single values from the command line, laid over the file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from conformance.target.document import Layer, parse_value
from conformance.target.problems import KeyPath, Problem, SourceLocation, TargetProblems, dotted

_PART = re.compile(r'"([^"]+)"|([^".\[\]=]+)')


def override(text: str, number: int) -> tuple[KeyPath, Any, SourceLocation]:
    """Key path, value and place of the ``number``-th ``--set``; the value is YAML.

    A key that holds a dot is quoted (``headers."api.example".X-Key``), a list entry is ``name[0]``. Raises
    :class:`TargetProblems`, which never quotes the value.
    """
    left, equals, right = _split(text)
    if not equals:
        raise _refused(f"--set (number {number})", "takes KEY=VALUE, for example politeness.sample=10")
    place = SourceLocation(f"--set {left}", 0, Path.cwd())
    path = _key_path(left)
    if path[0] == "extends":
        raise _refused(f"--set {left}", "extends can stand in a file only")
    return path, _without_nulls(parse_value(right, place)), place


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(item) for key, item in value.items() if item is not None}


def _split(text: str) -> tuple[str, str, str]:
    """Parts at the first ``=`` outside quotes."""
    quoted = False
    for index, character in enumerate(text):
        quoted ^= character == '"'
        if character == "=" and not quoted:
            return text[:index].strip(), "=", text[index + 1 :].strip()
    return text, "", ""


def _key_path(text: str) -> KeyPath:
    path: list[str | int] = []
    rest = text
    while rest:
        if path and (index := re.match(r"\[(\d+)\]", rest)):
            path.append(int(index[1]))
            rest = rest[index.end() :]
            continue
        if path:
            if not rest.startswith("."):
                raise _refused(f"--set {text}", 'is not a key path; write a.b, a[0] or a."b.c"')
            rest = rest[1:]
        part = _PART.match(rest)
        if part is None:
            raise _refused(f"--set {text}", 'is not a key path; write a.b, a[0] or a."b.c"')
        path.append(part[1] or part[2].strip())
        rest = rest[part.end() :]
    if not path:
        raise _refused("--set", "names no key before =")
    return tuple(path)


def lay_over(layer: Layer, path: KeyPath, value: Any, place: SourceLocation) -> None:
    """Puts ``value`` at ``path`` in ``layer``; null takes the key away. Raises :class:`TargetProblems`."""
    here: Any = layer.data
    for depth, part in enumerate(path[:-1]):
        here = _step(here, part, path[: depth + 1], place)
        layer.places.setdefault(path[: depth + 1], place)
    last = path[-1]
    if isinstance(last, int):
        _step(here, last, path, place)
        here[last] = value
    elif not isinstance(here, dict):
        raise TargetProblems([Problem(place, path, f"{dotted(path[:-1])} is not a mapping")])
    elif value is None:
        here.pop(last, None)
    else:
        here[last] = value
    for known in [each for each in layer.places if each[: len(path)] == path]:
        del layer.places[known]
    layer.places[path] = place


def _step(here: Any, part: str | int, path: KeyPath, place: SourceLocation) -> Any:
    if isinstance(part, int):
        if not isinstance(here, list) or part >= len(here):
            raise TargetProblems([Problem(place, path, "there is no such list entry")])
        return here[part]
    if not isinstance(here, dict):
        raise TargetProblems([Problem(place, path, f"{dotted(path[:-1])} is not a mapping")])
    return here.setdefault(part, {})


def _refused(source: str, text: str) -> TargetProblems:
    return TargetProblems([Problem(SourceLocation(source, 0, Path.cwd()), (), text)])
