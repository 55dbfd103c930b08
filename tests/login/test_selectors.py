from __future__ import annotations

from typing import Any

import pytest

from conformance.errors import ConfigError
from conformance.login.selectors import Selector, css_quoted, filled, parse_selector, parse_selectors, resolved


@pytest.mark.parametrize(
    ("raw", "selector", "shown"),
    [
        ("#user", Selector("css", "#user"), "#user"),
        ({"css": "#user", "frame": "#f"}, Selector("css", "#user", frame=("#f",)), "#user in #f"),
        ({"role": "button", "name": "next|go"}, Selector("role", "button", "next|go"), "role button “next|go”"),
        ({"text": "^Hi"}, Selector("text", "^Hi"), "text ^Hi"),
        (
            {"label": "User", "frame": ["#a", "#b"]},
            Selector("label", "User", frame=("#a", "#b")),
            "label User in #a > #b",
        ),
        ({"testid": "x"}, Selector("testid", "x"), "testid x"),
    ],
)
def test_a_selector_is_read_and_told(raw: Any, selector: Selector, shown: str) -> None:
    assert parse_selector(raw, "here") == selector
    assert str(selector) == shown


@pytest.mark.parametrize(
    "raw", ["", None, 7, {}, {"css": "a", "text": "b"}, {"frame": "#f"}, {"role": "x", "name": "("}, {"text": "["}]
)
def test_a_selector_that_says_nothing_or_two_things_names_its_place(raw: Any) -> None:
    with pytest.raises(ConfigError, match=r"^login\.screens\[0\]"):
        parse_selector(raw, "login.screens[0]")


def test_one_or_many_selectors_are_read() -> None:
    assert len(parse_selectors(["#a", {"text": "b"}], "here")) == 2
    assert parse_selectors(None, "here") == ()


def test_placeholders_are_quoted_for_where_they_stand() -> None:
    values = {"user.patient_id": "a'b\\c", "user.choose": "Bo (2)"}

    css = resolved(Selector("css", "[value='${user.patient_id}']"), values)
    text = resolved(Selector("text", "^${user.choose}$"), values)
    named = resolved(Selector("role", "radio", "${user.choose}"), values)

    assert css.value == f"[value='{css_quoted(values['user.patient_id'])}']"
    assert "'b" not in css.value
    assert text.value == r"^Bo\ \(2\)$"
    assert named.name == r"Bo\ \(2\)"


def test_a_value_nobody_gave_is_named_and_the_others_are_not_told() -> None:
    with pytest.raises(ConfigError, match=r"user\.totp_secret") as caught:
        filled("${user.totp_secret}", {"user.password": "hidden-one", "user.totp_secret": ""})

    assert "hidden-one" not in str(caught.value)
