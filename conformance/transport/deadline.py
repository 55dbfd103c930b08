"""A total time limit for one request, down to the socket.

HTTP client time-outs start anew with every byte, so that a server which drips bytes, in its headers or in its body,
would hold a run for ever. Every read and write of the current thread's request is cut to what is left of its time.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

_current = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything this thread sends or receives inside must be done within so many seconds."""
    _current.ends = time.monotonic() + seconds
    _current.connected = False
    try:
        yield
    finally:
        _current.ends = None


def connected() -> bool:
    """Whether this thread's latest request opened a connection of its own, rather than using one kept alive."""
    return bool(getattr(_current, "connected", False))


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    ends = getattr(_current, "ends", None)
    if ends is None:
        return timeout
    left = float(ends) - time.monotonic()
    if left <= 0:
        raise late("the time of the whole request is up")
    return left if timeout is None else min(timeout, left)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connections that keep to the deadline of the thread that uses them."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection; raises ``httpcore.ConnectTimeout`` when the request's time is up."""
        left = _left(timeout, httpcore.ConnectTimeout)
        _current.connected = True
        return _Stream(self._backend.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
