"""Starts pytest over the suites so that nothing in the user's own pytest set-up can change the run."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.requirements.coverage import suites_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

# The user's PYTEST_ADDOPTS, plugins and configuration files must not reach a run.
_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


def run_suites(options: Sequence[str]) -> int:
    """Run the suites with ``options`` (those of :mod:`conformance.plugin.options`) and return the exit code."""
    suites = suites_folder()
    for name in _FOREIGN:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    arguments = [
        str(suites),
        "-c",
        os.devnull,
        f"--rootdir={suites}",
        f"--confcutdir={suites}",
        "--import-mode=importlib",
        "--strict-markers",
        "--live",
        "-qq",
        "--no-header",
        "--no-summary",
        "--tb=short",
        "-o",
        "console_output_style=classic",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:logging",
        "-p",
        "no:junitxml",
        "-p",
        "conformance.plugin",
        *(() if "--verdict-only" in options else ("-p", "allure_pytest.plugin")),
        *options,
    ]
    return int(pytest.main(arguments))


def run_batch() -> None:
    """Run the suites once per line of standard input, a JSON array of options, and answer each with its exit code.

    One process for many small runs: what they share (imports, compiled tables) is paid for once.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        for line in sys.stdin:
            answers.write(f"{run_suites(json.loads(line))}\n")
            answers.flush()


if __name__ == "__main__":
    run_batch()
