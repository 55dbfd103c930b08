"""The words of a finding are JSON's, whatever Python calls them."""

import pytest

from conformance.areas.shared.claims import states_are_final
from conformance.areas.token.rules.response import expires, has_refresh_token
from conformance.findings import json_kind, json_text, json_word


@pytest.mark.parametrize(
    ("value", "kind", "word"),
    [
        (None, "null", "null"),
        (True, "boolean", "true"),
        ("a", "string", '"a"'),
        (1, "number", "1"),
        (1.5, "number", "1.5"),
        (["é"], "array", '["é"]'),
        ({"a": None}, "object", '{"a": null}'),
    ],
)
def test_values_are_named_as_json_names_them(value, kind, word):
    assert (json_kind(value), json_word(value)) == (kind, word)


def test_a_string_is_shown_bare():
    assert (json_text("a"), json_text(value=True)) == ("a", "true")


def test_findings_speak_json():
    said = [*has_refresh_token({}), *expires({"expires_in": True}, lifetime=0), *states_are_final({"status": "active"})]

    assert [finding.found for finding in said] == ["null", "true", "null"]
    assert said[-1].message == "outcome is null"
