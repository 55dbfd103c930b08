"""Nothing a real run wrote holds a secret, in any encoding."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from conformance.proving import payer as proving
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
    return record(payer, tmp_path_factory.mktemp("leaks"))


@pytest.fixture(scope="module")
def recorded_words(tmp_path_factory):
    """The same against a payer whose client secret is ``none`` and whose member's password is ``password``."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(proving, "_command", lambda _: [sys.executable, str(HERE / "plain_words.py")])
        with proving.reference_payer() as payer:
            yield record(payer, tmp_path_factory.mktemp("words"))


def record(payer, folder):
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


WORDS = {"none", "password"}
LABELS = re.compile(r"‹(client_secret|password|secret)[^›]*›")


def texts_of_ours(document):
    """Every sentence of a run that holds no value of a deployment."""
    for row in document["requirements"]:
        yield from (row["title"], row["description"], row["how_to_test"], row["source"], row["reason"])
        yield from (check["reason"] for check in row["checks"])
        yield from (finding["message"] for finding in row["findings"])
    yield from document["run"]["notes"]
    yield document["run"]["explanation"]


@pytest.mark.browser
def test_with_words_for_secrets_no_other_secret_leaks(recorded_words):
    out, secrets = recorded_words
    assert secrets >= WORDS
    found = scanner().leaks(out, {secret for secret in secrets if len(secret) > 8})
    assert [(leak.file, leak.form) for leak in found] == []


@pytest.mark.browser
def test_with_words_for_secrets_our_sentences_stay_whole(recorded_words):
    document = json.loads((recorded_words[0] / "conformance.json").read_text(encoding="utf-8"))

    assert document["run"]["exit_code"] == 0
    assert [text for text in texts_of_ours(document) if LABELS.search(text)] == []
    assert document["target"]["clients"]["public"]["authentication"] == "none"


@pytest.mark.browser
def test_words_that_are_secrets_are_masked_in_what_the_deployment_says(recorded_words):
    text = (recorded_words[0] / "exchanges.jsonl").read_text(encoding="utf-8")
    records = [json.loads(line) for line in text.splitlines()]
    said = [value for each in records for value in (each["body"], *each["headers"].values())]

    assert [value[:200] for value in said if re.search(r"\b(none|password)\b", LABELS.sub("", value))] == []
    assert any(LABELS.search(value) for value in said)
