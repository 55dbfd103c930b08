"""Variants: deployments that differ from the clean one where payers really differ, each conformant in its own way.

A variant is reached at ``/t/<slug>/fhir`` and has its own authorization server. ``target`` says what a target file must
say differently about it, as dotted paths.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.reference.tenant import Behaviour

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Variant:
    """How a variant behaves, and what its target file must say; ``main`` is the given app that plays the main one."""

    behaviour: Behaviour
    target: Mapping[str, Any] = field(default_factory=dict)
    main: str = ""


VARIANTS: Mapping[str, Variant] = {
    "no-refresh": Variant(
        Behaviour(title="Payer without refresh tokens", refresh=False),
        {"scopes.request_offline_access": False, "documentation.preset": ""},
    ),
    "no-introspection": Variant(Behaviour(title="Payer without introspection", introspection=False)),
    "no-id-token": Variant(
        Behaviour(title="Payer without OpenID Connect", id_token=False),
        {
            "scopes.required": [
                "launch/patient",
                *(f"patient/{name}.read" for name in ("Patient", "Coverage", "ExplanationOfBenefit")),
            ]
        },
    ),
    "one-grant": Variant(Behaviour(title="Payer with one grant per member and app", one_grant_per_member=True)),
    "refresh-kills-access": Variant(
        Behaviour(title="Payer whose refresh ends the access token before", refresh_kills_access=True)
    ),
    "short-tokens": Variant(
        Behaviour(title="Payer with tokens of one minute", access_token_lifetime=60),
        {"deployment.access_token_lifetime": 60},
    ),
    "two-step-login": Variant(Behaviour(title="Payer with a login in two steps", two_step_login=True)),
    "totp": Variant(Behaviour(title="Payer with one-time codes", totp=True)),
    "remembered-consent": Variant(
        Behaviour(title="Payer whose members approved the app long ago", remembers_consent=True)
    ),
    "errors-on-pages": Variant(Behaviour(title="Payer that shows errors itself", errors_on_pages=True)),
    "friendly-errors": Variant(
        Behaviour(title="Payer whose error pages say 200", errors_on_pages=True, error_page_status=200)
    ),
    "small-pages": Variant(Behaviour(title="Payer with small pages", page_size=7)),
    "large": Variant(Behaviour(title="Payer with a member of 5,000 claims", population="large")),
    "signed-assertions": Variant(Behaviour(title="Payer whose main app has a key"), main="app-asymmetric"),
    "hash-sub": Variant(Behaviour(title="Payer with hashed subjects", sub="hash")),
}
