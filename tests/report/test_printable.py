"""Text of a deployment cannot move a cursor, hide, or break an encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.report.printable import one_line, printable, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\x1b[2Jgone", "[U+001B][2Jgone"),
        ("nul\x00", "nul[U+0000]"),
        ("\u202eright to left", "[U+202E]right to left"),
        ("lone \ud800 surrogate", "lone [U+D800] surrogate"),
        ("\ufeffmark", "[U+FEFF]mark"),
        ("naïve ‹name› 名", "naïve ‹name› 名"),
    ],
)
def test_unsafe_characters_are_shown_as_their_codes(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_what_is_printable_can_be_encoded_and_holds_no_control(text: str) -> None:
    shown = printable(text)

    shown.encode("utf-8")
    assert not any(ord(character) < 32 and character not in "\t\n" for character in shown)


def test_one_line_joins_lines_and_keeps_to_the_limit() -> None:
    assert one_line(" a\n\n  b\tc ") == "a b c"
    assert one_line("abcdef", 4) == "abc…"


def test_what_fits_is_not_shortened() -> None:
    assert shorten("abcd", 4) == "abcd"
    assert shorten("abcd", 0) == "abcd"
