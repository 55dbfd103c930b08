"""Our own sentences for invariants belong to invariants that there are."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from conformance.guides.reading import tables_root
from conformance.validator import sentences


def keys_and_paths():
    for path in tables_root().glob("*/StructureDefinition/*.json"):
        for element in json.loads(path.read_text(encoding="utf-8"))["elements"]:
            for constraint in element.get("constraint", ()):
                yield constraint["key"], element["path"]


def test_every_sentence_is_of_an_invariant_in_the_tables():
    spoken = yaml.safe_load(Path(sentences.__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))
    known = {name for key, path in keys_and_paths() for name in (key, f"{key}@{path}")} | {"ele-1"}

    assert set(spoken) <= known


def test_a_key_with_several_meanings_is_told_by_its_element():
    assert "attachment" in sentences.sentence("us-core-6", "DocumentReference.content.attachment")
    assert "name" in sentences.sentence("us-core-6", "Patient.name")
    assert sentences.sentence("nobody-1", "Patient") == ""


def test_a_failed_invariant_speaks_with_our_sentence(validator):
    found = validator.check({"resourceType": "Organization"})

    assert [one.message for one in found] == ["An organization has at least an identifier or a name."]
