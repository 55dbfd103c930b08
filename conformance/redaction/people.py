"""Values of members seen so far, found again in running text: error messages, pages, addresses."""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING

from conformance.redaction import names
from conformance.redaction.member_data import shape

if TYPE_CHECKING:
    from collections.abc import Iterable

_MIN_NAME_LENGTH = 3
_EXACT_BELOW = 5
_WORD = re.compile(r"\w+")
_EDGES = re.compile(r"^\W+|\W+$")
_ORDINARY = frozenset(map(str.lower, names.RESOURCE_TYPES | names.CONFORMANCE_RESOURCES))


class People:
    """Names, addresses, identifiers and birth dates, indexed by their first word; safe to use from several threads.

    A value is found as a whole word in any case; one shorter than five characters only as it was written or in
    capitals, because it may be an ordinary word otherwise. Values of one or two characters are not looked for.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_first_word: dict[str, tuple[str, ...]] = {}

    def learn(self, values: Iterable[str]) -> None:
        """Look for these values too from now on."""
        with self._lock:
            for value in values:
                plain = _EDGES.sub("", value)
                first = _WORD.match(plain)
                if first and len(plain) >= _MIN_NAME_LENGTH and plain.lower() not in _ORDINARY:
                    known = self._by_first_word.get(first[0].lower(), ())
                    self._by_first_word[first[0].lower()] = tuple(sorted({*known, plain}, key=len, reverse=True))

    def mask(self, text: str) -> str:
        """The text with every known value replaced by a mask of its shape."""
        if not self._by_first_word:
            return text
        pieces: list[str] = []
        last = 0
        for word in _WORD.finditer(text):
            if word.start() >= last and (length := self._length_at(text, word)):
                pieces += (text[last : word.start()], shape(text[word.start() : word.start() + length]))
                last = word.start() + length
        return "".join((*pieces, text[last:])) if pieces else text

    def _length_at(self, text: str, word: re.Match[str]) -> int:
        """The length of the longest known value that starts with this word; 0 if there is none."""
        for value in self._by_first_word.get(word[0].lower(), ()):
            end = word.start() + len(value)
            there = text[word.start() : end]
            same = there in {value, value.upper()} or (len(value) >= _EXACT_BELOW and there.lower() == value.lower())
            if same and not _WORD.match(text, end):
                return len(value)
        return 0
