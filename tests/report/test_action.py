"""The GitHub action and the snippets of the README: what can be tried of them without the services."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
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


def test_no_input_is_pasted_into_a_script():
    assert not any("${{" in step.get("run", "") for step in STEPS)


def test_every_step_after_the_first_is_left_out_for_a_fork():
    assert all("steps.secrets.outputs.skip != 'true'" in step["if"] for step in STEPS[1:])


def check_secrets(tmp_path, **environ):
    if not shutil.which("bash"):
        pytest.skip("no bash")
    output = tmp_path / "output"
    output.write_text("")
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", STEPS[0]["run"]],
        env={"PATH": os.environ["PATH"], "GITHUB_OUTPUT": str(output), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, output.read_text()


def test_secrets_are_masked_line_by_line_before_anything_else(tmp_path):
    code, said, output = check_secrets(tmp_path, NAMES="ONE TWO", ONE="first", TWO="second\nthird", FORK="")
    assert (code, output) == (0, "")
    assert said == "::add-mask::first\n::add-mask::second\n::add-mask::third\n"


def test_a_fork_without_secrets_ends_with_one_sentence(tmp_path):
    code, said, output = check_secrets(tmp_path, NAMES="ONE TWO", ONE="", FORK="true")
    assert (code, output) == (0, "skip=true\n")
    assert said == "::notice::Not judged: a pull request from a fork has no access to ONE TWO.\n"


def test_elsewhere_a_missing_secret_is_an_error_that_names_it(tmp_path):
    code, said, _ = check_secrets(tmp_path, NAMES="ONE", FORK="false")
    assert (code, said) == (4, "::error::No value in the environment for ONE\n")
    assert check_secrets(tmp_path, NAMES="ONE;id", FORK="")[0] == 4


def test_the_snippets_of_the_readme_are_yaml_and_name_real_options():
    snippets = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    github = next(yaml.safe_load(text) for text in snippets if "runs-on" in text)
    step = github["jobs"]["patient-access"]["steps"][1]
    assert step["with"].keys() <= ACTION["inputs"].keys()
    assert set(step["with"]["secrets"].split()) == step["env"].keys()
    gitlab = next(yaml.safe_load(text) for text in snippets if "artifacts:" in text)["patient-access"]
    assert gitlab["artifacts"]["reports"] == {"junit": "run/junit.xml"}
    waivers = next(text for text in snippets if text.startswith("waivers:"))
    assert len(yaml.safe_load(waivers)["waivers"]) == 2


def test_the_waivers_of_the_readme_are_a_waivers_file(tmp_path):
    from conformance.requirements import load_catalogue
    from conformance.verdict.waivers import load_waivers

    text = re.search(r"```yaml\n(waivers:.*?)```", README, re.DOTALL).group(1)
    (tmp_path / "w.yaml").write_text(text, encoding="utf-8")
    assert len(load_waivers(tmp_path / "w.yaml", load_catalogue().rows)) == 2
