"""The plugin in other people's pytest sessions, and its refusals."""

import os
import subprocess
import sys

import pytest

CHECK = 'import pytest\n\n\n@pytest.mark.verifies("{row}")\ndef test_it(judge):\n    """It holds."""\n    judge()\n'
TARGET = """
deployment: {fhir_base: "https://127.0.0.1:1/fhir", environment: lab}
clients: {main: {client_id: app, redirect_uris: ["https://app.example/callback"]}}
members: {a: {username: u, password: p}}
login: {mode: tokens}
tokens: {access: not-a-real-token}
"""


def session(folder, *options):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.", ".", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        check=False,
    )


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "target.yaml"
    path.write_text(TARGET, encoding="utf-8")
    return path


def test_it_is_inert_for_tests_without_the_marker(tmp_path):
    (tmp_path / "test_other.py").write_text("def test_other():\n    assert True\n")
    done = session(tmp_path)
    assert done.returncode == 0
    assert "1 passed" in done.stdout


def test_a_check_of_an_unknown_row_is_a_usage_error(tmp_path, target):
    (tmp_path / "test_token.py").write_text(CHECK.format(row="PA-TOC-006"))
    done = session(tmp_path, f"--target={target}", f"--out={tmp_path / 'out'}")
    assert done.returncode == 4
    assert "did you mean 'PA-TOK-006'" in done.stdout + done.stderr


def test_checks_without_a_target_are_refused(tmp_path):
    (tmp_path / "test_token.py").write_text(CHECK.format(row="PA-TOK-006"))
    done = session(tmp_path)
    assert done.returncode == 4
    assert "--target" in done.stdout + done.stderr


def test_a_suite_that_cannot_be_loaded_is_a_harness_error(tmp_path, target):
    (tmp_path / "test_token.py").write_text("raise RuntimeError('broken suite')\n")
    done = session(tmp_path, f"--target={target}", f"--out={tmp_path / 'out'}")
    assert done.returncode not in {0, 1, 5}


def test_no_checks_at_all_never_exit_zero(tmp_path, target):
    (tmp_path / "test_other.py").write_text("def test_other():\n    assert True\n")
    done = session(tmp_path, f"--target={target}", f"--out={tmp_path / 'out'}", "--allow-untested")
    assert done.returncode == 5
