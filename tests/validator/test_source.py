"""Faults of the text itself, with line and column."""

from __future__ import annotations

import json

import pytest

from conformance.validator.placing import Placer
from conformance.validator.source import read

PATIENT = b'{"resourceType": "Patient",\n "id": "x"}'


@pytest.mark.parametrize(
    ("data", "rule", "line", "column"),
    [
        (b'{"a": 1,\n "a": 2}', "json.duplicate-key", 2, 2),
        (b'{"a": {"b": 1, "b": 1}}', "json.duplicate-key", 1, 16),
        (b'{"a" : 1, "a" : 2}', "json.duplicate-key", 1, 11),
        (b'{"a": "\\u003a", "a": 1}', "json.duplicate-key", 1, 17),
        (b'{"a": ":", "\\u0061": 1}', "json.duplicate-key", 1, 12),
        (b"\xef\xbb\xbf" + PATIENT, "json.bom", 1, 1),
        (b'{"a": NaN}', "json.number", 1, 7),
        (b'{"a": -Infinity}', "json.number", 1, 7),
        (b'{"a": 1e400}', "json.number", 1, 7),
        (b'{"a": 01}', "json.syntax", 1, 7),
        (b'{"a": +1}', "json.syntax", 1, 7),
        (b'{"a": 1.}', "json.syntax", 1, 7),
        (b"{'a': 1}", "json.syntax", 1, 2),
        (b'{"a": 1,}', "json.syntax", 1, 9),
        (b'{"a": [1 2]}', "json.syntax", 1, 10),
        (b'{"a" 1}', "json.syntax", 1, 6),
        (b'{"a": "\t"}', "json.syntax", 1, 8),
        (b'{"a": "\\x"}', "json.syntax", 1, 8),
        (b"{} {}", "json.trailing", 1, 4),
        (b"{}\n\x00", "json.trailing", 2, 1),
        (b'{"a": "\\ud800"}', "json.surrogate", 1, 8),
        (b'{"a": "x\\udc00"}', "json.surrogate", 1, 9),
        (b'{"a": "\\ud800\\ud800\\udc00"}', "json.surrogate", 1, 8),
        (b'{"a": "\xed\xa0\x80"}', "json.surrogate", 1, 8),
        (b'{"a": "\xff"}', "json.encoding", 1, 8),
        (b"\xff\xfe{\x00}\x00", "json.encoding", 1, 1),
        (b'{"a": ', "json.truncated", 1, 7),
        (b'{"a": "b', "json.truncated", 1, 9),
        (b'{"a": "b\\u00', "json.truncated", 1, 9),
        (b'{"a": [{"b": 1}', "json.truncated", 1, 16),
        (b"", "json.empty", 1, 1),
        (b" \n ", "json.empty", 1, 1),
        (b"[" * 100_000, "json.depth", 1, 251),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "json.depth", 1, 1251),
    ],
)
def test_a_fault_of_the_text_is_found_at_its_place(data, rule, line, column):
    found = read(data).findings

    assert (rule, line, column) in [(one.rule, one.line, one.column) for one in found]


@pytest.mark.parametrize(
    "data",
    [
        PATIENT,
        b'{"a": ":\\":", "b": {"a": [1, -0, 1.50, 1e5, true, null, "\\u00e4 \\ud83d\\ude00"]}}',
        b' {"a" : [ ] , "b":{} }\r\n',
        b'{"": {"": 1}}',
        json.dumps({"a": "x" * 100_000}).encode(),
    ],
)
def test_a_sound_text_has_no_faults(data):
    reading = read(data)

    assert reading.findings == []
    assert reading.value == json.loads(data)


def test_what_can_be_judged_in_spite_of_a_fault_is_read():
    assert read(b"\xef\xbb\xbf" + PATIENT).value == json.loads(PATIENT)
    assert read(b'{"a": 1, "a": 2}').value == {"a": 2}
    assert read(b'{"a": NaN}').value is None


RESOURCE = {
    "resourceType": "Patient",
    "birthDate": "1961",
    "_birthDate": {"extension": [{"url": "https://x.example", "valueString": "x"}]},
    "name": [{"given": ["A", "B"], "_given": [None, {"id": "b"}]}],
    "deceasedBoolean": False,
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Patient.birthDate", '"1961"'),
        ("Patient.birthDate.extension[0].url", '"https://x.example"'),
        ("Patient.name[0].given[1]", '"B"'),
        ("Patient.name[0].given[1].id", '"b"'),
        ("Patient.deceased.ofType(boolean)", "false"),
        ("Patient.name[0].family", '{\n   "given"'),
        ("Patient.gender", "{"),
        ("", "{"),
    ],
)
def test_a_path_is_found_in_the_text(path, text):
    from conformance.findings import Finding

    data = json.dumps(RESOURCE, indent=1)

    found = Placer(data.encode()).placed(Finding("rule", "message", path=path))

    rest = "\n".join(data.split("\n")[found.line - 1 :])[found.column - 1 :]
    assert rest.startswith(text)
