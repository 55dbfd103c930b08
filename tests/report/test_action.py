"""The GitHub action and the snippets of the README: what can be tried of them without the services.

Their readers are the schemas of GitHub and GitLab, as check-jsonschema carries them, and bash.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_is_a_composite_action_as_github_wants_it():
    assert {"name", "description", "inputs", "outputs", "runs"} == ACTION.keys()
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert ("run" in step) != ("uses" in step)
        assert ("shell" in step) == ("run" in step)


def schema_faults(schema, path, *options):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *options, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def snippet(language, mark):
    (text,) = (text for text in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if mark in text)
    return text


def test_github_s_schema_knows_the_action():
    assert schema_faults("vendor.github-actions", ROOT / "action.yml") == ""


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        *(("vendor.github-workflows", path) for path in sorted((ROOT / ".github/workflows").iterdir())),
        *(("vendor.github-issue-forms", path) for path in sorted((ROOT / ".github/ISSUE_TEMPLATE").iterdir())),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_github_s_schema_knows_this_repository_s_own_workflows_and_forms(schema, path):
    assert schema_faults(schema, path) == ""


def test_the_workflow_of_the_readme_is_whole_and_github_s_schema_knows_it(tmp_path):
    (tmp_path / "workflow.yml").write_text(snippet("yaml", "runs-on"), encoding="utf-8")
    assert schema_faults("vendor.github-workflows", tmp_path / "workflow.yml") == ""


def test_gitlab_s_schema_knows_the_pipeline_of_the_readme(tmp_path):
    (tmp_path / ".gitlab-ci.yml").write_text(snippet("yaml", "artifacts:"), encoding="utf-8")
    assert schema_faults("vendor.gitlab-ci", tmp_path / ".gitlab-ci.yml", "--data-transform", "gitlab-ci") == ""


@pytest.mark.parametrize(("language", "mark"), [("yaml", "runs-on"), ("yaml", "artifacts:"), ("groovy", "node(")])
def test_a_snippet_for_ci_takes_ten_lines_and_brings_the_harness_with_it(language, mark):
    text = snippet(language, mark)
    assert len(text.splitlines()) <= 10
    assert "your-org/patient-access-conformance" in text


def test_no_input_is_pasted_into_a_script():
    assert not any("${{" in step.get("run", "") for step in STEPS)


def test_every_step_after_the_first_is_left_out_for_a_fork():
    assert all("steps.secrets.outputs.skip != 'true'" in step["if"] for step in STEPS[1:])


def step(script, tmp_path, **environ):
    """A script of the action as the runner starts it; its exit code, what it printed, and its outputs."""
    if not shutil.which("bash"):
        pytest.skip("no bash")
    output = tmp_path / "output"
    output.write_text("")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(output), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, output.read_text()


def check_secrets(tmp_path, **environ):
    return step(STEPS[0]["run"], tmp_path, **environ)


def test_secrets_are_masked_line_by_line_before_anything_else(tmp_path):
    code, said, output = check_secrets(tmp_path, NAMES="ONE TWO", ONE="first", TWO="second\nthird", FORK="")
    assert (code, output) == (0, "")
    assert said == "::add-mask::first\n::add-mask::second\n::add-mask::third\n"


def test_a_secret_is_masked_as_it_is_and_not_as_the_runner_would_read_it(tmp_path):
    assert check_secrets(tmp_path, NAMES="ONE", ONE="a%0Ab\r\nc%")[1] == "::add-mask::a%250Ab\n::add-mask::c%25\n"


def test_a_branch_of_a_repository_that_is_a_fork_is_no_fork():
    assert "head.repo.full_name != github.repository" in STEPS[0]["env"]["FORK"]
    assert "github.event_name == 'pull_request'" in STEPS[0]["env"]["FORK"]


def test_the_run_hands_over_its_options_its_exit_code_and_a_name_for_the_artifact(tmp_path):
    command = tmp_path / "conformance/bin/conformance"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 5\n')
    command.chmod(0o755)
    run = next(each["run"] for each in STEPS if each.get("id") == "run")
    given = {"RUNNER_TEMP": str(tmp_path), "TARGET": "my target.yaml", "OUT": "build/run 1"}

    code, said, output = step(run, tmp_path, OPTIONS="--area token\n--baseline known.json\n", **given)

    assert (code, output) == (5, "artifact=build-run-1\nexit-code=5\n")
    assert said.splitlines() == [
        *("run", "my target.yaml", "--out", "build/run 1", "--area", "token", "--baseline", "known.json")
    ]
    assert step(run, tmp_path, OPTIONS="", **given)[1].splitlines() == ["run", "my target.yaml", "--out", "build/run 1"]


def test_a_fork_without_secrets_ends_with_one_sentence(tmp_path):
    code, said, output = check_secrets(tmp_path, NAMES="ONE TWO", ONE="", FORK="true")
    assert (code, output) == (0, "skip=true\n")
    assert said == "::notice::Not judged: a pull request from a fork has no access to ONE TWO.\n"


def test_elsewhere_a_missing_secret_is_an_error_that_names_it(tmp_path):
    code, said, _ = check_secrets(tmp_path, NAMES="ONE", FORK="false")
    assert (code, said) == (4, "::error::No value in the environment for ONE\n")
    assert check_secrets(tmp_path, NAMES="ONE;id", FORK="")[0] == 4


def test_the_snippets_of_the_readme_agree_with_the_action_and_the_run_folder():
    job = yaml.safe_load(snippet("yaml", "runs-on"))["jobs"]["patient-access"]
    used = job["steps"][1]
    assert used["with"].keys() <= ACTION["inputs"].keys()
    assert set(used["with"]["secrets"].split()) == used["env"].keys()
    gitlab = yaml.safe_load(snippet("yaml", "artifacts:"))["patient-access"]
    assert gitlab["artifacts"]["reports"] == {"junit": "run/junit.xml"}


def test_the_waivers_of_the_readme_are_a_waivers_file(tmp_path):
    from conformance.requirements import load_catalogue
    from conformance.verdict.waivers import load_waivers

    (tmp_path / "w.yaml").write_text(snippet("yaml", "waivers:"), encoding="utf-8")
    assert len(load_waivers(tmp_path / "w.yaml", load_catalogue().rows)) == 2
