"""Faults of refresh tokens: issuing, using, rotating them; the area is token."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import grants, scopes, token
from conformance.reference.authorization.entities import ResourceScope, Token
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults.deviations import always, skipped, yes
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def claims_of(jwt: str) -> dict[str, Any]:
    """The claims of a JWT, whatever its signature."""
    payload = jwt.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def _refused_only(original: Step, tenant: Any, old: Any) -> None:  # noqa: ARG001
    if old.revoked:
        raise OAuthError("invalid_grant", "The refresh token was used before.")


def _to_everybody(original: Step, tenant: Any, grant: Any) -> Any:
    issued = original(tenant, grant)
    if issued is not None:
        return issued
    now = tenant.clock()
    made = Token(secrets.token_urlsafe(32), grant, grant.scope, now, now + tenant.behaviour.refresh_token_lifetime)
    tenant.state.refresh_tokens[made.value] = made
    return made


def _old_token_again(original: Step, tenant: Any, grant: Any, scope: Any) -> Any:
    known = [each for each in tenant.state.access_tokens.values() if each.grant is grant]
    return known[0] if known else original(tenant, grant, scope)


def _brief(original: Step, call: Any, grant: Any, scope: Any, *, first: bool) -> Any:
    document = original(call, grant, scope, first=first)
    return document if first else {name: value for name, value in document.items() if name != "expires_in"}


def _stillborn(original: Step, call: Any, grant: Any, scope: Any, *, first: bool) -> Any:
    """What a refresh gives is not known to the API."""
    document = original(call, grant, scope, first=first)
    if not first:
        call.tenant.state.access_tokens.pop(document["access_token"], None)
    return document


def _as_asked(original: Step, tenant: Any, old: Any, requested: str) -> tuple[str, ...]:
    return tuple(requested.split()) or tuple(original(tenant, old, requested))


def _drops_what_is_new(original: Step, tenant: Any, old: Any, requested: str) -> tuple[str, ...]:
    return tuple(original(tenant, old, " ".join(word for word in requested.split() if word in old.scope)))


def _opens_everything(original: Step, tenant: Any, grant: Any, scope: Any) -> Any:
    issued = original(tenant, grant, scope)
    issued.resources = (ResourceScope("patient/*.rs", "*", "rs"),)
    return issued


def _part_refused(original: Step, tenant: Any, old: Any, requested: str) -> tuple[str, ...]:
    if requested and set(requested.split()) < set(old.scope):
        raise OAuthError("invalid_scope", "Ask for the whole scope again.")
    return tuple(original(tenant, old, requested))


def _part_opens_nothing(original: Step, tenant: Any, grant: Any, scope: Any) -> Any:
    issued = original(tenant, grant, scope)
    if set(scope) < set(grant.scope):
        issued.resources = ()
    return issued


def _whole_grant_in_effect(original: Step, tenant: Any, grant: Any, scope: Any) -> Any:
    issued = original(tenant, grant, scope)
    issued.resources = tuple(parsed for text in grant.scope if (parsed := scopes.parse(tenant, text)))
    return issued


def _unknown_breaks(original: Step, call: Any, client: Any, fields: dict[str, str]) -> Any:
    if fields.get("refresh_token") not in call.tenant.state.refresh_tokens:
        raise RuntimeError("no row")
    return original(call, client, fields)


def _by_its_beginning(original: Step, call: Any, client: Any, fields: dict[str, str]) -> Any:
    """Part of a refresh token is enough."""
    sent = fields.get("refresh_token", "")
    known = [each for each in call.tenant.state.refresh_tokens if len(sent) >= 16 and each.startswith(sent)]
    return original(call, client, fields | ({"refresh_token": known[0]} if known else {}))


def _access_will_do(original: Step, call: Any, client: Any, fields: dict[str, str]) -> Any:
    """An access token is taken for a refresh token."""
    found = call.tenant.state.access_tokens.get(fields.get("refresh_token", ""))
    if found is None:
        return original(call, client, fields)
    return token.token_document(call, found.grant, found.scope, first=False)


def _own_record_again(original: Step, call: Any, client: Any, fields: dict[str, str]) -> Any:
    """A refresh falls back to the record of the person who logged in."""
    old = call.tenant.state.refresh_tokens.get(fields.get("refresh_token", ""))
    if old is not None:
        old.grant.patient = old.grant.person.own
    return original(call, client, fields)


def _dependent_lost(original: Step, tenant: Any, grant: Any, scope: Any) -> Any:
    refreshed = any(each.grant is grant for each in tenant.state.access_tokens.values())
    issued = original(tenant, grant, scope)
    if refreshed and grant.patient != grant.person.own:
        issued.resources = ()
    return issued


def _own_record_only(original: Step, call: Any, client: Any, fields: dict[str, str]) -> Any:
    old = call.tenant.state.refresh_tokens.get(fields.get("refresh_token", ""))
    if old is not None and old.grant.patient != old.grant.person.own:
        raise OAuthError("invalid_grant", "Please sign in again.")
    return original(call, client, fields)


def _unbounded_after_refresh(original: Step, call: Any, record: Any) -> bool:
    """Only the first access token of a grant is bound to its patient."""
    of_grant = [each for each in call.tenant.state.access_tokens.values() if each.grant is call.token.grant]
    return of_grant[0] is not call.token or bool(original(call, record))


FAULTS = (
    Fault(
        "PA-TOK-016.none-issued",
        "token.refresh_token.missing",
        "offline_access is granted without a refresh token.",
        {grants.issue_refresh_token: always(None)},
    ),
    Fault(
        "PA-TOK-016.to-everybody",
        "token.refresh_token.unasked",
        "Every app gets a refresh token, asked for or not.",
        {grants.issue_refresh_token: _to_everybody},
    ),
    Fault(
        "PA-TOK-017.same-token-again",
        "token.refresh.same-token",
        "A refresh repeats the old access token.",
        {grants.issue_access_token: _old_token_again},
        warning=True,
    ),
    Fault(
        "PA-TOK-017.no-lifetime",
        "token.refresh.expires_in",
        "A refresh does not say how long the new token lives.",
        {token.token_document: _brief},
    ),
    Fault(
        "PA-TOK-017.stillborn",
        "token.refresh.unusable",
        "The access token that a refresh gives does not work.",
        {token.token_document: _stillborn},
    ),
    Fault(
        "PA-TOK-018.as-asked",
        "token.refresh.widened",
        "A refresh grants whatever scope it asks for.",
        {token.refreshed_scope: _as_asked},
    ),
    Fault(
        "PA-TOK-018.wider-in-effect",
        "token.refresh.wider-in-effect",
        "A refresh grants no more in word, and its token opens everything.",
        {token.refreshed_scope: _drops_what_is_new, grants.issue_access_token: _opens_everything},
    ),
    Fault(
        "PA-TOK-018.part-refused",
        "token.refresh.narrowing-refused",
        "A refresh for a part of the scope is refused.",
        {token.refreshed_scope: _part_refused},
        warning=True,
    ),
    Fault(
        "PA-TOK-018.part-opens-nothing",
        "token.refresh.kept-closed",
        "A token refreshed for a part of the scope opens nothing.",
        {grants.issue_access_token: _part_opens_nothing},
    ),
    Fault(
        "PA-TOK-018.part-in-word-only",
        "token.refresh.not-narrowed-in-effect",
        "A refresh for a part of the scope says so, and the token opens all of it.",
        {grants.issue_access_token: _whole_grant_in_effect},
    ),
    Fault(
        "PA-TOK-019.any-client",
        "token.not-refused",
        "Any client can use a stolen refresh token.",
        {token.refresh_is_for_client: yes},
    ),
    Fault(
        "PA-TOK-020.no-rotation",
        "token.not-refused",
        "A refresh token works for ever, from any holder.",
        {token.retire_refresh_token: skipped},
    ),
    Fault(
        "PA-TOK-020.family-lives",
        "token.refresh.family-lives",
        "A refresh token that is used again is refused, and the newest one of its family goes on working.",
        {token.check_refresh_unused: _refused_only},
    ),
    Fault(
        "PA-TOK-021.breaks",
        "token.refusal.status",
        "An unknown refresh token gives HTTP 500.",
        {token.refresh: _unknown_breaks},
    ),
    Fault(
        "PA-TOK-021.beginning-will-do",
        "token.not-refused",
        "The beginning of a refresh token is enough.",
        {token.refresh: _by_its_beginning},
    ),
    Fault(
        "PA-TOK-021.access-will-do",
        "token.not-refused",
        "An access token is taken for a refresh token.",
        {token.refresh: _access_will_do},
    ),
    Fault(
        "PA-TOK-022.back-to-the-login-user",
        "token.refresh.patient",
        "After a refresh the record of the person who logged in is open, not the dependent's.",
        {token.refresh: _own_record_again},
    ),
    Fault(
        "PA-TOK-022.record-lost",
        "token.refresh.patient-lost",
        "A token refreshed from a representative's grant does not open the dependent's record.",
        {grants.issue_access_token: _dependent_lost},
    ),
    Fault(
        "PA-TOK-022.refused-for-dependents",
        "token.refresh.refused",
        "A grant for a dependent's record cannot be refreshed.",
        {token.refresh: _own_record_only},
    ),
    Fault(
        "PA-TOK-022.unbounded",
        "token.refresh.other-patient",
        "A refreshed token opens every member's record.",
        {access.in_compartment: _unbounded_after_refresh},
    ),
)
