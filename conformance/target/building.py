"""From checked data to the frozen model: units parsed, paths made absolute, dependent defaults filled in."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.guide_selection import DEFAULT_GUIDES
from conformance.target import defaults, units
from conformance.target.model import (
    Client,
    Deployment,
    Documentation,
    Evidence,
    Ids,
    Lab,
    Member,
    Politeness,
    Scopes,
    Target,
    Tls,
    Tokens,
    UndecidedRows,
)
from conformance.target.schema import walk

if TYPE_CHECKING:
    from conformance.target.document import Layer
    from conformance.target.problems import KeyPath

_SECTIONS = {
    "ids": Ids,
    "tokens": Tokens,
    "undecided": UndecidedRows,
    "lab": Lab,
    "politeness": Politeness,
    "tls": Tls,
    "evidence": Evidence,
    "scopes": Scopes,
}
LOGIN_DEFAULTS = {"mode": "browser", "preset": "", "reuse_session": True, "screens": [], "block": []}
_LOGIN_TIMEOUT = {"manual": 300.0}
_RESOURCE_SCOPE = re.compile(r"(?:patient|user)/([A-Za-z*]+)\.")


def converted(data: dict[str, Any], layer: Layer) -> dict[str, Any]:
    """A copy of the data with durations in seconds, sizes in bytes, and paths absolute from the file they stand in."""
    changes: dict[KeyPath, Any] = {}
    for path, value, node in walk(data):
        match node.get("format"):
            case "duration-in-seconds":
                changes[path] = units.seconds(value)
            case "size-in-bytes":
                changes[path] = units.size(value)
            case "path" if value:
                changes[path] = str((layer.place(path).folder / Path(value).expanduser()).resolve())
    result: dict[str, Any] = _changed(data, (), changes)
    return result


def _changed(value: Any, path: KeyPath, changes: dict[KeyPath, Any]) -> Any:
    if path in changes:
        return changes[path]
    if isinstance(value, dict):
        return {key: _changed(item, (*path, key), changes) for key, item in value.items()}
    if isinstance(value, list):
        return [_changed(item, (*path, index), changes) for index, item in enumerate(value)]
    return value


def build(
    data: dict[str, Any],
    *,
    secrets: tuple[tuple[str, str], ...],
    manifest: dict[str, Any],
    source: str,
    today: dt.date | None,
) -> Target:
    """The target; ``data`` has passed every check and conversion."""
    sections = {key: kind(**_tuples(data.get(key, {}))) for key, kind in _SECTIONS.items()}
    deployment = Deployment(**_tuples({**data["deployment"], "fhir_base": data["deployment"]["fhir_base"].rstrip("/")}))
    day = data.get("run_date")
    return Target(
        deployment=deployment,
        clients={key: _client(key, values) for key, values in data["clients"].items()},
        members={key: Member(key=key, **_tuples(values)) for key, values in data["members"].items()},
        login=_login(data.get("login", {})),
        documentation=_documentation(data.get("documentation", {})),
        guides={**DEFAULT_GUIDES, **data.get("guides", {})},
        terminology=data.get("terminology", {}),
        offered=_offered(sections["scopes"], data.get("offered", {})),
        allow=tuple(data.get("allow", defaults.ALLOWED[deployment.environment])),
        run_date=units.date(day) if day else today or today_in(deployment.timezone),
        run_date_given=bool(day),
        manifest=manifest,
        secrets=secrets,
        source=source,
        **{key: data[key] for key in ("expect", "strict", "fixtures", "slow", "proxy", "headers") if key in data},
        **sections,
    )


def _login(values: dict[str, Any]) -> dict[str, Any]:
    timeout = _LOGIN_TIMEOUT.get(values.get("mode", ""), 60.0)
    return {**LOGIN_DEFAULTS, "timeout": timeout, **values}


def today_in(timezone: str) -> dt.date:
    """The day it is now in a time zone; in UTC where the system does not know the zone."""
    try:
        return dt.datetime.now(zoneinfo.ZoneInfo(timezone)).date()
    except zoneinfo.ZoneInfoNotFoundError:  # a system without time zone data
        return dt.datetime.now(dt.UTC).date()


def _client(key: str, values: dict[str, Any]) -> Client:
    derived = "client_secret_basic" if values.get("client_secret") else "none"
    derived = "private_key_jwt" if values.get("private_key") else derived
    return Client(key=key, **_tuples({"authentication": derived, **values}))


def _documentation(values: dict[str, Any]) -> Documentation:
    preset = defaults.DOCUMENTATION_PRESETS[values.get("preset", "")]
    return Documentation(**_tuples({**preset, **values}))


def _offered(scopes: Scopes, stated: dict[str, bool]) -> dict[str, bool]:
    """Each type some scope opens is offered, and whatever the target states besides or against it."""
    named = [match[1] for scope in scopes.required + scopes.optional if (match := _RESOURCE_SCOPE.match(scope))]
    types = [each for name in named for each in (defaults.PROFILED_TYPES if name == "*" else (name,))]
    return {**dict.fromkeys(types, True), **stated}


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
