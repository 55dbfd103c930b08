"""What Tab offers, asked of the shells themselves where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pace import patience

ROOT = Path(__file__).parents[2]
OFFERED = {
    "ru": "run",
    "run --wai": "--waivers",
    "run --area sea": "search",
    "run --requirement PA-TOK-00": "PA-TOK-006",
    "run --guide us-core@6": "us-core@6.1.0",
    "run sta": "staging.yaml",
    "run --waivers wai": "waivers.yaml",
    "explain pa-tok-006": "PA-TOK-006",
    "serve --fault PA-SRCH-007": "PA-SRCH-007.second-page-repeats",
    "guides a": "add",
    "validate --format op": "operationoutcome",
}
# As a user has it in ~/.bashrc; what readline does itself (names of files) is done by compgen here.
BASH = """
eval "$(conformance completion bash)"
compopt() { [ "$2" = default ] && COMPREPLY+=($(compgen -f -- "$begun")); }
COMP_WORDS=(conformance "$@"); COMP_CWORD=$#; begun="${!#}"
_conformance_completion conformance "$begun"
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = "conformance completion fish | source; complete --do-complete"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with files to offer, and the command on the path."""
    folder = tmp_path_factory.mktemp("completion")
    for name in ("staging.yaml", "waivers.yaml"):
        (folder / name).touch()
    command = folder / "bin/conformance"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m conformance "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return folder


def shell(name, place, *arguments):
    if not shutil.which(name):
        pytest.skip(f"no {name}")
    environment = {
        **os.environ,
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(place),
    }
    done = subprocess.run(
        [name, *arguments], capture_output=True, text=True, cwd=place, env=environment, check=True, timeout=patience(60)
    )
    assert done.stderr == ""
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("typed", OFFERED)
def test_bash_offers_it(place, typed):
    assert OFFERED[typed] in shell("bash", place, "--norc", "-c", BASH, "bash", *typed.split())


@pytest.mark.parametrize("typed", OFFERED)
def test_fish_offers_it(place, typed):
    assert OFFERED[typed] in shell("fish", place, "--no-config", "-c", f"{FISH} 'conformance {typed}'")


def test_zsh_takes_the_script(place):
    script = 'autoload -U compinit; compinit -D -u; eval "$(conformance completion zsh)"; print $_comps[conformance]'
    assert shell("zsh", place, "-f", "-c", script) == ["_conformance_completion"]
