"""Lawful variations of identity: what an id_token says and how it is signed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from joserfc import jwt

from conformance.reference.authorization import discovery, identity
from conformance.reference.faults.deviations import edited, with_members, without
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_CORE = "OpenID Connect Core 1.0"


def _signed_with(*names: str) -> Step:
    """The id_token's header has these members of alg, kid and typ."""

    def replacement(original: Step, tenant: Any, grant: Any, access_token: str) -> str:  # noqa: ARG001
        claims = identity.id_token_claims(tenant, grant, access_token)
        key = tenant.keys.all()[0]
        header = {"alg": "RS256", "kid": key.kid, "typ": "JWT"}
        return jwt.encode({name: header[name] for name in names}, claims, key, algorithms=["RS256"])

    return replacement


def _one_key_without_kid(document: dict[str, Any]) -> dict[str, Any]:
    return {"keys": [{name: value for name, value in document["keys"][0].items() if name != "kid"}]}


def _pairwise(original: Step, tenant: Any, grant: Any) -> str:
    return hashlib.sha256(f"{original(tenant, grant)} {grant.client.id}".encode()).hexdigest()


def _audiences(claims: dict[str, Any]) -> dict[str, Any]:
    return claims | {"aud": [claims["aud"]], "azp": claims["aud"]}


VARIATIONS = (
    Variation(
        "PA-IDEN-001.none-listed",
        "The OpenID configuration lists none beside RS256; every id_token is signed.",
        "OpenID Connect Discovery 1.0 section 3, id_token_signing_alg_values_supported: none may be supported",
        {discovery.openid_configuration: with_members(id_token_signing_alg_values_supported=["RS256", "none"])},
        rows={"PA-IDEN-001": "advisory"},
        also=("PA-DISC-021",),
    ),
    Variation(
        "PA-IDEN-001.no-kid",
        "The key set has one key, and neither it nor the id_token has a kid.",
        f"{_CORE} 10.1: a kid is needed where there are several keys; RFC 7517 4.5: kid is optional",
        {identity.id_token: _signed_with("alg", "typ"), discovery.key_set: edited(_one_key_without_kid)},
        also=("PA-DISC-022",),
        choices=("key set", "header of id_tokens"),
    ),
    Variation(
        "PA-IDEN-001.no-typ",
        "The header of the id_token has no typ.",
        "RFC 7519 5.1: typ is optional",
        {identity.id_token: _signed_with("alg", "kid")},
        choices=("header of id_tokens",),
    ),
    Variation(
        "PA-IDEN-001.no-at-hash",
        "The id_token has no at_hash.",
        f"{_CORE} 3.1.3.6: at_hash is optional in the code flow",
        {identity.id_token_claims: without("at_hash")},
        also=("PA-TOK-015",),
    ),
    Variation(
        "PA-IDEN-001.more-claims",
        "The id_token has acr, amr and a claim of the payer's own.",
        f"{_CORE} section 2: further claims may be contained and are ignored",
        {
            identity.id_token_claims: with_members(
                acr="urn:mace:incommon:iap:silver", amr=["pwd"], **{"https://harborplan.example/tier": "gold"}
            )
        },
    ),
    Variation(
        "PA-IDEN-003.list-of-one",
        "aud is an array with the client's id, and azp repeats it.",
        f"{_CORE} section 2, aud and azp",
        {identity.id_token_claims: edited(_audiences)},
        choices=("audience of id_tokens",),
    ),
    Variation(
        "PA-IDEN-003.two-audiences",
        "aud is an array of the client's id and the member portal, and azp is the client.",
        f"{_CORE} section 2: aud may contain identifiers of other audiences",
        {
            identity.id_token_claims: edited(
                lambda claims: claims | {"aud": [claims["aud"], "member-portal"], "azp": claims["aud"]}
            )
        },
        choices=("audience of id_tokens",),
    ),
    Variation(
        "PA-IDEN-004.five-minutes",
        "An id_token is valid for five minutes.",
        f"{_CORE} section 2, exp: the lifetime is the issuer's decision",
        {identity.id_token_claims: edited(lambda claims: claims | {"exp": claims["iat"] + 300})},
        also=("PA-TOK-025",),
    ),
    Variation(
        "PA-IDEN-004.within-the-skew",
        "The clock that stamps id_tokens is fifty-five seconds behind.",
        "RFC 7519 4.1.4: some leeway accounts for clock skew; the target grants sixty seconds",
        {identity.id_token_claims: edited(lambda claims: claims | {"iat": claims["iat"] - 55})},
        also=("PA-AUTH",),
    ),
    Variation(
        "PA-IDEN-005.pairwise",
        "sub differs from app to app, and the OpenID configuration says pairwise.",
        f"{_CORE} section 8",
        {
            identity.subject: _pairwise,
            discovery.openid_configuration: with_members(subject_types_supported=["pairwise"]),
        },
        also=("PA-IDEN-011", "PA-TOK-028"),
    ),
    Variation(
        "PA-IDEN-005.hashed",
        "sub is a hash.",
        f"{_CORE} section 2, sub: up to 255 ASCII characters, never reassigned",
        behaviour={"sub": "hash"},
        also=("PA-IDEN-011",),
    ),
)
