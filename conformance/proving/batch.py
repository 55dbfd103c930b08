"""Many small runs of the suites in a few processes, each run against a deployment of its own."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """One run: which target, which requirements (ids or prefixes; none means all), and where its verdict goes."""

    name: str
    target: Path
    requirements: tuple[str, ...]
    out: Path

    @property
    def options(self) -> list[str]:
        """The options of the suites."""
        return [
            f"--target={self.target}",
            f"--out={self.out}",
            "--verdict-only",
            "--allow-untested",
            *(f"--requirement={prefix}" for prefix in self.requirements),
        ]


def run_jobs(jobs: Sequence[Job], *, workers: int, done: Callable[[Job], None]) -> dict[str, dict[str, Any]]:
    """The documents of all jobs by name; ``done`` is called as each ends.

    Raises :class:`HarnessError` when a worker dies or gives no verdict.
    """
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    documents: dict[str, dict[str, Any]] = {}
    troubles: list[str] = []
    with ExitStack() as stack:
        processes = [stack.enter_context(_worker()) for _ in range(min(workers, len(jobs)))]
        threads = [
            threading.Thread(target=_serve, args=(process, waiting, documents, troubles, done), daemon=True)
            for process in processes
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for process in processes:
            if process.stdin:
                process.stdin.close()
    if troubles:
        raise HarnessError(troubles[0])
    return documents


def _worker() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "conformance.engine.pytest_runner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _serve(
    process: subprocess.Popen[str],
    waiting: queue.SimpleQueue[Job],
    documents: dict[str, dict[str, Any]],
    troubles: list[str],
    done: Callable[[Job], None],
) -> None:
    """Give one worker a job after the other until there are none."""
    assert process.stdin is not None
    assert process.stdout is not None
    while not troubles:
        try:
            job = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            process.stdin.write(json.dumps(job.options) + "\n")
            process.stdin.flush()
            answered = process.stdout.readline()
            document = json.loads((job.out / "conformance.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            troubles.append(f"the run against {job.name} gave no verdict: {problem}")
            return
        if not answered:
            troubles.append(f"the process that ran {job.name} died")
            return
        documents[job.name] = document
        done(job)
