"""Faults of discovery: SMART configuration, OpenID configuration, key set, capability statement."""

from __future__ import annotations

from typing import Any

from conformance.reference.authorization import discovery
from conformance.reference.faults.deviations import edited, with_members, without
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import capability

PRIVATE_MEMBER = "d"


def _without_type(name: str) -> Any:
    def edit(statement: dict[str, Any]) -> None:
        served = statement["rest"][0]
        served["resource"] = [each for each in served["resource"] if each["type"] != name]

    return edited(edit)


def _leaking(original: Any, signing_keys: Any) -> Any:
    document = original(signing_keys)
    document["keys"][0][PRIVATE_MEMBER] = document["keys"][0]["n"]
    return document


FAULTS = (
    Fault(
        "PA-DISC-005.context-not-listed",
        "smart.capabilities",
        "The capabilities do not list context-standalone-patient although launch/patient is granted.",
        {
            discovery.capabilities: edited(
                lambda names: [name for name in names if name != "context-standalone-patient"]
            )
        },
    ),
    Fault(
        "PA-DISC-006.plain-offered",
        "smart.pkce-methods.plain",
        "The PKCE methods list plain beside S256.",
        {discovery.smart_configuration: with_members(code_challenge_methods_supported=["S256", "plain"])},
    ),
    Fault(
        "PA-DISC-009.relative-endpoint",
        "url.absolute-https",
        "token_endpoint is a path, not a URL.",
        {discovery.smart_configuration: with_members(token_endpoint="/oauth2/token")},  # noqa: S106
        collateral="nothing that needs a token can be judged when the token endpoint cannot be reached",
    ),
    Fault(
        "PA-DISC-010.scopes-not-listed",
        "smart.scopes-supported",
        "scopes_supported is missing.",
        {discovery.smart_configuration: without("scopes_supported")},
    ),
    Fault(
        "PA-DISC-016.type-not-declared",
        "capabilities.type-missing",
        "Coverage is served but not declared in the capability statement.",
        {capability.capability_statement: _without_type("Coverage")},
    ),
    Fault(
        "PA-DISC-018.instantiates-nothing",
        "capabilities.instantiates",
        "The capability statement instantiates nothing.",
        {capability.capability_statement: without("instantiates")},
    ),
    Fault(
        "PA-DISC-022.private-exponent",
        "jwks.private",
        "A key of the key set has a member of private keys.",
        {discovery.key_set: _leaking},
    ),
)
