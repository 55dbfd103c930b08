"""Which tests need a browser or a whole run, or wait for something, read off the fixtures and functions they use.

`make fast` leaves the first two out. A test that starts a browser in another way than by these fixtures carries its
marker itself.
"""

from __future__ import annotations

from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import pytest

from tests.pace import patience, slowness

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
# In these folders every test starts a whole run or another product's server, builds tables, or tries thousands of cases.
SLOW_FOLDERS = {"guides", "identity_providers", "mutation", "run"}
SLOW_FIXTURES = {"finished_run"}
BROWSER_FIXTURES = {"finished_run", "open_page", "shared_browser"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark before ``-m`` selects."""
    known: dict[Any, bool] = {}
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if BROWSER_FIXTURES.intersection(fixtures):
            item.add_marker(pytest.mark.browser)
        if SLOW_FIXTURES.intersection(fixtures) or item.path.relative_to(HERE).parts[0] in SLOW_FOLDERS:
            item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("browser") or any(_waits(function, known) for function in _functions(item)):
            item.add_marker(pytest.mark.waits)


def pytest_report_header() -> str:
    """How far limits are stretched, so that a failure on a slow machine can be read."""
    return f"pace: limits are stretched {slowness():.1f} times"


def _functions(item: pytest.Item) -> Iterator[Any]:
    """The test and its fixtures."""
    if isinstance(item, pytest.Function):
        yield item.function
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            yield definitions[-1].func


def _waits(function: Any, known: dict[Any, bool]) -> bool:
    """Whether a function, or one of its own module that it names, uses `patience`."""
    if not isinstance(function, FunctionType):
        return False
    if function not in known:
        known[function] = False  # until known otherwise: functions may name each other
        named = [function.__globals__.get(name) for name in _names(function.__code__)]
        own = (value for value in named if getattr(value, "__module__", "") == function.__module__)
        known[function] = patience in named or any(_waits(value, known) for value in own)
    return known[function]


def _names(code: CodeType) -> Iterator[str]:
    """The names that code and the functions inside it use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
