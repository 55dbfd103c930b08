"""Formats of the primitive types (R4 datatypes, section 2.24.0.1), without the specification's slow expressions.

The published expressions for string, markdown and base64Binary backtrack or scan in the interpreter; here a string is
judged by its characters, base64 by its alphabet, dates by the calendar. Memos are bounded, so that no stream of values
makes them grow.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from conformance.validator.checks import Check
    from conformance.validator.context import Context

MAX_STRING = 1_048_576
MEMO = 50_000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
SURROGATE = re.compile(r"[\ud800-\udfff]")
CODE = re.compile(r"[^\s]+(?:\s[^\s]+)*").fullmatch
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
URI = re.compile(r"[^\s\x00-\x20]+").fullmatch
ABSOLUTE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*:|#)").match
OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+").fullmatch
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])").fullmatch
MONTH = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?").fullmatch
CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
ZONED = re.compile(rf"T{CLOCK}(?:Z|[+\-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))").fullmatch
TIME = re.compile(CLOCK).fullmatch

BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
EVERY_MONTH = "28"
"""The last day that every month has."""
PADDING = frozenset([b"", b"=", b"=="])

INTEGERS = {
    "integer": (-2_147_483_648, 2_147_483_647),
    "unsignedInt": (0, 2_147_483_647),
    "positiveInt": (1, 2_147_483_647),
}
WHAT = {
    "boolean": "true or false",
    "decimal": "a JSON number",
    "integer": "a whole number of 32 bits",
    "unsignedInt": "a whole number of 32 bits, 0 or more",
    "positiveInt": "a whole number of 32 bits, 1 or more",
    "string": "a string with at least one character, no control characters, at most 1 MiB",
    "markdown": "a string with at least one character, no control characters, at most 1 MiB",
    "code": "a code: no blanks at its ends, no two in a row",
    "id": "1 to 64 letters, digits, - or .",
    "uri": "a URI without blanks (urn:uuid: and urn:oid: well formed)",
    "url": "a URL without blanks",
    "canonical": "an absolute URI or #fragment",
    "oid": "urn:oid: and an object identifier",
    "uuid": "urn:uuid: and a UUID in lower case",
    "date": "YYYY, YYYY-MM or YYYY-MM-DD, a day of the calendar",
    "dateTime": "a date, or a date with a time to the second and a zone",
    "instant": "a date with a time to the second and a zone",
    "time": "hh:mm:ss",
    "base64Binary": "base64",
}

_days: set[str] = set()
_codes: set[str] = set()
_uris: set[str] = set()
_canonicals: set[str] = set()


def remember(memo: set[str], value: str) -> bool:
    """Keep a value that was found good, for the next time; always true."""
    if len(memo) >= MEMO:
        memo.clear()
    if len(value) <= 256:
        memo.add(value)
    return True


def is_string(value: str) -> bool:
    """Text with at least one character and none that FHIR forbids."""
    if value and value.isprintable():
        return len(value) <= MAX_STRING
    return bool(value) and len(value) <= MAX_STRING and not CONTROL.search(value) and not SURROGATE.search(value)


def is_code(value: str) -> bool:
    """A code."""
    return value in _codes or (bool(CODE(value)) and is_string(value) and remember(_codes, value))


def is_id(value: str) -> bool:
    """A logical id."""
    return bool(ID(value))


def is_uri(value: str) -> bool:
    """A URI; names in the uuid and oid namespaces are well formed."""
    if value in _uris:
        return True
    if not URI(value) or not is_string(value):
        return False
    if value.startswith("urn:uuid:"):
        return bool(UUID(value.lower()))
    if value.startswith("urn:oid:") and not OID(value):
        return False
    return remember(_uris, value)


def is_canonical(value: str) -> bool:
    """A canonical reference: absolute, or a fragment of the same resource."""
    return value in _canonicals or (bool(ABSOLUTE(value)) and is_uri(value) and remember(_canonicals, value))


def is_day(value: str) -> bool:
    """A whole date that the calendar has."""
    if value in _days:
        return True
    if not DAY(value) or value[:4] == "0000":
        return False
    if value[8:] > EVERY_MONTH:
        try:
            date(int(value[:4]), int(value[5:7]), int(value[8:]))
        except ValueError:
            return False
    return remember(_days, value)


def is_date(value: str) -> bool:
    """A date of any precision."""
    if len(value) == 10:
        return is_day(value)
    return bool(MONTH(value)) and value[:4] != "0000"


def is_datetime(value: str) -> bool:
    """A date of any precision, or a point in time with its zone."""
    if len(value) > 10:
        return bool(ZONED(value, 10)) and is_day(value[:10])
    return is_date(value)


def is_instant(value: str) -> bool:
    """A point in time with its zone."""
    return len(value) > 10 and bool(ZONED(value, 10)) and is_day(value[:10])


def is_time(value: str) -> bool:
    """A time of day."""
    return bool(TIME(value))


def is_base64(value: str) -> bool:
    """Base64 (RFC 4648 section 4); white space inside it is legal."""
    return _is_bare_base64(value) or _is_bare_base64("".join(value.split()))


def _is_bare_base64(value: str) -> bool:
    """Whole groups of four, padded at the end only; what is no letter of the alphabet is what remains without them."""
    rest = value.encode("utf-8", "surrogatepass").translate(None, BASE64)
    return rest in PADDING and len(value) % 4 == 0 and value.endswith(rest.decode()) and value != ""


def is_oid(value: str) -> bool:
    """An object identifier as a URN."""
    return bool(OID(value))


def is_uuid(value: str) -> bool:
    """A UUID as a URN."""
    return bool(UUID(value))


STRINGS = {
    "string": is_string,
    "markdown": is_string,
    "code": is_code,
    "id": is_id,
    "uri": is_uri,
    "url": is_uri,
    "canonical": is_canonical,
    "oid": is_oid,
    "uuid": is_uuid,
    "date": is_date,
    "dateTime": is_datetime,
    "instant": is_instant,
    "time": is_time,
    "base64Binary": is_base64,
}
Accepted = set[str] | frozenset[str] | None
"""Texts that a check is known to accept; None: every printable text of at most :data:`MAX_STRING` characters."""
MEMOS = {"code": _codes, "uri": _uris, "url": _uris, "canonical": _canonicals, "date": _days, "dateTime": _days}
NOTHING: frozenset[str] = frozenset()
ACCEPTED: dict[str, Accepted] = {**MEMOS, "string": None, "markdown": None}
PRIMITIVES = frozenset({*STRINGS, *INTEGERS, "boolean", "decimal", "xhtml"})


def check_primitive(code: str, source: str) -> Check:
    """The check of values of one primitive type, ``source`` being its definition; xhtml is the narrative's own."""
    if code in INTEGERS:
        return _integer(code, source)
    if code == "boolean":
        return _of_class((bool,), code, source)
    if code == "decimal":
        return _of_class((int, float), code, source)
    return _plain_text(code, source) if STRINGS[code] is is_string else _text(code, source)


