"""From what a check raised to a recorded result and the outcome pytest, Allure and JUnit shall see.

========================  ==================  ===============================
raised                    status              pytest outcome
========================  ==================  ===============================
nothing                   pass                passed
NonConformance            fail or advisory    failed, or skipped ``ADVISORY``
NotDemonstrated           undecided           skipped ``UNDECIDED``
NotApplicable             not-applicable      skipped ``NOT APPLICABLE``
anything else             error               failed (Allure: broken)
========================  ==================  ===============================

Whatever is raised on to pytest is redacted first and carries no cause, so that no traceback can show a secret.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import ConfigError, HarnessError, NonConformance, NotApplicable, NotDemonstrated
from conformance.findings import Finding
from conformance.verdict import CheckResult, roll_up
from conformance.verdict.document import redacted
from conformance.verdict.judgement import status_of

if TYPE_CHECKING:
    from conformance.plugin.run import Run

_PREFIX = {
    "advisory": "ADVISORY",
    "undecided": "UNDECIDED",
    "waived": "WAIVED",
    "not-applicable": "NOT APPLICABLE",
}


def result_of(identity: str, rows: tuple[str, ...], problem: BaseException | None, **known: Any) -> CheckResult:
    """The result of a check that ended with ``problem`` (``None``: it ran through)."""
    match problem:
        case None:
            return CheckResult(identity, rows, "judged", **known)
        case NonConformance():
            return CheckResult(identity, rows, "judged", findings=problem.findings, **known)
        case NotDemonstrated():
            return CheckResult(identity, rows, "undecided", reason=problem.reason, **known)
        case NotApplicable():
            return CheckResult(identity, rows, "not-applicable", reason=str(problem), **known)
        case pytest.skip.Exception():
            return CheckResult(identity, rows, "undecided", reason=str(problem), **known)
        case AssertionError() if _raised_by_the_check(problem):
            finding = Finding("assertion", _first_line(problem))
            return CheckResult(identity, rows, "judged", findings=(finding,), **known)
        case _:
            return CheckResult(identity, rows, "error", reason=_sentence(problem), **known)


def outcome_for_pytest(result: CheckResult, problem: BaseException, run: Run) -> BaseException:
    """The exception that shows ``result`` to pytest and its reporters, redacted."""
    if result.outcome == "error":
        return HarnessError(run.redactor.text(result.reason))
    status = roll_up(status_of(result, row, run.effective[row]) for row in result.requirements)
    if result.outcome == "judged":
        findings = [redacted(finding, run.redactor) for finding in result.findings]
        if status == "fail":
            return NonConformance(findings)
        return pytest.skip.Exception(f"ADVISORY: {'; '.join(finding.message for finding in findings)}")
    return pytest.skip.Exception(f"{_PREFIX[result.outcome]}: {run.redactor.text(result.reason)}")


def _raised_by_the_check(problem: BaseException) -> bool:
    """Whether an assertion speaks for the check itself: its last frame is in a suite, not in a library."""
    frames = traceback.extract_tb(problem.__traceback__)
    return bool(frames) and frames[-1].name.startswith("test_")


def _sentence(problem: BaseException) -> str:
    if isinstance(problem, HarnessError | ConfigError):
        return str(problem)
    frames = traceback.extract_tb(problem.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(problem).__name__}: {_first_line(problem)}{where}"


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or ["no message"])[0]
