"""What a user may get wrong is answered with one clear sentence and exit code 4."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.engine import prepare as preparation

ROOT = Path(__file__).parents[2]


def conformance(*arguments, cwd=ROOT):
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run"], "name either a target file or --reference"),
        (["run", ""], "name either a target file or --reference"),
        (["run", "x.yaml", "--reference"], "name either a target file or --reference"),
        (["run", "missing.yaml"], "missing.yaml"),
        (["run", "missing.yaml", "--area", "tokens"], "missing.yaml"),
        (["run", "--nonsense"], "No such option"),
        (["explain", "PA-TOC-006"], "did you mean 'PA-TOK-006'"),
        (["list", "--area", "tokens"], "did you mean 'token'"),
        (["nonsense"], "No such command"),
        (["serve", "--fault", "nonsense"], "there is no fault nonsense"),
        (["serve", "--port", "0", "--write-target", "missing/payer.yaml"], "No such file"),
    ],
)
def test_wrong_usage_is_exit_4(arguments, said, tmp_path):
    done = conformance(*arguments, cwd=tmp_path)
    assert done.returncode == 4
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_selection_that_matches_nothing_is_exit_4(run, payer):
    ended = run(payer.target_file, "--requirement", "PA-NONE")
    assert ended.code == 4
    assert "PA-NONE" in ended.output


@pytest.mark.parametrize("options", [["--waivers", "none.yaml"], ["--baseline", "none.json"], ["--area", "none"]])
def test_a_mistake_leaves_no_run_folder_behind(payer, tmp_path, options):
    done = conformance("run", str(payer.target_file), "--out", "run", *options, cwd=tmp_path)
    assert done.returncode == 4
    assert list(tmp_path.iterdir()) == []


def test_runs_of_the_same_second_have_a_folder_each(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {preparation.run_folder(None).name for _ in range(3)}
    assert len(names) == 3


def test_a_version_that_yaml_reads_as_a_number_is_still_a_version(run, payer):
    ended = run(payer.target_file, "--guide", "us-core@6.1")
    assert ended.code == 4
    assert "three numbers" in ended.output


def test_a_guide_that_is_not_at_hand_is_told_before_anything_is_asked(run, payer):
    ended = run(payer.target_file, "--guide", "us-core@9.0.0")
    assert ended.code == 4
    assert "versions at hand: 3.1.1, 6.1.0, 7.0.0" in ended.output


def test_trouble_of_ours_is_exit_3_and_what_a_pipe_cannot_show_is_replaced(tmp_path):
    program = "import conformance.cli as c; c.commands.add_command(c.click.Command('boom', callback=lambda: print('→', 1 / 0))); c.main(['boom'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, "ZeroDivisionError" in done.stderr) == (3, True)
    shown = "from conformance.cli import main, commands; commands.callback = lambda: print('→'); main(['list', '--area', 'operations'])"
    done = subprocess.run(
        [sys.executable, "-c", shown],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
    )
    assert (done.returncode, done.stdout[:1]) == (0, "?")


def test_a_wrong_key_names_the_nearest_one(run, changed_target):
    ended = run(changed_target(lambda target: target.update(politness={})))
    assert ended.code == 4
    assert "politeness" in ended.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--area", "discovery"], "leave --area and --requirement away"),
        (["--allow-untested"], "leave --allow-untested away"),
        (["--baseline", "known.json"], "leave --baseline away"),
        (["--set", "run_date=2026-01-01"], "leave run_date 2026-01-01 away"),
    ],
)
def test_what_cannot_certify_is_refused_before_anything_is_asked(run, payer, options, said):
    ended = run(payer.target_file, "--certify", *options)
    assert ended.code == 4
    assert said in ended.output


def test_a_folder_that_holds_a_run_is_refused(run, payer, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "conformance.json").write_text("{}")
    ended = run(payer.target_file, "--area", "discovery")
    assert ended.code == 4
    assert "already holds a run" in ended.output


def test_list_and_explain_speak_of_the_catalogue():
    listed = conformance("list", "--area", "isolation")
    assert listed.returncode == 0
    assert "PA-ISO-001" in listed.stdout
    explained = conformance("explain", "pa-tok-006")
    assert explained.returncode == 0
    assert "RFC 7636" in explained.stdout


@pytest.mark.browser
def test_login_shows_all_that_was_asked_and_ends_1_when_the_code_cannot_be_exchanged(changed_target, tmp_path):
    def wrong_secret(target):
        target["clients"]["main"]["client_secret"] = "an-old-secret"
        target["clients"]["main"]["authorization_parameters"] = {"prompt": "consent"}

    done = conformance("login", str(changed_target(wrong_secret)), "--explain", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    asked = done.stdout.partition("Asked:")[2]
    for name in ("scope", "aud", "redirect_uri", "state", "code_challenge_method", "response_type", "prompt: consent"):
        assert f"   {name}" in asked
    assert "The code could not be exchanged: HTTP 401 invalid_client" in done.stdout
    assert "an-old-secret" not in done.stdout
