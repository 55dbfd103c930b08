"""The fixture manifest is read and judged with the target that names it."""

from __future__ import annotations

import json

import pytest

from conformance.target import TargetProblems, load_target, manifest

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["members"],
    "properties": {
        "members": {"type": "object", "description": "Per member.", "additionalProperties": {"type": "object"}}
    },
}


@pytest.fixture(autouse=True)
def schema(monkeypatch):
    """A schema of our own, so that these tests say how manifests are read, not what they hold."""
    monkeypatch.setattr(manifest, "_manifest_schema", lambda: SCHEMA)


def test_a_target_without_manifest_has_an_empty_one(target_file):
    target = load_target(target_file(), environ={})

    assert (target.fixtures, target.manifest) == ("", {})


@pytest.mark.parametrize("write", [json.dumps, lambda data: "members:\n  a: {}\n"])
def test_a_manifest_may_be_yaml_or_json(write, base, here, target_file):
    target_file(write({"members": {"a": {}}}), "fixtures/manifest.yaml")

    target = load_target(target_file(base + "fixtures: fixtures/manifest.yaml\n"), environ={})

    assert target.manifest == {"members": {"a": {}}}
    assert target.fixtures == str(here / "fixtures" / "manifest.yaml")


def test_a_mistake_is_told_in_the_manifest_beside_those_of_the_target(base, target_file):
    target_file("members: {}\n\nmembres: {}\n", "fixtures/manifest.yaml")
    file = target_file(base + "fixtures: fixtures/manifest.yaml\nslow: 3\n")

    with pytest.raises(TargetProblems) as refused:
        load_target(file, environ={})

    assert [str(problem) for problem in refused.value.problems] == [
        "target.yaml:25: slow: expected true or false, found a whole number",
        'fixtures/manifest.yaml:3: membres: unknown key; did you mean "members"?',
    ]


def test_a_manifest_that_is_no_yaml_is_told(base, target_file):
    target_file("a: [\n", "m.yaml")

    with pytest.raises(TargetProblems, match=r"^m\.yaml:2: not YAML: "):
        load_target(target_file(base + "fixtures: m.yaml\n"), environ={})


def test_without_a_schema_any_mapping_is_taken(base, target_file, monkeypatch):
    monkeypatch.setattr(manifest, "_manifest_schema", dict)
    target_file("anything: 1\n", "m.yaml")

    assert load_target(target_file(base + "fixtures: m.yaml\n"), environ={}).manifest == {"anything": 1}
