"""What a process costs that is started for one resource, or for a corpus: time to the verdict, and memory."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

PROGRAM = """
import atexit, sys
def told():
    with open("/proc/self/status") as status:
        sys.stderr.write("".join(line for line in status if line.startswith("VmHWM")))
atexit.register(told)
from conformance.cli import main
main()
"""
"""The command line, telling its peak at its end: what the system says of a child includes its parent's before exec."""


class Process(NamedTuple):
    """Seconds from the start of the process to its end, and the most memory it had, in MB."""

    seconds: float
    peak_mb: float


def one_process(texts: list[bytes], guides: tuple[str, ...]) -> Process:
    """``conformance validate`` started for some documents."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            (Path(folder) / f"{number}.json").write_bytes(text)
        options = [part for guide in guides for part in ("--guide", guide)]
        line = [sys.executable, "-c", PROGRAM, "validate", folder, *options]
        started = time.perf_counter()
        ended = subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        taken = time.perf_counter() - started
        peak = re.search(r"VmHWM:\s*(\d+)", ended.stderr)
        return Process(taken, int(peak[1]) / 1024 if peak else 0.0)


def best_of(texts: list[bytes], guides: tuple[str, ...], times: int = 5) -> Process:
    """The quickest of several starts, with the most memory of any."""
    found = [one_process(texts, guides) for _ in range(times)]
    return Process(min(one.seconds for one in found), max(one.peak_mb for one in found))


def own_peak() -> float:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
