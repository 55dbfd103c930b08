"""Token responses (SMART App Launch, Obtain access token; RFC 6749 sections 5.1 and 5.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.documents import json_object, media_type_is, status_is
from conformance.areas.shared.refusals import issued
from conformance.findings import Finding, json_kind, json_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.refusals import Probe, Reply

Document = dict[str, Any]
_SCOPES_WITH_COMMA = re.compile(
    r"(?:^|,)(?:openid|fhirUser|profile|launch(?:/\w+)?|offline_access|online_access|(?:patient|user|system)/[\w*]+\.\w+)"
    r",(?:openid|fhirUser|profile|launch|offline_access|online_access|(?:patient|user|system)/)"
)


def is_json(answer: Answer) -> Iterator[Finding]:
    """PA-TOK-001: a successful exchange answers 200 with a JSON object labelled application/json."""
    yield from json_object(answer, what="the token response")
    if answer.status == 200:
        yield from media_type_is(answer, "application/json", what="the token response")


def has_required_members(document: Document) -> Iterator[Finding]:
    """PA-TOK-002: access_token, token_type Bearer and scope are strings."""
    for member in ("access_token", "token_type", "scope"):
        value = document.get(member)
        if not isinstance(value, str) or not value:
            yield Finding(
                f"token.{member}.missing",
                f"{member} is missing or not a string",
                path=member,
                expected="string",
                found=json_kind(value),
            )
    yield from _scope_form(document.get("scope"))
    kind = document.get("token_type")
    if isinstance(kind, str) and kind.lower() != "bearer":
        yield Finding("token.token_type", f"token_type is {kind}", path="token_type", expected="Bearer", found=kind)


def _scope_form(scope: object) -> Iterator[Finding]:
    """RFC 6749 section 3.3: scope tokens with one space between; a comma is a character of a token."""
    if not isinstance(scope, str) or not scope:
        return
    joined = [word for word in scope.split() if _SCOPES_WITH_COMMA.search(word)]
    if joined:
        yield Finding(
            "token.scope.separator",
            "scope separates its values by commas, which makes them one scope token",
            path="scope",
            expected="scope tokens separated by spaces",
            found=joined[0],
        )
    if scope.split() != scope.split(" "):
        yield Finding(
            "token.scope.spaces",
            "scope has more than one space between two scope tokens, or one at its ends",
            severity="warning",
            path="scope",
            expected="one space between two scope tokens",
            found=scope,
        )


def expires(document: Document, *, lifetime: float) -> Iterator[Finding]:
    """PA-TOK-003: expires_in is a positive integer, no more than an hour, and what the deployment documents."""
    value = document.get("expires_in")
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        yield Finding(
            "token.expires_in.type",
            "expires_in is not a positive integer",
            path="expires_in",
            expected="positive integer",
            found=json_word(value),
        )
        return
    if value > 3600:
        yield Finding(
            "token.expires_in.too-long",
            f"access tokens live {value} seconds",
            path="expires_in",
            expected="at most 3600",
            found=str(value),
        )
    if value != lifetime:
        yield Finding(
            "token.expires_in.undocumented",
            f"expires_in is {value}, the documented lifetime {lifetime}",
            severity="warning",
            path="expires_in",
            expected=str(lifetime),
            found=str(value),
        )


def forbids_caching(answer: Answer, *, is_error: bool = False) -> Iterator[Finding]:
    """PA-TOK-004: Cache-Control has no-store and Pragma no-cache, on responses that contain tokens.

    On error responses both are a warning: RFC 6749 section 5.1 asks for them where a response contains tokens, section
    5.2 does not, and SMART's sentence is in the part on the access token.
    """
    directives = {part.strip().lower() for part in answer.headers.get("cache-control", "").split(",")}
    kind = "an error response" if is_error else "a token response"
    if "no-store" not in directives:
        yield Finding(
            "token.cache-control",
            f"{kind} may be stored by caches",
            severity="warning" if is_error else "error",
            path="Cache-Control",
            expected="no-store",
            found=answer.headers.get("cache-control", ""),
            exchange=answer.number,
        )
    if "no-cache" not in answer.headers.get("pragma", "").lower():
        yield Finding(
            "token.pragma",
            f"{kind} lacks Pragma: no-cache",
            severity="warning" if is_error else "error",
            path="Pragma",
            expected="no-cache",
            found=answer.headers.get("pragma", ""),
            exchange=answer.number,
        )


def gives_no_token(probes: Iterable[Probe]) -> Iterator[Finding]:
    """PA-TOK-001: a token request by GET gives no token (RFC 6749 section 3.2); any other answer to it will do."""
    for probe in probes:
        if issued(probe.reply):
            yield Finding(
                "token.not-refused",
                f"{probe.what} got a token: the code and the client's proof were in the address",
                path="request method",
                expected="no token",
                found=f"HTTP {probe.reply.status} with a token",
                exchange=probe.reply.exchange.number,
            )


def names_a_patient(document: Document) -> Iterator[Finding]:
    """PA-TOK-014: patient is the bare logical id of the patient in context."""
    value = document.get("patient")
    if not isinstance(value, str) or not value:
        yield Finding(
            "token.patient.missing",
            "patient is missing beside the access token",
            path="patient",
            expected="logical id",
            found=json_kind(value),
        )
    elif "/" in value:
        yield Finding(
            "token.patient.not-an-id",
            "patient is a reference or URL, not a logical id",
            path="patient",
            expected="logical id",
            found=value,
        )


def has_id_token(document: Document) -> Iterator[Finding]:
    """PA-TOK-015: with openid granted an id_token in compact form is returned."""
    value = document.get("id_token")
    if not isinstance(value, str) or value.count(".") != 2 or not all(value.split(".")):
        yield Finding(
            "token.id_token.missing",
            "id_token is missing or not a three-part compact JWS",
            path="id_token",
            expected="header.payload.signature",
            found=json_kind(value),
        )


def refreshed(before: Document, after: Document) -> Iterator[Finding]:
    """PA-TOK-017: a refresh returns a complete response; that it repeats the old access token is a warning."""
    yield from has_required_members(after)
    if "expires_in" not in after:
        yield Finding("token.refresh.expires_in", "the refresh response lacks expires_in", path="expires_in")
    token = after.get("access_token")
    if token and token == before.get("access_token"):
        yield Finding(
            "token.refresh.same-token",
            "the refresh repeats the old access token",
            severity="warning",
            path="access_token",
        )


def has_refresh_token(document: Document) -> Iterator[Finding]:
    """PA-TOK-016: long-term access that was granted comes with a refresh token."""
    value = document.get("refresh_token")
    if not isinstance(value, str) or not value:
        yield Finding(
            "token.refresh_token.missing",
            "long-term access was granted without a refresh token",
            path="refresh_token",
            expected="string",
            found=json_kind(value),
        )


def has_no_refresh_token(document: Document, *, needs_offline_access: bool) -> Iterator[Finding]:
    """PA-TOK-016: a refresh token without offline_access is a warning, where the target says it needs that scope."""
    if document.get("refresh_token") and needs_offline_access:
        yield Finding(
            "token.refresh_token.unasked",
            "a refresh token was issued although offline_access was not requested",
            severity="warning",
            path="refresh_token",
            expected="none, or scopes.refresh_requires_offline_access: false in the target",
        )


def public_exchange_works(reply: Reply) -> Iterator[Finding]:
    """PA-TOK-012: a public client needs nothing but its name and the verifier."""
    if not issued(reply):
        yield Finding(
            "token.public.refused",
            "a public client could not exchange its code",
            path="client_id",
            expected="a token response",
            found=f"HTTP {reply.status} {reply.error}".rstrip(),
            exchange=reply.exchange.number,
        )


def patient_is_readable(answer: Answer) -> Iterator[Finding]:
    """PA-TOK-014: the Patient in context can be read with the token."""
    yield from status_is(answer, 200, rule="token.patient.unreadable", what="reading the Patient in context")


def has_no_id_token(document: Document) -> Iterator[Finding]:
    """PA-TOK-015: an id_token without openid is a warning."""
    if document.get("id_token"):
        yield Finding(
            "token.id_token.unasked",
            "an id_token was issued although openid was not requested",
            severity="warning",
            path="id_token",
        )


def works(answer: Answer | None) -> Iterator[Finding]:
    """PA-TOK-017: the refreshed access token, if there is one, opens the API."""
    if answer is not None:
        yield from status_is(answer, 200, rule="token.refresh.unusable", what="reading with the refreshed token")
