"""Ctrl-C keeps what was found and ends with exit code 2."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.pace import patience


def interruptible():
    """A shell starts what runs in its background with SIGINT ignored, and a child inherits that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.browser
def test_ctrl_c_leaves_a_readable_partial_run(payer, tmp_path):
    folder = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "run", str(payer.target_file), f"--out={folder}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=interruptible,  # noqa: PLW1509  no other thread holds a lock here
        env={**os.environ, "NO_COLOR": "1"},
    )
    for line in process.stdout:
        if line.startswith("discovery"):
            break
    time.sleep(patience(0.5))  # into the next area, where a browser is under way
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=patience(120))
    assert process.returncode == 2, output
    assert "Traceback" not in output
    document = json.loads((folder / "conformance.json").read_text(encoding="utf-8"))
    assert document["run"]["verdict"] == "interrupted"
    statuses = {row["id"]: row["status"] for row in document["requirements"]}
    assert statuses["PA-DISC-001"] == "pass"
    assert "untested" in statuses.values()
    assert (folder / "summary.html").exists()
