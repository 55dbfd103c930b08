"""How patient a test has to be on this machine.

The limits in the tests are written for a machine that does :func:`_piece_of_work` in ``WRITTEN_SECONDS``. How much longer
it takes here is measured once for each session, and :func:`patience` scales a limit by it. A test waits for an event;
the limit is the last resort, so that a generous one costs nothing.
"""

from __future__ import annotations

import hashlib
import time
from functools import cache

WRITTEN_SECONDS = 0.1
ROUNDS = 40_000


def _piece_of_work() -> int:
    """Bytes, numbers and calls, for long enough that a process held back every 0.1 s is seen to be."""
    total = 0
    for number in range(ROUNDS):
        total += int.from_bytes(hashlib.sha256(b"%1024d" % number).digest()[:4], "big") % 7
    return total


@cache
def slowness() -> float:
    """How many times slower this machine is than the written figure; never below 1."""
    began = time.perf_counter()
    _piece_of_work()
    return max(1.0, (time.perf_counter() - began) / WRITTEN_SECONDS)


def patience(seconds: float) -> float:
    """The limit that ``seconds`` on the written machine are on this one."""
    return seconds * slowness()
