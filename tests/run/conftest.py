"""Whole runs, as a user starts them: a process, a run folder, an exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.proving.payer import Payer, reference_payer
from tests.pace import patience

ROOT = Path(__file__).parents[2]


@dataclass
class Ended:
    """A command that has ended: its exit code, what it printed, and the run folder it was told to write."""

    code: int
    output: str
    folder: Path

    @property
    def document(self) -> dict[str, Any]:
        return json.loads((self.folder / "conformance.json").read_text(encoding="utf-8"))

    @property
    def statuses(self) -> dict[str, str]:
        return {row["id"]: row["status"] for row in self.document["requirements"]}

    def row(self, row_id: str) -> dict[str, Any]:
        return next(row for row in self.document["requirements"] if row["id"] == row_id)


def command(*arguments: str, folder: Path, cwd: Path | None = None, **environment: str) -> Ended:
    """Run a command to its end, as a user with an ordinary terminal-less environment would."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        timeout=patience(300),
        cwd=cwd or ROOT,
        env={**os.environ, "NO_COLOR": "1", **environment},
        check=False,
    )
    return Ended(done.returncode, done.stdout + done.stderr, folder)


@pytest.fixture
def run(tmp_path):
    """``run(target, "--area", "discovery")``: one `conformance run` into a folder of its own."""

    def start(target: Path | str, *options: str, cwd: Path | None = None, **environment: str) -> Ended:
        folder = tmp_path / "out"
        return command(
            "conformance", "run", str(target), f"--out={folder}", *options, folder=folder, cwd=cwd, **environment
        )

    return start


@pytest.fixture(scope="session")
def payer() -> Any:
    """One reference payer for all whole-run tests."""
    with reference_payer() as running:
        yield running


@pytest.fixture(scope="session")
def finished_run(payer: Payer, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """One whole run against the clean reference payer."""
    folder = tmp_path_factory.mktemp("run") / "out"
    return command("conformance", "run", str(payer.target_file), f"--out={folder}", folder=folder)


@pytest.fixture
def changed_target(payer: Payer, tmp_path: Path):
    """The payer's target with some of it changed by a function on the parsed file."""

    def write(change: Any) -> Path:
        target = yaml.safe_load(payer.target_file.read_text(encoding="utf-8"))
        change(target)
        path = tmp_path / "changed.yaml"
        path.write_text(yaml.safe_dump(target, sort_keys=False), encoding="utf-8")
        return path

    return write
