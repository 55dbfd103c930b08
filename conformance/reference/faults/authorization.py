"""Faults of authorization: the authorize endpoint and the pages behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import authorize, signin
from conformance.reference.faults.deviations import skipped, yes
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _state_cut(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
    return original(tenant, redirect_uri, answer, state[:32])


def _prefix(original: Step, tenant: Any, client: Any, redirect_uri: str) -> bool:  # noqa: ARG001
    return any(redirect_uri.startswith(registered) for registered in client.redirect_uris)


def _deny_gives_a_code(original: Step, call: Any, request: Any, fields: dict[str, str]) -> Any:
    return original(call, request, fields | {"decision": "approve"})


FAULTS = (
    Fault(
        "PA-AUTH-002.state-cut",
        "authorize.state",
        "state comes back cut after 32 characters.",
        {authorize.back: _state_cut},
    ),
    Fault(
        "PA-AUTH-003.challenge-optional",
        "authorize.not-refused",
        "A request without a PKCE challenge is served, and its code needs no verifier.",
        {authorize.check_challenge: skipped},
    ),
    Fault(
        "PA-AUTH-005.prefix-match",
        "authorize.redirect",
        "A redirect_uri that only begins with a registered one is accepted.",
        {authorize.redirect_registered: _prefix},
    ),
    Fault(
        "PA-AUTH-008.aud-ignored",
        "authorize.not-refused",
        "aud is ignored: a request that names a counterfeit server is served.",
        {authorize.check_audience: skipped},
    ),
    Fault(
        "PA-AUTH-010.deny-ignored",
        "authorize.error",
        "Pressing deny gives the app a code all the same.",
        {signin.decide: _deny_gives_a_code},
    ),
    Fault(
        "PA-AUTH-014.any-password",
        "authorize.login",
        "Any password is accepted.",
        {signin.password_matches: yes},
    ),
)
