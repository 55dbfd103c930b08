"""Secrets: what ``${env:NAME}`` and ``${file:PATH}`` stand for, and the list of all that must never be shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.target.problems import KeyPath, Problem, SourceLocation, did_you_mean, dotted
from conformance.target.schema import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.target.document import Layer

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_MAX_FILE_SIZE = 1_000_000
MEMBER_FIELDS = ("username", "password", "totp_secret", "patient_id", "choose")


@dataclass(slots=True)
class Vault:
    """What resolving a target found.

    ``referenced`` maps each place a reference stood at to the names and values it brought in; ``broken`` holds the
    places whose reference could not be resolved.
    """

    referenced: dict[KeyPath, list[tuple[str, str]]] = field(default_factory=dict)
    broken: set[KeyPath] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def resolve(layer: Layer, environ: Mapping[str, str]) -> tuple[dict[str, Any], Vault]:
    """The layer's data with every reference replaced, and what was found on the way.

    ``${user.…}``, ``${page.…}`` and ``${read.…}`` stay as they are under ``login``; the login page fills them in.
    """
    vault = Vault()

    def text(value: str, path: KeyPath) -> str:
        def put(match: re.Match[str]) -> str:
            name = match[1]
            if path[:1] == ("login",) and name.startswith(("user.", "page.", "read.")):
                _check_login_reference(name, path, layer.place(path), vault)
                return match[0]
            found, problem = _look_up(name, layer.place(path), environ)
            if problem:
                vault.broken.add(path)
                vault.problems.append(Problem(layer.place(path), path, problem))
                return ""
            vault.referenced.setdefault(path, []).append((name, found))
            return found

        return _REFERENCE.sub(put, value)

    return _mapped(layer.data, (), text), vault


def _mapped(value: Any, path: KeyPath, text: Callable[[str, KeyPath], str]) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, (*path, key), text) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, (*path, index), text) for index, item in enumerate(value)]
    return text(value, path) if isinstance(value, str) else value


def _check_login_reference(name: str, path: KeyPath, place: SourceLocation, vault: Vault) -> None:
    kind, _, rest = name.partition(".")
    if kind == "user" and rest not in MEMBER_FIELDS:
        text = f"${{{name}}} names no key of a member{did_you_mean(rest, MEMBER_FIELDS)}"
        vault.problems.append(Problem(place, path, text))


def _look_up(name: str, place: SourceLocation, environ: Mapping[str, str]) -> tuple[str, str]:
    """(value, "") or ("", what is wrong); names what was looked for, never a value."""
    kind, colon, rest = name.partition(":")
    if kind == "env" and rest:
        value = environ.get(rest, "")
        if value:
            return value, ""
        return "", f"environment variable {rest} is {'empty' if rest in environ else 'not set'}"
    if kind == "file" and rest:
        return _file_text(rest, place)
    hint = "" if colon else did_you_mean(name, ("env:NAME", "file:PATH"))
    return "", f"${{…}} takes env:NAME or file:PATH{hint}"


def _file_text(name: str, place: SourceLocation) -> tuple[str, str]:
    file = (place.folder / Path(name).expanduser()).resolve()
    try:
        if file.stat().st_size > _MAX_FILE_SIZE:
            return "", f"file {name} is too large for a secret"
        value = file.read_text(encoding="utf-8").rstrip("\r\n")
    except FileNotFoundError:
        return "", f"file {name} does not exist"
    except UnicodeDecodeError:
        return "", f"file {name} is not UTF-8 text"
    except OSError as problem:
        return "", f"file {name} cannot be read: {problem.strerror}"
    return (value, "") if value else ("", f"file {name} is empty")


def literal_secrets(data: dict[str, Any], vault: Vault) -> list[KeyPath]:
    """Where a secret is written in the target itself instead of being referred to."""
    found = []
    for path, value, node in walk(data):
        written = isinstance(value, str) and value and path not in vault.referenced and path not in vault.broken
        if written and node.get("writeOnly") and not _filled_in_at_login(path, value):
            found.append(path)
    if "proxy" not in {path[0] for path in vault.referenced} and _proxy_password(data):
        found.append(("proxy",))
    return found


def _filled_in_at_login(path: KeyPath, value: str) -> bool:
    return path[0] == "login" and _REFERENCE.fullmatch(value) is not None


def secret_values(data: dict[str, Any], vault: Vault) -> tuple[tuple[str, str], ...]:
    """(value, label) of every secret: whole values of secret keys, and references below login, headers and members.

    What a reference brings into any other key (a base URL, a client id) is configuration and may be shown.
    """
    pairs: dict[str, str] = {}
    for path, value, node in walk(data):
        if not isinstance(value, str) or not value or _filled_in_at_login(path, value):
            continue
        if node.get("writeOnly") or (node.get("x-personal") and path in vault.referenced):
            pairs.setdefault(value, dotted(path))
        if node.get("writeOnly") or path[0] == "login":
            for name, part in vault.referenced.get(path, ()):
                pairs.setdefault(part, name)
    if password := _proxy_password(data):
        pairs.setdefault(password, "proxy")
    return tuple(pairs.items())


def _proxy_password(data: Mapping[str, Any]) -> str:
    proxy = data.get("proxy", "")
    try:
        return (urlsplit(proxy).password or "") if isinstance(proxy, str) else ""
    except ValueError:
        return ""
