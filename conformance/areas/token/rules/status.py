"""Revocation and introspection (RFC 7009; RFC 7662 section 2.2; SMART App Launch "Token Introspection")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.documents import json_object, status_is
from conformance.areas.shared.refusals import issued, refused_as
from conformance.findings import Finding, json_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.refusals import Probe

REVOCATION = "token.revocation"
INTROSPECTION = "token.introspection"


@dataclass(frozen=True, slots=True)
class Revocation:
    """What revoking did.

    ``calls`` are the answers of the endpoint by what was revoked, ``dead_after`` the seconds until the API refused the
    revoked access token (``None``: it never did within ``allowed`` seconds), ``last_read`` the last read with it,
    ``refresh`` the use of the revoked refresh token.
    """

    calls: Mapping[str, Answer]
    dead_after: float | None
    allowed: float
    last_read: Answer
    refresh: Probe | None = None


def revoked_tokens_die(revocation: Revocation) -> Iterator[Finding]:
    """PA-TOK-027: every revocation answers 200, and what was revoked opens nothing and refreshes nothing."""
    for what, answer in revocation.calls.items():
        yield from status_is(answer, 200, rule=f"{REVOCATION}.status", what=f"revoking {what}")
        if answer.status == 200 and "html" in answer.media_type:
            yield Finding(
                f"{REVOCATION}.page",
                f"revoking {what} is answered with a page, which no revocation endpoint has a use for",
                severity="warning",
                path="revocation_endpoint",
                expected="HTTP 200; the client ignores the body (RFC 7009 section 2.2)",
                found=answer.media_type,
                exchange=answer.number,
            )
    if revocation.dead_after is None:
        seconds = revocation.allowed
        when = f"{seconds:.0f} s after its revocation" if seconds >= 1 else "right after its revocation"
        yield Finding(
            f"{REVOCATION}.access-lives",
            f"a revoked access token still works {when}",
            path="access_token",
            expected="HTTP 401",
            found=f"HTTP {revocation.last_read.status}",
            exchange=revocation.last_read.number,
        )
    if revocation.refresh is not None and issued(revocation.refresh.reply):
        yield Finding(
            f"{REVOCATION}.refresh-lives",
            "a revoked refresh token still works",
            path="refresh_token",
            expected="invalid_grant",
            found="a token response",
            exchange=revocation.refresh.reply.exchange.number,
        )
    elif revocation.refresh is not None:
        yield from refused_as([revocation.refresh], "invalid_grant")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about a living token: each member is compared if it is not empty; ``expires_in`` in seconds."""

    scopes: frozenset[str]
    client_id: str
    patient: str = ""
    issuer: str = ""
    subject: str = ""
    fhir_user: str = ""
    expires_at: float | None = None
    skew: float = 60.0


def live_is_described(answer: Answer, known: Known) -> Iterator[Finding]:
    """PA-TOK-028: a living token is active, with scope, client, expiry, and the context that came with it."""
    problems = list(json_object(answer, what="the introspection of a living token"))
    if problems:
        yield from problems
        return
    document = answer.json()
    if document.get("active") is not True:
        message = "a living token is not reported active"
        yield _differs("inactive", message, "true", document.get("active"), answer)
        return
    scope = document.get("scope")
    if not isinstance(scope, str) or frozenset(scope.replace(",", " ").split()) != known.scopes:
        yield _differs("scope", "scope is not the granted one", " ".join(sorted(known.scopes)), scope, answer)
    expected = {"client_id": known.client_id, "patient": known.patient, "iss": known.issuer, "sub": known.subject}
    for member, wanted in expected.items():
        found = document.get(member)
        if wanted and found != wanted:
            message = f"{member} is {'missing' if found is None else 'another'}"
            yield _differs(member, message, wanted, found, answer)
    if known.fhir_user and document.get("fhirUser") != known.fhir_user:
        message = "fhirUser is not that of the id_token"
        yield _differs("fhirUser", message, known.fhir_user, document.get("fhirUser"), answer, warning=True)
    yield from _expiry(document, known, answer)


def _expiry(document: Mapping[str, Any], known: Known, answer: Answer) -> Iterator[Finding]:
    exp = document.get("exp")
    if isinstance(exp, bool) or not isinstance(exp, int):
        yield _differs("exp", "exp is missing or not whole seconds", "seconds since 1970", exp, answer)
    elif known.expires_at is not None and abs(exp - known.expires_at) > known.skew:
        message = f"exp differs from expires_in by {exp - known.expires_at:+.0f} s"
        yield _differs("exp-differs", message, f"{known.expires_at:.0f}", exp, answer)


def dead_is_not(answers: Mapping[str, Answer]) -> Iterator[Finding]:
    """PA-TOK-028: a dead token is ``{"active": false}``; further members are a warning."""
    for what, answer in answers.items():
        problems = list(json_object(answer, what=f"the introspection of {what}"))
        yield from problems
        document = {} if problems else answer.json()
        if not problems and document.get("active") is not False:
            message = f"{what} is not reported inactive"
            yield _differs("active", message, "false", document.get("active"), answer)
        elif len(document) > 1:
            more = ", ".join(sorted(set(document) - {"active"}))
            yield _differs(
                "detail",
                f"the introspection of {what} has members besides active",
                "active alone",
                more,
                answer,
                warning=True,
            )


def not_for_everybody(answer: Answer) -> Iterator[Finding]:
    """PA-TOK-028: without authentication a living token is not reported active (RFC 7662 section 2.1)."""
    if 200 <= answer.status < 300 and b"true" in answer.body.lower():
        yield _differs(
            "open", "introspection answers a request without authentication", "a refusal", "active true", answer
        )


_PATHS = {"inactive": "active", "detail": "active", "exp-differs": "exp", "open": "Authorization"}


def _differs(
    kind: str, message: str, expected: object, found: object, answer: Answer, *, warning: bool = False
) -> Finding:
    return Finding(
        f"{INTROSPECTION}.{kind}",
        message,
        severity="warning" if warning else "error",
        path=_PATHS.get(kind, kind),
        expected=json_text(expected),
        found=json_text(found),
        exchange=answer.number,
    )
