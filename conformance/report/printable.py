"""Text from a deployment, made safe to print: a hostile server must neither move a cursor nor break a file."""

from __future__ import annotations

import re

# C0 and C1 controls, lone surrogates, non-characters, and the marks that reorder or hide text on a screen.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_SPACE = re.compile(r"\s+")


def printable(text: object) -> str:
    """``text`` with every unsafe character shown as its code (``[U+001B]``); tabs and line feeds stay."""
    return _UNSAFE.sub(lambda match: f"[U+{ord(match[0]):04X}]", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: object, limit: int = 0) -> str:
    """``text`` on one line, at most ``limit`` characters long (0: as long as it is)."""
    return shorten(_SPACE.sub(" ", printable(text)).strip(), limit)


def shorten(text: str, limit: int) -> str:
    """The first ``limit`` characters, with a mark when something was left out; 0 keeps everything."""
    return text if not limit or len(text) <= limit else text[: limit - 1].rstrip() + "…"
