"""A sample of scopes_supported to be requested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import Undecided
from conformance.oauth.scopes import parse_scopes

if TYPE_CHECKING:
    from conformance.oauth.discovery import Discovery

MAX_SCOPES = 12


def listed_patient_scopes(discovery: Discovery) -> list[str]:
    """A bounded sample of the plain patient-level resource scopes in scopes_supported."""
    listed = parse_scopes(list(discovery.scopes_supported))
    plain = [scope.raw for scope in listed if scope.context == "patient" and scope.type != "*" and not scope.query]
    readable = [raw for raw in plain if raw.endswith((".read", ".rs", ".r", ".s"))]
    if not readable:
        raise Undecided("scopes_supported lists no patient-level scope, see PA-DISC-010", blocked_by="PA-DISC-010")
    return readable[:MAX_SCOPES]
