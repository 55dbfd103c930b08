"""From what a check raised to a recorded result and the outcome pytest, Allure and JUnit shall see.

========================  ==================  ===============================
raised                    status              pytest outcome
========================  ==================  ===============================
nothing                   pass                passed
NonConformance            fail                failed
                          advisory, waived    skipped ``ADVISORY``, ``WAIVED``
Undecided           undecided           skipped ``UNDECIDED``
NotApplicable             not-applicable      skipped ``NOT APPLICABLE``
anything else             error               failed (Allure: broken)
========================  ==================  ===============================

Whatever is raised on to pytest is redacted first and carries no cause, so that no traceback can show a secret.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import pytest

from conformance.errors import ConfigError, HarnessError, LoginRefused, NonConformance, NotApplicable, Undecided
from conformance.findings import Finding
from conformance.verdict import CheckResult, roll_up
from conformance.verdict.document import redacted
from conformance.verdict.judgement import Outcome, status_of

if TYPE_CHECKING:
    from conformance.engine.run import Run

_PREFIX = {
    "advisory": "ADVISORY",
    "undecided": "UNDECIDED",
    "waived": "WAIVED",
    "not-applicable": "NOT APPLICABLE",
}


def result_of(identity: str, rows: tuple[str, ...], problem: BaseException | None, **known: Any) -> CheckResult:
    """The result of a check that ended with ``problem`` (``None``: it ran through)."""
    outcome, reason, findings = _ending(problem)
    blocked_by = problem.blocked_by if isinstance(problem, Undecided) else ""
    return CheckResult(identity, rows, outcome, reason=reason, findings=findings, blocked_by=blocked_by, **known)


def _ending(problem: BaseException | None) -> tuple[Outcome, str, tuple[Finding, ...]]:
    """Outcome, reason and findings; the first kind that fits holds."""
    if problem is None or isinstance(problem, NonConformance):
        return "judged", "", getattr(problem, "findings", ())
    if isinstance(problem, AssertionError) and _raised_by_the_check(problem):
        return "judged", "", (Finding("assertion", _first_line(problem)),)
    for kinds, outcome, sentence in _NOT_JUDGED:
        if isinstance(problem, kinds):
            return outcome, sentence.format(problem), ()
    return "error", _sentence(problem), ()


_NOT_JUDGED: tuple[tuple[tuple[type[BaseException], ...], Outcome, str], ...] = (
    ((Undecided, pytest.skip.Exception), "undecided", "{}"),
    ((LoginRefused,), "undecided", "the login was refused: {}"),
    ((NotApplicable,), "not-applicable", "{}"),
)


def outcome_for_pytest(result: CheckResult, run: Run) -> BaseException:
    """The exception that shows ``result`` to pytest and its reporters, redacted."""
    if result.outcome == "error":
        return HarnessError(run.redactor.text(result.reason))
    accepted = run.acceptance.reason
    status = roll_up(status_of(result, row, run.effective[row], accepted) for row in result.requirements)
    if result.outcome == "judged":
        findings = [redacted(finding, run.redactor) for finding in _one_of_each(result.findings)]
        if status == "fail":
            return NonConformance(findings)
        return pytest.skip.Exception(f"{_PREFIX[status]}: {'; '.join(finding.message for finding in findings)}")
    return pytest.skip.Exception(f"{_PREFIX[result.outcome]}: {run.redactor.text(result.reason)}")


def _one_of_each(findings: tuple[Finding, ...]) -> list[Finding]:
    """The first finding of each rule and severity: a terminal needs no more, the reports have them all."""
    return list({(finding.severity, finding.rule): finding for finding in reversed(findings)}.values())[::-1]


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
