"""Faults of identity: the id_token and its claims."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import identity
from conformance.reference.faults.deviations import edited, with_members, without
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _another_member(original: Step, tenant: Any, grant: Any) -> str:  # noqa: ARG001
    """The patient id of the person who comes next."""
    names = sorted(tenant.people)
    following = names[(names.index(grant.person.username) + 1) % len(names)]
    return str(tenant.people[following].own)


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
        "PA-IDEN-011.another-members-id",
        "id-token.sub-patient",
        "sub is the patient id of another member.",
        {identity.subject: _another_member},
    ),
)
