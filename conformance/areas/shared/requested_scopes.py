"""The scopes that a run requests: those that the target promises, and further ones that the deployment lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.oauth.scopes import parse_scopes

if TYPE_CHECKING:
    from conformance.oauth.discovery import Discovery
    from conformance.target import Target

_BEYOND_THE_TABLE = ("AllergyIntolerance", "Immunization", "Procedure")


def promised_scopes(target: Target) -> tuple[str, ...]:
    """The required scopes, and the optional ones that are offered."""
    offered = [scope for scope in target.scopes.optional if target.offers(_type_of(scope)) is not False]
    return (*target.scopes.required, *offered)


def requested_scopes(target: Target, discovery: Discovery) -> tuple[str, ...]:
    """What the shared session requests: promised scopes, those of further profiled types that are listed, refresh."""
    listed = parse_scopes(list(discovery.scopes_supported))
    further = [
        f"patient/{name}.read"
        for name in _BEYOND_THE_TABLE
        if target.offers(name) is not False and listed.allows(f"patient/{name}.read")
    ]
    offline = ["offline_access"] if target.scopes.request_offline_access else []
    return tuple(dict.fromkeys([*promised_scopes(target), *further, *offline]))


def _type_of(scope: str) -> str:
    return scope.partition("/")[2].partition(".")[0]
