"""One HTTP request and what came of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal["", "dns", "refused", "tls", "time-out", "redirect-loop", "too-large", "broken", "foreign-host"]

LARGE = 1_000_000
"""Bytes of a body that takes a noticeable time to read."""
MAX_KEPT = 6
_kept: dict[bytes, Any] = {}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its response, unredacted; lives in memory only and its representation shows no secret.

    ``status`` is 0 when there was no HTTP answer; ``fault`` then says why (``dns``, ``refused``, ``tls``, ``time-out``,
    ``broken`` for a protocol error). ``redirect-loop`` and ``too-large`` come with the status of the last answer and
    whatever of the body was kept. Header names are lower case; repeated headers are joined by ``", "``.
    ``received_at`` is when the answer was complete, in seconds since 1970; 0 when that is unknown.
    """

    number: int
    method: str
    url: str = field(repr=False)
    request_headers: dict[str, str] = field(repr=False)
    request_body: bytes = field(repr=False)
    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    elapsed_ms: float
    fault: Fault = ""
    detail: str = ""
    purpose: str = ""
    endpoint: str = ""
    redirects: tuple[str, ...] = field(default=(), repr=False)
    received_at: float = 0.0

    @property
    def answered(self) -> bool:
        """Whether any HTTP response arrived."""
        return self.status != 0

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, lower case; empty when absent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; raises ``ValueError`` when it is not JSON."""
        body = self.body
        return _read_large(body) if len(body) > LARGE else _read(body)


def _read(body: bytes) -> Any:
    return json.loads(body.decode("utf-8-sig"))


def _read_large(body: bytes) -> Any:
    """The last large bodies are kept as read: several checks look at them in turns, and none changes them."""
    digest = hashlib.blake2b(body, digest_size=16).digest()
    if (known := _kept.get(digest)) is not None:  # one step: another thread may drop it meanwhile
        return known
    value = _kept[digest] = _read(body)
    for oldest in list(_kept)[:-MAX_KEPT]:
        _kept.pop(oldest, None)
    return value
