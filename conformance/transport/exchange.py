"""One HTTP request and what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal["", "dns", "refused", "tls", "time-out", "redirect-loop", "too-large", "broken", "foreign-host"]


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
        return json.loads(self.body.decode("utf-8-sig"))
