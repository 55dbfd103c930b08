"""YAML files as plain data that still knows on which line each value is, and layers of them.

Scalars follow the YAML 1.2 core schema: only ``true`` and ``false`` are booleans, so that ``off`` and ``no`` stay
words, dates stay text, and ``12:30`` is not a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from conformance.target.problems import KeyPath, Problem, SourceLocation, TargetProblems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET_SHAPE = "a target is a mapping that begins with deployment:"
_MAX_VALUES = 500_000  # aliases can multiply a small file into a huge one


@dataclass(slots=True)
class Layer:
    """One source's data and the place of every value in it; ``problems`` are those found while reading."""

    data: dict[str, Any]
    places: dict[KeyPath, SourceLocation]
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: KeyPath) -> SourceLocation:
        """The place of ``path``, or of the nearest thing around it that has one."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]


class CoreResolver(BaseResolver):
    """Gives plain scalars the tags of the YAML 1.2 core schema."""


class _CoreLoader(Reader, Scanner, Parser, Composer, CoreResolver):
    """Composes nodes, and says precisely what is wrong with a text that is not YAML."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        CoreResolver.__init__(self)


def _scalar(tag: str, pattern: str, first: str) -> None:
    beginnings = [*first, ""] if tag == "null" else [*first]
    CoreResolver.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), beginnings)


_scalar("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_scalar("null", r"^(?:~|null|Null|NULL|)$", "~nN")
_scalar("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789")
_scalar("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789")
_scalar("merge", r"^<<$", "<")


try:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]
except ImportError:
    _FastLoader: type[Any] | None = None
else:

    class _FastLoader(CParser, CoreResolver):  # type: ignore[no-redef]
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            CoreResolver.__init__(self)


def read_layer(file: Path, shown: str, shape: str = TARGET_SHAPE) -> Layer:
    """The YAML mapping in ``file``, called ``shown`` in messages; ``shape`` says what such a file should be.

    Raises :class:`TargetProblems` where nothing can be read from it: missing, a folder, not UTF-8, empty, not YAML, not
    a mapping. Keys written twice are listed in the layer's ``problems``.
    """
    place = SourceLocation(shown, 0, file.parent)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise TargetProblems([Problem(place, (), "no such file")]) from None
    except UnicodeDecodeError as problem:
        raise TargetProblems([Problem(place, (), f"not UTF-8 text (byte {problem.start + 1})")]) from None
    except OSError as problem:
        raise TargetProblems([Problem(place, (), f"cannot be read: {problem.strerror}")]) from None
    return parse_layer(text, place, shape)


def parse_layer(text: str, place: SourceLocation, shape: str = TARGET_SHAPE) -> Layer:
    """The YAML mapping written in ``text``; raises :class:`TargetProblems` as :func:`read_layer` does."""
    node = _compose(text, place)
    if node is None:
        raise TargetProblems([Problem(place, (), f"is empty; {shape}")])
    walk = _Walk(place)
    value = walk.value(node, (), ())
    if not isinstance(value, dict):
        at = SourceLocation(place.source, _line(node), place.folder)
        raise TargetProblems([Problem(at, (), f"holds {kind_of(value)}; {shape}")])
    return Layer(value, walk.places, walk.problems)


def parse_value(text: str, place: SourceLocation) -> Any:
    """One YAML value, as behind ``--set key=``; empty text is empty text, not null."""
    try:
        node = _compose(text, place)
        return "" if node is None else _Walk(place).value(node, (), ())
    except TargetProblems as refused:
        raise TargetProblems([Problem(place, (), each.text) for each in refused.problems]) from None


def merge(under: Layer, over: Layer) -> Layer:
    """Both layers as one: mappings join key by key, everything else is replaced by ``over``; null takes a key away."""
    merged = Layer(under.data, dict(under.places), [*under.problems, *over.problems])
    merged.places[()] = over.place(())
    merged.data = _merge(merged, over, under.data, over.data, ())
    return merged


def _merge(merged: Layer, over: Layer, below: Any, above: dict[str, Any], path: KeyPath) -> dict[str, Any]:
    joined = dict(below) if isinstance(below, dict) else {}
    if not isinstance(below, dict):
        _forget(merged, path)
    if path in over.places:
        merged.places[path] = over.places[path]
    for key, value in above.items():
        at = (*path, key)
        if value is None:
            joined.pop(key, None)
            _forget(merged, at)
            merged.places[at] = over.place(at)
        elif isinstance(value, dict):
            joined[key] = _merge(merged, over, joined.get(key), value, at)
        else:
            joined[key] = value
            _forget(merged, at)
            merged.places.update({p: place for p, place in over.places.items() if p[: len(at)] == at})
    return joined


def _forget(layer: Layer, path: KeyPath) -> None:
    for known in [p for p in layer.places if p and p[: len(path)] == path]:
        del layer.places[known]


