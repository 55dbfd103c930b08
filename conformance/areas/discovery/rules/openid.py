"""Rules for the OpenID configuration and the key set (OpenID Connect Discovery 1.0; RFC 7517)."""

from __future__ import annotations

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
        if member not in document:
            yield Finding("openid.member-missing", f"{member} is missing", path=member)
    for member in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if member in document:
            yield from absolute_https(document[member], member=member, rule="openid.endpoint")
    if "issuer" in document and document["issuer"] != issuer:
        yield Finding(
            "openid.issuer-differs",
            "issuer is not the string the document was fetched by",
            path="issuer",
            expected=issuer,
            found=str(document["issuer"]),
        )
    member = "id_token_signing_alg_values_supported"
    if member in document and "RS256" not in string_list(document, member):
        yield Finding("openid.no-RS256", f"{member} lacks RS256", path=member, expected="RS256")


def key_set(document: Document) -> Iterator[Finding]:
    """PA-DISC-022: public RSA keys with n and e, nothing private or symmetric, each kid once."""
    keys = document.get("keys")
    if not isinstance(keys, list) or not keys:
        yield Finding("jwks.no-keys", "the key set has no array of keys", path="keys")
        return
    seen: set[str] = set()
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
        kid = key.get("kid")
        if isinstance(kid, str) and kid in seen:
            yield Finding("jwks.kid-repeated", "two keys share a kid", path=f"{path}.kid", found=kid)
        seen.add(str(kid))
    if not rsa:
        yield Finding("jwks.no-rsa", "the key set has no RSA key, so no RS256 signature can be verified", path="keys")


def read_from(answer: Answer, *, issuer: str) -> Iterator[Finding]:
    """PA-DISC-021 for the answer of the well-known address."""
    if answer.status == 200:
        yield from configuration(resource_of(answer), issuer=issuer)


def key_set_from(answer: Answer) -> Iterator[Finding]:
    """PA-DISC-022 for the answer of ``jwks_uri``."""
    if answer.status == 200:
        yield from key_set(resource_of(answer))
