"""The mutation proof: what the tests share, and the table printed at the end of a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

if TYPE_CHECKING:
    from mutants.session import Session

KEPT: list[Session] = []
COLUMN = 62


@pytest.fixture(scope="session")
def proof() -> Session:
    """The official examples with a validator for each set of guides; skipped where there are no packages."""
    folder = os.environ.get("FHIR_PACKAGES", "")
    if not folder:
        pytest.skip("FHIR_PACKAGES is not set: no official examples to mutate")
    from mutants.session import Session

    KEPT.append(Session.of_packages(Path(folder)))
    return KEPT[-1]


@pytest.fixture(scope="session")
def own_proof() -> Session:
    """Our own clean resources, with the tables of the repository as definitions."""
    from mutants.session import Session

    KEPT.append(Session.of_tables())
    return KEPT[-1]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the killed share per operator, and every survivor and false alarm."""
    for session in KEPT:
        scores = session.scores
        if not scores:
            continue
        terminalreporter.section(f"mutants of {session.title} killed, by operator")
        columns = max(1, terminalreporter._tw.fullwidth // COLUMN)
        lines = [one.line for one in scores if one.made]
        rows = -(-len(lines) // columns)
        for row in range(rows):
            terminalreporter.write_line("".join(line.ljust(COLUMN) for line in lines[row::rows]).rstrip())
        for line in session.report():
            terminalreporter.write_line(line)
