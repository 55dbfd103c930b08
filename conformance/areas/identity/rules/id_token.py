"""The claims of an id_token, and its signature by a published key.

OpenID Connect Core 1.0 sections 2 and 3.1.3.7, SMART App Launch 2.2.0 "Scopes for requesting identity data". Each
function yields the findings of one row; none raises for what is in the token.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.findings import Finding, json_kind, json_text
from conformance.oauth.id_token import USER_TYPES, IdToken
from conformance.oauth.signature import ASYMMETRIC, half_hash, usable_keys, verifies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def signature_findings(
    token: IdToken, keys: Sequence[Mapping[str, Any]], advertised: Sequence[str] = ()
) -> Iterator[Finding]:
    """PA-IDEN-001: signed with an asymmetric algorithm by a key of the published set.

    The algorithm decides which kind of key may be used, never the other way round: a symmetric signature is not even
    tried. Listing ``none`` is lawful and a warning; issuing an unsigned token is not. ``advertised`` is
    ``id_token_signing_alg_values_supported``; empty judges nothing about it.
    """
    yield from _advertised(advertised)
    if token.problem:
        yield _finding("id_token.unreadable", f"the id_token cannot be read: {token.problem}")
        return
    if token.algorithm not in ASYMMETRIC:
        kind = (
            "none"
            if token.algorithm.lower() == "none"
            else "symmetric"
            if token.algorithm.startswith("HS")
            else "unknown"
        )
        yield _finding(
            f"id_token.alg.{kind}", f"alg is {token.algorithm or 'missing'}", "alg", "RS256", token.algorithm
        )
        return
    if token.algorithm != "RS256" and "RS256" not in advertised:
        yield _finding(
            "id_token.alg.not-rs256", "alg is not RS256", "alg", "RS256", token.algorithm, severity="warning"
        )
    if "crit" in token.header:
        yield _finding("id_token.crit", "the header requires extensions (crit) that no OpenID client knows", "crit")
        return
    yield from _key_findings(token, usable_keys(keys, token.algorithm))


def _key_findings(token: IdToken, candidates: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    named = [key for key in candidates if key.get("kid") == token.key_id] if token.key_id else candidates
    if token.key_id and not named and len(candidates) == 1:
        named = [key for key in candidates if "kid" not in key]
    if not token.key_id and len(candidates) > 1:
        yield _finding("id_token.kid.missing", "kid is missing although the key set has several keys", "kid")
    if not named:
        reason = (
            f"no {token.algorithm} key of the key set has this kid"
            if candidates
            else f"the key set has no {token.algorithm} key"
        )
        yield _finding(
            "id_token.kid.unknown", reason, "kid", ", ".join(str(key.get("kid")) for key in candidates), token.key_id
        )
        return
    if not any(verifies(token.raw, key, token.algorithm) for key in named):
        yield _finding("id_token.signature", "the signature does not match the published key", "signature")


def _advertised(advertised: Sequence[str]) -> Iterator[Finding]:
    where = "id_token_signing_alg_values_supported"
    if advertised and "RS256" not in advertised:
        yield _finding(
            "id_token.advertised.no-rs256",
            "RS256 is not among the advertised algorithms",
            where,
            "RS256",
            ", ".join(advertised),
        )
    if any(name.lower() == "none" for name in advertised):
        yield _finding(
            "id_token.advertised.none",
            "the algorithm none is advertised",
            where,
            "no none",
            ", ".join(advertised),
            severity="warning",
        )


def issuer_findings(token: IdToken, smart_issuer: str, openid_issuer: str) -> Iterator[Finding]:
    """PA-IDEN-002: ``iss`` equals the issuer of both configurations byte for byte.

    One that states none is not compared.
    """
    found = token.text("iss")
    for name, issuer in (("smart-configuration", smart_issuer), ("openid-configuration", openid_issuer)):
        if issuer and found != issuer:
            yield _finding("id_token.iss", f"iss differs from the issuer in the {name}", "iss", issuer, found)
    if not found:
        yield _finding("id_token.iss.missing", "iss is missing or not a string", "iss")


def audience_findings(token: IdToken, client_id: str) -> Iterator[Finding]:
    """PA-IDEN-003: ``aud`` is or contains the client; among several, ``azp`` is the client."""
    azp = token.claims.get("azp")
    if client_id not in token.audiences:
        found = ", ".join(token.audiences) or json.dumps(token.claims.get("aud"))
        yield _finding("id_token.aud", "aud does not name this client", "aud", client_id, found)
    if azp is not None and azp != client_id:
        yield _finding("id_token.azp", "azp names another client", "azp", client_id, json_text(azp))
    elif azp is None and len(token.audiences) > 1:
        yield _finding(
            "id_token.azp.missing", "aud has several values, but azp is missing", "azp", client_id, severity="warning"
        )


def time_findings(token: IdToken, now: float, skew: float = 60.0) -> Iterator[Finding]:
    """PA-IDEN-004: ``exp`` and ``iat`` are whole seconds.

    ``iat`` is about ``now`` (when the token was received), ``exp`` after both.
    """
    times: dict[str, int] = {}
    for claim in ("exp", "iat"):
        value = token.claims.get(claim)
        if isinstance(value, bool) or not isinstance(value, int):
            yield _finding(
                f"id_token.{claim}.type",
                f"{claim} is missing or not a whole number",
                claim,
                "seconds since 1970",
                json.dumps(value),
            )
        elif value > now * 100:
            yield _finding(
                f"id_token.{claim}.unit",
                f"{claim} looks like milliseconds",
                claim,
                "seconds since 1970",
                json_text(value),
            )
        else:
            times[claim] = value
    if "iat" in times and abs(times["iat"] - now) > skew:
        yield _finding(
            "id_token.iat.skew",
            "iat is not the time of issue",
            "iat",
            f"within {skew:g} s of now",
            f"{times['iat'] - now:+.0f} s",
        )
    if "exp" in times and times["exp"] <= now - skew:
        yield _finding(
            "id_token.exp.past",
            "the token had expired when it was received",
            "exp",
            "in the future",
            f"{times['exp'] - now:+.0f} s",
        )
    if len(times) == 2 and times["exp"] <= times["iat"]:
        yield _finding(
            "id_token.exp.order", "exp is not after iat", "exp", "after iat", f"{times['exp'] - times['iat']:+d} s"
        )


def subject_findings(token: IdToken) -> Iterator[Finding]:
    """PA-IDEN-005, its form: ``sub`` is a string of 1 to 255 ASCII characters."""
    value = token.claims.get("sub")
    if not isinstance(value, str) or not value:
        yield _finding("id_token.sub.missing", "sub is missing or not a string", "sub", "string", json_kind(value))
    elif len(value) > 255 or not value.isascii():
        yield _finding(
            "id_token.sub.form",
            "sub is longer than 255 characters or not ASCII",
            "sub",
            "up to 255 ASCII",
            f"{len(value)} characters",
        )


def subject_identity_findings(first: IdToken, again: IdToken, other: IdToken | None = None) -> Iterator[Finding]:
    """PA-IDEN-005, its meaning: the same member keeps ``sub`` from login to login, another member has another."""
    if first.claims.get("sub") != again.claims.get("sub"):
        yield _finding(
            "id_token.sub.unstable", "the same member has another sub at the next login", "sub", "the same value"
        )
    if other is not None and first.claims.get("sub") == other.claims.get("sub"):
        yield _finding("id_token.sub.shared", "two members have the same sub", "sub", "different values")


def nonce_findings(token: IdToken, sent: str) -> Iterator[Finding]:
    """PA-IDEN-006: ``nonce`` is the one of the authorization request."""
    found = token.claims.get("nonce")
    if found != sent:
        what = "missing" if found is None else "not the one sent"
        yield _finding(
            "id_token.nonce",
            f"nonce is {what}",
            "nonce",
            "the value sent",
            "missing" if found is None else "another value",
        )


def fhir_user_findings(token: IdToken) -> Iterator[Finding]:
    """PA-IDEN-007: ``fhirUser`` is there and ends in an allowed resource type and an id."""
    value = token.claims.get("fhirUser")
    if value is None:
        yield _finding("id_token.fhirUser.missing", "fhirUser is missing", "fhirUser")
    elif token.fhir_user is None:
        expected = f"{'|'.join(USER_TYPES)} and an id, absolute or relative"
        yield _finding(
            "id_token.fhirUser.form", "fhirUser does not name a user resource", "fhirUser", expected, json_text(value)
        )


def at_hash_findings(token: IdToken, access_token: str) -> Iterator[Finding]:
    """PA-IDEN-001: ``at_hash``, optional in the code flow, is that of the access token (OIDC Core 3.1.3.6)."""
    found = token.claims.get("at_hash")
    if found is not None and found != half_hash(access_token, token.algorithm):
        yield _finding("id_token.at_hash", "at_hash does not match the access token", "at_hash")


def _finding(
    rule: str, message: str, path: str = "id_token", expected: str = "", found: str = "", **more: Any
) -> Finding:
    return Finding(rule, message, path=path, expected=expected, found=found, **more)