def _text(code: str, source: str) -> Check:
    accepts = STRINGS[code]
    known: set[str] = MEMOS.get(code, set())

    def check(value: Any, _context: Context) -> Problems:
        if value.__class__ is str:
            return None if value in known or accepts(value) else wrong_format(code, value, source)
        return wrong_kind(code, value, source)

    return check


def _plain_text(code: str, source: str) -> Check:
    """As :func:`_text` for text of any form: printable characters need no closer look."""

    def check(value: Any, _context: Context) -> Problems:
        if value.__class__ is str:
            if (value and len(value) <= MAX_STRING and value.isprintable()) or is_string(value):
                return None
            return wrong_format(code, value, source)
        return wrong_kind(code, value, source)

    return check


def _integer(code: str, source: str) -> Check:
    least, most = INTEGERS[code]

    def check(value: Any, context: Context) -> Problems:
        if value.__class__ is int:
            if value == 0:
                context.counts.has_zero = True
            return None if least <= value <= most else wrong_format(code, value, source)
        return wrong_kind(code, value, source)

    return check


def _of_class(classes: tuple[type, ...], code: str, source: str) -> Check:
    def check(value: Any, _context: Context) -> Problems:
        return None if value.__class__ in classes else wrong_kind(code, value, source)

    return check


def wrong_format(code: str, value: Any, source: str) -> list[Problem]:
    """The right kind of JSON value, but not what the type allows."""
    rule = "empty" if value == "" else f"format:{code}"
    return [
        Problem(rule, f"This is not a valid {code}: {WHAT[code]}.", expected=WHAT[code], found=value, profile=source)
    ]


def wrong_kind(code: str, value: Any, source: str) -> list[Problem]:
    """Another kind of JSON value than the type is written as."""
    if value is None:
        return [Problem("null", "The value is null; leave the element out.", expected=WHAT[code], found="null")]
    message = f"A value of type {code} is written as {'a JSON string' if code in STRINGS else WHAT[code]}."
    return [Problem("type", message, expected=code, found=value, profile=source)]
