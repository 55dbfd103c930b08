"""Who may see what: bearer token, scope, compartment. Every path to a resource goes through here.

RFC 6750 (Authorization header only), SMART App Launch 2.2.0 "Access FHIR API", FHIR R4 compartment Patient. A resource
is visible when a granted scope covers its type and interaction and it belongs to the open record, or to no member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.authorization import grants
from conformance.reference.fhir.errors import FhirError
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import ResourceScope, Token
    from conformance.reference.fhir.store import Record
    from conformance.reference.web import Call


@step
def authenticate(call: Call) -> Token:
    """The access token of the request; raises 401 with a challenge (RFC 6750 3)."""
    value = bearer(call)
    if not value:
        raise FhirError(401, "login", "An access token is needed.", challenge(call))
    token = grants.access_token(call.tenant, value)
    if token is None:
        detail = 'error="invalid_token", error_description="The access token is unknown, expired or revoked."'
        raise FhirError(401, "login", "The access token is not valid.", challenge(call, detail))
    return token


@step
def bearer(call: Call) -> str:
    """The token in the Authorization header; nowhere else is looked (RFC 9700 4.3.2)."""
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


@step
def challenge(call: Call, detail: str = "") -> str:
    """The WWW-Authenticate header of a refusal."""
    realm = f'Bearer realm="{call.tenant.fhir_base}"'
    return f"{realm}, {detail}" if detail else realm


@step
def scopes_for(call: Call, type_name: str, letter: str) -> list[ResourceScope]:
    """The granted scopes that cover an interaction (``r`` or ``s``) with a type."""
    assert call.token is not None
    return [scope for scope in call.token.resources if scope.covers(type_name, letter)]


@step
def require_scope(call: Call, type_name: str, letter: str) -> list[ResourceScope]:
    """The same, or 403 when there is none."""
    found = scopes_for(call, type_name, letter)
    if not found:
        needed = f"patient/{type_name}.{letter}"
        detail = f'error="insufficient_scope", scope="{needed}"'
        raise FhirError(403, "forbidden", f"The scope {needed} was not granted.", challenge(call, detail))
    return found


@step
def patient_of(call: Call) -> str:
    """The member whose record is open; "" when none is."""
    assert call.token is not None
    return call.token.grant.patient


@step
def in_compartment(call: Call, record: Record) -> bool:
    """Whether a record is of the open member, or of nobody."""
    return not record.patient or record.patient == patient_of(call)
