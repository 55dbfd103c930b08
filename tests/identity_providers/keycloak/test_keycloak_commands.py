"""The commands a user starts, against the product itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.target import load_target

pytestmark = [pytest.mark.browser, pytest.mark.keycloak]


@pytest.fixture
def command(target_file_of: Any) -> Any:
    """``command("login", …)``: a command on the target file of a realm, as a user starts it."""

    def run(name: str, *options: str, realm: str = "keycloak.v2") -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "conformance", name, str(target_file_of(realm)), *options]
        return subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)

    return run


@pytest.mark.parametrize("realm", ["keycloak.v2", "identity-first"])
def test_login_tells_the_way_and_no_secret(command: Any, target_file_of: Any, realm: str) -> None:
    done = command("login", "--explain", realm=realm)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^Redirected to https://app.example/callback with a code", done.stdout, re.MULTILINE)
    assert re.search(r"^granted scopes: .*patient/Patient\.read", done.stdout, re.MULTILINE)
    assert re.search(r"^token response: access_token, .*patient, .*refresh_token", done.stdout, re.MULTILINE)
    assert not [value for value, _ in load_target(target_file_of(realm)).secrets if value in done.stdout + done.stderr]


def test_login_says_why_a_member_is_refused(command: Any) -> None:
    done = command("login", "--set", "members.a.password=incorrect horse")

    assert done.returncode == 4
    assert "login refused: Invalid username or password." in done.stdout
    assert "incorrect horse" not in done.stdout + done.stderr


def test_a_run_judges_the_product_every_time_alike(command: Any, tmp_path: Path) -> None:
    """The second run finds the members' approvals remembered by the product."""
    statuses = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        done = command("run", "--area", "authorization", "--area", "token", f"--out={folder}")
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        document = json.loads((folder / "conformance.json").read_text(encoding="utf-8"))
        statuses.append({row["id"]: row["status"] for row in document["requirements"]})

    assert statuses[0] == statuses[1]
    assert "error" not in statuses[0].values()
    for row in ("PA-AUTH-001", "PA-AUTH-002", "PA-AUTH-010", "PA-AUTH-015", "PA-TOK-002", "PA-TOK-017", "PA-TOK-027"):
        assert statuses[0][row] == "pass", row
