"""The pytest hooks of a run: selection, order, reachability, results, and the end of the session."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.engine import prepare as preparation
from conformance.engine.outcome import outcome_for_pytest, result_of
from conformance.engine.presenter import Presenter
from conformance.engine.run import RUN, Run
from conformance.errors import ConfigError, LoginRefused
from conformance.report import github
from conformance.requirements import AREAS

if TYPE_CHECKING:
    from collections.abc import Generator

    from conformance.verdict import CheckResult

PROBLEM: pytest.StashKey[BaseException] = pytest.StashKey()
EXCHANGES_BEFORE: pytest.StashKey[int] = pytest.StashKey()
JUDGED: pytest.StashKey[tuple[int, int]] = pytest.StashKey()
LATE_FIXTURE = "own_authorization"


def start(config: pytest.Config) -> Hooks:
    """Prepare the run that ``config``'s options ask for; raises :class:`pytest.UsageError` (exit 4) when it cannot."""
    try:
        run = preparation.prepare(config)
    except ConfigError as problem:
        for command in github.refused(str(problem), os.environ):
            sys.stdout.write(f"{command}\n")
        raise pytest.UsageError(str(problem)) from None
    config.stash[RUN] = run
    if not run.verdict_only:
        config.option.allure_report_dir = str(run.out / "allure-results")
    config.option.attach_capture = False
    config.option.showcapture = "no"
    return Hooks(run)


class Hooks:
    """Hook implementations around one :class:`Run`."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.presenter = Presenter(run)

    # -- before the checks ------------------------------------------------------------------------------------------

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the selected checks, by area, those that spend a grant of their own last."""
        checks = [item for item in items if item.get_closest_marker("verifies")]
        for item in checks:
            for row_id in rows_of(item):
                try:
                    self.run.catalogue.get(row_id)
                except ConfigError as problem:
                    raise pytest.UsageError(f"{identity(item)}: {problem}") from None
        kept = [item for item in checks if self.run.selected.intersection(rows_of(item))]
        kept.sort(key=lambda item: (_lateness(item), self._area_number(item)))
        dropped = [item for item in items if item not in kept]
        if dropped:
            config.hook.pytest_deselected(items=dropped)
        items[:] = kept

    def _area_number(self, item: pytest.Item) -> int:
        return AREAS.index(self.run.catalogue.get(rows_of(item)[0]).area)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember that a suite could not be loaded: rows it would have judged must not look merely untested."""
        if report.failed:
            self.run.broken = f"{report.nodeid} could not be loaded"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Ask whether the deployment answers at all before judging it."""
        if session.items:
            self.run.unreachable = preparation.unreachable(self.run)
        if self.run.unreachable:
            session.items.clear()
        self.presenter.begin()
        began = time.perf_counter()
        try:
            return (yield)
        finally:
            elsewhere = sum(self.run.seconds.get(phase, 0.0) for phase in ("login", "collection"))
            self.run.add_time("checks", time.perf_counter() - began - elsewhere)

    # -- one check --------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Turn what set-up raises into a status."""
        item.stash[EXCHANGES_BEFORE] = len(self.run.transport.exchanges)
        self.presenter.check_begins(self.run.catalogue.get(rows_of(item)[0]).area)
        yield from self._translated(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Turn what the check raises into a status."""
        yield from self._translated(item)

    def _translated(self, item: pytest.Item) -> Generator[None, None, None]:
        try:
            return (yield)
        except (KeyboardInterrupt, pytest.exit.Exception):
            raise
        except BaseException as problem:  # noqa: BLE001  every ending of a check becomes a status
            item.stash[PROBLEM] = problem
            if isinstance(problem, LoginRefused):
                self.run.misconfigured = self.run.misconfigured or str(problem)
            shown = outcome_for_pytest(self._result(item, 0.0), self.run)
            raise shown from None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Record the result of a check once it has ended, and keep only redacted text in its report."""
        report = yield
        if report.longrepr is not None and not isinstance(report.longrepr, tuple):
            shown = report.longreprtext  # what a check raised was masked when it was translated
            translated = call.when != "teardown" and PROBLEM in item.stash
            report.longrepr = shown if translated else self.run.redactor.text(shown)
        if call.when == "teardown" and call.excinfo is not None:
            self.run.broken = self.run.broken or f"{identity(item)}: {self.run.redactor.text(call.excinfo.exconly())}"
        ended = call.when == "call" or (call.when == "setup" and call.excinfo is not None)
        if ended and not isinstance(getattr(call.excinfo, "value", None), KeyboardInterrupt):
            result = self._result(item, call.duration)
            self.run.results.append(result)
            self.presenter.check_ended(result)
        return report

    def _result(self, item: pytest.Item, seconds: float) -> CheckResult:
        before = item.stash.get(EXCHANGES_BEFORE, 0)
        own = [exchange.number for exchange in self.run.transport.exchanges[before:]]
        problem = item.stash.get(PROBLEM, None)
        cited = [finding.exchange for finding in getattr(problem, "findings", ()) if finding.exchange]
        return result_of(
            identity(item),
            rows_of(item),
            problem,
            duration_s=seconds,
            judged=item.stash.get(JUDGED, (0, 0)),
            description=_docstring(item),
            exchanges=tuple(dict.fromkeys([*cited, *own]))[:20],
        )

    # -- the end ----------------------------------------------------------------------------------------------------

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Say that the run is partial; what was found so far is still written."""
        if excinfo.errisinstance(KeyboardInterrupt):
            self.run.interrupted = "interrupted; what was judged before is kept"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Close the browser and the clients, write the run folder, set the exit code."""
        session.exitstatus = self.presenter.finish()

    def pytest_terminal_summary(self) -> None:
        """Print the verdict after pytest's own output."""
        self.presenter.summarise()

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """With ``--live`` the areas are the progress, not pytest's letters."""
        return (report.outcome, "", "") if self.run.live else None


def rows_of(item: pytest.Item) -> tuple[str, ...]:
    """The requirement ids a check names."""
    return tuple(row for marker in item.iter_markers("verifies") for row in marker.args)


def identity(item: pytest.Item) -> str:
    """``test_token.py::test_name[parameter]``: the same from a clone, a wheel and any folder."""
    return f"{Path(item.path).name}::{item.name}"


def _lateness(item: pytest.Item) -> int:
    """Checks that spend a grant of their own come late; those that try to write come last, so that none sees it."""
    if item.get_closest_marker("writes"):
        return 2
    return int(LATE_FIXTURE in getattr(item, "fixturenames", ()))


def _docstring(item: pytest.Item) -> str:
    return (getattr(getattr(item, "function", None), "__doc__", "") or "").strip()
