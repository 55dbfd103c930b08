"""Which tests need a browser or a whole run, read off the fixtures they use and the folder they are in.

``make fast`` leaves both out. A test that starts a browser or runs a command for long by other ways than these fixtures
carries its marker itself; the folders' own ``pytestmark`` lines say so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pace import slowness

HERE = Path(__file__).parent
# In these folders every test starts a whole run or another product's server.
SLOW_FOLDERS = ("run", "identity_providers")
BROWSER_FIXTURES = {"open_page", "shared_browser", "finished_run"}
SLOW_FIXTURES = {"finished_run"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark before ``-m`` selects."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if used & BROWSER_FIXTURES:
            item.add_marker(pytest.mark.browser)
        if used & SLOW_FIXTURES or item.path.relative_to(HERE).parts[0] in SLOW_FOLDERS:
            item.add_marker(pytest.mark.slow)


def pytest_report_header() -> str:
    """How far limits are stretched, so that a failure on a slow machine can be read."""
    return f"pace: limits are stretched {slowness():.1f} times"
