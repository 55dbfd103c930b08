"""Faults of identity: the id_token and its claims."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import identity, signin
from conformance.reference.faults.deviations import edited, with_members, without
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _another_member(original: Step, tenant: Any, grant: Any) -> str:  # noqa: ARG001
    """The patient id of the person who comes next."""
    names = sorted(tenant.people)
    following = names[(names.index(grant.person.username) + 1) % len(names)]
    return str(tenant.people[following].own)


def _named(tenant: Any, claims: dict[str, Any], patient: str) -> dict[str, Any]:
    """The claims with a Patient as the user, where they name a user at all."""
    return claims | ({"fhirUser": f"{tenant.fhir_base}/Patient/{patient}"} if "fhirUser" in claims else {})


def _user_nobody_has(claims: dict[str, Any]) -> dict[str, Any]:
    place, _, logical_id = claims.get("fhirUser", "").rpartition("/")
    return claims | ({"fhirUser": f"{place}/{logical_id[::-1]}"} if place else {})


def _another_user(original: Step, tenant: Any, grant: Any, access_token: str) -> dict[str, Any]:
    return _named(tenant, original(tenant, grant, access_token), _another_member(original, tenant, grant))


def _user_is_the_patient(original: Step, tenant: Any, grant: Any, access_token: str) -> dict[str, Any]:
    return _named(tenant, original(tenant, grant, access_token), grant.patient)


def _own_record(original: Step, call: Any, request: Any, browser: Any, fields: dict[str, str]) -> str:
    """Whatever is chosen, the person's own record is opened."""
    error = str(original(call, request, browser, fields))
    request.patient = request.person.own if not error else request.patient
    return error


FAULTS = (
    Fault(
        "PA-IDEN-004.milliseconds",
        "id-token.iat",
        "iat and exp are in milliseconds.",
        {
            identity.id_token_claims: edited(
                lambda claims: claims | {"iat": claims["iat"] * 1000, "exp": claims["exp"] * 1000}
            )
        },
    ),
    Fault(
        "PA-IDEN-005.new-every-time",
        "id-token.sub",
        "sub is a new random value at each login.",
        {identity.subject: lambda original, tenant, grant: secrets.token_hex(16)},  # noqa: ARG005
    ),
    Fault(
        "PA-IDEN-006.nonce-dropped",
        "id-token.nonce",
        "nonce is not repeated.",
        {identity.id_token_claims: without("nonce")},
    ),
    Fault(
        "PA-IDEN-007.bare-id",
        "id-token.fhir-user",
        "fhirUser is an id without a type.",
        {identity.id_token_claims: edited(lambda claims: claims | {"fhirUser": claims["fhirUser"].rpartition("/")[2]})},
    ),
    Fault(
        "PA-IDEN-003.aud-is-the-api",
        "id-token.aud",
        "aud is a name for the API instead of the client's id.",
        {identity.id_token_claims: with_members(aud="patient-access-api")},
    ),
    Fault(
        "PA-IDEN-008.dangling",
        "identity.fhir-user.unreadable",
        "fhirUser names a resource that is not there.",
        {identity.id_token_claims: edited(_user_nobody_has)},
    ),
    Fault(
        "PA-IDEN-009.another-patient",
        "identity.fhir-user.not-the-patient",
        "fhirUser is another Patient than the one in context.",
        {identity.id_token_claims: _another_user},
    ),
    Fault(
        "PA-IDEN-010.login-user",
        "identity.representative.patient",
        "The patient in context is always the person who logged in.",
        {signin.member: _own_record},
    ),
    Fault(
        "PA-IDEN-010.user-is-the-dependent",
        "identity.representative.user",
        "fhirUser is the patient in context, whoever logged in.",
        {identity.id_token_claims: _user_is_the_patient},
    ),
    Fault(
        "PA-IDEN-011.another-members-id",
        "identity.sub.another-patient",
        "sub is the patient id of another member.",
        {identity.subject: _another_member},
    ),
)
