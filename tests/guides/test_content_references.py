"""Snapshots where elements take their content from another element of the type (``contentReference``)."""

from __future__ import annotations

EOB = "ExplanationOfBenefit"
PAID = [
    {
        "id": f"{EOB}.adjudication",
        "path": f"{EOB}.adjudication",
        "slicing": {"discriminator": [{"type": "pattern", "path": "category"}], "rules": "open"},
    },
    {"id": f"{EOB}.adjudication.category", "path": f"{EOB}.adjudication.category", "mustSupport": True},
    {"id": f"{EOB}.adjudication:paid", "path": f"{EOB}.adjudication", "sliceName": "paid"},
    {
        "id": f"{EOB}.adjudication:paid.category",
        "path": f"{EOB}.adjudication.category",
        "patternCodeableConcept": {"text": "paid"},
    },
]


def test_walking_in_brings_the_children_of_the_referenced_element(profile):
    place = f"{EOB}.adjudication.value"

    found = profile(EOB, {"id": place, "path": place, "min": 1})

    assert "contentReference" not in found[f"{EOB}.adjudication"]
    assert found[f"{EOB}.adjudication"]["type"] == [{"code": "BackboneElement"}]
    assert found[place]["min"] == 1
    assert found[f"{EOB}.item.adjudication.value"]["min"] == 0


def test_what_a_profile_says_of_the_referenced_element_stays_there(profile, derived):
    reason, value = f"{EOB}.item.adjudication.reason", f"{EOB}.adjudication.value"
    base = derived(EOB, profile(EOB, {"id": reason, "path": reason, "max": "0"}))

    found = profile(EOB, {"id": value, "path": value, "min": 1}, base=base)

    assert found[reason]["max"] == "0"
    assert found[f"{EOB}.adjudication.reason"]["max"] == "1"


def test_recursion_goes_as_deep_as_the_differential(profile):
    amount = f"{EOB}.item.detail.subDetail.adjudication.amount"

    found = profile(EOB, {"id": amount, "path": amount, "min": 1})

    assert found[amount]["min"] == 1
    assert found[f"{EOB}.item.detail.adjudication"]["contentReference"] == f"#{EOB}.item.adjudication"


def test_slices_below_a_reference_start_from_the_type(profile):
    found = profile(EOB, *PAID)

    assert found[f"{EOB}.adjudication.category"]["mustSupport"] is True
    assert "mustSupport" not in found[f"{EOB}.adjudication:paid.category"]
    assert found[f"{EOB}.adjudication:paid.category"]["min"] == 1
