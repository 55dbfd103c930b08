"""Nothing a real run wrote holds a secret, in any encoding."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.pace import patience

HERE = Path(__file__).parent


def scanner():
    spec = importlib.util.spec_from_file_location("leak_scanner", HERE.parent / "leaks" / "scanner.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["leak_scanner"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recorded(payer, tmp_path_factory):
    """A whole run, its folder, what it printed, and every secret that crossed the wire or stands in the target."""
    folder = tmp_path_factory.mktemp("leaks")
    out, noted = folder / "out", folder / "secrets.json"
    done = subprocess.run(
        [
            sys.executable,
            str(HERE / "recording.py"),
            str(noted),
            f"--target={payer.target_file}",
            f"--out={out}",
        ],
        capture_output=True,
        text=True,
        timeout=patience(300),
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
    )
    (out / "printed.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    secrets = set(json.loads(noted.read_text(encoding="utf-8")))
    target = yaml.safe_load(payer.target_file.read_text(encoding="utf-8"))
    for member in target["members"].values():
        secrets |= {member["password"], member["totp_secret"]}
    secrets |= {client["client_secret"] for client in target["clients"].values() if client.get("client_secret")}
    return out, secrets


@pytest.mark.browser
def test_a_whole_run_leaks_no_secret(recorded):
    out, secrets = recorded
    assert len(secrets) > 20, "the recording saw too little to prove anything"
    assert (out / "allure" / "index.html").exists()
    found = scanner().leaks(out, secrets)
    assert [(leak.file, leak.form) for leak in found] == []


@pytest.mark.browser
@pytest.mark.parametrize(
    "name", ["conformance.json", "junit.xml", "summary.html", "exchanges.jsonl", "allure/index.html"]
)
def test_a_planted_secret_is_found_in_every_kind_of_file(recorded, name, tmp_path):
    out, secrets = recorded
    planted = max(secrets, key=len)
    copy = tmp_path / Path(name).name
    copy.write_bytes((out / name).read_bytes() + planted.encode())
    assert scanner().leaks(tmp_path, [planted])
