from __future__ import annotations

import pytest

from conformance.login.page_masking import COVERED, familiar_words, mask_unknown_names


@pytest.mark.parametrize(
    "text",
    [
        "Allow access?",
        "The app may see your claims and prior authorizations",
        "Untick what it should not see. The policy applies.",
        "your health plan (patient/Coverage.read)",
        "Conformance app (public) asks to see your record",
        "Sign in",
        "",
    ],
)
def test_plain_sentences_stay(text: str) -> None:
    familiar = familiar_words("Conformance app (public)", "patient/Coverage.read")

    assert mask_unknown_names(text, familiar) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Daniel", COVERED),
        ("Daniel Okafor", f"{COVERED} {COVERED}"),
        ("DANIEL OKAFOR", f"{COVERED} {COVERED}"),
        ("Welcome, Daniel!", f"Welcome, {COVERED}!"),
        ("the record of Anne-Marie O'Neill.", f"the record of {COVERED} {COVERED}."),
        ("Hello María José", f"Hello {COVERED} {COVERED}".replace("Hello", COVERED)),
        ("born 1960-02-03", f"born {COVERED}"),
        ("born 2/3/1960", f"born {COVERED}"),
        ("member W123456789 since 2020", f"member {COVERED} since {COVERED}"),
        ("write to ann@example.org", f"write to {COVERED}"),
    ],
)
def test_what_may_name_or_number_a_person_is_covered(text: str, shown: str) -> None:
    assert mask_unknown_names(text) == shown
