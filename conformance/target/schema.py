"""The JSON Schema of the target file: finding the part that speaks about a value, and judging data by it.

Besides the standard keywords the schema says ``writeOnly`` of secrets, ``x-personal`` of user names, and ``format`` of
what is more than text (``path``, ``url``, ``duration-in-seconds``, ``size-in-bytes``, ``date``, ``regex``).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from conformance.guide_selection import DEFAULT_GUIDES
from conformance.target.document import kind_of
from conformance.target.problems import KeyPath, did_you_mean, dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Schema = dict[str, Any]

PRESETS = files("conformance").joinpath("login", "presets")
"""The folder of the login presets."""


@cache
def target_schema() -> Schema:
    """The schema as data, with the default version of each guide and the names of the presets; do not change it."""
    loaded: Schema = json.loads(files("conformance.target").joinpath("schema.json").read_text(encoding="utf-8"))
    described = loaded["properties"]["guides"]["properties"]
    for name, version in DEFAULT_GUIDES.items():
        described[name]["default"] = version
    loaded["$defs"]["login"]["properties"]["preset"]["enum"] = ["", *preset_names()]
    return loaded


def preset_names() -> tuple[str, ...]:
    """The login presets there are, sorted: one for each YAML file in their folder."""
    return tuple(sorted(one.name.removesuffix(".yaml") for one in PRESETS.iterdir() if one.name.endswith(".yaml")))


def login_actions() -> dict[str, tuple[str, ...]]:
    """The actions of a login screen in the schema's order, each with the options that belong to it alone.

    An option says in ``x-option-of`` to which actions it belongs; to all where the list is empty.
    """
    described = target_schema()["$defs"]["action"]["properties"]
    kinds = [name for name, node in described.items() if "x-option-of" not in node]
    return {
        kind: tuple(name for name, node in described.items() if kind in node.get("x-option-of", ())) for kind in kinds
    }


def resolved(node: Schema) -> Schema:
    """``node`` with its ``$ref`` followed; what is beside the reference wins."""
    if "$ref" not in node:
        return node
    name = node["$ref"].rpartition("/")[2]
    return {**resolved(target_schema()["$defs"][name]), **{key: value for key, value in node.items() if key != "$ref"}}


def walk(value: Any, node: Schema | None = None, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any, Schema]]:
    """Every value with the part of the schema that speaks about it, outermost first; unknown keys are passed over."""
    here = resolved(node if node is not None else target_schema())
    yield path, value, here
    if isinstance(value, dict):
        for key, item in value.items():
            child = here.get("properties", {}).get(key, here.get("additionalProperties"))
            if isinstance(child, dict):
                yield from walk(item, child, (*path, key))
    elif isinstance(value, list) and "items" in here:
        for index, item in enumerate(value):
            yield from walk(item, here["items"], (*path, index))


def violations(data: Any, schema: Schema) -> Iterator[tuple[KeyPath, str]]:
    """What ``data`` breaks of ``schema``: where, and a sentence that quotes keys and known words, never values."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  start-up: only loading a target pays for it

    for error in Draft202012Validator(schema).iter_errors(data):
        yield from _described(error)


def _described(error: Any) -> Iterator[tuple[KeyPath, str]]:
    path: KeyPath = tuple(error.absolute_path)
    known = error.schema if isinstance(error.schema, dict) else {}
    if "propertyNames" in error.relative_schema_path:
        yield (*path, str(error.instance)), _wrong_name(str(error.instance), known)
    elif error.validator in {"required", "dependentRequired"}:
        for key in _missing_keys(error):
            yield (*path, key), _missing(key, known)
    elif error.validator == "additionalProperties":
        for key in error.instance:
            if key not in known.get("properties", {}) and not any(map(key.startswith, _free_prefixes(known))):
                yield (*path, key), _unknown_key(key, known.get("properties", {}))
    else:
        yield path, _SENTENCES[str(error.validator)](error) if str(error.validator) in _SENTENCES else _broken(error)


