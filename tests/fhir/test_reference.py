"""References are told apart by their text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.fhir.reference import Reference, is_local, parse, references

BASE = "https://payer.example/fhir"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Patient/1", {"kind": "relative", "type": "Patient", "id": "1"}),
        ("Patient/1/_history/2", {"kind": "relative", "type": "Patient", "id": "1", "version": "2"}),
        ("Patient/1#c", {"kind": "relative", "type": "Patient", "id": "1", "fragment": "c"}),
        (f"{BASE}/Patient/a-.9", {"kind": "absolute", "base": BASE, "type": "Patient", "id": "a-.9"}),
        (
            f"{BASE}/Patient/1/_history/2",
            {"kind": "absolute", "base": BASE, "type": "Patient", "id": "1", "version": "2"},
        ),
        ("urn:uuid:0b1c", {"kind": "urn"}),
        ("URN:oid:1.2", {"kind": "urn"}),
        ("#med", {"kind": "contained", "fragment": "med"}),
        ("#", {"kind": "contained"}),
        ("Patient?identifier=a|b", {"kind": "conditional", "type": "Patient", "query": "identifier=a|b"}),
        ("https://payer.example/files/1", {"kind": "other"}),
        ("patient/1", {"kind": "other"}),
        ("Patient/" + "x" * 65, {"kind": "other"}),
        ("Patient", {"kind": "other"}),
        ("", {"kind": "other"}),
    ],
)
def test_kinds(text, parts):
    assert parse(text) == Reference(text, **parts)


def test_what_is_local():
    assert is_local(parse("Patient/1"), BASE)
    assert is_local(parse(BASE + "/Patient/1"), BASE + "/")
    assert not is_local(parse("https://other.example/fhir/Patient/1"), BASE)
    assert not is_local(parse("urn:uuid:1"), BASE)


def test_every_reference_is_found_with_its_place():
    resource = {
        "resourceType": "Observation",
        "subject": {"reference": "Patient/1"},
        "performer": [{"display": "x"}, {"reference": "Practitioner/2"}],
        "contained": [{"resourceType": "Specimen", "subject": {"reference": "#"}}],
    }

    assert list(references(resource)) == [
        ("Observation.subject", "Patient/1"),
        ("Observation.performer[1]", "Practitioner/2"),
        ("Observation.contained[0].subject", "#"),
    ]


@given(text=st.text())
def test_any_text_can_be_parsed(text):
    assert parse(text).text == text
