"""Which version a canonical means."""

from __future__ import annotations

import pytest

from conformance.guides.versions import at_hand, search_order, split


@pytest.mark.parametrize(
    ("canonical", "parts"),
    [
        ("http://x/a", ("http://x/a", "")),
        ("http://x/a|1.0", ("http://x/a", "1.0")),
        ("http://x/a#p|2", ("http://x/a", "2")),
    ],
)
def test_a_canonical_is_split(canonical, parts):
    assert split(canonical) == parts


@pytest.mark.parametrize(
    ("name", "version", "served"),
    [
        ("a", "1.0.0", "a#1.0.0"),
        ("a", "3.0.0", "a#10.0.0"),
        ("b", "1.0.0", None),
        ("hl7.terminology", "5.0.0", "hl7.terminology.r4#7.0.1"),
        ("c", "9", "c#2.0.0"),
    ],
)
def test_a_dependency_is_served_by_its_version_else_the_highest(name, version, served):
    available = ["a#1.0.0", "a#2.0.0", "a#10.0.0", "hl7.terminology.r4#7.0.1", "c#2.0.0-ballot", "c#2.0.0", "c#1.9.9"]

    assert at_hand(name, version, available) == served


def test_near_comes_before_far_and_the_core_last():
    graph = {
        "guide#1": ["hl7.fhir.r4.core#4.0.1", "base#1"],
        "base#1": ["hl7.fhir.r4.core#4.0.1", "terms#1", "guide#1"],
        "terms#1": [],
        "hl7.fhir.r4.core#4.0.1": ["terms#1"],
    }

    assert search_order(["guide#1"], graph.__getitem__) == ("guide#1", "base#1", "terms#1", "hl7.fhir.r4.core#4.0.1")
