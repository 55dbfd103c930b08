"""Rules for the answers of advertised endpoints: they exist and follow their protocol."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.areas.shared.documents import Answer

_ABSENT = {404, 405, 410, 501}


def answers_with(answer: Answer, what: str) -> Iterator[Finding]:
    """The endpoint answers a well-formed request with a page or a redirect, not as if it did not exist."""
    if answer.status == 0:
        yield Finding(
            "endpoint.no-answer",
            f"{what} gave no answer ({answer.fault}): {answer.detail}",
            found=answer.fault,
            exchange=answer.number,
        )
    elif answer.status in _ABSENT or answer.status >= 500:
        yield Finding(
            "endpoint.dead",
            f"{what} returned HTTP {answer.status} to a well-formed request",
            expected="a page or a redirect",
            found=str(answer.status),
            exchange=answer.number,
        )


def speaks_oauth(answer: Answer) -> Iterator[Finding]:
    """PA-DISC-004: a token request without parameters is refused as RFC 6749 section 5.2 says."""
    yield from answers_with(answer, "the token endpoint")
    if answer.status in _ABSENT or answer.status == 0 or answer.status >= 500:
        return
    try:
        error = answer.json().get("error")
    except (ValueError, AttributeError):
        error = None
    if answer.status not in {400, 401} or not isinstance(error, str):
        yield Finding(
            "endpoint.not-a-token-endpoint",
            f"the token endpoint answered an empty token request with HTTP {answer.status} and no OAuth error",
            expected="400 or 401 with error",
            found=str(answer.status),
            exchange=answer.number,
        )


def is_alive(answers: Mapping[str, Answer]) -> Iterator[Finding]:
    """PA-DISC-012: every advertised endpoint, by the name of its member, answers a well-formed call."""
    for member, answer in answers.items():
        for finding in answers_with(answer, member):
            yield Finding(
                finding.rule,
                finding.message,
                path=member,
                expected=finding.expected,
                found=finding.found,
                exchange=finding.exchange,
            )


def no_byte_order_mark(answer: Answer, what: str) -> Iterator[Finding]:
    """No byte order mark precedes the JSON text (RFC 8259 section 8.1); clients may ignore one, so it is a warning."""
    if answer.body.startswith(codecs.BOM_UTF8):
        yield Finding(
            "json.byte-order-mark",
            f"{what} begins with a byte order mark",
            severity="warning",
            expected="JSON without a byte order mark",
            found="EF BB BF",
            exchange=answer.number,
        )
