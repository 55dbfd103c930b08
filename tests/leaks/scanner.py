"""Looks for secrets in everything a run wrote, decoded in every way a report may have encoded it.

Written apart from the redaction it checks: this decodes what is there and searches the result, that one searches for
encodings of what it knows.
"""

from __future__ import annotations

import base64
import html
import io
import re
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LAYERS = 2
_GRAM = 8
_STRIDE = 9
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{6,}")
_FOLDED = re.compile(rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{60,100}(?:\r?\n|\\n|\\r\\n))+[A-Za-z0-9+/=]*")
_FOLD = re.compile(rb"\r?\n|\\n|\\r\\n")
_BACKSLASH = re.compile(rb'((?:\\u[0-9A-Fa-f]{4})+)|\\x([0-9A-Fa-f]{2})|\\(["\\/bfnrt\'])')
_TEXT = 6
_STRING = re.compile(rb"[\x20-\x7e]{8,}")
_PLAIN = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


@dataclass(frozen=True, order=True)
class Leak:
    """A secret found: in which file, by which decodings, and which of the secrets given (not shown)."""

    file: str
    form: str
    secret: str = field(repr=False)


def leaks(folder: Path, secrets: Iterable[str]) -> list[Leak]:
    """Every secret found in any file below a folder, the names of the files included."""
    wanted = _Wanted(secrets)
    found: set[Leak] = set()
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        contents = path.read_bytes() if path.is_file() else b""
        found |= {Leak(name, form, secret) for form, secret in _search(contents, wanted)}
        found |= {Leak(name, f"name {form}", secret) for form, secret in _search(name.encode(), wanted)}
    return sorted(found)


def leaks_in(text: str | bytes, secrets: Iterable[str]) -> list[Leak]:
    """The same for one text."""
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    return sorted({Leak("", form, secret) for form, secret in _search(data, _Wanted(secrets))})


class _Wanted:
    """The secrets, found in one pass: a long one shows at one of its first places in every ninth place of the data."""

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = {secret.encode(): secret for secret in secrets if secret.strip()}
        self._short = {data: secret for data, secret in plain.items() if len(data) < _GRAM + _STRIDE - 1}
        self._grams: dict[bytes, list[tuple[int, bytes, str]]] = {}
        for data, secret in plain.items():
            for place in range(_STRIDE if data not in self._short else 0):
                self._grams.setdefault(data[place : place + _GRAM], []).append((place, data, secret))

    def found_in(self, data: bytes) -> set[str]:
        found = {secret for plain, secret in self._short.items() if plain in data}
        grams = self._grams
        if grams:
            places = range(0, len(data), _STRIDE)
            sampled = {gram for place in places if (gram := data[place : place + _GRAM]) in grams}
            candidates = {hit for gram in sampled for hit in grams[gram]}
            found |= {secret for _, plain, secret in candidates if plain in data}
        return found


def _search(data: bytes, wanted: _Wanted) -> Iterator[tuple[str, str]]:
    """``(how it was decoded, secret)`` of each secret in the data or in what it decodes to."""
    pending: list[tuple[bytes, tuple[str, ...]]] = [(data, ())]
    seen = {data}
    runs: set[bytes] = set()
    while pending:
        data, chain = pending.pop(0)
        for secret in wanted.found_in(data):
            yield " ".join(chain) or "plain", secret
        if isinstance(data, _Opaque) or sum(form in _ESCAPES for form in chain) > _LAYERS or len(chain) > _LAYERS + 2:
            continue
        for form, decode in {**_ESCAPES, "base64": partial(_base64, runs), "gzip": _gzip, "zip": _zip}.items():
            for decoded in decode(data):
                if decoded and decoded not in seen and chain.count(form) < 2:
                    seen.add(decoded)
                    pending.append((decoded, (*chain, form)))


def _url(data: bytes) -> Iterator[bytes]:
    if b"%" in data:
        yield unquote_to_bytes(data)
    if b"+" in data:
        yield unquote_plus(data.decode("latin-1"), encoding="latin-1").encode("latin-1")


def _json(data: bytes) -> Iterator[bytes]:
    def plain(found: re.Match[bytes]) -> bytes:
        if found[1]:
            units = bytes.fromhex(found[1].replace(b"\\u", b"").decode())
            return units.decode("utf-16-be", errors="replace").encode()
        return bytes.fromhex(found[2].decode()) if found[2] else _PLAIN.get(found[3], found[3])

    if b"\\" in data:
        yield _BACKSLASH.sub(plain, data)


def _html(data: bytes) -> Iterator[bytes]:
    if b"&" in data:
        yield html.unescape(data.decode(errors="surrogateescape")).encode(errors="surrogateescape")


class _Opaque(bytes):
    """Bytes to be searched but not decoded further: most of what base64 yields is not base64 at all."""


def _base64(runs: set[bytes], data: bytes) -> Iterator[bytes]:
    """All base64 in the data at every alignment, joined; on their own archives, and what turns out to be text.

    ``runs`` are those seen before in another reading of the same file.
    """
    pieces, texts = [], []
    folded = [_FOLD.sub(b"", block) for block in _FOLDED.findall(data)]
    for run in {*_BASE64_RUN.findall(data), *folded} - runs:
        runs.add(run)
        standard = run.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
        for offset in range(4):
            part = standard[offset:]
            part = part[: len(part) - 1] if len(part) % 4 == 1 else part
            decoded = base64.b64decode(part + b"=" * (-len(part) % 4))
            if decoded[:2] in {b"\x1f\x8b", b"PK"}:
                yield decoded
            pieces.append(decoded)
            texts += [decoded] if _is_text(decoded) else _STRING.findall(decoded)
    yield _Opaque(b"\0".join(pieces))
    yield b"\0".join(texts)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return len(data) >= _TEXT


def _gzip(data: bytes) -> Iterator[bytes]:
    """The contents, of a broken file as far as they go."""
    if data[:2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(31)
        unpacked = b""
        with suppress(zlib.error):
            for start in range(0, len(data), 4096):
                unpacked += unpacker.decompress(data[start : start + 4096])
        yield unpacked


def _zip(data: bytes) -> Iterator[bytes]:
    if data[:2] != b"PK":
        return
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            yield member.filename.encode()
            with suppress(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError):
                yield archive.read(member)


_ESCAPES: dict[str, Callable[[bytes], Iterator[bytes]]] = {"url": _url, "json": _json, "html": _html}
