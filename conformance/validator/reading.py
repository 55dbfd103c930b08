"""Where resources come from: files, folders, NDJSON and standard input, one document at a time.

NDJSON is read line by line, so that a file of any length needs the memory of its longest line.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STDIN = "-"
LINES = (".ndjson", ".jsonl")
SUFFIXES = (".json", *LINES)
MARK = b"\xef\xbb\xbf"
MAX_LEAD = 1_000
"""So many bytes of white space may stand before the first sign of a text."""
NOT_RESOURCES = frozenset({"package.json"})


class Document(NamedTuple):
    """One JSON document: where it is from, its bytes, and its line in an NDJSON source (0: a file of its own)."""

    source: str
    data: bytes
    line: int


class Missing(NamedTuple):
    """A path that cannot be read, and why."""

    path: str
    reason: str


def documents(paths: Iterable[str], stdin: BinaryIO | None = None) -> Iterator[Document | Missing]:
    """Every document of the paths, in order; folders are searched for JSON and NDJSON files.

    XML is not read: such a document is missing rather than wrong.
    """
    for one in found_in(paths, stdin):
        if isinstance(one, Document) and not one.line and is_xml(one.data):
            yield Missing(one.source, "is XML; resources are read in FHIR's JSON format only")
        else:
            yield one


def is_xml(data: bytes) -> bool:
    """Whether a text begins as XML does and no JSON can."""
    return data[:MAX_LEAD].removeprefix(MARK).lstrip()[:1] == b"<"


def found_in(paths: Iterable[str], stdin: BinaryIO | None = None) -> Iterator[Document | Missing]:
    """As :func:`documents`, of whatever format."""
    for path in paths:
        if path == STDIN:
            yield from streamed(stdin if stdin is not None else sys.stdin.buffer, STDIN)
            continue
        try:
            files = [Path(path)] if not Path(path).is_dir() else files_of(Path(path))
        except OSError as trouble:
            yield Missing(path, trouble.strerror or "cannot be read")
            continue
        if not files:
            yield Missing(path, "holds no JSON or NDJSON file")
        for file in files:
            yield from from_file(file)


def files_of(folder: Path) -> list[Path]:
    """The JSON and NDJSON files below a folder, in order of their names; hidden ones and package manifests are none."""
    found = (one for one in folder.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file())
    return sorted(one for one in found if not one.name.startswith(".") and one.name not in NOT_RESOURCES)


def from_file(file: Path) -> Iterator[Document | Missing]:
    """The documents of one file."""
    try:
        with file.open("rb") as stream:
            if file.suffix.lower() in LINES:
                yield from lines(stream, str(file))
            elif file.suffix.lower() == ".json":
                yield Document(str(file), stream.read(), 0)
            else:
                yield from streamed(stream, str(file))
    except OSError as trouble:
        yield Missing(str(file), trouble.strerror or "cannot be read")


def lines(stream: Iterable[bytes], source: str, *, start: int = 1) -> Iterator[Document]:
    """The documents of an NDJSON stream; empty lines hold none."""
    for number, line in enumerate(stream, start):
        if line.strip():
            yield Document(f"{source}:{number}", line.rstrip(b"\r\n"), number)


def streamed(stream: BinaryIO, source: str) -> Iterator[Document]:
    """The documents of a stream of unknown kind: NDJSON when its first line is a whole object and more follow."""
    first = stream.readline()
    second = stream.readline() if is_whole(first) else b""
    if second.strip():
        yield from lines((first, second), source)
        yield from lines(stream, source, start=3)
    else:
        yield Document(source, first + second + stream.read(), 0)


def is_whole(line: bytes) -> bool:
    """Whether a line is a JSON object by itself."""
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
