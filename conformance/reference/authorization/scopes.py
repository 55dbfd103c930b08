"""Scopes: SMART App Launch 2.2.0 "Scopes and Launch Context", v1 and v2 syntax.

A v1 `.read` means v2 `.rs`. Nothing here ever allows a write: `.write` is dropped, `.*` becomes `.read` and letters
other than `r` and `s` are left out. Letters out of order, unknown types and unknown words are dropped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from conformance.reference.authorization.entities import ResourceScope
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant

RESOURCE = re.compile(
    r"(?P<context>patient|user)/(?P<type>[A-Za-z]+|\*)\.(?P<access>read|write|\*|c?r?u?d?s?)(?:\?(?P<filter>.+))?"
)
IDENTITY = ("openid", "fhirUser")
OTHER = (*IDENTITY, "launch/patient", "offline_access")
PATIENT_ACCESS_TYPES = (
    *("Patient", "Coverage", "ExplanationOfBenefit", "Condition", "MedicationRequest", "Observation"),
    *("DocumentReference", "AllergyIntolerance", "Immunization", "Procedure"),
)


@step
def supported(tenant: Tenant) -> list[str]:
    """What the discovery documents list; every one of them can be had."""
    offline = ["offline_access"] if tenant.behaviour.refresh else []
    identity = list(IDENTITY) if tenant.behaviour.id_token else []
    resources = [
        f"{context}/{type_name}.{access}" for access in ("read", "rs") for context in CONTEXTS for type_name in TYPES
    ]
    return [*identity, "launch/patient", *offline, *resources]


CONTEXTS = ("patient", "user")


@step
def grantable(tenant: Tenant, requested: str) -> list[str]:
    """The part of a requested scope that this server can grant, in the order and spelling it was asked for.

    Where only a part of a scope can be had (`.cruds`, `.*`), that part takes its place.
    """
    allowed = supported(tenant)
    granted: list[str] = []
    for word in requested.split():
        text = word if word in OTHER and word in allowed else resource_scope_text(tenant, word)
        if text and text not in granted:
            granted.append(text)
    if "openid" not in granted and "fhirUser" in granted:
        granted.remove("fhirUser")
    return granted


@step
def resource_scope_text(tenant: Tenant, word: str) -> str:  # noqa: ARG001
    """A resource scope as we would grant it, or nothing."""
    match = RESOURCE.fullmatch(word)
    if match is None or (match["type"] != "*" and match["type"] not in TYPES):
        return ""
    access = match["access"]
    if access in ("read", "*"):
        readable = "read"
    else:
        readable = "" if access == "write" else "".join(letter for letter in access if letter in "rs")
    if not readable or (match["filter"] and readable == "read"):
        return ""
    scope = f"{match['context']}/{match['type']}.{readable}"
    return f"{scope}?{match['filter']}" if match["filter"] else scope


@step
def parse(tenant: Tenant, scope: str) -> ResourceScope | None:  # noqa: ARG001
    """What one granted scope opens; ``None`` for scopes that are not about resources."""
    match = RESOURCE.fullmatch(scope)
    if match is None:
        return None
    letters = "rs" if match["access"] == "read" else match["access"]
    return ResourceScope(scope, match["type"], letters, tuple(parse_qsl(match["filter"] or "")))


def needs_patient(scopes: list[str]) -> bool:
    """Whether a grant of these scopes must be tied to one member's record."""
    return any(scope == "launch/patient" or RESOURCE.fullmatch(scope) for scope in scopes)
