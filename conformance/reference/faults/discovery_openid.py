"""Faults of the OpenID configuration and the key set; the area is discovery."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import discovery, server
from conformance.reference.faults.deviations import edited, with_members, without
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVATE_MEMBER = "d"
_CURVE = {"kty": "EC", "crv": "P-256", "kid": "curve", "x": "AQAB", "y": "AQAB"}


def _leaking(document: dict[str, Any]) -> None:
    document["keys"][0][PRIVATE_MEMBER] = document["keys"][0]["n"]


def _every_key(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: {"keys": [edit(key) for key in document["keys"]]}


def _with_leading_zero(key: dict[str, Any]) -> dict[str, Any]:
    octets = b"\0" + base64.urlsafe_b64decode(key["n"] + "=" * (-len(key["n"]) % 4))
    return key | {"n": base64.urlsafe_b64encode(octets).rstrip(b"=").decode()}


def _certificates_only(document: dict[str, Any]) -> None:
    for key in document["keys"]:
        key["x5c"] = [key.pop("n")]


FAULTS = (
    Fault(
        "PA-DISC-021.issuer-differs",
        "openid.issuer-differs",
        "The issuer inside the OpenID configuration is not the one it is published at.",
        {discovery.openid_configuration: edited(lambda d: d | {"issuer": d["issuer"].replace("https:", "http:")})},
    ),
    Fault(
        "PA-DISC-021.no-keys",
        "openid.member-missing",
        "The OpenID configuration has no jwks_uri.",
        {discovery.openid_configuration: without("jwks_uri")},
    ),
    *(
        Fault(
            f"PA-DISC-021.{slug}",
            f"openid.endpoint.{kind}",
            f"jwks_uri of the OpenID configuration {says}.",
            {discovery.openid_configuration: with_members(jwks_uri=value)},
        )
        for slug, kind, says, value in (
            ("keys-a-number", "missing", "is a number", 7),
            ("keys-relative", "relative", "is a path", "/oauth2/jwks"),
            ("keys-over-http", "scheme", "uses http", "http://auth.payer.example/jwks"),
            ("keys-with-fragment", "fragment", "has a fragment", "https://auth.payer.example/jwks#keys"),
        )
    ),
    Fault(
        "PA-DISC-021.no-rs256",
        "openid.no-RS256",
        "RS256 is not among the algorithms for id_tokens.",
        {discovery.openid_configuration: with_members(id_token_signing_alg_values_supported=["ES256"])},
    ),
    Fault(
        "PA-DISC-021.not-published",
        "http.status",
        "There is no OpenID configuration at the issuer.",
        {server.offered: lambda original, tenant, path: "openid-configuration" not in path and original(tenant, path)},
    ),
    Fault(
        "PA-DISC-022.private-exponent",
        "jwks.private",
        "A key of the key set has a member of private keys.",
        {discovery.key_set: edited(_leaking)},
    ),
    Fault(
        "PA-DISC-022.certificates-only",
        "jwks.bare-key",
        "Keys are published as certificates without modulus.",
        {discovery.key_set: edited(_certificates_only)},
    ),
    Fault(
        "PA-DISC-022.shared-secret",
        "jwks.symmetric",
        "The key set has a symmetric key.",
        {discovery.key_set: edited(lambda d: {"keys": [*d["keys"], {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}]})},
    ),
    Fault(
        "PA-DISC-022.padded",
        "jwks.integer",
        "The modulus of a key is base64url with padding.",
        {discovery.key_set: edited(_every_key(lambda key: key | {"n": key["n"] + "=" * (-len(key["n"]) % 4)}))},
    ),
    Fault(
        "PA-DISC-022.leading-zero",
        "jwks.integer",
        "The modulus of a key begins with a zero octet.",
        {discovery.key_set: edited(_every_key(_with_leading_zero))},
    ),
    Fault(
        "PA-DISC-022.repeated-kid",
        "jwks.kid-repeated",
        "The key set has two keys of one kid.",
        {discovery.key_set: edited(lambda document: {"keys": [*document["keys"], document["keys"][0]]})},
        warning=True,
    ),
    Fault(
        "PA-DISC-022.empty",
        "jwks.no-keys",
        "The key set has no keys.",
        {discovery.key_set: with_members(keys=[])},
    ),
    Fault(
        "PA-DISC-022.no-kty",
        "jwks.no-kty",
        "A key has no kty.",
        {discovery.key_set: edited(lambda document: {"keys": [*document["keys"], {"kid": "new", "x": "AQAB"}]})},
    ),
    Fault(
        "PA-DISC-022.elliptic-only",
        "jwks.no-rsa",
        "The key set has an elliptic curve key and no RSA key.",
        {discovery.key_set: with_members(keys=[_CURVE])},
    ),
)
