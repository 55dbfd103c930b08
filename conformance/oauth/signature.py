"""Signatures of JWTs that others made: which key may verify which algorithm, and whether it does.

The algorithm comes from a fixed list of asymmetric ones and picks the kind of key; keys only ever come from the
issuer's key set. So neither ``none``, nor a public key used as an HMAC secret, nor a key inside the token itself can
pass (RFC 8725 3.1, 3.2).
"""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING, Any

from conformance.oauth.pkce import urlsafe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ASYMMETRIC: Mapping[str, tuple[str, str]] = {
    "RS256": ("RSA", ""),
    "RS384": ("RSA", ""),
    "RS512": ("RSA", ""),
    "PS256": ("RSA", ""),
    "PS384": ("RSA", ""),
    "PS512": ("RSA", ""),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Algorithm → key type and, where it is bound to one, curve."""

PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y", "kid")


def usable_keys(keys: Sequence[Mapping[str, Any]], algorithm: str) -> list[Mapping[str, Any]]:
    """The keys of a set that may verify signatures of the algorithm (RFC 7517 section 4: kty, use, key_ops, alg)."""
    if algorithm not in ASYMMETRIC:
        return []
    type_, curve = ASYMMETRIC[algorithm]
    return [
        key
        for key in keys
        if key.get("kty") == type_
        and (not curve or key.get("crv") == curve)
        and key.get("use") in {None, "sig"}
        and ("key_ops" not in key or "verify" in _listed(key["key_ops"]))
        and key.get("alg") in {None, algorithm}
    ]


def verifies(token: str, key: Mapping[str, Any], algorithm: str) -> bool:
    """Whether the key verifies the compact JWS; a key that cannot be used does not."""
    from joserfc import jwk, jws  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415

    if not usable_keys([key], algorithm):
        return False
    public = {name: key[name] for name in PUBLIC_MEMBERS if isinstance(key.get(name), str)}
    # Servers put members of their own into the header; they change nothing about the signature.
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            jws.deserialize_compact(token, jwk.import_key(public), registry=registry)
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return True


def half_hash(value: str, algorithm: str) -> str:
    """The left half of the algorithm's hash of a value, base64url, as ``at_hash`` has it."""
    bits = algorithm[-3:] if algorithm[-3:] in {"256", "384", "512"} else "512"
    digest = hashlib.new(f"sha{bits}", value.encode()).digest()
    return urlsafe(digest[: len(digest) // 2])


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
