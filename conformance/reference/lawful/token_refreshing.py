"""Lawful variations of refresh tokens; the area is token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import signin, token
from conformance.reference.faults.deviations import skipped
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_ROTATION = "RFC 6749 section 6: a new refresh token is a MAY; RFC 9700 2.2.2 is not adopted by SMART App Launch"
_RETIRING = "retirement of refresh tokens"
_GRACE = 30.0


def whole_scope(original: Step, tenant: Any, old: Any, requested: str) -> tuple[str, ...]:
    """What a refresh asks for is checked, and the whole scope of the grant is given."""
    original(tenant, old, requested)
    return tuple(old.scope)


def _old_one_kept(original: Step, call: Any, grant: Any, scope: Any, *, first: bool) -> Any:
    """A refresh brings no new refresh token; the one that was used goes on."""
    document = original(call, grant, scope, first=first)
    return document if first else {name: value for name, value in document.items() if name != "refresh_token"}


def _retired_at(original: Step, tenant: Any, old: Any) -> None:
    if not old.revoked:
        tenant.state.seen_assertions[f"retired {old.value}"] = tenant.clock()
    original(tenant, old)


def _in_grace(tenant: Any, old: Any) -> bool:
    at = tenant.state.seen_assertions.get(f"retired {old.value}")
    return at is not None and tenant.clock() - at < _GRACE


def _grace(original: Step, tenant: Any, old: Any) -> None:
    """For half a minute a lost answer may be asked for again."""
    if old.revoked and _in_grace(tenant, old):
        old.revoked = False
    original(tenant, old)


def _offline_with_consent(original: Step, call: Any, request: Any, ticked: list[str]) -> list[str]:
    """offline_access beside openid is ignored unless the app asks for prompt=consent."""
    granted: list[str] = original(call, request, ticked)
    if "openid" in granted and "consent" not in request.prompt.split():
        return [each for each in granted if each != "offline_access"]
    return granted


VARIATIONS = (
    Variation(
        "PA-TOK-020.old-one-works",
        "A refresh gives a new refresh token, and the one before goes on working.",
        _ROTATION,
        {token.retire_refresh_token: skipped},
        rows={"PA-TOK-020": "advisory"},
        choices=(_RETIRING,),
    ),
    Variation(
        "PA-TOK-020.same-token",
        "A refresh brings no new refresh token: the one that was used goes on working.",
        _ROTATION,
        {token.retire_refresh_token: skipped, token.token_document: _old_one_kept},
        rows={"PA-TOK-020": "advisory"},
        also=("PA-TOK-017", "PA-TOK-018", "PA-TOK-022", "PA-DOC-004"),
        choices=(_RETIRING,),
    ),
    Variation(
        "PA-TOK-020.half-a-minute",
        "Refresh tokens rotate, and the one before is accepted for half a minute more.",
        "RFC 9700 4.14.2 gives no time within which the old token must be refused",
        {token.retire_refresh_token: _retired_at, token.check_refresh_unused: _grace},
        rows={"PA-TOK-020": "advisory"},
        choices=(_RETIRING,),
    ),
    Variation(
        "PA-TOK-017.ends-the-old-access-token",
        "A refresh ends the access token before.",
        "RFC 6749 section 6 and 1.5: the lifetime of access tokens is the server's decision",
        behaviour={"refresh_kills_access": True},
        also=("PA-TOK-018", "PA-TOK-022"),
    ),
    Variation(
        "PA-TOK-016.offline-with-consent",
        "With openid, offline_access is granted only to a request with prompt=consent.",
        "OpenID Connect Core 1.0 section 11: without consent in prompt the request for offline access is ignored",
        {signin.granted_scope: _offline_with_consent},
        rows={"PA-DOC-004": "advisory"},
        also=("PA-TOK-017", "PA-TOK-018", "PA-TOK-019", "PA-TOK-020", "PA-TOK-021", "PA-TOK-022", "PA-SCOP-011"),
    ),
)
