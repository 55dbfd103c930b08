"""A careful reading of JSON text, for the places of things: used only once something is known to be wrong.

The scanner keeps going where the parser would silently choose (duplicate keys) and stops with the exact place where
JSON ends (RFC 8259). It is iterative, so that no depth of nesting brings it down.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_DEPTH = 250
"""Levels of objects and arrays that FHIR content never needs."""

SPACE = re.compile(r"[ \t\n\r]*")
STRING = re.compile(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*)"')
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z.+\-])")
WORD = re.compile(r"-?[A-Za-z][A-Za-z0-9]*")
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
WORDS = frozenset({"true", "false", "null"})
NOT_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})


class Fault(NamedTuple):
    """Something wrong with the text at a character offset."""

    rule: str
    message: str
    offset: int


class ValuePosition:
    """Where a value is, and where its parts are: by key for an object, by position for an array."""

    __slots__ = ("items", "members", "offset")

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.members: dict[str, ValuePosition] = {}
        self.items: list[ValuePosition] = []


class Scan(NamedTuple):
    """The places of all values as far as the text could be read, and its faults in order."""

    root: ValuePosition | None
    faults: list[Fault]
    end: int


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The line and column, both from 1, of a character offset."""
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1


def scan(text: str, start: int = 0, *, is_whole: bool = True) -> Scan:
    """Read one JSON value from ``start``, and say whether anything follows it where it is to be the whole text."""
    scanner = _Scanner(text)
    position = scanner.value(skip(text, start))
    if position >= 0 and is_whole:
        position = skip(text, position)
        if position < len(text):
            scanner.fault("json.trailing", "Something follows the end of the JSON value.", position)
    return Scan(scanner.root, scanner.faults, position)


def skip(text: str, position: int) -> int:
    """The first position that holds no white space."""
    match = SPACE.match(text, position)
    return match.end() if match else position


