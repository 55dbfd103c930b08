"""What a run shows: a line per area and evidence per check while it runs, the run folder at its end."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import __version__
from conformance.report import allure, certification, files, github
from conformance.report.terminal import terminal
from conformance.verdict import RunFacts, build_document, decide, judge_rows
from conformance.verdict.document import group_findings
from conformance.verdict.judgement import status_of
from conformance.verdict.waivers import broken_waivers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.engine.run import Run
    from conformance.verdict import CheckResult

_NAMED_LATEST = "latest"


class Presenter:
    """Shows one run: progress by area, evidence in Allure, and at the end every file of the run folder."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.document: dict[str, Any] = {}
        self._terminal = terminal(sys.stdout) if run.live else None
        self._area = ""
        self._counts: Counter[str] = Counter()
        self._notes: list[str] = []

    def begin(self) -> None:
        """Say what is about to be judged."""
        if self._terminal:
            deployment = self.run.target.deployment
            self._terminal.line([(f"{deployment.name or 'deployment'} at {deployment.fhir_base}", "bold")])

    def check_begins(self, area: str) -> None:
        """A check of ``area`` is about to run."""
        if area != self._area:
            self._close_area()
            self._area = area
            if self._terminal:
                self._terminal.area_started(area)

    def check_ended(self, result: CheckResult) -> None:
        """Count the check and attach its evidence to the Allure result."""
        for row_id in result.requirements:
            counts_as = self.run.effective[row_id]
            self._counts[status_of(result, row_id, counts_as, self.run.acceptance.reason)] += 1
        if self.run.verdict_only:
            return
        rows = [self.run.catalogue.get(row_id) for row_id in result.requirements]
        shown = self._concerned([result])
        numbers = dict.fromkeys([*(finding.exchange for finding in result.findings), *sorted(result.exchanges)])
        records = [
            self.run.transport.redacted(self.run.transport.exchanges[number - 1], shown.get(number, ()))
            for number in sorted(islice((number for number in numbers if number), allure.EXCHANGES_SHOWN))
        ]
        allure.describe(rows, result)
        allure.attach(result, records, self.run.redactor)

    @staticmethod
    def _concerned(results: Sequence[CheckResult]) -> dict[int, set[str]]:
        """By exchange, the resources that stand for a kind of finding: those entries of a long Bundle must be shown."""
        concerned: dict[int, set[str]] = {}
        for group in (group for result in results for group in group_findings(result.findings) if group["resource"]):
            concerned.setdefault(group["exchange"], set()).add(group["resource"])
        return concerned

    def _close_area(self) -> None:
        if self._area and self._terminal:
            self._terminal.area_finished(self._area, dict(self._counts))
        self._counts.clear()
        self._area = ""

    def finish(self) -> int:
        """Write every file of the run folder and return the exit code; trouble in a report never changes it."""
        self._close_area()
        run = self.run
        rows = judge_rows(
            run.catalogue,
            run.results,
            effective=run.effective,
            selected=run.selected,
            undecided_because=_ended_early(run),
            accepted=run.acceptance.reason,
        )
        waivers = run.acceptance.account(rows, whole=run.selected == run.catalogue.rows.keys())
        outcome = decide(
            rows,
            selected=any(run.selection.values()),
            interrupted=run.interrupted,
            misconfigured=run.misconfigured,
            unreachable=run.unreachable,
            broken=run.broken,
            waivers=broken_waivers(waivers),
            allow_undecided={} if run.certify else run.target.undecided.allow,
            allow_untested=run.allow_untested,
        )
        self.document = build_document(rows, outcome, self._facts(waivers), redactor=run.redactor)
        run.notes += run.acceptance.notes(self.document)
        self.document["run"]["notes"] = list(run.notes)
        if self._terminal:  # the report takes a while
            self._terminal.verdict(self.document)
        self._write()
        return outcome.exit_code

    def _facts(self, waivers: Sequence[dict[str, Any]]) -> RunFacts:
        run = self.run
        finished = dt.datetime.now(dt.UTC)
        return RunFacts(
            id=f"{run.started:%Y%m%dT%H%M%SZ}",
            tool={"name": "patient-access-conformance", "version": __version__, "python": platform.python_version()},
            started=run.started.isoformat(timespec="seconds"),
            finished=finished.isoformat(timespec="seconds"),
            duration_s=time.perf_counter() - run.clock,
            date=run.date.isoformat(),
            today=run.today.isoformat(),
            selection=run.selection,
            target=run.target.redacted(),
            timings={phase: run.seconds.get(phase, 0.0) for phase in ("login", "collection", "checks", "report")},
            guides=run.guides,
            must_support=run.must_support,
            not_checked=run.not_checked,
            waivers=waivers,
            latency=run.transport.latency(),
            exchanges=len(run.transport.exchanges),
            logins=run.logins,
            authorizations=run.authorizations,
            login_log=run.login_log,
            notes=run.notes,
        )

    def _write(self) -> None:
        began = time.perf_counter()
        folder = self.run.out
        self._write_document(folder)
        if self.run.verdict_only:
            return
        self.run.transport.write(folder / files.EXCHANGES, self._concerned(self.run.results))
        files.write_junit(folder, self.document)
        allure.write_run_facts(folder / files.RESULTS, self.document, os.environ)
        files.take_kill_table(folder)
        rendered = files.write_allure(folder, self.document)
        if rendered.problem:
            self._notes.append(f"no Allure report: {rendered.problem}")
        self.document["run"]["timings"]["report"] = round(time.perf_counter() - began, 3)
        self._write_document(folder)
        files.write_summary(folder, self.document)
        if self.run.certify:
            self._seal(folder)
        _point_latest_to(folder)

    def _seal(self, folder: Path) -> None:
        run = self.run
        waivers = Path(run.waivers_file).read_text(encoding="utf-8") if run.waivers_file else ""
        evidence = [row for row in run.catalogue if row.disposition == "evidence"]
        seal = certification.seal(folder, self.document, evidence=evidence, waivers=run.redactor.text(waivers))
        self._notes.append(f"certification bundle {folder}; its seal, to note elsewhere: {seal}")

    def _write_document(self, folder: Path) -> None:
        text = json.dumps(self.document, indent=1, ensure_ascii=False)
        (folder / files.DOCUMENT).write_text(text + "\n", encoding="utf-8")

    def summarise(self) -> None:
        """Print the final account, of which our own terminal has shown the verdict already."""
        shown = self._terminal or terminal(sys.stdout)
        if shown is not self._terminal:
            shown.verdict(self.document)
        report = self.run.out / files.ALLURE
        paths = {"summary": self.run.out / files.SUMMARY} | ({"report": report} if report.exists() else {})
        shown.files(paths)
        for note in self._notes:
            shown.line([(note, "dim")])
        for command in github.publish(self.document, os.environ):
            sys.stdout.write(f"{command}\n")


def _ended_early(run: Run) -> str:
    if run.unreachable:
        return "the target gave no HTTP answer"
    return "the run was interrupted first" if run.interrupted else ""


def _point_latest_to(folder: Path) -> None:
    """``latest`` beside the run folder leads to it, where the file system has links."""
    link = folder.parent / _NAMED_LATEST
    with suppress(OSError):
        if link.is_symlink() or not link.exists():
            link.unlink(missing_ok=True)
            link.symlink_to(folder.name, target_is_directory=True)
