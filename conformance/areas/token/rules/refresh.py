"""What a refresh may change and what it must keep (SMART App Launch "Refresh access token"; RFC 6749 section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.documents import status_is
from conformance.areas.shared.refusals import issued, refused_as
from conformance.errors import Undecided
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.refusals import Probe, Reply


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A token response, what refreshing it answered, and a read of the patient with the new token, if there is one."""

    first: Reply
    answer: Reply
    read: Answer | None = None

    @property
    def documents(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The two answers as JSON objects, empty where there was none."""
        return dict(self.first.json or {}), dict(self.answer.json or {})


@dataclass(frozen=True, slots=True)
class Widening:
    """A refresh that asked for ``extra``: ``beyond`` was granted over the old scope, ``opened`` is the API's answer."""

    extra: str
    probe: Probe
    beyond: tuple[str, ...] = ()
    opened: Answer | None = None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A refresh for a part of the scope.

    ``still`` is what the refresh response grants beyond the part asked for; ``kept`` and ``given_up`` are the API's
    answers for both parts.
    """

    probe: Probe
    still: tuple[str, ...] = ()
    kept: Answer | None = None
    given_up: Answer | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The patient before a refresh, the refresh, and a read of that patient with the new token."""

    patient: str
    refreshed: Reply
    read: Answer | None = None


def cannot_widen(widening: Widening) -> Iterator[Finding]:
    """PA-TOK-018: asking for more is refused as invalid_scope, or the grant stays as it was, in word and in effect."""
    if not issued(widening.probe.reply):
        yield from refused_as([widening.probe], "invalid_scope", "invalid_grant")
        return
    if widening.beyond:
        yield _refresh(
            "widened",
            f"a refresh granted {', '.join(widening.beyond)}, which the member never saw",
            "no wider scope",
            ", ".join(widening.beyond),
            widening.probe.reply.exchange,
        )
    if widening.opened is not None and 200 <= widening.opened.status < 300:
        message = f"a refreshed token opens {widening.extra}, which was never granted"
        yield _refresh("wider-in-effect", message, "HTTP 403", "HTTP 200", widening.opened)


def can_narrow(narrowing: Narrowing) -> Iterator[Finding]:
    """PA-TOK-018: a refresh for less opens no more than the scope it answers.

    The answer may be the part asked for or the whole granted scope: SMART App Launch, Refresh access token, response:
    scope "will be the same as the scope of the original access token and it can be different from the scopes requested
    by the app". That a refresh for a part is refused altogether is a warning: no sentence obliges the server.
    """
    reply = narrowing.probe.reply
    if not issued(reply):
        found = f"HTTP {reply.status} {reply.error}".rstrip()
        message = "a refresh for a part of the scope was refused"
        yield _refresh("narrowing-refused", message, "a token response", found, reply.exchange, warning=True)
        return
    if narrowing.kept is not None:
        yield from status_is(narrowing.kept, 200, rule="token.refresh.kept-closed", what="reading what was kept")
    if not narrowing.still and narrowing.given_up is not None and 200 <= narrowing.given_up.status < 300:
        message = "the refreshed token opens data that the scope of the refresh response leaves out"
        yield _refresh("not-narrowed-in-effect", message, "HTTP 403", "HTTP 200", narrowing.given_up)


def keeps_patient(context: Context) -> Iterator[Finding]:
    """PA-TOK-022: after a refresh the same patient is in context, named (if at all) and readable."""
    reply = context.refreshed
    named = (reply.json or {}).get("patient")
    if not issued(reply):
        found = f"HTTP {reply.status} {reply.error}".rstrip()
        yield _refresh("refused", "the refresh was refused", "a token response", found, reply.exchange)
    elif named is not None and named != context.patient:
        message = "the refresh names another patient than before"
        yield _refresh("patient", message, context.patient, str(named), reply.exchange)
    if context.read is not None:
        what = "reading the patient with the refreshed token"
        yield from status_is(context.read, 200, rule="token.refresh.patient-lost", what=what)


def opens_no_other(answer: Answer) -> Iterator[Finding]:
    """PA-TOK-022: a refreshed token does not open another member's record."""
    if 200 <= answer.status < 300:
        message = "a refreshed token reads another member's Patient"
        yield _refresh("other-patient", message, "a refusal", f"HTTP {answer.status}", answer)
    elif not 400 <= answer.status < 500 and answer.status != 501:
        how = f"answered with HTTP {answer.status}" if answer.status else f"not answered ({answer.fault})"
        raise Undecided(f"reading another member's Patient with a refreshed token was {how}: no refusal, no access")


def _refresh(kind: str, message: str, expected: str, found: str, answer: Answer, *, warning: bool = False) -> Finding:
    return Finding(
        f"token.refresh.{kind}",
        message,
        severity="warning" if warning else "error",
        path="patient" if kind == "patient" else "scope",
        expected=expected,
        found=found,
        exchange=answer.number,
    )
