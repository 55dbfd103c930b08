"""String functions (FHIRPath 2.0.0, section 5.6; encode to join are trial-use additions)."""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from conformance.validator.fhirpath.errors import EvaluationError, NotEvaluated
from conformance.validator.fhirpath.functions.collections import whole_number
from conformance.validator.fhirpath.nodes import Collection, Item
from conformance.validator.fhirpath.operators import single
from conformance.validator.fhirpath.registry import eager
from conformance.validator.fhirpath.temporal import Temporal

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.fhirpath.environment import Run


def text(items: Collection) -> str | None:
    """The only item as text; a date or time of FHIR is text too. Raises EvaluationError for anything else."""
    value = single(items)
    if isinstance(value, Temporal) and isinstance(items[0], Item):
        return str(items[0].value)
    if value is None or isinstance(value, str):
        return value
    raise EvaluationError("a String is needed")


def _on_text(name: str, operate: Callable[..., object], arguments: int = 1) -> None:
    """Declare a function of text and texts that is empty when any of them is."""

    def body(items: Collection, _run: Run, *others: Collection) -> Collection:
        texts = [text(items), *(text(other) for other in others)]
        return [] if None in texts else [operate(*texts)]

    eager(name, arguments)(body)


_on_text("startsWith", str.startswith)
_on_text("endsWith", str.endswith)
_on_text("contains", str.__contains__)
_on_text("indexOf", str.find)
_on_text("lastIndexOf", str.rfind)
_on_text("upper", str.upper, 0)
_on_text("lower", str.lower, 0)
_on_text("length", len, 0)
_on_text("trim", lambda subject: subject.strip(" \t\n\r"), 0)
_on_text("replace", str.replace, 2)


@eager("substring", 1, 2)
def substring(items: Collection, _run: Run, start: Collection, length: Collection | None = None) -> Collection:
    """The text from a position on, perhaps only so much of it."""
    subject, begin = text(items), whole_number(start)
    if subject is None or begin is None or not 0 <= begin < len(subject):
        return []
    size = whole_number(length) if length else None
    return [subject[begin:] if size is None else subject[begin : begin + max(0, size)]]


@lru_cache(maxsize=1024)
def pattern(regex: str, flags: str = "") -> re.Pattern[str]:
    """A regular expression of the specification's dialect; raises EvaluationError for one that cannot be read."""
    if set(flags) - set("im"):
        raise EvaluationError("unknown flags of a regular expression")
    options = re.DOTALL | (re.IGNORECASE if "i" in flags else 0) | (re.MULTILINE if "m" in flags else 0)
    named = re.sub(r"\(\?<(?![=!])", "(?P<", regex)
    if "m" not in flags:
        named = re.sub(r"(?<!\\)\$$", r"\\Z", named)
    try:
        return re.compile(named, options)
    except re.error as problem:
        raise EvaluationError("a regular expression cannot be read") from problem


def _flags(given: Collection | None) -> str:
    return (text(given) or "") if given else ""


@eager("matches", 1, 2)
def matches(items: Collection, _run: Run, regex: Collection, flags: Collection | None = None) -> Collection:
    """Whether the expression is found anywhere in the text (no implied anchors)."""
    subject, wanted = text(items), text(regex)
    return [] if subject is None or wanted is None else [pattern(wanted, _flags(flags)).search(subject) is not None]


@eager("matchesFull", 1, 2)
def matches_full(items: Collection, _run: Run, regex: Collection, flags: Collection | None = None) -> Collection:
    """Whether the expression fits the whole text."""
    subject, wanted = text(items), text(regex)
    return [] if subject is None or wanted is None else [pattern(wanted, _flags(flags)).fullmatch(subject) is not None]


@eager("replaceMatches", 2, 3)
def replace_matches(
    items: Collection, _run: Run, regex: Collection, substitution: Collection, flags: Collection | None = None
) -> Collection:
    """Replace every match; ``$1`` and ``${name}`` refer to groups."""
    subject, wanted, other = text(items), text(regex), text(substitution)
    if subject is None or wanted is None or other is None:
        return []
    if not wanted:
        return [subject]
    template = re.sub(r"\$(?:(\d+)|\{(\w+)\})", lambda m: f"\\g<{m[1] or m[2]}>", other.replace("\\", "\\\\"))
    try:
        return [pattern(wanted, _flags(flags)).sub(template, subject)]
    except (re.error, IndexError) as problem:
        raise EvaluationError("a replacement refers to a group that is not there") from problem


@eager("toChars")
def to_chars(items: Collection, _run: Run) -> Collection:
    """The characters, one by one."""
    return list(text(items) or "")


@eager("split", 1)
def split(items: Collection, _run: Run, separator: Collection) -> Collection:
    """The parts between separators."""
    subject, mark = text(items), text(separator)
    if subject is None or mark is None:
        return []
    return list(subject.split(mark) if mark else subject)


@eager("join", 0, 1)
def join(items: Collection, _run: Run, separator: Collection | None = None) -> Collection:
    """All texts in one."""
    texts = [text([item]) for item in items]
    return [(text(separator or []) or "").join(part for part in texts if part is not None)] if items else []


_ENCODE: dict[str, Callable[[str], str]] = {
    "hex": lambda subject: subject.encode().hex(),
    "base64": lambda subject: base64.b64encode(subject.encode()).decode(),
    "urlbase64": lambda subject: base64.urlsafe_b64encode(subject.encode()).decode(),
    "ascii": lambda subject: subject.encode("ascii", "replace").decode(),
}
_DECODE: dict[str, Callable[[str], str]] = {
    "hex": lambda subject: bytes.fromhex(subject).decode(),
    "base64": lambda subject: base64.b64decode(subject, validate=True).decode(),
    "urlbase64": lambda subject: base64.b64decode(subject, altchars=b"-_", validate=True).decode(),
}
_ESCAPE: dict[str, Callable[[str], str]] = {"html": html.escape, "json": lambda subject: json.dumps(subject)[1:-1]}
_UNESCAPE: dict[str, Callable[[str], str]] = {
    "html": html.unescape,
    "json": lambda subject: str(json.loads(f'"{subject}"')),
}


def _recoded(name: str, table: dict[str, Callable[[str], str]]) -> None:
    def body(items: Collection, _run: Run, form: Collection) -> Collection:
        subject, wanted = text(items), text(form)
        if subject is None or wanted is None:
            return []
        if wanted not in table:
            raise NotEvaluated(f"{name}() for this format")
        try:
            return [table[wanted](subject)]
        except (ValueError, binascii.Error):
            return []

    eager(name, 1)(body)


for _name, _table in (("encode", _ENCODE), ("decode", _DECODE), ("escape", _ESCAPE), ("unescape", _UNESCAPE)):
    _recoded(_name, _table)
