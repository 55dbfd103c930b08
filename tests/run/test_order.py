"""The order of the checks decides nothing, and neither does what a run before left at the deployment."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pace import patience

pytestmark = pytest.mark.browser

ROWS = (
    "PA-TOK-008",
    "PA-TOK-014",
    "PA-TOK-017",
    "PA-TOK-018",
    "PA-SCOP-003",
    "PA-SCOP-016",
    "PA-IDEN-008",
    "PA-ISO-001",
)


@pytest.mark.parametrize("seed", [1, 2])
def test_verdicts_are_the_same_in_any_order_and_one_run_after_the_other(payer, tmp_path, seed):
    options = [f"--target={payer.target_file}", f"--out={tmp_path / 'out'}", "--verdict-only", "--allow-untested"]
    script = Path(__file__).with_name("shuffled.py")
    subprocess.run(
        [sys.executable, script, str(seed), *options, *(f"--requirement={row}" for row in ROWS)],
        capture_output=True,
        timeout=patience(200),
        check=True,
    )

    document = json.loads((tmp_path / "out" / "conformance.json").read_text(encoding="utf-8"))
    judged = {row["id"]: row["status"] for row in document["requirements"] if row["id"] in ROWS}
    assert judged == dict.fromkeys(ROWS, "pass")
