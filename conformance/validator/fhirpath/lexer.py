"""Text to tokens (FHIRPath 2.0.0, sections 4.1 and 13, lexical elements)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.validator.fhirpath.errors import FHIRPathSyntaxError

KEYWORD_OPERATORS = frozenset({"div", "mod", "is", "as", "in", "contains", "and", "or", "xor", "implies"})

_TOKEN = re.compile(
    r"""
      (?P<space>\s+|//[^\n\r]*|/\*.*?\*/)
    | (?P<temporal>@(?:T\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?
        |\d{4}(?:-\d{2}(?:-\d{2})?)?(?:T(?:\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:\d{2})?)?)?))
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<delimited>`(?:[^`\\]|\\.)*`)
    | (?P<variable>\$(?:this|index|total)\b)
    | (?P<constant>%(?:(?:vs|ext)-[A-Za-z0-9_\-]+|[A-Za-z_][A-Za-z0-9_]*|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<symbol><=|>=|!=|!~|[-+*/&|=~<>.,()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``kind`` is temporal, number, string, name, delimited, variable, constant, symbol or end."""

    kind: str
    text: str
    position: int


def tokenize(text: str) -> list[Token]:
    """Split an expression into tokens, the last of kind ``end``; raises FHIRPathSyntaxError."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if text.startswith("/*", position) and match is not None and match.lastgroup != "space":
            raise FHIRPathSyntaxError("a comment is not closed", text, position)
        if match is None:
            raise FHIRPathSyntaxError(f"unexpected {text[position]!r}", text, position)
        kind = match.lastgroup or ""
        if kind != "space":
            tokens.append(Token(kind, _content(kind, match.group(), text, position), position))
        position = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _content(kind: str, raw: str, text: str, position: int) -> str:
    if kind in {"string", "delimited"}:
        return _unescape(raw[1:-1], text, position)
    if kind == "variable":
        return raw[1:]
    if kind == "constant":
        return _unescape(raw[2:-1], text, position) if raw[1] in "`'" else raw[1:]
    return raw


def _unescape(raw: str, text: str, position: int) -> str:
    """Replace the escapes of section 4.1.2; an unknown one, such as a regular expression's, loses its backslash."""

    def replace(match: re.Match[str]) -> str:
        code = match.group(1)
        if len(code) == 5:
            return chr(int(code[1:], 16))
        if code == "u":
            raise FHIRPathSyntaxError("a \\u escape needs four hexadecimal digits", text, position)
        return _ESCAPED.get(code, code)

    if "\\" not in raw:
        return raw
    try:
        return _ESCAPE.sub(replace, raw).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise FHIRPathSyntaxError("half of a surrogate pair", text, position) from None
