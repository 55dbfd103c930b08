"""Rules that hold for any JSON document fetched over HTTP, and for the URLs in it.

``answer`` is anything with the attributes of :class:`conformance.transport.exchange.Exchange`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from conformance.findings import Finding, json_kind, json_word

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Answer(Protocol):
    """The part of an HTTP exchange that rules read."""

    @property
    def number(self) -> int:
        """The number of the exchange."""

    @property
    def status(self) -> int:
        """The HTTP status; 0 without an answer."""

    @property
    def headers(self) -> dict[str, str]:
        """Response headers, names in lower case."""

    @property
    def body(self) -> bytes:
        """The body as it came."""

    @property
    def fault(self) -> str:
        """What went wrong on the way; empty when nothing did."""

    @property
    def detail(self) -> str:
        """The sentence for ``fault``."""

    @property
    def media_type(self) -> str:
        """Content-Type without parameters."""

    def json(self) -> Any:
        """The body as JSON; raises ``ValueError``."""


def status_is(answer: Answer, *allowed: int, rule: str = "http.status", what: str = "the request") -> Iterator[Finding]:
    """The answer has one of the ``allowed`` statuses; no answer at all is a violation that says why."""
    if answer.status == 0:
        yield Finding(
            "http.no-answer",
            f"{what} got no answer ({answer.fault}): {answer.detail}",
            expected=_one_of(allowed),
            found=answer.fault,
            exchange=answer.number,
        )
    elif answer.fault:
        yield Finding(
            f"http.{answer.fault}", f"{what}: {answer.detail}", expected=_one_of(allowed), exchange=answer.number
        )
    elif answer.status not in allowed:
        yield Finding(
            rule,
            f"{what} returned HTTP {answer.status}",
            expected=_one_of(allowed),
            found=str(answer.status),
            exchange=answer.number,
        )


def json_object(answer: Answer, *, what: str) -> Iterator[Finding]:
    """HTTP 200 with a JSON object as its body."""
    problems = list(status_is(answer, 200, what=what))
    if problems:
        yield from problems
        return
    try:
        value = answer.json()
    except ValueError as problem:
        yield Finding("json.unreadable", f"{what} is not JSON: {problem}", found=_start(answer), exchange=answer.number)
        return
    if not isinstance(value, dict):
        yield Finding(
            "json.not-an-object",
            f"{what} is a JSON {json_kind(value)}, not an object",
            found=_start(answer),
            exchange=answer.number,
        )


def media_type_is(answer: Answer, *allowed: str, what: str) -> Iterator[Finding]:
    """The Content-Type, parameters aside, is one of ``allowed``."""
    if answer.media_type not in allowed:
        yield Finding(
            "http.content-type",
            f"{what} has {f'Content-Type {answer.media_type}' if answer.media_type else 'no Content-Type'}",
            path="Content-Type",
            expected=" or ".join(allowed),
            found=answer.headers.get("content-type", ""),
            exchange=answer.number,
        )


def absolute_https(value: object, *, member: str, rule: str = "url.absolute-https") -> Iterator[Finding]:
    """``value`` is an absolute https URL; http is accepted on loopback only."""
    if not isinstance(value, str) or not value:
        yield Finding(
            f"{rule}.missing",
            f"{member} is missing or not a string",
            path=member,
            expected="URL",
            found=json_word(value),
        )
        return
    parts = urlsplit(value)
    if not parts.scheme or not parts.netloc:
        yield Finding(
            f"{rule}.relative", f"{member} is not an absolute URL", path=member, expected="scheme and host", found=value
        )
    elif parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        yield Finding(
            f"{rule}.scheme", f"{member} does not use https", path=member, expected="https", found=parts.scheme
        )
    elif parts.fragment:
        yield Finding(f"{rule}.fragment", f"{member} carries a fragment", path=member, found=value)


def string_list(document: dict[str, Any], member: str) -> list[str]:
    """The strings of an array member; anything that is not an array of strings yields what strings it has."""
    value = document.get(member)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def is_string_list(document: dict[str, Any], member: str, *, rule: str) -> Iterator[Finding]:
    """The member is an array of strings."""
    value = document.get(member)
    if value is None:
        yield Finding(f"{rule}.missing", f"{member} is missing", path=member, expected="array of strings")
    elif not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        yield Finding(
            f"{rule}.type",
            f"{member} is not an array of strings",
            path=member,
            expected="array",
            found=json_word(value)[:80],
        )


def _one_of(allowed: tuple[int, ...]) -> str:
    return " or ".join(str(status) for status in allowed)


def _start(answer: Answer) -> str:
    return answer.body[:80].decode("utf-8", "replace")
