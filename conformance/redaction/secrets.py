"""The secrets we know, found in a text in whatever form they took on.

Found are the plain value, any mix of URL, JSON and HTML escapes of it, and base64 of either at any alignment, both
alphabets: a Basic header is base64 of ``client:secret``, a JWT payload is base64url of JSON.
"""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from html import escape
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from conformance.redaction.escapes import views
from conformance.redaction.names import marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MIN_SECRET_LENGTH = 4
"""A shorter secret cannot be told from ordinary text: it is masked only where it is the whole of a value."""

_LONG = 16
_GRAM = 8
_STRIDE = _LONG - _GRAM + 1
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
_PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "k")
_SEGMENTS = 3
_REMEMBERED = 50_000
_REMEMBERED_LENGTH = 400


class Secrets:
    """Registered secrets; registering and masking may happen in different threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._labels: dict[str, str] = {}
        self._has_short = False
        self._short: tuple[tuple[str, str, bool], ...] = ()
        self._grams: defaultdict[str, tuple[tuple[int, str, str, bool], ...]] = defaultdict(tuple)
        self._masked: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<{len(self._labels)} secrets>"

    def register(self, secret: str, label: str) -> None:
        """Mask this value, and what can be recognised as part of it, from now on."""
        label = re.sub(r"[^\w .:-]", "", label)
        with self._lock:
            for value in dict.fromkeys(_parts(secret)):
                if value and value not in self._labels:
                    self._labels[value] = label
                    if len(value) >= MIN_SECRET_LENGTH:
                        self._index(value)
                    else:
                        self._has_short = True
            self._masked = {}

    @property
    def has_short(self) -> bool:
        """Whether any secret is too short to be searched for."""
        return self._has_short

    def label(self, value: str) -> str:
        """What to show for a text that is a secret as a whole; empty if it is none."""
        label = self._labels.get(value)
        return self._shown(label) if label is not None else ""

    def mask(self, text: str) -> str:
        """The text with every known secret replaced by its label.

        Short texts are remembered until another secret is registered: codes and references come again and again.
        """
        remembered = self._masked
        if (known := remembered.get(text)) is not None:
            return known
        masked = self._mask(text)
        if len(text) <= _REMEMBERED_LENGTH and len(remembered) < _REMEMBERED:
            remembered[text] = masked
        return masked

    def _mask(self, text: str) -> str:
        for _ in range(3):
            spans = self._spans(text)
            if not spans:
                break
            text = self._replace(text, spans)
        return text

    def found_in(self, text: str) -> bool:
        """Whether any known secret is in the text in some form."""
        return bool(self._spans(text))

    def _index(self, value: str) -> None:
        needles = [(value, False), *((needle, True) for needle in _base64_needles(value))]
        self._short += tuple((needle, value, coded) for needle, coded in needles if len(needle) < _LONG)
        for needle, coded in needles:
            if len(needle) >= _LONG:
                for offset in range(_STRIDE):
                    self._grams[needle[offset : offset + _GRAM]] += ((offset, needle, value, coded),)

    def _spans(self, text: str) -> list[tuple[int, int, str]]:
        if not self._labels:
            return []
        found = []
        for view in views(text):
            for start, end, value, coded in self._hits(view.text):
                around = _widen(view.text, start, end) if coded else (start, end)
                found.append((*view.origin(*around), value))
        return _merge(found)

    def _hits(self, text: str) -> Iterator[tuple[int, int, str, bool]]:
        """Every needle in the text; long ones by sampling every ninth position, which none of them can slip through."""
        for needle, value, coded in self._short:
            start = text.find(needle)
            while start >= 0:
                yield start, start + len(needle), value, coded
                start = text.find(needle, start + 1)
        grams = self._grams
        for position in range(0, len(text) - _GRAM + 1, _STRIDE):
            gram = text[position : position + _GRAM]
            if gram not in grams:
                continue
            for offset, needle, value, coded in grams[gram]:
                if position >= offset and text.startswith(needle, position - offset):
                    yield position - offset, position - offset + len(needle), value, coded

    def _replace(self, text: str, spans: Iterable[tuple[int, int, str]]) -> str:
        pieces, last = [], 0
        for start, end, value in spans:
            pieces += [text[last:start], self._shown(self._labels[value])]
            last = end
        return "".join([*pieces, text[last:]])

    def _shown(self, label: str) -> str:
        """The mark of a label, unless the label itself would give a secret away."""
        for shown in (marked(label), marked("secret")):
            if not any(value in shown for value in list(self._labels) if len(value) >= MIN_SECRET_LENGTH):
                return shown
        return marked("\u2022\u2022\u2022")


def _parts(secret: str) -> Iterator[str]:
    """The secret, and pieces of it that are secrets on their own: a signature, a line of a key, a private exponent."""
    yield secret
    stripped = secret.strip()
    yield stripped
    segments = stripped.split(".")
    if len(segments) == _SEGMENTS and stripped.startswith("eyJ") and len(segments[2]) >= _LONG:
        yield segments[2]
    if "\n" in stripped:
        yield from (line for line in map(str.strip, stripped.splitlines()) if len(line) >= _LONG and line[0] != "-")
    if stripped.startswith("{") and '"kty"' in stripped:
        try:
            key = json.loads(stripped)
        except ValueError:
            return
        yield from (key[name] for name in _PRIVATE_MEMBERS if isinstance(key.get(name), str))


def _base64_needles(value: str) -> set[str]:
    """What base64 of any text around the secret must contain, for each of its spellings, alignments and alphabets."""
    spellings = {value, quote(value, safe="", errors="replace"), quote_plus(value, errors="replace"), escape(value)}
    spellings |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    needles = set()
    for spelling in spellings:
        data = spelling.encode(errors="replace")
        for before in range(3):
            # characters that share bits with the neighbours are left out on both sides
            whole = base64.b64encode(bytes(before) + data)[(0, 2, 3)[before] : (before + len(data)) * 8 // 6].decode()
            needles |= {whole, whole.replace("+", "-").replace("/", "_")}
    return {needle for needle in needles if len(needle) >= MIN_SECRET_LENGTH}


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the neighbouring base64 characters that still carry bits of the secret."""
    for _ in range(3):
        if start > 0 and text[start - 1] in _BASE64:
            start -= 1
        if end < len(text) and text[end] in _BASE64:
            end += 1
    return start, end


def _merge(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Overlapping finds as one, named after the longest."""
    merged: list[tuple[int, int, str]] = []
    for start, end, value in sorted(spans):
        if merged and start < merged[-1][1]:
            first, last, held = merged[-1]
            merged[-1] = (first, max(last, end), max(held, value, key=len))
        else:
            merged.append((start, end, value))
    return merged
