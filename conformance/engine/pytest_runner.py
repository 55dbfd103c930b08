"""Starts pytest over the suites so that nothing in the user's own pytest set-up can change the run."""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.engine.plugin import fixture_modules
from conformance.engine.run import BROWSER
from conformance.login.shared_browser import SharedBrowser
from conformance.requirements.coverage import checks, suites_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.requirements.coverage import Check

# The user's PYTEST_ADDOPTS, plugins and configuration files must not reach a run.
_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")

_COLLECTED_AFTER = (100_000, 50, 100)  # objects, and collections of the younger generation
_HEAVY = ("httpx", "orjson", "playwright.async_api")


def run_suites(options: Sequence[str], *, only: Sequence[Path] = (), plugins: Sequence[object] = ()) -> int:
    """Run the suites with ``options`` (those of :mod:`conformance.engine.options`) and return the exit code.

    ``only`` these files are loaded, if any is named; ``plugins`` are registered with pytest as they are.
    """
    suites = suites_folder()
    for name in _FOREIGN:
        os.environ.pop(name, None)
    # Records and exchanges live to the end of the run; looking through them for garbage again and again takes seconds.
    gc.set_threshold(*_COLLECTED_AFTER)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    arguments = [
        *map(str, only or [suites]),
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
        "conformance.engine.plugin",
        *(() if "--verdict-only" in options else ("-p", "allure_pytest.plugin")),
        *options,
    ]
    return int(pytest.main(arguments, plugins=list(plugins)))


def load_fixtures() -> None:
    """Load what a run of all suites needs, for a caller who would otherwise wait for something else."""
    for name in ("conformance.engine.hooks", *fixture_modules(), *_HEAVY):
        import_module(name)


class _Lender:
    """Hands the browser of the process to the run that begins."""

    def __init__(self, browser: SharedBrowser) -> None:
        self.browser = browser

    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        early_config.stash[BROWSER] = self.browser


def _judging(options: Sequence[str], found: Sequence[Check]) -> list[Path]:
    """The files with a check of the rows that the options select; none when they select every row."""
    wanted = tuple(option.partition("=")[2] for option in options if option.startswith("--requirement="))
    return sorted({check.path for check in found if any(row.startswith(wanted) for row in check.requirements)})


def run_batch() -> None:
    """Run the suites once per line of standard input, a JSON array of options, and answer each with its exit code.

    One process for many small runs: what they share (imports, compiled tables, the browser) is paid for once.
    """
    found = checks()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, SharedBrowser() as browser:
        os.dup2(nowhere.fileno(), 1)
        for line in sys.stdin:
            options = json.loads(line)
            code = run_suites(options, only=_judging(options, found), plugins=[_Lender(browser)])
            answers.write(f"{code}\n")
            answers.flush()


if __name__ == "__main__":
    run_batch()