def kind_of(value: Any) -> str:
    """What a person calls a value of that type; never the value itself."""
    kinds = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    kinds |= {int: "a whole number", float: "a number"}
    return kinds[type(value)]


class _Walk:
    """Turns nodes into data, noting places, double keys, merges and tags on the way."""

    def __init__(self, place: SourceLocation) -> None:
        self._at = place
        self._values = 0
        self.places: dict[KeyPath, SourceLocation] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: KeyPath, inside: tuple[yaml.Node, ...]) -> Any:
        self._values += 1
        if node in inside or self._values > _MAX_VALUES:
            fault = "an alias leads back to itself" if node in inside else "its aliases unfold to too many values"
            raise TargetProblems([Problem(self._place(node), path, fault)])
        self.places.setdefault(path, self._place(node))
        inside = (*inside, node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, inside)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index), inside) for index, item in enumerate(node.value)]
        return _constant(node)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath, inside: tuple[yaml.Node, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        first_line: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged += self._merged(value_node, path, inside)
                continue
            key = self._key(key_node, path)
            at = (*path, key)
            if key in first_line:
                text = f"is written twice; the first is on line {first_line[key]}"
                self.problems.append(Problem(self._place(key_node), at, text))
                continue
            first_line[key] = _line(key_node)
            self.places[at] = self._place(key_node)
            data[key] = self.value(value_node, at, inside)
        for base in merged:
            data = {**base, **data}
        return data

    def _merged(self, node: yaml.Node, path: KeyPath, inside: tuple[yaml.Node, ...]) -> Iterator[dict[str, Any]]:
        for source in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            value = self.value(source, path, inside)
            if not isinstance(value, dict):
                raise TargetProblems([Problem(self._place(node), path, "<< takes a mapping or a list of mappings")])
            yield value

    def _key(self, node: yaml.Node, path: KeyPath) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise TargetProblems([Problem(self._place(node), path, "a key is plain text, not a list or a mapping")])
        return str(node.value)

    def _place(self, node: yaml.Node) -> SourceLocation:
        return SourceLocation(self._at.source, _line(node), self._at.folder)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _constant(node: yaml.Node) -> Any:
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case "int":
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text) if len(text) < 400 else text
        case "float":
            return float(text)
        case _:
            return text


def _compose(text: str, place: SourceLocation) -> yaml.Node | None:
    """The root node; raises :class:`TargetProblems` for bad YAML, quoting none of it, for it may hold a secret."""
    try:
        return _fast_node(text) or _CoreLoader(text).get_single_node()
    except ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        at = SourceLocation(place.source, line, place.folder)
        raise TargetProblems([Problem(at, (), "a control character cannot stand in YAML")]) from None
    except yaml.MarkedYAMLError as problem:
        at = SourceLocation(place.source, problem.problem_mark.line + 1 if problem.problem_mark else 0, place.folder)
        raise TargetProblems([Problem(at, (), f"not YAML: {_reason(problem)}")]) from None


def _fast_node(text: str) -> yaml.Node | None:
    """The root node as libyaml composes it, ten times as fast; None where it is not installed or not content."""
    if _FastLoader is None:
        return None
    try:
        node: yaml.Node | None = _FastLoader(text).get_single_node()
    except yaml.YAMLError:
        return None  # the other loader says why, always in the same words
    return node


_REASONS = {
    "found undefined alias": "a value that begins with * must stand in quotes (or its anchor is missing)",
    "found undefined tag handle": "a value that begins with ! must stand in quotes",
    "found character '\\t'": "a tab cannot indent; use spaces",
    "found character": "a value that begins with @, `, % or the like must stand in quotes",
    "mapping values are not allowed": "a second colon on a line (quote such a value), or indentation that does not fit",
    "could not find expected ':'": "a key without its colon, or a value that goes over several lines without quotes",
    "but found another document": "more than one document (---) in the file",
    "found unknown escape": "an unknown \\ escape in double quotes; use single quotes",
    "found duplicate anchor": "the same anchor twice",
    "found unexpected end of stream": "a quote that is opened and never closed",
    "did not find expected": "indentation or brackets do not fit here",
    "expected ',' or '}'": "a comma or bracket is missing, or a ${…} inside { } is not quoted",
    "expected ',' or ']'": "a comma or bracket is missing, or a ${…} inside [ ] is not quoted",
    "expected": "indentation or brackets do not fit here",
}


def _reason(problem: yaml.MarkedYAMLError) -> str:
    said = problem.problem or ""
    reason = next((ours for theirs, ours in _REASONS.items() if said.startswith(theirs)), "the syntax is broken here")
    begun, seen = problem.context_mark, problem.problem_mark
    if begun and seen and begun.line != seen.line and said.startswith(("found unexpected end", "expected ',' or")):
        return f"{reason}; it began on line {begun.line + 1}"
    return reason
