"""Markup is built, never pasted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.report.html import Html, join, tag


def test_text_is_escaped_and_built_markup_is_not() -> None:
    assert tag("p", "<b>", tag("b", "&")) == "<p>&lt;b&gt;<b>&amp;</b></p>"


def test_attributes_are_escaped_named_for_html_and_left_out_when_empty() -> None:
    made = tag("a", "x", class_='a"b', aria_hidden="true", href=None, hidden=False, open=True)

    assert made == '<a class="a&quot;b" aria-hidden="true" open>x</a>'


def test_an_attribute_may_be_called_name() -> None:
    assert tag("meta", name="viewport") == '<meta name="viewport">'


def test_lists_are_flattened_and_nothing_is_left_out_but_none_and_false() -> None:
    assert join("a", ["b", ("c", None), False], 0) == "abc0"


@given(st.text())
def test_no_string_can_open_a_tag(text: str) -> None:
    made = tag("p", text, title=text)

    assert made.count("<") == 2
    assert made.count('"') == 2
    assert isinstance(made, Html)
