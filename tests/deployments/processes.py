"""Processes of a deployment: free ports, starting, waiting until one serves, stopping."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.pace import patience

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
STOP_SECONDS = 20.0
PAUSE = 0.1


class Missing(Exception):
    """What a deployment needs cannot be had here."""


class NotStarted(Exception):
    """A process ended, or did not serve in time; the message ends with its log."""


def free_ports(number: int) -> list[int]:
    """Ports of the loopback interface that no process uses now."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    serves: str,
    folder: Path,
    *,
    ca_file: Path | None = None,
    seconds: float = 60.0,
    env: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Run a command while the block lasts, from the time when ``serves`` answers a GET with 200.

    Its output goes to ``folder/NAME.log``. Raise NotStarted if it ends or takes longer than ``seconds`` on a machine of
    usual speed.
    """
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=env,
            start_new_session=True,  # a start script and what it starts are stopped together
        )
    try:
        _wait(process, serves, ca_file, patience(seconds), log)
        yield
    finally:
        _stop(process)


def python(script: Path, config: Mapping[str, Any], folder: Path) -> list[str | Path]:
    """The command that runs one of our scripts with a configuration, which is written into the folder."""
    return [sys.executable, script, written(folder / f"{script.stem}.json", config)]


def written(file: Path, config: Mapping[str, Any]) -> Path:
    """The configuration as a file that only its owner may read."""
    file.touch(mode=0o600)
    file.write_text(json.dumps(config), encoding="utf-8")
    return file


def _wait(process: subprocess.Popen[bytes], url: str, ca_file: Path | None, seconds: float, log: Path) -> None:
    trusted = ssl.create_default_context(cafile=ca_file) if ca_file else True
    until = time.monotonic() + seconds
    with httpx.Client(verify=trusted, timeout=5) as client:
        while process.poll() is None and time.monotonic() < until:
            try:
                if client.get(url).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(PAUSE)
    said = log.read_text(encoding="utf-8", errors="replace")
    raise NotStarted(f"{url} did not answer 200 within {seconds:.0f} s: {said[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
