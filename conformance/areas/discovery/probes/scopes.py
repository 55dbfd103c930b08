"""Scopes of scopes_supported, and which of them can be obtained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import Undecided
from conformance.oauth.scopes import ScopeSet, parse_scope, parse_scopes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.oauth.discovery import Discovery

MAX_SCOPES = 12
_POLICY = {"unauthorized_client", "access_denied", "login_required", "consent_required", "interaction_required"}
"""Errors by which a server refuses this client or this member, not the scope."""


def listed_patient_scopes(discovery: Discovery) -> list[str]:
    """A bounded sample of the patient-level read scopes in scopes_supported: of types, or else wildcards."""
    listed = [scope for scope in parse_scopes(list(discovery.scopes_supported)) if scope.context == "patient"]
    readable = [scope for scope in listed if scope.raw.endswith((".read", ".rs", ".r", ".s")) and not scope.query]
    named = [scope.raw for scope in readable if scope.type != "*"]
    if not readable:
        raise Undecided("scopes_supported lists no patient-level scope, see PA-DISC-010", blocked_by="PA-DISC-010")
    return named[:MAX_SCOPES] or [scope.raw for scope in readable]


def unobtainable(authorizations: Authorizations, scopes: Sequence[str]) -> list[str]:
    """The scopes that are granted neither together with the others nor alone.

    A wildcard is obtained where the grant has any patient-level scope: the server may grant the types it has.
    """
    granted = _granted(authorizations, scopes)
    dropped = [scope for scope in scopes if not _has(granted, scope)]
    return [scope for scope in dropped if not _has(_granted(authorizations, [scope]), scope)]


def _has(granted: ScopeSet, raw: str) -> bool:
    wanted = parse_scope(raw)
    return bool(granted.types(context="patient")) if wanted.type == "*" else granted.allows(wanted)


def _granted(authorizations: Authorizations, scopes: Sequence[str]) -> ScopeSet:
    request = authorizations.request(scopes=("launch/patient", *scopes))
    outcome = authorizations.launch(request, reason="can every listed scope be obtained")
    if outcome.code:
        return authorizations.exchanged(outcome).scopes
    if outcome.error in _POLICY:
        raise Undecided(f"the authorization server refused this client or this member ({outcome.error})")
    return parse_scopes("")
