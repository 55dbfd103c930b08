"""The reference payer as a process of its own, so that the harness meets it only over the network."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from conformance.errors import ExitCode, HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_START_SECONDS = 60.0
_CLAIMS_A_SECOND = 50
"""How fast a busy machine writes the records of a large population."""
_STOP_SECONDS = 10.0
_UNUSABLE = 2  # as argparse ends


@dataclass(frozen=True, slots=True)
class Payer:
    """A running reference payer: ``facts`` is what it wrote when it was ready, ``target_file`` how to judge it."""

    target_file: Path
    facts: dict[str, Any]


@contextmanager
def reference_payer(
    *,
    faults: Sequence[str] = (),
    base_date: str = "",
    claims: int = 0,
    given: Mapping[str, Any] = MappingProxyType({}),
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[Payer]:
    """Start the payer on a free port, wait until it is ready, and end it with the block.

    ``base_date`` (ISO 8601) is the day its records are dated by and its target file judges by; empty means today.
    ``claims`` is the number of routine claims of its first member, 0 for its own. ``given`` are values that its target
    file has instead of its own, by dotted path. ``meanwhile`` is done while it starts.

    Raises :class:`HarnessError` with what it printed when it does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-payer-") as folder:
        ready, target, log = Path(folder, "ready.json"), Path(folder, "target.yaml"), Path(folder, "log.txt")
        command = [*_command(faults), "--port=0", f"--ready-file={ready}", f"--write-target={target}"]
        command += [f"--base-date={base_date}"] if base_date else []
        command += [f"--claims={claims}"] if claims else []
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "--stop-with-parent"], stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            meanwhile()
            facts = _wait_until_ready(process, ready, log, _START_SECONDS + claims / _CLAIMS_A_SECOND)
            yield Payer(extended(Path(folder, "given.yaml"), target, given) if given else target, facts)
        finally:
            _stop(process)


def extended(path: Path, base: Path, values: Mapping[str, Any]) -> Path:
    """A target file at ``path`` that extends ``base`` by ``values``, which are by dotted path."""
    document: dict[str, Any] = {"extends": str(base)}
    for dotted, value in values.items():
        *parents, last = dotted.split(".")
        place = document
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = value
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def serve_in_foreground(*, port: int, faults: Sequence[str], write_target: Path | None) -> int:
    """Serve on ``port`` until interrupted or ended in any way; the payer prints its logins itself.

    Returns its exit code, or 4 for a port or a file that cannot be used. The payer ends with this process, whatever
    ends it: its input closes then.
    """
    command = [*_command(faults), f"--port={port}"]
    if write_target is not None:
        command.append(f"--write-target={write_target}")
    process = subprocess.Popen([*command, "--stop-with-parent"], stdin=subprocess.PIPE)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        process.wait(_STOP_SECONDS)
        return 0
    return ExitCode.CONFIGURATION if code == _UNUSABLE else code


def _command(faults: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "conformance.reference", *(f"--fault={fault}" for fault in faults)]


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Path, log: Path, patience: float) -> dict[str, Any]:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if ready.exists():
            facts: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
            return facts
        if process.poll() is not None:
            break
        time.sleep(0.02)
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise HarnessError(f"the reference payer did not start: {said[-1] if said else 'it printed nothing'}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
