"""Starts pytest over the suites so that nothing in the user's own pytest set-up can change the run."""

from __future__ import annotations

import os
import sys
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
        "allure_pytest.plugin",
        "-p",
        "conformance.plugin",
        *options,
    ]
    return int(pytest.main(arguments))
