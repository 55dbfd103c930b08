"""The harness against stacks made of other people's software: what fails there is what they break, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from processes import Missing
from reviewed import Comparison, compare, expected
from start import deployment

HERE = Path(__file__).parent
RUN_SECONDS = 1500
DECIDED = (0, 1)

WITH_JAVA = [
    pytest.mark.keycloak,
    pytest.mark.packages,
    pytest.mark.skipif("DEPLOYMENTS" not in os.environ, reason="run by make deployments"),
]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("name", ["oidc_provider", pytest.param("keycloak_hapi", marks=WITH_JAVA)])
def test_only_what_a_deployment_breaks_fails(name: str, tmp_path: Path, comparisons: list[Comparison]) -> None:
    try:
        with deployment(name).stack(tmp_path) as target:
            ended = judged(target, tmp_path / "report")
    except Missing as problem:
        pytest.skip(str(problem))
    rows = rows_of(tmp_path / "report")
    result = compare(name, rows, expected(HERE / name / "expected.yaml"))
    comparisons.append(result)

    assert "Traceback" not in ended.stdout + ended.stderr
    assert ended.returncode in DECIDED, ended.stdout[-2000:]
    assert (result.unexpected, result.missing, result.errors) == ([], [], [])


def judged(target: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conformance", "run", str(target), "--out", str(out), "--allow-untested"]
    return subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)


def rows_of(report: Path) -> list[dict[str, Any]]:
    return json.loads((report / "conformance.json").read_text(encoding="utf-8"))["requirements"]
