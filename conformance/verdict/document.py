"""``conformance.json``: the machine-readable verdict, and the only input of every report.

The shape is described by ``conformance.schema.json`` beside this module.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.verdict.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.findings import Finding
    from conformance.redaction import Redactor
    from conformance.verdict.judgement import RowVerdict
    from conformance.verdict.outcome import RunOutcome

SCHEMA = "https://conformance.example/schemas/conformance-1.json"
_INDEX = re.compile(r"\[\d+\]")
_COUNT = re.compile(r"(?:in 0 of )?\d{1,6}")
_RULES_THAT_COUNT = frozenset(
    {
        "cardinality.min",
        "cardinality.max",
        "slicing.min",
        "slicing.max",
        "must-support.unseen",
        "must-support.not-in-sample",
        "must-support.choice",
    }
)
_EXAMPLES = 5
_SEVERITY = {"error": 0, "warning": 1, "information": 2}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run was, beside its verdicts.

    Times are ISO 8601 with offset; ``date`` is the day whose rules apply, ``today`` the day of the run;
    ``timings`` are seconds for login, collection, checks and report; ``guides`` are
    ``{name, version, standing, date, sha256}``; ``latency`` is ``{endpoint, n, p50_ms, p95_ms, max_ms}``;
    ``login_log`` is ``{member, scopes, reason}``; ``target`` is the target with its secrets replaced.
    """

    id: str
    tool: Mapping[str, str]
    started: str
    finished: str
    duration_s: float
    date: str
    today: str
    selection: Mapping[str, Sequence[str]]
    target: Mapping[str, Any]
    timings: Mapping[str, float] = field(default_factory=dict)
    guides: Sequence[Mapping[str, str]] = ()
    must_support: Sequence[Mapping[str, Any]] = ()
    not_checked: Mapping[str, int] = field(default_factory=dict)
    waivers: Sequence[Mapping[str, Any]] = ()
    latency: Sequence[Mapping[str, Any]] = ()
    exchanges: int = 0
    logins: int = 0
    authorizations: int = 0
    login_log: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[str] = ()


def build_document(
    rows: Sequence[RowVerdict], outcome: RunOutcome, facts: RunFacts, *, redactor: Redactor
) -> dict[str, Any]:
    """The whole document; every text that may hold member data or secrets has passed ``redactor``."""
    counts = Counter(row.status for row in rows)
    return {
        "schema": SCHEMA,
        "tool": dict(facts.tool),
        "run": {
            "id": facts.id,
            "started": facts.started,
            "finished": facts.finished,
            "duration_s": round(facts.duration_s, 3),
            "date": facts.date,
            "today": facts.today,
            "verdict": outcome.verdict,
            "explanation": redactor.sentence(outcome.explanation),
            "exit_code": outcome.exit_code,
            "over_waivers": outcome.over_waivers,
            "selection": {key: list(value) for key, value in facts.selection.items()},
            "timings": {key: round(value, 3) for key, value in facts.timings.items()},
            "notes": list(facts.notes),
        },
        "target": dict(facts.target),
        "guides": [dict(guide) for guide in facts.guides],
        "counts": {status: counts[status] for status in STATUSES},
        "requirements": [_row(row, redactor) for row in rows],
        "shalls_not_gating": _shalls_not_gating(rows),
        "must_support": [dict(entry) for entry in facts.must_support],
        "not_checked": dict(facts.not_checked),
        "waivers": [dict(entry) for entry in facts.waivers],
        "latency": [dict(entry) for entry in facts.latency],
        "exchanges": facts.exchanges,
        "logins": facts.logins,
        "authorizations": facts.authorizations,
        "login_log": [dict(entry) for entry in facts.login_log],
    }


def _shalls_not_gating(rows: Sequence[RowVerdict]) -> list[str]:
    """The ids of rows that state a SHALL, are violated, and do not gate for this target."""
    return [
        each.row.id
        for each in rows
        if each.row.strength == "SHALL"
        and each.status == "advisory"
        and any(finding.severity == "error" for finding in each.findings)
    ]


def _row(verdict: RowVerdict, redactor: Redactor) -> dict[str, Any]:
    row = verdict.row
    looked_at = [result.judged for result, _ in verdict.checks]
    return {
        "id": row.id,
        "title": row.title,
        "area": row.area,
        "strength": row.strength,
        "disposition": row.disposition,
        "effective": verdict.effective,
        "selected": verdict.selected,
        "source": row.source,
        "links": [{"label": label, "url": url} for label, url in row.links],
        "applies_to": row.applies_to,
        "how_to_test": row.how_to_test,
        "verified": row.verified,
        "description": "\n".join(
            dict.fromkeys(result.description for result, _ in verdict.checks if result.description)
        ),
        "status": verdict.status,
        "reason": redactor.sentence(verdict.reason),
        "blocked_by": sorted(
            {result.blocked_by for result, status in verdict.checks if status == verdict.status and result.blocked_by}
        ),
        "judged": {"n": sum(n for n, _ in looked_at), "of": sum(of for _, of in looked_at)},
        "checks": [
            {
                "id": result.id,
                "outcome": status,
                "duration_s": round(result.duration_s, 3),
                "reason": redactor.sentence(result.reason),
                "exchanges": list(result.exchanges),
            }
            for result, status in verdict.checks
        ],
        "resources": len({finding.resource for finding in verdict.findings if finding.resource}),
        "findings": group_findings([redacted(finding, redactor) for finding in verdict.findings]),
    }


def redacted(finding: Finding, redactor: Redactor) -> Finding:
    """The finding as it may leave for a report."""
    return replace(
        finding,
        message=redactor.sentence(finding.message),
        resource=redactor.text(finding.resource),
        expected=redactor.sentence(finding.expected),
        found=finding.found if _is_a_count(finding) else redactor.found(finding.path, finding.found),
    )


def _is_a_count(finding: Finding) -> bool:
    """Whether ``found`` says how many there are, and nothing of what a member has there: a mask would hide the 0."""
    return finding.rule in _RULES_THAT_COUNT and bool(_COUNT.fullmatch(finding.found))


def group_findings(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings of one rule at one element, whatever the index or the resource, as one entry with a count.

    The first of a group represents it; up to five examples keep where else it was seen. Worst severity first, then
    the most frequent.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        key = (finding.severity, finding.rule, _INDEX.sub("", finding.path), finding.profile)
        groups.setdefault(key, []).append(finding)
    ordered = sorted(groups.values(), key=lambda group: (_SEVERITY[group[0].severity], -len(group)))
    return [_group(group) for group in ordered]


def _group(group: Sequence[Finding]) -> dict[str, Any]:
    first = group[0]
    return {
        "rule": first.rule,
        "severity": first.severity,
        "count": len(group),
        "path": first.path,
        "resource": first.resource,
        "profile": first.profile,
        "message": first.message,
        "expected": first.expected,
        "found": first.found,
        "exchange": first.exchange,
        "examples": [
            {
                "resource": finding.resource,
                "path": finding.path,
                "message": finding.message,
                "found": finding.found,
                "exchange": finding.exchange,
            }
            for finding in group[:_EXAMPLES]
        ],
    }
