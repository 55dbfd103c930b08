"""Whether what must not be served is refused, at the authorization endpoint and at the token endpoint.

At the authorization endpoint a refusal is anything that leaves the sender without a usable grant: a redirect with
``error``, a page of the server's own before or after login, or a code that cannot be exchanged. At the token endpoint
the answer itself says it (RFC 6749 section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from conformance.findings import Finding, json_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.launches import Launch


class Reply(Protocol):
    """The part of a token endpoint's answer that rules read."""

    @property
    def exchange(self) -> Answer:
        """The request and its answer."""

    @property
    def status(self) -> int:
        """The HTTP status, 0 without an answer."""

    @property
    def json(self) -> Mapping[str, Any] | None:
        """The JSON object, if there was one."""

    @property
    def error(self) -> str:
        """The OAuth error code."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A token request that is wrong in one way, and its answer."""

    what: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Attempt:
    """An authorization request that is wrong in one way.

    ``launch`` is what the browser saw, ``reply`` what exchanging its code answered, ``None`` when there was no code.
    ``supplied`` are the redirect URIs the request named, ``registered`` those of the client.
    """

    what: str
    launch: Launch
    reply: Reply | None = None
    supplied: tuple[str, ...] = ()
    registered: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it led to a token, in the redirect or for its code."""
        redirect = self.launch.redirect
        exposed = redirect is not None and any(redirect.get(name) for name in ("access_token", "id_token"))
        return exposed or (self.reply is not None and issued(self.reply))

    @property
    def went_to(self) -> str:
        """The unregistered redirect URI of the request that the browser was sent to; empty when it was not."""
        redirect = self.launch.redirect
        if redirect is None:
            return ""
        unregistered = [uri for uri in self.supplied if uri not in self.registered]
        return next((uri for uri in unregistered if _leads_to(redirect, uri)), "")


def issued(reply: Reply) -> bool:
    """Whether a token was issued, with any status."""
    return bool((reply.json or {}).get("access_token")) or b'"access_token"' in reply.exchange.body


def not_granted(attempts: Iterable[Attempt]) -> Iterator[Finding]:
    """PA-AUTH-003, -004, -005, -007, -008, -011: no wrong request ends with a usable grant."""
    for attempt in attempts:
        if attempt.usable:
            yield Finding(
                "authorize.not-refused",
                f"a request {attempt.what} led to a token",
                path="authorization request",
                expected="a refusal",
                found="an access token" if attempt.reply is not None else "a token in the redirect",
                exchange=attempt.reply.exchange.number if attempt.reply is not None else 0,
            )


def not_sent_astray(attempts: Iterable[Attempt]) -> Iterator[Finding]:
    """PA-AUTH-005, -011: the browser is never sent to a redirect_uri that is not registered letter by letter."""
    for attempt in attempts:
        if attempt.went_to:
            carried = "a code" if attempt.launch.redirect.get("code") else "an answer"
            yield Finding(
                "authorize.redirect.unregistered",
                f"the browser was sent with {carried} to an address that is not registered: {attempt.what}",
                path="redirect_uri",
                expected="no redirect",
                found=attempt.went_to,
            )


def never_redirected(attempts: Iterable[Attempt]) -> Iterator[Finding]:
    """PA-AUTH-006: without a known client nothing is sent to any address; a page says so, best with a 4xx status."""
    for attempt in attempts:
        launch = attempt.launch
        if launch.redirect is not None:
            yield Finding(
                "authorize.redirect.unknown-client",
                f"the browser was sent to the app by a request {attempt.what}",
                path="client_id",
                expected="an error page",
                found=f"redirect with {', '.join(launch.redirect.names)}",
            )
        elif not 400 <= launch.last_status < 500:
            yield Finding(
                "authorize.error-page.status",
                f"the error page for a request {attempt.what} has HTTP status {launch.last_status}",
                severity="warning",
                path="client_id",
                expected="4xx",
                found=str(launch.last_status),
            )


def unknown_scopes_dropped(attempts: Iterable[Attempt], *, unknown: str) -> Iterator[Finding]:
    """PA-AUTH-012: a scope that does not exist is not among those granted."""
    for attempt in attempts:
        scope = (attempt.reply.json or {}).get("scope") if attempt.reply else None
        if isinstance(scope, str) and unknown in scope.replace(",", " ").split():
            yield Finding(
                "authorize.scope.echoed",
                f"{unknown} does not exist and was granted",
                path="scope",
                expected=f"invalid_scope, or a scope without {unknown}",
                found=scope,
                exchange=attempt.reply.exchange.number if attempt.reply else 0,
            )


def patient_is_established(attempts: Iterable[Attempt]) -> Iterator[Finding]:
    """PA-AUTH-013: a grant of patient scopes says which patient."""
    for attempt in attempts:
        if attempt.reply is None or not issued(attempt.reply):
            continue
        document = attempt.reply.json or {}
        patient = document.get("patient")
        if not isinstance(patient, str) or not patient:
            yield Finding(
                "authorize.no-patient",
                "patient scopes were granted, but the token response names no patient",
                path="patient",
                expected="a refusal, or the patient",
                found=f"scope {json_word(document.get('scope'))} without patient",
                exchange=attempt.reply.exchange.number,
            )


def refused_as(probes: Iterable[Probe], *errors: str, statuses: tuple[int, ...] = (400, 401)) -> Iterator[Finding]:
    """Each wrong token request is refused, with one of the ``statuses`` and ``errors`` (RFC 6749 section 5.2)."""
    for probe in probes:
        reply = probe.reply
        if issued(reply):
            yield _refusal(probe, "token.not-refused", "got a token", errors)
        elif reply.status == 0:
            yield _refusal(probe, "token.refusal.no-answer", f"got no answer ({reply.exchange.fault})", errors)
        elif reply.status >= 500 or reply.status < 400:
            yield _refusal(probe, "token.refusal.status", f"was answered HTTP {reply.status}", errors)
        elif reply.status not in statuses or reply.error not in errors:
            yield _refusal(
                probe, "token.refusal.error", f"was refused with HTTP {reply.status} {reply.error}".rstrip(), errors
            )


def client_failure_challenged(probes: Iterable[Probe], *, basic: bool) -> Iterator[Finding]:
    """PA-TOK-011: invalid_client, and for Basic authentication with status 401 and a Basic challenge."""
    for probe in probes:
        found = list(refused_as([probe], "invalid_client", statuses=(401,) if basic else (400, 401)))
        yield from found
        challenge = probe.reply.exchange.headers.get("www-authenticate", "")
        if basic and not found and "basic" not in challenge.lower():
            yield Finding(
                "token.client.no-challenge",
                f"the refusal of {probe.what} does not challenge for Basic authentication",
                path="WWW-Authenticate",
                expected="Basic",
                found=challenge,
                exchange=probe.reply.exchange.number,
            )


def _refusal(probe: Probe, rule: str, what: str, errors: tuple[str, ...]) -> Finding:
    return Finding(
        rule,
        f"{probe.what} {what}",
        path="error",
        expected=" or ".join(errors),
        found=f"HTTP {probe.reply.status} {probe.reply.error}".rstrip(),
        exchange=probe.reply.exchange.number,
    )


def _leads_to(redirect: Any, uri: str) -> bool:
    """Whether a redirect went to ``uri``: same place, and every parameter that ``uri`` has."""
    try:
        wanted, found = urlsplit(uri), urlsplit(redirect.uri)
        place = (wanted.scheme.lower(), wanted.hostname, wanted.port, wanted.path or "/")
        there = (found.scheme.lower(), found.hostname, found.port, found.path or "/")
    except ValueError:
        return False
    return place == there and set(parse_qsl(wanted.query, keep_blank_values=True)) <= set(redirect.query)
