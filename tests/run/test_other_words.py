"""What a deployment says decides, not the form in which it says it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pace import patience

pytestmark = pytest.mark.browser

AREAS = ("discovery", "token", "identity", "scopes", "security-transport", "rest", "search")


def test_verdicts_do_not_depend_on_the_form_of_the_answers(payer, tmp_path):
    base = payer.facts["fhir_base"]
    options = [f"--target={payer.target_file}", f"--out={tmp_path / 'out'}", "--verdict-only", "--allow-untested"]
    options += [f"--set=deployment.fhir_base={base}/", *(f"--area={area}" for area in AREAS)]
    script = Path(__file__).with_name("recast.py")

    ended = subprocess.run(
        [sys.executable, script, "7", *options], capture_output=True, text=True, timeout=patience(300), check=False
    )

    document = json.loads((tmp_path / "out" / "conformance.json").read_text(encoding="utf-8"))
    judged = {row["id"]: row["status"] for row in document["requirements"] if row["area"] in AREAS}
    assert {row: status for row, status in judged.items() if status != "pass"} == {}, ended.stdout[-2000:]
    assert len(judged) > 100
