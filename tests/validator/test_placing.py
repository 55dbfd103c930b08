"""Places in the text of a Bundle: found entry by entry, each entry read at most once."""

from __future__ import annotations

import json

import pytest

from conformance.findings import Finding
from conformance.validator import placing
from conformance.validator.job import Job, validator_for
from conformance.validator.placing import Placer, entry_offsets
from conformance.validator.reading import Document
from conformance.validator.records import judge


def bundle(count):
    rows = [
        {
            "fullUrl": f"https://x.example/Patient/{n}",
            "resource": {"resourceType": "Patient", "id": str(n), "gender": "?"},
        }
        for n in range(count)
    ]
    return {"resourceType": "Bundle", "meta": {"tag": [{"display": "entry"}]}, "type": "collection", "entry": rows}


@pytest.mark.parametrize("indent", [None, 2])
def test_each_finding_of_an_entry_has_its_own_place(indent):
    text = json.dumps(bundle(3), indent=indent)
    validator = validator_for(Job((), (), "json"))
    records = judge(validator, Document("x", text.encode(), 0), ())

    for number, record in enumerate(records[1:]):
        (found,) = [one for one in record.placed() if one.severity == "error"]
        row = text.split("\n")[found.line - 1]
        assert row[found.column - 1 :].startswith('"?"')
        assert ("\n".join(text.split("\n")[: found.line - 1]) + row[: found.column]).count('"gender"') == number + 1


def test_no_entry_is_read_twice_and_none_without_a_finding(monkeypatch):
    read = []
    whole = placing.scan
    monkeypatch.setattr(placing, "scan", lambda *args, **more: read.append(args[1]) or whole(*args, **more))
    text = json.dumps(bundle(50))
    validator = validator_for(Job((), (), "json"))

    for record in judge(validator, Document("x", text.encode(), 0), ()):
        record.placed()

    assert read == entry_offsets(text)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"entry": 7}', '{"a": [1, {"entry": [1]}]}', '{"entry": [1', '{"entry": [tru]}', '{"a" 1}'],
)
def test_other_texts_have_no_entries_and_are_read_as_a_whole(text):
    assert entry_offsets(text) in ([], [11])
    Placer(text.encode()).placed(Finding(rule="x", message="x", path="Bundle.entry[3].resource.id"))


def test_what_lies_beside_the_entries_is_placed_too():
    text = '{"type": "x",\n "entry": [{},\n  {"fullUrl": 1}],\n "link": 2}'
    placer = Placer(text.encode())

    def place(path):
        found = placer.placed(Finding(rule="x", message="x", path=path))
        return found.line, found.column

    assert place("Bundle.type") == (1, 10)
    assert place("Bundle.link") == (4, 10)
    assert place("Bundle.entry[1].fullUrl") == (3, 15)
    assert place("Bundle.entry[1].resource") == (3, 3)
    assert place("Bundle.entry[0]") == (2, 12)