def _free_prefixes(node: Schema) -> list[str]:
    return [pattern.removeprefix("^") for pattern in node.get("patternProperties", {})]


def _missing_keys(error: Any) -> list[str]:
    if error.validator == "required":
        return [key for key in error.validator_value if key not in error.instance]
    wanted = [key for has, needs in error.validator_value.items() if has in error.instance for key in needs]
    return [key for key in wanted if key not in error.instance]


def _missing(key: str, around: Schema) -> str:
    about = around.get("properties", {}).get(key, {}).get("description", "")
    return f"is missing. {about}".strip()


def _wrong_name(name: str, rule: Schema) -> str:
    if "enum" in rule:
        return f"is not a known name{did_you_mean(name, rule['enum'])}"
    return str(rule.get("patternErrorMessage", "is not a name that can stand here"))


def _unknown_key(key: str, allowed: Mapping[str, Any]) -> str:
    if near := did_you_mean(key, allowed):
        return f"unknown key{near}"
    if known := _ALSO_CALLED.get(key.casefold()):
        return f'unknown key; did you mean "{known}"?'
    if homes := _homes().get(key):
        return f"unknown key here; it belongs under {dotted(homes[0])}"
    return f"unknown key; known here: {', '.join(list(allowed)[:20]) or 'none'}"


_ALSO_CALLED = {
    "users": "members",
    "url": "deployment.fhir_base",
    "base_url": "deployment.fhir_base",
    "baseurl": "deployment.fhir_base",
    "user": "username",
    "pass": "password",
    "otp": "totp_secret",
    "verify": "tls.ca_file",
    "ca": "ca_file",
    "auth": "authentication",
    "waivers": "conformance run --waivers FILE",
    "baseline": "conformance run --baseline FILE",
}


@cache
def _homes() -> dict[str, list[KeyPath]]:
    """Every key of the schema and the mappings it may stand in."""
    homes: dict[str, list[KeyPath]] = {}
    queue: list[tuple[KeyPath, Schema]] = [((), target_schema())]
    while queue:
        path, node = queue.pop(0)
        here = resolved(node)
        for key, child in here.get("properties", {}).items():
            homes.setdefault(key, []).append(path)
            if len(path) < 3:
                queue.append(((*path, key), child))
    return homes


_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _wrong_type(error: Any) -> str:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    sentence = f"expected {' or '.join(_WORDS[kind] for kind in wanted)}, found {kind_of(error.instance)}"
    if "string" in wanted and isinstance(error.instance, (int, float)):
        return f"{sentence}; put it in quotes"
    if wanted == ["boolean"] and isinstance(error.instance, str):
        guess = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(error.instance.casefold())
        return f"{sentence}{f'; did you mean {guess}?' if guess else ''}"
    if wanted == ["array"]:
        return f"{sentence}; write one entry per line behind a dash"
    return sentence


def _outside_list(error: Any) -> str:
    words = [word for word in error.validator_value if word]
    near = did_you_mean(error.instance, words) if isinstance(error.instance, str) else ""
    return f"is none of {', '.join(words)}{near}"


def _broken(error: Any) -> str:
    return f"does not fit the schema ({error.validator}: {json.dumps(error.validator_value)})"


_SENTENCES: dict[str, Callable[[Any], str]] = {
    "type": _wrong_type,
    "enum": _outside_list,
    "pattern": lambda error: str(error.schema.get("patternErrorMessage", f"does not fit {error.validator_value}")),
    "minLength": lambda _: "is empty",
    "minItems": lambda error: (
        f"needs at least {error.validator_value} {'entry' if error.validator_value == 1 else 'entries'}"
    ),
    "minProperties": lambda error: f"says nothing; it takes {', '.join(error.schema.get('properties', {}))}",
    "uniqueItems": lambda _: "holds the same entry twice",
    "minimum": lambda error: f"must be at least {error.validator_value}",
    "maximum": lambda error: f"must be at most {error.validator_value}",
}
