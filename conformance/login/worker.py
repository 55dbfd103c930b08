"""A thread with an event loop that owns the browser.

The browser library needs a loop of its own, which must not get in the way of anybody else's. In a thread, any caller
may ask for an authorization, Ctrl-C reaches the caller at once, and a page that hangs the browser cannot hang the run.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import TimeoutError as NotInTime
from typing import TYPE_CHECKING, Any, TypeVar

from conformance.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")


class Worker:
    """Runs coroutines in a thread that does not keep the process alive."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, job: Coroutine[Any, Any, Result], *, timeout: float) -> Result:
        """The job's result or exception; :class:`HarnessError` if it takes longer than ``timeout`` seconds."""
        future = asyncio.run_coroutine_threadsafe(job, self._loop)
        try:
            return future.result(timeout)
        except NotInTime:
            if future.done():
                raise
            raise HarnessError(f"the browser did not answer for {timeout:.0f} s") from None
        finally:
            future.cancel()

    def begin(self, job: Coroutine[Any, Any, object]) -> None:
        """Start a job without waiting for it."""
        asyncio.run_coroutine_threadsafe(job, self._loop)

    def end(self, *, timeout: float) -> None:
        """Stop the loop and let the thread end."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()
