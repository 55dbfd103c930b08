"""The target as a report may show it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

_LEFT_OUT = {"secrets", "manifest"}
_FILES = {"source", "fixtures", "ca_file", "client_cert", "client_key", "executable"}  # shown without their folders
_TYPED = {"with", "secret"}  # typed into login pages: the answer to a security question, say
_MIN_ANYWHERE = 8
_FILLED_IN = re.compile(r"\$\{(?:user|read)\.\w+\}")
_WORDS_OF_THE_SCHEMA = {  # keys whose values are words of ours, not the user's
    "authentication",
    "environment",
    "data",
    "payer_type",
    "smart_version",
    "registration",
    "algorithm",
    "preset",
    "patient_id_from",
    "syntax",
    "member_data",
    "mode",
}


def masked(target: Any) -> dict[str, Any]:
    """Plain JSON data under the target file's keys, a label in the place of each secret field and each secret value."""
    longest_first = sorted(target.secrets, key=lambda pair: -len(pair[0]))
    plain: dict[str, Any] = _plain(target, "", longest_first)
    return plain


def _plain(value: Any, path: str, secrets: list[tuple[str, str]], *, secret: bool = False) -> Any:
    if is_dataclass(value):
        return {
            each.name: _plain(
                getattr(value, each.name), _join(path, each.name), secrets, secret=secret or "secret" in each.metadata
            )
            for each in fields(value)
            if not (each.name in _LEFT_OUT or (path and each.name == "key"))
        }
    if isinstance(value, Mapping):
        return {
            key: _plain(item, _join(path, key), secrets, secret=secret or (path.startswith("login.") and key in _TYPED))
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}[{index}]", secrets, secret=secret) for index, item in enumerate(value)]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value, path, secrets, secret=secret)
    return value


def _text(value: str, path: str, secrets: list[tuple[str, str]], *, secret: bool) -> str:
    if path.rpartition(".")[2] in _FILES:
        return Path(value).name
    if secret and value and not _FILLED_IN.fullmatch(value):
        return _shown(dict(secrets).get(value, path))
    if path.rpartition(".")[2] in _WORDS_OF_THE_SCHEMA:
        return value
    for hidden, label in secrets:
        value = _shown(label).join(re.split(_found_as(hidden), value))
    return value


def _found_as(secret: str) -> str:
    """A pattern for the secret; where it is a word or a number, for that word or number alone."""
    word = re.escape(secret)
    return rf"(?<!\w){word}(?!\w)" if secret.isalnum() and (secret.isalpha() or len(secret) < _MIN_ANYWHERE) else word


def _shown(label: str) -> str:
    return f"\u2039{label}\u203a"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
