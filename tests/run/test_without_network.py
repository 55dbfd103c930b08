"""With the network off, ``validate`` and ``run`` against a local target do all they do with it.

In a network namespace of its own a process has a loopback that we switch on, and nothing else.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pace import patience

ROOT = Path(__file__).parents[2]
ALONE = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:  # SIOCSIFFLAGS: loopback up
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 1))
    try:
        any_socket.connect(("192.0.2.1", 443))
    except OSError as problem:
        print(problem.strerror)
os.execv(sys.executable, [sys.executable, "-m", "conformance", *sys.argv[1:]])
"""


@pytest.fixture
def alone(tmp_path):
    """Runs a command without any network but loopback."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("no network namespace can be made here")

    def start(*arguments):
        command = ["unshare", "-rn", sys.executable, "-c", ALONE, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, timeout=patience(300))
        assert done.stdout.startswith("Network is unreachable\n")
        return done

    return start


def test_resources_are_validated(alone, tmp_path):
    patient = {"resourceType": "Patient", "id": "a", "gender": "femal"}
    (tmp_path / "patient.json").write_text(json.dumps(patient), encoding="utf-8")

    done = alone("validate", "patient.json")

    assert done.returncode == 1
    assert "binding.required at Patient.gender" in done.stdout


@pytest.mark.browser
def test_a_local_target_is_judged_with_login_and_reports(alone, tmp_path):
    done = alone("run", "--reference", "--requirement", "PA-DISC-001", "--requirement", "PA-TOK-001", "--out", "run")

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    verdict = json.loads((tmp_path / "run/conformance.json").read_text(encoding="utf-8"))
    assert verdict["counts"]["pass"] == 2
    assert verdict["logins"] == 1
