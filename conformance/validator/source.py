"""JSON text into a resource, with what is wrong with the text itself (RFC 8259; FHIR R4, JSON 2.6.2).

The common case is settled by the fast parser and one count. Only when that fails, or the count shows that a key was
lost, is the text read again with care, for the line and column of each fault.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import orjson

from conformance.findings import Finding
from conformance.validator.scanning import Fault, line_and_column, scan

BOM = b"\xef\xbb\xbf"
INDENTED = orjson.OPT_INDENT_2
OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")


class Reading(NamedTuple):
    """What a text holds: ``value`` is None when it could not be read; ``findings`` are the faults of the text."""

    value: Any
    findings: list[Finding]


def read(data: bytes) -> Reading:
    """Parse one JSON document. Never raises for what the bytes hold.

    Only a key that stood twice goes unnoticed by the parser. A text just as a writer writes the value has lost none.
    Otherwise every key has its colon, and so has the text made of what was read: fewer there means that one is lost. An
    escape may hide a colon, so that such texts are read with care; so are those too deep to be written again.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _read_with_care(data)
    try:
        if orjson.dumps(value, option=INDENTED if data[1:2] == b"\n" else 0) == data.removesuffix(b"\n"):
            return Reading(value, [])
        if b"\\u00" not in data and data.count(b":") == orjson.dumps(value).count(b":"):
            return Reading(value, [])
    except orjson.JSONEncodeError:
        value = None
    text = data.decode("utf-8")
    return Reading(value, findings(text, scan(text).faults))


NEGATIVE_ZERO = re.compile(rb"[:\[,]\s*-0\s*[,\]}]")


def with_negative_zeros(data: bytes) -> Any:
    """The value of a text that parses, with each ``-0`` as a float; None when there is none in the text."""
    if not NEGATIVE_ZERO.search(data):
        return None
    return json.loads(data, parse_int=lambda text: -0.0 if text == "-0" else int(text))


def _read_with_care(data: bytes) -> Reading:
    """Read a text that the parser refuses; what can be judged in spite of its faults still is."""
    if data.startswith(OTHER_BOMS):
        return Reading(None, [_fault("json.encoding", "The text is not in UTF-8.", 1, 1)])
    has_mark = data.startswith(BOM)
    body = data.removeprefix(BOM)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as trouble:
        return Reading(None, [_undecodable(body, trouble.start)])
    found = scan(text)
    faults = [Fault("json.bom", "The text begins with a byte order mark.", 0)] if has_mark else []
    faults.extend(found.faults)
    if not text.strip():
        faults = [*faults[: int(has_mark)], Fault("json.empty", "There is no text.", 0)]
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as trouble:
        value = None
        if not found.faults and text.strip():
            faults.append(Fault("json.syntax", f"The text cannot be read: {trouble.msg}.", trouble.pos))
    return Reading(value, findings(text, faults))


def _undecodable(body: bytes, start: int) -> Finding:
    """Bytes that are no UTF-8; encoded halves of a surrogate pair are named as such."""
    before = body[:start].decode("utf-8", "replace")
    line, column = line_and_column(before, len(before))
    if body[start : start + 1] == b"\xed" and body[start + 1 : start + 2] >= b"\xa0":
        return _fault("json.surrogate", "Half of a surrogate pair is alone.", line, column)
    return _fault("json.encoding", "These bytes are no UTF-8.", line, column)


def findings(text: str, faults: list[Fault]) -> list[Finding]:
    """Faults as findings, with their places."""
    return [_fault(fault.rule, fault.message, *line_and_column(text, fault.offset)) for fault in faults]


def _fault(rule: str, message: str, line: int, column: int) -> Finding:
    return Finding(rule=rule, message=message, line=line, column=column)
