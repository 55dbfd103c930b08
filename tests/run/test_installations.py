"""The same run from a clone, from plain pytest, from an installed wheel, from a foreign or read-only folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conformance.requirements.coverage import suites_folder

ROOT = Path(__file__).parents[2]
SELECTION = ("--requirement", "PA-DISC-00", "--allow-untested")
HOSTILE_INI = """
[pytest]
addopts = --collect-only -k nothing_at_all --exitfirst
python_files = *.nothing
testpaths = nowhere
markers =
filterwarnings = error
"""


def judged(ended):
    return {row: status for row, status in ended.statuses.items() if status != "untested"}


@pytest.fixture
def usual(run, payer):
    return run(payer.target_file, *SELECTION)


@pytest.mark.browser
def test_plain_pytest_is_the_same_run(usual, payer, tmp_path):
    folder = tmp_path / "plain"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "suites", f"--target={payer.target_file}", f"--out={folder}", *SELECTION],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    plain = type(usual)(done.returncode, done.stdout + done.stderr, folder)
    assert plain.code == usual.code, plain.output
    assert judged(plain) == judged(usual)
    assert {path.name for path in folder.iterdir()} == {path.name for path in usual.folder.iterdir()}


def test_pytest_over_the_suites_without_a_target_is_exit_4():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "suites"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "--target" in done.stdout + done.stderr


@pytest.mark.browser
def test_a_hostile_pytest_configuration_changes_nothing(usual, run, payer, tmp_path):
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "pytest.ini").write_text(HOSTILE_INI, encoding="utf-8")
    (foreign / "conftest.py").write_text("raise RuntimeError('the conftest of a stranger was loaded')\n")
    shutil.rmtree(usual.folder)
    ended = run(
        payer.target_file, *SELECTION, cwd=foreign, PYTEST_ADDOPTS="--collect-only -x", PYTEST_PLUGINS="no.such.plugin"
    )
    assert ended.code == usual.code, ended.output
    assert judged(ended)
    assert "stranger" not in ended.output


@pytest.mark.browser
def test_an_installed_wheel_runs_read_only_in_a_foreign_folder(payer, tmp_path):
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    installed = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    for path in [*installed.rglob("*"), installed]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = sorted(str(path) for path in installed.rglob("*"))
    home = tmp_path / "home"
    home.mkdir()
    code = f"import sys; sys.path.insert(0, {str(installed)!r}); import conformance; print(conformance.__file__); "
    code += "from conformance.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, "run", str(payer.target_file), "--out=out", "--requirement=PA-DISC-001"],
        cwd=home,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1"},
        check=False,
    )
    assert str(installed) in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert (home / "out" / "conformance.json").exists()
    assert sorted(str(path) for path in installed.rglob("*")) == before, "a run wrote into the installation"
    for path in [installed, *installed.rglob("*")]:
        path.chmod(0o755)


def test_the_suites_are_where_the_package_expects_them():
    assert (suites_folder() / "test_discovery.py").exists()
