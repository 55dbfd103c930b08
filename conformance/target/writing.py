"""A commented target file from what is known about a deployment; the comments are the schema's own sentences."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from conformance.target.document import CoreResolver
from conformance.target.schema import resolved, target_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_WIDTH = 110

_SAFEST = {"environment": "production", "data": "real"}
STILL_NEEDED: Mapping[str, Any] = {
    "clients": {
        "main": {
            "client_id": "${env:PA_CLIENT_ID}",
            "client_secret": "${env:PA_CLIENT_SECRET}",
            "redirect_uris": ["https://conformance.example/callback", "https://conformance.example/other"],
        },
    },
    "members": {
        "a": {"username": "${env:PA_USER_A}", "password": "${env:PA_PASSWORD_A}"},
        "b": {"username": "${env:PA_USER_B}", "password": "${env:PA_PASSWORD_B}"},
    },
    "login": {
        "screens": [
            {
                "name": "login",
                "when": {"visible": "input[type=password]"},
                "do": [
                    {"fill": "input[name=username]", "with": "${user.username}"},
                    {"fill": "input[type=password]", "with": "${user.password}"},
                    {"click": "button[type=submit]"},
                ],
            },
            {
                "name": "approval",
                "when": {"visible": {"role": "button", "name": "allow|approve|accept"}},
                "decision": {
                    "approve": {"role": "button", "name": "allow|approve|accept"},
                    "deny": {"role": "button", "name": "deny|cancel|decline"},
                },
            },
        ],
    },
}


class _CoreDumper(yaml.SafeDumper):
    """Quotes what a reader of the YAML 1.2 core schema would take for a number or a boolean."""

    yaml_implicit_resolvers = CoreResolver.yaml_implicit_resolvers


def write_target(facts: Mapping[str, Any], *, found: Sequence[str] = (), schema: str = "") -> str:
    """The text of a target file.

    ``facts`` has the shape of a target file and at least ``deployment.fhir_base``; sections that every target needs and
    ``facts`` lacks are filled with references to environment variables and examples, and say so. ``found`` are
    sentences for the head of the file; ``schema`` is where an editor finds schema.json.
    """
    described = target_schema()["properties"]
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines += [line for sentence in found for line in _comment(sentence, "")]
    for key, part in described.items():
        about = resolved(part)
        value = _completed(key, facts)
        if value is None:
            continue
        needed = " (to be completed)" if key in STILL_NEEDED and key not in facts else ""
        lines += ["", *_comment(f"{about['description']}{needed}", "")]
        lines += _section(key, value, about)
    missing = [key for key in described if _completed(key, facts) is None]
    lines += ["", *_comment(f"Not set here, so their defaults hold: {', '.join(missing)}.", "")]
    return "\n".join(lines).lstrip("\n") + "\n"


def _completed(key: str, facts: Mapping[str, Any]) -> Any:
    """The fact under ``key``, with what is needed beside it; None when neither is known."""
    if key == "deployment":
        return {**facts[key], **{name: value for name, value in _SAFEST.items() if name not in facts[key]}}
    return facts.get(key, STILL_NEEDED.get(key))


def _section(key: str, value: Any, about: dict[str, Any]) -> Iterator[str]:
    if not isinstance(value, dict) or not value:
        yield from _entry(key, value, "")
        return
    yield f"{key}:"
    for name, item in value.items():
        part = about.get("properties", {}).get(name)
        if part is not None:
            yield from _comment(resolved(part)["description"], "  ")
        yield from _entry(name, item, "  ")


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    """``key: value``, mappings line by line, lists of mappings with one action to a line."""
    if isinstance(value, dict) and value:
        yield f"{indent}{_flow(key)}:"
        for name, item in value.items():
            yield from _entry(name, item, f"{indent}  ")
    elif isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
        yield f"{indent}{_flow(key)}:"
        text = yaml.dump(list(value), Dumper=_CoreDumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
        yield from textwrap.indent(text, f"{indent}  ").splitlines()
    else:
        yield f"{indent}{_flow(key)}: {_flow(list(value) if isinstance(value, tuple) else value)}"


def _flow(value: Any) -> str:
    """On one line."""
    text = yaml.dump(value, Dumper=_CoreDumper, allow_unicode=True, width=10_000, default_flow_style=True)
    return text.removesuffix("...\n").rstrip("\n")


def _comment(text: str, indent: str) -> list[str]:
    lead = f"{indent}# "
    return textwrap.wrap(text, _WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False)