class _Scanner:
    """Reads one value; ``open`` holds the objects and arrays around the current place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.faults: list[Fault] = []
        self.root: ValuePosition | None = None
        self.open: list[tuple[str, ValuePosition]] = []

    def fault(self, rule: str, message: str, offset: int) -> None:
        """Note a fault."""
        self.faults.append(Fault(rule, message, offset))

    def value(self, position: int) -> int:
        """Read a value with all its parts; the position after it, or -1 when reading cannot go on."""
        key: str | None = None
        while True:
            place = self._put(ValuePosition(position), key)
            if self.text[position : position + 1] in {"{", "["}:
                position, key, is_empty = self._opened(place, position)
                if position >= 0 and not is_empty:
                    continue
            else:
                position = self._scalar(position)
            if position >= 0:
                position, key = self._next(position)
            if position < 0 or not self.open:
                return position

    def _put(self, place: ValuePosition, key: str | None) -> ValuePosition:
        if not self.open:
            self.root = place
        elif key is None:
            self.open[-1][1].items.append(place)
        else:
            self.open[-1][1].members[key] = place
        return place

    def _opened(self, place: ValuePosition, position: int) -> tuple[int, str | None, bool]:
        """Enter an object or array: the position of its first value, its key in an object, whether there is none."""
        character = self.text[position]
        if len(self.open) >= MAX_DEPTH:
            self.fault("json.depth", f"The text is nested deeper than {MAX_DEPTH} levels.", position)
            return -1, None, True
        inside = skip(self.text, position + 1)
        if self.text[inside : inside + 1] == ("}" if character == "{" else "]"):
            return inside + 1, None, True
        self.open.append((character, place))
        return (*self._key(inside), False) if character == "{" else (inside, None, False)

    def _next(self, position: int) -> tuple[int, str | None]:
        """After a value: the position of the next one, leaving what ends here."""
        while self.open:
            kind, place = self.open[-1]
            position = skip(self.text, position)
            character = self.text[position : position + 1]
            if character == ("}" if kind == "{" else "]"):
                self.open.pop()
                position += 1
                continue
            if character != ",":
                self._unexpected(position, "a comma or the end of the object" if kind == "{" else "a comma or ]")
                return -1, None
            position = skip(self.text, position + 1)
            return self._key(position, place) if kind == "{" else (position, None)
        return position, None

    def _key(self, position: int, place: ValuePosition | None = None) -> tuple[int, str | None]:
        """Read a key and its colon; the position of the value."""
        match = STRING.match(self.text, position)
        if match is None:
            self._unexpected(position, "a key in double quotes")
            return -1, None
        key = unescaped(match[1])
        self._surrogates(match[1], position + 1)
        if place is not None and key in place.members:
            self.fault("json.duplicate-key", f"The key {key} occurs twice in this object.", position)
        after = skip(self.text, match.end())
        if self.text[after : after + 1] != ":":
            self._unexpected(after, "a colon")
            return -1, None
        return skip(self.text, after + 1), key

    def _scalar(self, position: int) -> int:
        """Read a string, number or word; the position after it, or -1."""
        match = STRING.match(self.text, position)
        if match is not None:
            self._surrogates(match[1], position + 1)
            return match.end()
        match = NUMBER.match(self.text, position)
        if match is not None:
            if "e" in match[0].lower() and float(match[0]) in {float("inf"), float("-inf")}:
                self.fault("json.number", "This number is too large to be represented.", position)
            return match.end()
        match = WORD.match(self.text, position)
        if match is not None and match[0] in WORDS:
            return match.end()
        if match is not None and match[0] in NOT_NUMBERS:
            self.fault("json.number", f"{match[0]} is no JSON number.", position)
            return match.end()
        self._unexpected(position, "a value")
        return -1

    def _surrogates(self, content: str, offset: int) -> None:
        """Half of a surrogate pair without its other half."""
        waiting = -1
        for match in ESCAPE.finditer(content) if "\\u" in content else ():
            unit = int(match[1], 16)
            follows = 0xDC00 <= unit < 0xE000 and waiting == match.start()
            if waiting >= 0 and not follows:
                self.fault("json.surrogate", "Half of a surrogate pair is alone.", offset + waiting - 6)
            waiting = match.end() if 0xD800 <= unit < 0xDC00 else -1
            if 0xDC00 <= unit < 0xE000 and not follows:
                self.fault("json.surrogate", "Half of a surrogate pair is alone.", offset + match.start())
        if waiting >= 0:
            self.fault("json.surrogate", "Half of a surrogate pair is alone.", offset + waiting - 6)

    def _unexpected(self, position: int, wanted: str) -> None:
        if position >= len(self.text):
            self.fault("json.truncated", f"The text ends where {wanted} should follow.", len(self.text))
            return
        character = self.text[position]
        if character == '"':
            self._broken_string(position)
            return
        self.fault("json.syntax", f"{wanted[:1].upper()}{wanted[1:]} should stand here, not {character!r}.", position)

    def _broken_string(self, position: int) -> None:
        """Why a string that begins here cannot be read."""
        inside = re.compile(r'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*').match(self.text, position + 1)
        end = inside.end() if inside else position + 1
        if end >= len(self.text) or re.fullmatch(r"\\(?:u[0-9A-Fa-f]{0,3})?", self.text[end:]):
            self.fault("json.truncated", "The text ends within a string.", end)
        elif self.text[end] == "\\":
            self.fault("json.syntax", "This is no escape that JSON knows.", end)
        else:
            self.fault("json.syntax", "A control character is in a string; JSON writes it as an escape.", end)


def unescaped(content: str) -> str:
    """A string's text with its escapes replaced."""
    if "\\" not in content:
        return content
    plain = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
    return re.sub(
        r"\\(?:u([0-9A-Fa-f]{4})|(.))",
        lambda match: chr(int(match[1], 16)) if match[1] else plain.get(match[2], match[2]),
        content,
    )
