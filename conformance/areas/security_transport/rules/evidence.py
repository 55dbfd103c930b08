"""What checks of transport and of the pages a member sees hand to rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.rest_evidence import Asked


class Hop(Protocol):
    """The part of a navigation's answer that rules read; ``cookies`` are Set-Cookie headers without their values."""

    @property
    def method(self) -> str:
        """The method of the request."""

    @property
    def url(self) -> str:
        """Where it went, without query."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, names in lower case."""

    @property
    def cookies(self) -> tuple[str, ...]:
        """What was set."""

    @property
    def after_credentials(self) -> bool:
        """Whether a password had been entered before."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One version of TLS offered to a host (``host:port``): ``accepted`` is None when there was no connection."""

    host: str
    version: str
    accepted: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """A call from a web page of ``origin``: the browser's question before it, and the call itself."""

    what: str
    origin: str
    preflight: Answer
    answer: Answer


@dataclass(frozen=True, slots=True)
class OpenRedirectProbe:
    """A request that names a foreign address to be sent to; ``host`` is that address's host."""

    what: str
    host: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Burst:
    """Many requests at once, and what the same request got once the storm was over."""

    answers: Sequence[Asked]
    afterwards: Asked
    waited_s: float = 0.0

    @property
    def limited(self) -> list[Asked]:
        """Those that were asked to wait."""
        return [each for each in self.answers if each.answer.status == 429]


@dataclass(frozen=True, slots=True)
class CsrfProbe:
    """A consent form sent without ``fields``: ``code`` is whether a code came of it all the same."""

    fields: tuple[str, ...]
    code: bool
    url: str = field(default="")
