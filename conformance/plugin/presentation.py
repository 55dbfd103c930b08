"""What a run shows: evidence on each check while it runs, and the files of the run folder at its end."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance import __version__
from conformance.report import allure, junit, summary, terminal
from conformance.verdict import RunFacts, RunOutcome, build_document, decide, judge_rows
from conformance.verdict.judgement import status_of

if TYPE_CHECKING:
    import pytest

    from conformance.plugin.run import Run
    from conformance.verdict import CheckResult

_PER_CHECK = 12


class Presenter:
    """Shows one run: progress by area, evidence in Allure, and at the end every file of the run folder."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.document: dict[str, Any] = {}
        self.renderer = ""
        self._progress = terminal.Progress(sys.stderr if not run.live else sys.stdout) if run.live else None
        self._area = ""
        self._counts: Counter[str] = Counter()

    def begin(self) -> None:
        """Say what is about to be judged."""
        if self._progress:
            self._progress.begin(self.run.target.deployment.name, self.run.target.deployment.fhir_base)

    def check_begins(self, area: str) -> None:
        """A check of ``area`` is about to run."""
        if area != self._area:
            self._close_area()
            self._area = area
            if self._progress:
                self._progress.area_started(area)

    def check_ended(self, item: pytest.Item, result: CheckResult) -> None:
        """Count the check and attach its evidence to the Allure result."""
        for row_id in result.requirements:
            self._counts[status_of(result, row_id, self.run.effective[row_id])] += 1
        rows = [self.run.catalogue.get(row_id) for row_id in result.requirements]
        allure.describe(item, rows, result)
        numbers = set(result.exchanges[:_PER_CHECK])
        chosen = [exchange for exchange in self.run.transport.exchanges if exchange.number in numbers]
        allure.attach(result, [self.run.transport.redacted(exchange) for exchange in chosen], self.run.redactor)

    def _close_area(self) -> None:
        if self._area and self._progress:
            self._progress.area_finished(self._area, dict(self._counts))
        self._counts.clear()
