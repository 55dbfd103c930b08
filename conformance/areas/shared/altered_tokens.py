"""Tampered access tokens: characters changed, and for JWTs payload, algorithm and signature.

RFC 9700 section 4 and RFC 8725 section 2: what a resource server must notice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from conformance.oauth.id_token import read_id_token
from conformance.oauth.pkce import urlsafe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LATER = 30 * 24 * 3600
PATIENT_CLAIMS = ("patient", "patient_id", "launch_response_patient", "fhirUser", "sub")


def altered(token: str, *, another_patient: str, keys: Sequence[Mapping[str, Any]] = ()) -> dict[str, str]:
    """Tampered forms of an access token by what was done to it.

    ``another_patient`` is put into the claims of a JWT; ``keys`` are the published ones, whose public half must not
    serve as the secret of a symmetric signature.
    """
    found = {
        "an access token with its first character changed": _flipped(token, _first_of_body(token)),
        "an access token with a character in the middle changed": _flipped(token, len(token) // 2),
        "an access token with its last character changed": _flipped(token, len(token) - 1),
        "an access token without its last character": token[:-1],
    }
    return {**found, **_altered_jwt(token, another_patient, keys)}


def made_up(value: str, what: str) -> dict[str, str]:
    """Values like an issued one that the server did not issue, by what was done; ``what`` is "a code", for example.

    Two have another character; of a value that is readable JSON, or a JWT, there is one with changed content and no
    signature that fits.
    """
    found = {
        f"{what} with a character in the middle changed": _flipped(value, len(value) // 2),
        f"{what} with its last character changed": _flipped(value, len(value) - 1),
    }
    jwt, content = read_id_token(value), _json_object(value)
    if not jwt.problem:
        claims = {**jwt.claims, "jti": urlsafe(secrets.token_bytes(12))}
        found[f"{what} with changed claims and alg none"] = f"{_b64({**jwt.header, 'alg': 'none'})}.{_b64(claims)}."
    elif content:
        found[f"{what} with changed content"] = _b64({**content, "jti": urlsafe(secrets.token_bytes(12))})
    return {name: made for name, made in found.items() if made != value}


def _json_object(value: str) -> dict[str, Any]:
    """The JSON object that a value is the base64url form of; empty when it is none."""
    try:
        content = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _first_of_body(token: str) -> int:
    """The first character; of a JWT that of its payload, since another header is no JWT at all."""
    return token.index(".") + 1 if token.count(".") == 2 else 0


def _flipped(token: str, place: int) -> str:
    """Another character at a place, one whose highest bit differs: the low bits of the last may mean nothing."""
    while token[place] not in ALPHABET:
        place -= 1
    other = ALPHABET[(ALPHABET.index(token[place]) + 32) % 64]
    return f"{token[:place]}{other}{token[place + 1 :]}"


def _altered_jwt(token: str, patient: str, keys: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    jwt = read_id_token(token)
    if jwt.problem:
        return {}
    signature = token.rpartition(".")[2]
    later = {name: value + LATER for name in ("exp",) if isinstance(value := jwt.claims.get(name), int)}
    swapped = {name: _swapped(str(jwt.claims[name]), patient) for name in PATIENT_CLAIMS if name in jwt.claims}
    claims = {**jwt.claims, **later}
    theirs = {**jwt.claims, **(swapped or {"patient": patient})}
    unsigned = {**jwt.header, "alg": "none"}
    found = {
        "a JWT with another payload and the old signature": f"{_b64(jwt.header)}.{_b64(claims)}.{signature}",
        "a JWT with another patient and the old signature": f"{_b64(jwt.header)}.{_b64(theirs)}.{signature}",
        "a JWT with alg none and no signature": f"{_b64(unsigned)}.{_b64(jwt.claims)}.",
        "a JWT with alg none and another patient": f"{_b64(unsigned)}.{_b64(theirs)}.",
    }
    secret = next((_public_pem(key) for key in keys if key.get("kty") == "RSA" and key.get("n")), b"")
    if secret:
        head = f"{_b64({**jwt.header, 'alg': 'HS256'})}.{_b64(claims)}"
        mac = urlsafe(hmac.new(secret, head.encode(), hashlib.sha256).digest())
        found["a JWT signed symmetrically with the public key"] = f"{head}.{mac}"
    return found


def _swapped(value: str, patient: str) -> str:
    """A claim that names a patient, by id or by reference, naming another one."""
    return f"{value.rpartition('/')[0]}/{patient}" if "/" in value else patient


def _b64(content: Mapping[str, Any]) -> str:
    return urlsafe(json.dumps(dict(content), separators=(",", ":")).encode())


def _public_pem(key: Mapping[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    try:
        modulus, exponent = (
            int.from_bytes(base64.urlsafe_b64decode(key[name] + "=" * (-len(key[name]) % 4))) for name in ("n", "e")
        )
        public = RSAPublicNumbers(exponent, modulus).public_key()
    except (KeyError, TypeError, ValueError):
        return b""
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
