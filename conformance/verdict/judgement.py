"""What each check found, turned into a status for each requirement it verifies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from conformance.verdict.statuses import Status, roll_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conformance.findings import Finding
    from conformance.requirements import Catalogue, Effective, Requirement

    # Why a violation of a row is accepted (a waiver in force, the baseline); empty when it is not.
    Accepted = Callable[[str, Finding], str]

Outcome = Literal["judged", "undecided", "not-applicable", "error"]


def nothing_accepted(_row_id: str, _finding: Finding) -> str:
    """Without waivers and baseline every violation counts."""
    return ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check as it ended.

    ``outcome`` is ``judged`` when the check reached a verdict; its ``findings`` then say what is wrong (none: nothing).
    ``reason`` explains any other outcome. ``judged`` is (looked at, available) where a check samples; (0, 0) otherwise.
    ``blocked_by`` is the row whose failure left an undecided check nothing to judge, if one did.
    """

    id: str
    requirements: tuple[str, ...]
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    duration_s: float = 0.0
    judged: tuple[int, int] = (0, 0)
    description: str = ""
    exchanges: tuple[int, ...] = ()
    blocked_by: str = ""


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """The status of one row and everything it rests on; ``selected`` says whether the run was asked for the row."""

    row: Requirement
    effective: Effective
    status: Status
    reason: str
    checks: tuple[tuple[CheckResult, Status], ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    selected: bool = True


def judge_rows(
    catalogue: Catalogue,
    results: Sequence[CheckResult],
    *,
    effective: Mapping[str, Effective],
    selected: frozenset[str],
    undecided_because: str = "",
    accepted: Accepted = nothing_accepted,
) -> list[RowVerdict]:
    """A verdict for every row of the catalogue, in its order.

    ``effective`` maps each row id to how it counts. Rows outside ``selected`` are ``untested: not selected``.
    ``undecided_because`` is the reason for rows whose checks never ran because the run ended early.
    ``accepted`` tells why a violation is waived.
    """
    by_row: dict[str, list[CheckResult]] = {row.id: [] for row in catalogue}
    for result in results:
        for row_id in result.requirements:
            by_row[row_id].append(result)
    return [
        _judge(
            row,
            by_row[row.id],
            effective[row.id],
            selected=row.id in selected,
            ended=undecided_because,
            accepted=accepted,
        )
        for row in catalogue
    ]


def _judge(
    row: Requirement,
    results: Sequence[CheckResult],
    counts_as: Effective,
    *,
    selected: bool,
    ended: str,
    accepted: Accepted,
) -> RowVerdict:
    if not selected:
        return RowVerdict(row, counts_as, "untested", "not selected", selected=False)
    if counts_as == "off" and row.disposition != "evidence":
        return RowVerdict(row, counts_as, "untested", "switched off in the target (strict)")
    if not results:
        return RowVerdict(row, counts_as, "untested", ended or _why_untested(row))
    checks = tuple((result, status_of(result, row.id, counts_as, accepted)) for result in results)
    status = _status_of_row(row.id, checks)
    findings = tuple(finding for result in results for finding in findings_of(result, row.id))
    reason = _why_waived(row.id, findings, accepted) if status == "waived" else _reason(status, checks)
    return RowVerdict(row, counts_as, status, reason, checks, findings)


def _status_of_row(row_id: str, checks: Sequence[tuple[CheckResult, Status]]) -> Status:
    """The heaviest status, but a violation that does not gate also outranks an error or a gap in the same row."""
    heaviest = roll_up(status for _, status in checks)
    if heaviest in {"error", "undecided"} and any(
        status == "advisory" and any(finding.severity == "error" for finding in findings_of(result, row_id))
        for result, status in checks
    ):
        return "advisory"
    return heaviest


def _why_waived(row_id: str, findings: Sequence[Finding], accepted: Accepted) -> str:
    reasons = (accepted(row_id, finding) for finding in findings if finding.severity == "error")
    return "; ".join(dict.fromkeys(filter(None, reasons)))


def _why_untested(row: Requirement) -> str:
    if row.untested:
        return row.untested
    if row.disposition == "evidence":
        return "needs material from the payer; no HTTP call shows it"
    return "no check yet"


def findings_of(result: CheckResult, row_id: str) -> tuple[Finding, ...]:
    """The findings of ``result`` that concern ``row_id``: tagged with it, or untagged."""
    return tuple(finding for finding in result.findings if finding.requirement in {"", row_id})


def status_of(result: CheckResult, row_id: str, counts_as: Effective, accepted: Accepted = nothing_accepted) -> Status:
    """The status that one check gives one row; waived only when every violation of a gate row is accepted."""
    if result.outcome != "judged":
        return result.outcome
    findings = findings_of(result, row_id)
    severities = {finding.severity for finding in findings}
    if "error" in severities:
        if counts_as != "gate":
            return "advisory"
        violations = (finding for finding in findings if finding.severity == "error")
        return "waived" if all(accepted(row_id, finding) for finding in violations) else "fail"
    return "advisory" if "warning" in severities else "pass"


def _reason(status: Status, checks: Iterable[tuple[CheckResult, Status]]) -> str:
    if status in {"undecided", "not-applicable", "error"}:
        reasons = dict.fromkeys(result.reason for result, own in checks if own == status)
        return "; ".join(reason for reason in reasons if reason)
    return ""
