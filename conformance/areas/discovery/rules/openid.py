"""Rules for the OpenID configuration and the key set (OpenID Connect Discovery 1.0; RFC 7517)."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.documents import absolute_https, string_list
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.areas.shared.documents import Answer

Document = dict[str, Any]

_REQUIRED = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
)
_PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


def configuration(document: Document, *, issuer: str) -> Iterator[Finding]:
    """PA-DISC-021: the required members are there, and ``issuer`` is the string the document was fetched by."""
    for member in _REQUIRED:
        if document.get(member) is None:
            yield Finding("openid.member-missing", f"{member} is missing", path=member)
    for member in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if document.get(member) is not None:
            yield from absolute_https(document[member], member=member, rule="openid.endpoint")
    if document.get("issuer") is not None and document["issuer"] != issuer:
        yield Finding(
            "openid.issuer-differs",
            "issuer is not the string the document was fetched by",
            path="issuer",
            expected=issuer,
            found=str(document["issuer"]),
        )
    member = "id_token_signing_alg_values_supported"
    if document.get(member) is not None and "RS256" not in string_list(document, member):
        yield Finding("openid.no-RS256", f"{member} lacks RS256", path=member, expected="RS256")


def key_set(document: Document) -> Iterator[Finding]:
    """PA-DISC-022: public RSA keys with n and e, nothing private or symmetric.

    RFC 7517 section 4.5: different keys SHOULD have different kid values, but keys of different kty may share one.
    """
    keys = document.get("keys")
    if not isinstance(keys, list) or not keys:
        yield Finding("jwks.no-keys", "the key set has no array of keys", path="keys")
        return
    seen: set[tuple[str, str]] = set()
    rsa = 0
    for index, key in enumerate(keys):
        path = f"keys[{index}]"
        if not isinstance(key, dict) or not key.get("kty"):
            yield Finding("jwks.no-kty", "a key has no kty", path=path)
            continue
        leaked = [member for member in _PRIVATE_MEMBERS if member in key]
        if leaked:
            yield Finding("jwks.private", f"a key publishes private members: {', '.join(leaked)}", path=path)
        if key["kty"] == "oct":
            yield Finding("jwks.symmetric", "a symmetric key is published", path=path)
        if key["kty"] == "RSA":
            rsa += 1
            missing = [member for member in ("n", "e") if not key.get(member)]
            if missing:
                yield Finding("jwks.bare-key", f"an RSA key lacks {' and '.join(missing)}", path=path)
            yield from _minimal_integers(key, path)
        kid = key.get("kid")
        if isinstance(kid, str) and (kid, str(key["kty"])) in seen:
            yield Finding(
                "jwks.kid-repeated",
                "two keys of the same kty share a kid",
                severity="warning",
                path=f"{path}.kid",
                expected="distinct kid values",
                found=kid,
            )
        seen.add((str(kid), str(key["kty"])))
    if not rsa:
        yield Finding("jwks.no-rsa", "the key set has no RSA key, so no RS256 signature can be verified", path="keys")


def _minimal_integers(key: Document, path: str) -> Iterator[Finding]:
    """``n`` and ``e`` are base64url without padding and in as few octets as possible (RFC 7518 section 2)."""
    for member in ("n", "e"):
        value = key.get(member)
        if isinstance(value, str) and value and not _is_minimal(value):
            yield Finding(
                "jwks.integer",
                f"{member} of an RSA key is not base64url without padding in the minimum number of octets",
                path=f"{path}.{member}",
                expected="Base64urlUInt",
                found=f"{value[:8]}…{value[-4:]}" if len(value) > 12 else value,
            )


def _is_minimal(value: str) -> bool:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", value) or len(value) % 4 == 1:
        return False
    octets = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    return octets[0] != 0


def read_from(answer: Answer, *, issuer: str) -> Iterator[Finding]:
    """PA-DISC-021 for the answer of the well-known address."""
    if answer.status == 200:
        yield from configuration(resource_of(answer), issuer=issuer)


def key_set_from(answer: Answer) -> Iterator[Finding]:
    """PA-DISC-022 for the answer of ``jwks_uri``."""
    if answer.status == 200:
        yield from key_set(resource_of(answer))
