"""From what checks found to a status per row, one verdict and one exit code."""

from conformance.verdict.document import RunFacts, build_document
from conformance.verdict.judgement import CheckResult, RowVerdict, judge_rows
from conformance.verdict.outcome import EXIT_CODES, RunOutcome, decide
from conformance.verdict.statuses import STATUSES, Status, roll_up

__all__ = [
    "EXIT_CODES",
    "STATUSES",
    "CheckResult",
    "RowVerdict",
    "RunFacts",
    "RunOutcome",
    "Status",
    "build_document",
    "decide",
    "judge_rows",
    "roll_up",
]
