"""The schema that editors and checks read and the model the code reads say the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

import pytest
from jsonschema import Draft202012Validator

from conformance.guide_selection import DEFAULT_GUIDES
from conformance.target import building, defaults, model, units
from conformance.target.schema import login_actions, resolved, target_schema
from conformance.target.secrets import MEMBER_FIELDS

# The model's classes, the part of the schema each mirrors, and what a file cannot say.
SECTIONS: dict[str, tuple[type, set[str]]] = {
    "": (model.Target, {"run_date_given", "manifest", "secrets", "source"}),
    "deployment": (model.Deployment, set()),
    "clients.main": (model.Client, {"key"}),
    "clients.public": (model.Client, {"key"}),
    "members.a": (model.Member, {"key"}),
    "members.representative": (model.Member, {"key"}),
    "documentation": (model.Documentation, set()),
    "scopes": (model.Scopes, set()),
    "ids": (model.Ids, set()),
    "tokens": (model.Tokens, set()),
    "undecided": (model.UndecidedRows, set()),
    "lab": (model.Lab, set()),
    "politeness": (model.Politeness, set()),
    "tls": (model.Tls, set()),
    "evidence": (model.Evidence, set()),
}
# Defaults that hang on other keys, or that schema and model can only say in different words.
DERIVED = {"authentication", "allow", "run_date", "login", "guides", "extends", "offered"}


def part(path: str) -> dict[str, Any]:
    node = target_schema()
    for key in filter(None, path.split(".")):
        node = resolved(resolved(node)["properties"][key])
    return resolved(node)


def every_part(node: Any, path: str = "$") -> list[tuple[str, dict[str, Any]]]:
    """Each subschema that describes a value, with where it stands."""
    found = [(path, node)]
    for keyword in ("properties", "$defs", "patternProperties"):
        for key, child in node.get(keyword, {}).items():
            found += every_part(child, f"{path}.{key}")
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            found += every_part(node[keyword], f"{path}.{keyword}")
    return found


def test_it_is_a_schema_of_the_2020_12_draft():
    Draft202012Validator.check_schema(target_schema())
    assert target_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_key_is_described():
    silent = [path for path, node in every_part(target_schema()) if not resolved(node).get("description", "").strip()]

    assert silent == []


def test_every_mapping_says_which_keys_it_takes():
    loose = [
        path
        for path, node in every_part(target_schema())
        if "object" in resolved(node).get("type", "") and "additionalProperties" not in resolved(node)
    ]

    assert loose == []


@pytest.mark.parametrize("path", SECTIONS)
def test_schema_and_model_have_the_same_keys(path):
    kind, only_model = SECTIONS[path]
    only_schema = {"extends"} if not path else set()

    attributes = {field.name for field in dataclasses.fields(kind)}

    assert attributes - only_model == set(part(path)["properties"]) - only_schema


def test_no_section_of_the_schema_is_left_out_of_this_comparison():
    compared = {path.split(".")[0] for path in SECTIONS if path}
    sections = {key for key, node in part("")["properties"].items() if "properties" in resolved(node)}

    assert sections - compared == {"login", "guides"}


@pytest.mark.parametrize("path", SECTIONS)
def test_schema_and_model_have_the_same_defaults(path):
    kind, only_model = SECTIONS[path]
    described = part(path)["properties"]
    for field in dataclasses.fields(kind):
        if field.name in only_model | DERIVED or "properties" in resolved(described[field.name]):
            continue
        assert stated_default(resolved(described[field.name])) == own_default(field), field.name


def stated_default(node: dict[str, Any]) -> Any:
    value = node.get("default", dataclasses.MISSING)
    if value is dataclasses.MISSING:
        return {} if node["type"] == "object" else "" if node["type"] == "string" else value
    if node.get("format") == "duration-in-seconds":
        return units.seconds(value)
    if node.get("format") == "size-in-bytes":
        return units.size(value)
    return tuple(value) if isinstance(value, list) else value


def own_default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return "" if field.default is dataclasses.MISSING else field.default


@pytest.mark.parametrize("path", SECTIONS)
def test_schema_and_model_have_the_same_words(path):
    kind, only_model = SECTIONS[path]
    hints = get_type_hints(kind, localns={"Mapping": Mapping})
    described = part(path)["properties"]
    for name in set(hints) - only_model:
        node = resolved(described[name])
        if "enum" in node:
            assert set(get_args(hints[name])) == set(node["enum"]), name


@pytest.mark.parametrize("path", SECTIONS)
def test_what_the_schema_calls_secret_the_model_hides(path):
    kind = SECTIONS[path][0]
    described = part(path)["properties"]
    for field in dataclasses.fields(kind):
        node = resolved(described.get(field.name, {}))
        if node.get("writeOnly") or node.get("x-personal"):
            assert field.metadata.get("secret"), field.name
            assert not field.repr, field.name


def test_guides_probes_and_login_defaults_agree():
    guides = part("guides")["properties"]
    login = part("login")["properties"]

    assert {name: node["default"] for name, node in guides.items()} == DEFAULT_GUIDES
    assert tuple(part("allow")["items"]["enum"]) == defaults.PROBES == get_args(model.Probe)
    assert set(defaults.ALLOWED) == set(get_args(model.Environment))
    for name, value in building.LOGIN_DEFAULTS.items():
        assert login[name]["default"] == value, name


def test_actions_and_placeholders_are_those_of_the_schema():
    action = resolved(target_schema()["$defs"]["action"])
    told = action["description"].removeprefix("Exactly one of ").partition(", with what")[0]

    assert tuple(told.split(", ")) == tuple(login_actions())
    assert set(login_actions()) <= set(action["properties"])
    assert set(MEMBER_FIELDS) <= set(part("members.a")["properties"])


def test_the_documentation_preset_speaks_of_known_keys_only():
    for preset in defaults.DOCUMENTATION_PRESETS.values():
        assert set(preset) <= {field.name for field in dataclasses.fields(model.Documentation)}
    assert set(defaults.DOCUMENTATION_PRESETS) == set(part("documentation")["properties"]["preset"]["enum"])
