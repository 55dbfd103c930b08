"""YAML is read by the 1.2 core schema, with the line of every value."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.target.document import merge, parse_layer
from conformance.target.problems import SourceLocation, TargetProblems, dotted

HERE = Path()


def layer(text: str, name: str = "t.yaml"):
    return parse_layer(text, SourceLocation(name, 0, HERE))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("off", "off"),
        ("no", "no"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-3", -3),
        ("0x1f", 31),
        ("0o17", 15),
        ("007", 7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("2026-11-23", "2026-11-23"),
        ("~", None),
        ("null", None),
        ("", None),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_are_those_of_the_core_schema(written, read):
    found = layer(f"key: {written}\n").data["key"]

    assert (found, type(found)) == (read, type(read))


def test_every_value_knows_its_line():
    places = layer("a:\n  b: 1\n\n  c:\n    - x\n    - {d: 2}\n").places

    lines = {dotted(path): place.line for path, place in places.items() if path}
    assert lines == {"a": 1, "a.b": 2, "a.c": 4, "a.c[0]": 5, "a.c[1]": 6, "a.c[1].d": 6}


def test_what_is_missing_stands_where_its_surroundings_do():
    assert layer("a:\n  b: 1\n").place(("a", "x", "y")).line == 1


def test_an_alias_is_told_where_it_is_used():
    assert layer("x: &x\n  k: 1\ny: *x\n").data["y"] == {"k": 1}


def test_merged_keys_yield_to_written_ones_and_to_earlier_merges():
    text = "x: &x {a: 1, b: 1}\ny: &y {a: 2, c: 2}\nz:\n  <<: [*x, *y]\n  b: 3\n"

    assert layer(text).data["z"] == {"a": 1, "b": 3, "c": 2}


def test_the_written_key_of_a_merge_keeps_its_own_line():
    places = layer("x: &x\n  a: 1\nz:\n  <<: *x\n  a: 3\n").places

    assert places["z", "a"].line == 5


def test_merging_layers_keeps_the_place_of_each_value():
    merged = merge(layer("a: {b: 1, c: 1}\nd: [1]\n", "base"), layer("\n\na: {c: 2}\nd: [2, 3]\n", "over"))

    assert merged.data == {"a": {"b": 1, "c": 2}, "d": [2, 3]}
    assert [str(merged.place(path)) for path in [("a", "b"), ("a", "c"), ("d", 1), ("x",)]] == [
        "base:1",
        "over:3",
        "over:4",
        "over:3",
    ]


def test_a_mapping_over_something_else_replaces_it():
    assert merge(layer("a: 1\n"), layer("a: {b: null, c: 2}\n")).data == {"a": {"c": 2}}


def test_paths_are_written_as_they_are_set():
    assert dotted(("headers", "api.example", "X-Key")) == 'headers."api.example".X-Key'
    assert dotted(("login", "screens", 2, "when")) == "login.screens[2].when"


def test_the_slow_and_the_fast_reader_agree(monkeypatch):
    text = "a: &x {b: [1, off, ~], 'c': '12'}\nd: *x\n"
    fast = layer(text)
    monkeypatch.setattr("conformance.target.document._FastLoader", None)

    assert (layer(text).data, layer(text).places) == (fast.data, fast.places)


def test_without_libyaml_mistakes_read_the_same(monkeypatch):
    monkeypatch.setattr("conformance.target.document._FastLoader", None)

    with pytest.raises(TargetProblems, match=r"t\.yaml:1: not YAML: a value that begins with \*"):
        layer("a: *hush\n")
