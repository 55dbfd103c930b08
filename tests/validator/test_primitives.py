"""Formats of the primitive types."""

from __future__ import annotations

import pytest

from conformance.validator.context import Context, Unchecked
from conformance.validator.primitives import STRINGS, check_primitive

GOOD = {
    "string": ["a", " a ", "a\tb\r\nc", "ä\u00a0ö", "😀", "x" * 1_048_576],
    "markdown": ["# a\n\n* b"],
    "code": ["a", "a b", "a-b/c"],
    "id": ["a", "A.b-9", "x" * 64],
    "uri": ["a", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:oid:1.2.3", "http://a.b/c?d=e#f", "Patient/1"],
    "url": ["https://a.b"],
    "canonical": ["http://a.b/c|1.0", "#x", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"],
    "oid": ["urn:oid:2.16.840"],
    "uuid": ["urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"],
    "date": ["2026", "2026-02", "2024-02-29", "0001-01-01"],
    "dateTime": ["2026", "2026-02-28", "2026-02-28T23:59:60Z", "2026-02-28T00:00:00.123456789+14:00"],
    "instant": ["2026-02-28T00:00:00Z", "2026-02-28T00:00:00.1-05:00"],
    "time": ["00:00:00", "23:59:60.5"],
    "base64Binary": ["YQ==", "YWJj", "YW Jj\r\n"],
}
BAD = {
    "string": ["", "a\x00b", "\x0b", "x" * 1_048_577, "\ud800"],
    "markdown": [""],
    "code": ["", " a", "a ", "a  b", "a\n"],
    "id": ["", "a_b", "a b", "x" * 65, "a\n"],
    "uri": ["", "a b", " a", "urn:uuid:1234", "urn:oid:9.1", "urn:oid:1.02", "a\n"],
    "url": ["a b"],
    "canonical": ["Questionnaire/1", "a b:c"],
    "oid": ["2.16.840", "urn:oid:2"],
    "uuid": ["0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:uuid:0C3151BD-1CBF-4D64-B04D-CD9187A4C6E0"],
    "date": ["0000", "2026-13", "2026-02-29", "2026-02-30", "20260228", "2026-2-8", "2026-02-28T00:00:00Z", "2026\n"],
    "dateTime": [
        "2026-02-28T00:00Z",
        "2026-02-28T00:00:00",
        "2026-02-28T24:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-02-28 ",
    ],
    "instant": ["2026-02-28", "2026-02-28T00:00:00"],
    "time": ["7:30:00", "07:30", "24:00:00", "07:30:00Z"],
    "base64Binary": ["", "a", "YQ=", "YQ==YQ==", "@@@@", "   "],
}


@pytest.mark.parametrize(("code", "value"), [(code, value) for code, values in GOOD.items() for value in values])
def test_a_right_value_is_accepted(code, value):
    assert STRINGS[code](value)


@pytest.mark.parametrize(("code", "value"), [(code, value) for code, values in BAD.items() for value in values])
def test_a_wrong_value_is_refused(code, value):
    assert not STRINGS[code](value)


@pytest.mark.parametrize(
    ("code", "value", "rule"),
    [
        ("integer", 2**31 - 1, ""),
        ("integer", -(2**31), ""),
        ("integer", 2**31, "format:integer"),
        ("integer", 1.0, "type"),
        ("integer", True, "type"),
        ("integer", "1", "type"),
        ("unsignedInt", 0, ""),
        ("unsignedInt", -1, "format:unsignedInt"),
        ("positiveInt", 0, "format:positiveInt"),
        ("decimal", 1, ""),
        ("decimal", 1.5, ""),
        ("decimal", "1.5", "type"),
        ("decimal", False, "type"),
        ("boolean", True, ""),
        ("boolean", 1, "type"),
        ("boolean", "true", "type"),
        ("string", 1, "type"),
        ("string", None, "null"),
        ("string", "", "empty"),
        ("date", {}, "type"),
    ],
)
def test_each_type_has_its_kind_of_json_value(code, value, rule):
    found = check_primitive(code, "definition")(value, Context({}, Unchecked()))

    assert ([problem.rule for problem in found] if found else [""]) == [rule]
