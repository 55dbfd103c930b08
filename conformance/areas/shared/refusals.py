"""Whether what must not be served is refused, at the authorization endpoint and at the token endpoint.

At the authorization endpoint a refusal is anything that leaves the sender without a usable grant: a redirect with
``error``, a page of the server's own before or after login, or a code that cannot be exchanged. At the token endpoint
the answer itself says it (RFC 6749 section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from conformance.errors import Undecided
from conformance.findings import Finding, json_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.launches import Launch
    from conformance.findings import Severity


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
    """A token request that is wrong in one way, and its answer.

    ``withheld`` are secrets of the exchange that the request did not send and the answer must not give away, by name.
    """

    what: str
    reply: Reply
    withheld: Mapping[str, str] = field(default_factory=dict, repr=False)


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


def sent_back(attempts: Iterable[Attempt], *, required: bool = False) -> Iterator[Finding]:
    """PA-AUTH-003, -004, -012: how a refusal reaches the app; it protects in whatever form it comes.

    RFC 6749 section 4.1.2.1 describes a redirect with ``error``; RFC 9700 section 4.11.2 lets a server inform the user
    instead. Where the error response is ``required`` (RFC 7636 section 4.4.1, for public clients), an answer that
    reaches neither the app nor a person is an error, every other form is a warning.
    """
    for attempt in attempts:
        launch = attempt.launch
        if launch.redirect is not None or launch.kind != "error-page":
            continue
        form = "a page" if launch.shows_page else "an answer that is no page"
        severity: Severity = "error" if required and not launch.shows_page else "warning"
        yield Finding(
            "authorize.refusal.form",
            f"a request {attempt.what} was refused by {form} with HTTP {launch.last_status}, not by a redirect to "
            "the app with error",
            severity=severity,
            path="error",
            expected="a redirect with error and state",
            found=f"HTTP {launch.last_status}, {form}",
        )


def unlisted_types_refused(attempts: Iterable[Attempt], *, listed: Sequence[str]) -> Iterator[Finding]:
    """PA-AUTH-007: a response type that works is in response_types_supported, where that is published (a warning)."""
    for attempt in attempts:
        asked = attempt.launch.request.value("response_type")
        if attempt.usable and listed and asked not in listed:
            yield Finding(
                "authorize.response-type.unlisted",
                f"a request {attempt.what} is served, and response_types_supported does not list it",
                severity="warning",
                path="response_types_supported",
                expected=asked,
                found=", ".join(listed),
            )


def not_sent_astray(attempts: Iterable[Attempt]) -> Iterator[Finding]:
    """PA-AUTH-005: the browser is never sent to a redirect_uri that is not registered letter by letter."""
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


def refused_as(probes: Iterable[Probe], *errors: str, strict: bool = False) -> Iterator[Finding]:
    """Each wrong token request is refused; a token, a success without one, and a server error are errors.

    RFC 6749 section 5.2 describes a refusal as HTTP 400 (401 for client authentication) with one of ``errors``; a
    refusal of another form is a warning, an error only where ``strict``. A request that got no answer, or was put off
    (HTTP 429, or 503 with Retry-After), shows nothing: raises :class:`Undecided` when nothing else was found.
    """
    put_off, found = [], False
    for probe in probes:
        finding = None if is_put_off(probe.reply) else _not_refused(probe, errors, strict=strict)
        if is_put_off(probe.reply):
            put_off.append(probe)
        if finding is not None:
            found = True
            yield finding
    if put_off and not found:
        reply = put_off[0].reply
        how = f"HTTP {reply.status}" if reply.status else f"no answer ({reply.exchange.fault})"
        raise Undecided(f"{put_off[0].what} got {how}: neither a refusal nor a token, run again")


def is_put_off(reply: Reply) -> bool:
    """Whether a request was not served for now: no answer, too many requests, or unavailable with a time to retry."""
    later = reply.status == 503 and bool(reply.exchange.headers.get("retry-after"))
    return not issued(reply) and (reply.status in {0, 429} or later)


def _not_refused(probe: Probe, errors: tuple[str, ...], *, strict: bool) -> Finding | None:
    reply = probe.reply
    if issued(reply):
        return _refusal(probe, "token.not-refused", "got a token", errors)
    if reply.status >= 500 or reply.status < 400:
        return _refusal(probe, "token.refusal.status", f"was answered with HTTP {reply.status}", errors)
    if reply.status not in {400, 401} or reply.error not in errors:
        how = f"was refused with HTTP {reply.status} {reply.error}".rstrip()
        return _refusal(probe, "token.refusal.error", how, errors, warning=not strict)
    if reply.status == 401 and reply.error != "invalid_client":
        how = f"was refused with HTTP 401 {reply.error}, which is kept for client authentication"
        return _refusal(probe, "token.refusal.unauthorized", how, errors, warning=True)
    return None


def client_failure_challenged(probes: Iterable[Probe], *, basic: bool) -> Iterator[Finding]:
    """PA-TOK-011: invalid_client, and for Basic authentication HTTP 401 with a Basic challenge (RFC 6749 5.2, MUST)."""
    for probe in probes:
        found = list(refused_as([probe], "invalid_client", strict=True))
        yield from found
        reply = probe.reply
        if not basic or found:
            continue
        if reply.status != 401:
            yield _refusal(probe, "token.client.status", f"was refused with HTTP {reply.status}", ("invalid_client",))
        challenge = reply.exchange.headers.get("www-authenticate", "")
        if "basic" not in challenge.lower():
            yield Finding(
                "token.client.no-challenge",
                f"the refusal of {probe.what} does not challenge for Basic authentication",
                path="WWW-Authenticate",
                expected="Basic",
                found=challenge,
                exchange=reply.exchange.number,
            )


def _refusal(probe: Probe, rule: str, what: str, errors: tuple[str, ...], *, warning: bool = False) -> Finding:
    return Finding(
        rule,
        f"{probe.what} {what}",
        severity="warning" if warning else "error",
        path="error",
        expected=" or ".join(errors),
        found=said_by(probe.reply),
        exchange=probe.reply.exchange.number,
    )


def said_by(reply: Reply) -> str:
    """The status, error code and description of a refusal, as findings quote it."""
    description = (reply.json or {}).get("error_description")
    shown = f": {' '.join(description.split())[:200]}" if isinstance(description, str) and description else ""
    return f"HTTP {reply.status} {reply.error}".rstrip() + shown


def _leads_to(redirect: Any, uri: str) -> bool:
    """Whether a redirect went to ``uri``: same place, and every parameter that ``uri`` has."""
    try:
        wanted, found = urlsplit(uri), urlsplit(redirect.uri)
        place = (wanted.scheme.lower(), wanted.hostname, wanted.port, wanted.path or "/")
        there = (found.scheme.lower(), found.hostname, found.port, found.path or "/")
    except ValueError:
        return False
    return place == there and set(parse_qsl(wanted.query, keep_blank_values=True)) <= set(redirect.query)
