"""How the API answers bearers that are no valid access token (RFC 6750 section 3.1; SMART, Access FHIR API)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import Undecided
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.areas.shared.documents import Answer


@dataclass(frozen=True, slots=True)
class Use:
    """A request to the API with something that is no valid access token; ``what`` names it."""

    what: str
    answer: Answer


def refused_by_the_api(uses: Iterable[Use], *, rule: str = "token.use") -> Iterator[Finding]:
    """Each is answered 401; another 4xx or 501 is a warning, data an error.

    A redirect, a server error and no answer are neither access nor a refusal: raises :class:`Undecided` for them when
    nothing else was found.
    """
    unclear, found = [], False
    for use in uses:
        status = use.answer.status
        if status == 401:
            continue
        if 400 <= status < 500 or status == 501:
            kind, message = "status", f"{use.what} was refused with HTTP {status} instead of 401"
        elif 200 <= status < 300:
            kind, message = "accepted", f"{use.what} was accepted"
        else:
            unclear.append(use)
            continue
        found = True
        yield Finding(
            f"{rule}.{kind}",
            message,
            severity="warning" if kind == "status" else "error",
            path="Authorization",
            expected="HTTP 401",
            found=f"HTTP {status}",
            exchange=use.answer.number,
        )
    if unclear and not found:
        answer = unclear[0].answer
        how = f"answered with HTTP {answer.status}" if answer.status else f"not answered ({answer.fault})"
        raise Undecided(f"{unclear[0].what} was {how}: neither access nor a refusal")


@dataclass(frozen=True, slots=True)
class Expiry:
    """An access token used after its end: ``how`` it came to be expired, a read before (if any) and after."""

    how: str
    after: Answer
    before: Answer | None = None


def refused_after_expiry(expiry: Expiry) -> Iterator[Finding]:
    """PA-TOK-023: an expired token is refused with 401, best with ``error="invalid_token"``."""
    yield from refused_by_the_api([Use(f"an access token {expiry.how}", expiry.after)], rule="token.expired")
    challenge = expiry.after.headers.get("www-authenticate", "")
    if expiry.after.status == 401 and "invalid_token" not in challenge:
        yield Finding(
            "token.expired.challenge",
            "the refusal of an expired token does not say invalid_token",
            severity="warning",
            path="WWW-Authenticate",
            expected='error="invalid_token"',
            found=challenge,
            exchange=expiry.after.number,
        )
