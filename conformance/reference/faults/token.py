"""Faults of the token endpoint and of the tokens it issues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import errors, grants, token
from conformance.reference.faults.deviations import edited, skipped, with_headers, without
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _old_token_again(original: Step, tenant: Any, grant: Any, scope: Any) -> Any:
    known = [each for each in tenant.state.access_tokens.values() if each.grant is grant]
    return known[0] if known else original(tenant, grant, scope)


FAULTS = (
    Fault(
        "PA-TOK-002.scope-left-out",
        "token.scope",
        "scope is left out of the token response.",
        {token.token_document: without("scope")},
    ),
    Fault(
        "PA-TOK-003.a-day",
        "token.lifetime",
        "Access tokens live a day.",
        behaviour={"access_token_lifetime": 86400},
    ),
    Fault(
        "PA-TOK-004.cacheable",
        "token.cache-control",
        "Token responses may be cached.",
        {
            token.token_response: with_headers(Cache_Control="public, max-age=3600", Pragma=""),
            errors.error_response: with_headers(Cache_Control="public, max-age=3600", Pragma=""),
        },
    ),
    Fault(
        "PA-TOK-006.any-verifier",
        "token.not-refused",
        "The server checks only that a verifier was sent.",
        {token.verifier_matches: lambda original, tenant, code, verifier: bool(verifier)},  # noqa: ARG005
    ),
    Fault(
        "PA-TOK-007.code-works-twice",
        "token.not-refused",
        "A code can be exchanged again and again.",
        {token.check_code_unused: skipped},
    ),
    Fault(
        "PA-TOK-014.patient-is-a-reference",
        "token.patient",
        "patient is Patient/… instead of an id.",
        {token.token_document: edited(lambda document: document | {"patient": f"Patient/{document.get('patient')}"})},
    ),
    Fault(
        "PA-TOK-017.same-token-again",
        "token.refresh.same-token",
        "A refresh repeats the old access token.",
        {grants.issue_access_token: _old_token_again},
    ),
    Fault(
        "PA-TOK-020.no-rotation",
        "token.not-refused",
        "A refresh token works for ever, from any holder.",
        {token.retire_refresh_token: skipped},
    ),
)
