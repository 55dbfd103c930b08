"""Every command's --help has an example, and each works as pasted.

What an example names is there before: a target of a running payer, two finished runs, a sealed bundle, a resource, a
package. Only what lies outside the machine is put in place of what the example says: the address of a deployment.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from conformance.cli import commands
from conformance.proving.payer import reference_payer
from conformance.report import certification, files
from tests.pace import patience

ROOT = Path(__file__).parents[2]
# Examples that end otherwise than with 0, and why: RUN_B of the comparison has one more failure.
ENDS_WITH = {"compare": 1}
NEEDS_PACKAGES = {"guides build"}


def leaves(group: click.Group, prefix: str = "") -> list[tuple[str, click.Command]]:
    found = []
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            found += leaves(command, f"{prefix}{name} ")
        else:
            found.append((f"{prefix}{name}", command))
    return found


COMMANDS = dict(leaves(commands))


def printed(*words: str) -> list[str]:
    """What ``--help`` shows in a terminal of 80 columns: what a reader copies, not what the source says."""
    shown = CliRunner().invoke(commands, [*words, "--help"], terminal_width=80)
    assert shown.exit_code == 0
    return shown.output.splitlines()


def examples(name: str) -> list[str]:
    return [line.strip() for line in printed(*name.split()) if re.match(r" +conformance ", line)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_of_itself(name):
    assert [line for line in examples(name) if line.startswith(f"conformance {name}")]


@pytest.mark.parametrize("name", ["", "guides", *COMMANDS])
def test_no_mark_of_the_markup_is_left_in_a_help_and_every_example_is_a_command(name):
    assert "\\b" not in "".join(printed(*name.split()))
    for line in examples(name):
        words = line.split()[1:]
        assert " ".join(words[:2]) in COMMANDS or words[0] in COMMANDS


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with everything that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    document = json.loads((ROOT / "tests/cli/run.json").read_text(encoding="utf-8"))
    for name, status in (("monday", "pass"), ("latest", "fail")):
        (folder / "reports" / name).mkdir(parents=True)
        document["requirements"][0]["status"] = status
        (folder / "reports" / name / files.DOCUMENT).write_text(json.dumps(document), encoding="utf-8")
    bundle = folder / "certificate"
    shutil.copytree(folder / "reports/monday", bundle)
    document["requirements"][0]["status"] = "pass"
    files.write_summary(bundle, document)
    files.write_junit(bundle, document)
    certification.seal(bundle, document, evidence=(), waivers="")
    patient = {"resourceType": "Patient", "id": "a", "active": True}
    (folder / "eob.json").write_text(json.dumps(patient), encoding="utf-8")
    _package(folder / "hl7.fhir.us.davinci-pas-2.0.1.tgz")
    with reference_payer() as payer:
        shutil.copy(payer.target_file, folder / "staging.yaml")
        yield folder, payer.facts


def _package(path: Path) -> None:
    manifest = {"name": "hl7.fhir.us.davinci-pas", "version": "2.0.1", "fhirVersions": ["4.0.1"], "dependencies": {}}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in (("package.json", manifest),):
            data = json.dumps(content).encode()
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


@pytest.mark.parametrize(
    "name", sorted(name for name in COMMANDS if name != "serve"), ids=lambda name: name.replace(" ", "-")
)
def test_an_example_works_as_pasted(name, place, tmp_path):
    if name in NEEDS_PACKAGES and not os.environ.get("FHIR_PACKAGES"):
        pytest.skip("FHIR_PACKAGES names no folder with the official packages")
    folder, deployment = place
    for line in examples(name):
        words = shlex.split(line)[1:]
        if name == "init":
            words = [deployment["fhir_base"] if word.startswith("https:") else word for word in words]
            words = [*words[:-1], "new.yaml", "--ca-file", str(deployment["ca_file"])]
        done = subprocess.run(
            [sys.executable, "-m", "conformance", *words],
            capture_output=True,
            text=True,
            cwd=folder,
            env=_environment(tmp_path),
            check=False,
        )
        assert done.returncode == ENDS_WITH.get(name, 0), f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


@pytest.mark.browser
def test_a_token_is_written_for_its_owner_alone_and_never_printed(place, tmp_path):
    kept = tmp_path / "token"
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "login", "staging.yaml", "--token-file", str(kept)],
        capture_output=True,
        text=True,
        cwd=place[0],
        env=_environment(tmp_path),
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(kept.read_text(encoding="utf-8")) > 20
    assert kept.read_text(encoding="utf-8") not in done.stdout + done.stderr


def test_the_example_of_serve_serves_until_it_is_told_to_end_and_leaves_nothing_behind(tmp_path):
    (line,) = examples("serve")
    words = [*shlex.split(line)[1:], "--port", "0"]
    served = subprocess.Popen(
        [sys.executable, "-m", "conformance", *words],
        cwd=tmp_path,
        env=_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (tmp_path / "payer.yaml").exists():
            assert served.poll() is None
            time.sleep(0.05)
    finally:
        served.terminate()
    served.communicate(timeout=patience(30))  # ends only when the payer, which holds the other end, is gone too


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(home)}


def test_a_sealed_bundle_is_not_rendered_again(place):
    folder, _ = place
    before = (folder / "certificate" / files.SUMMARY).read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "report", "certificate"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=_environment(folder),
        check=False,
    )
    assert done.returncode == 4
    assert "sealed" in done.stderr
    assert (folder / "certificate" / files.SUMMARY).read_bytes() == before
