"""What a process costs that is started for one resource: time to the verdict, and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple


class Cold(NamedTuple):
    """Seconds from the start of the process to its end, and the most memory it had, in MB."""

    seconds: float
    peak_mb: float


def one_process(text: bytes, guides: tuple[str, ...]) -> Cold:
    """``conformance validate`` started for one document."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "resource.json"
        file.write_bytes(text)
        options = [part for guide in guides for part in ("--guide", guide)]
        line = [sys.executable, "-m", "conformance", "validate", str(file), *options]
        started = time.perf_counter()
        process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        return Cold(time.perf_counter() - started, usage.ru_maxrss / 1024)


def best_of(text: bytes, guides: tuple[str, ...], times: int = 5) -> Cold:
    """The quickest of several starts, with the most memory of any."""
    found = [one_process(text, guides) for _ in range(times)]
    return Cold(min(one.seconds for one in found), max(one.peak_mb for one in found))


def own_peak() -> float:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
