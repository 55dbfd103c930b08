"""A thread that owns the browser.

Playwright's synchronous API belongs to the thread that started it and keeps an event loop running there, which would
forbid asyncio to everybody else in that thread. With a thread of its own any thread may ask for an authorization,
Ctrl-C reaches the caller at once, and a page that hangs the browser cannot hang the run.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from conformance.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Worker:
    """Runs what it is given, one at a time, in a thread that does not keep the process alive."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], object], Future[object]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._lost = False
        self._thread.start()

    def call(self, job: Callable[[], Result], *, timeout: float) -> Result:
        """The job's result or exception.

        :class:`HarnessError` if it does not end in ``timeout`` seconds or an earlier did not.
        """
        if self._lost:
            raise HarnessError("the browser stopped answering earlier in this run")
        future: Future[object] = Future()
        self._jobs.put((job, future))
        finished = threading.Event()
        future.add_done_callback(lambda _: finished.set())
        if not finished.wait(timeout):
            self._lost = True
            raise HarnessError(f"the browser did not answer for {timeout:.0f} s")
        return future.result()  # type: ignore[return-value]  # the queue forgets the type

    def end(self, *, timeout: float) -> None:
        """Let the thread finish what it does and end."""
        self._jobs.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, future = entry
            try:
                future.set_result(job())
            except BaseException as problem:  # noqa: BLE001 - it is raised again in the caller's thread
                future.set_exception(problem)
            del entry, job, future
