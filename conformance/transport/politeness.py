"""How hard we press a deployment: requests at once, requests per second, requests in all, and waiting on demand."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FIRST_WAIT = 1.0
MAX_WAIT = 30.0
MAX_TRIES = 4


class RequestBudgetSpent(Undecided):
    """The target allows no further request (``politeness.max_requests``)."""


class Politeness:
    """Shared by all threads of one transport; ``clock`` and ``sleep`` are replaceable for tests."""

    def __init__(
        self,
        *,
        concurrency: int = 4,
        rate: float = 0.0,
        max_requests: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._turns = threading.BoundedSemaphore(max(1, concurrency))
        self._lock = threading.Lock()
        self._spacing = 1 / rate if rate > 0 else 0.0
        self._max_requests = max_requests
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._rest: dict[str, float] = {}
        self.requests = 0
        self.waits = 0
        self.waited_s = 0.0

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until one more request may go to a host; raises :class:`RequestBudgetSpent` when none may."""
        with self._turns:
            pause = self._reserve(host)
            if pause > 0:
                self._sleep(pause)
            yield

    def _reserve(self, host: str) -> float:
        with self._lock:
            if self._max_requests and self.requests >= self._max_requests:
                raise RequestBudgetSpent(
                    f"the target allows {self._max_requests} requests and all are spent; raise politeness.max_requests"
                )
            self.requests += 1
            now = self._clock()
            starts = max(now, self._next, self._rest.get(host, 0.0))
            self._next = max(now, self._next) + self._spacing
            return starts - now

    def back_off(self, host: str, seconds: float) -> None:
        """A host asked for a pause: nothing is sent to it before that is over."""
        with self._lock:
            self._rest[host] = max(self._rest.get(host, 0.0), self._clock() + seconds)
            self.waits += 1
            self.waited_s += seconds


def wait_asked_for(status: int, method: str, headers: Mapping[str, str], tried: int) -> float | None:
    """Seconds to wait before asking again, None when it makes no sense (RFC 6585 section 4, RFC 9110 10.2.3).

    429 says that nothing was done, so that any method may be repeated; after 503 only reading is, and only when the
    server says when. A wait of more than half a minute is not waited for: the answer is the answer.
    """
    asked = _retry_after(headers.get("retry-after", ""))
    if status == 429:
        wait = FIRST_WAIT * 2.0 ** (tried - 1) if asked is None else asked
    elif status == 503 and asked is not None and method in {"GET", "HEAD", "OPTIONS"}:
        wait = asked
    else:
        return None
    return wait if wait <= MAX_WAIT and tried < MAX_TRIES else None


def _retry_after(value: str) -> float | None:
    """Seconds of a Retry-After header, which holds seconds or a date; None when it holds neither."""
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return float(value[:9])
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
