"""Makes the deployments importable by their own names, and prints what their runs came to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from reviewed import Comparison, table  # noqa: E402 - found by the line above

COMPARISONS = pytest.StashKey[list[Comparison]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COMPARISONS] = []


@pytest.fixture
def comparisons(request: pytest.FixtureRequest) -> list[Comparison]:
    """What the summary prints, one entry per deployment."""
    return request.config.stash[COMPARISONS]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if found := config.stash.get(COMPARISONS, []):
        terminalreporter.section("deployments")
        terminalreporter.write_line(table(found))
