from dataclasses import replace

import pytest

from conformance.findings import Finding
from conformance.redaction import Redactor
from conformance.requirements import load_catalogue
from conformance.verdict import (
    EXIT_CODES,
    CheckResult,
    RowVerdict,
    RunFacts,
    build_document,
    decide,
    judge_rows,
    roll_up,
)
from conformance.verdict.judgement import status_of

CATALOGUE = load_catalogue()
ALL = frozenset(CATALOGUE.rows)
GATE = {row.id: "gate" for row in CATALOGUE}
ERROR = Finding("a.rule", "wrong")
WARNING = Finding("a.rule", "odd", severity="warning")


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["pass", "fail", "error"], "fail"),
        (["undecided", "error", "pass"], "error"),
        (["pass", "fail", "undecided"], "fail"),
        (["undecided", "advisory", "pass"], "undecided"),
        (["advisory", "waived", "pass"], "advisory"),
        (["waived", "pass"], "waived"),
        (["pass", "not-applicable"], "pass"),
        (["not-applicable"], "not-applicable"),
        ([], "untested"),
    ],
)
def test_the_heaviest_status_wins(statuses, expected):
    assert roll_up(statuses) == expected
    assert roll_up(reversed(statuses)) == expected


@pytest.mark.parametrize(
    ("outcome", "findings", "effective", "expected"),
    [
        ("judged", (), "gate", "pass"),
        ("judged", (ERROR,), "gate", "fail"),
        ("judged", (WARNING,), "gate", "advisory"),
        ("judged", (ERROR,), "advisory", "advisory"),
        ("judged", (Finding("r", "fyi", severity="information"),), "gate", "pass"),
        ("undecided", (), "gate", "undecided"),
        ("not-applicable", (), "gate", "not-applicable"),
        ("error", (), "gate", "error"),
    ],
)
def test_what_a_check_says_of_its_row(outcome, findings, effective, expected):
    result = CheckResult("c", ("PA-TOK-001",), outcome, findings=findings)
    assert status_of(result, "PA-TOK-001", effective) == expected


@pytest.mark.parametrize("other", ["error", "undecided"])
@pytest.mark.parametrize(
    ("finding", "effective", "expected"),
    [(ERROR, "gate", "fail"), (ERROR, "advisory", "advisory"), (WARNING, "gate", None), (WARNING, "advisory", None)],
)
def test_a_violation_outranks_an_error_and_a_gap_in_the_same_row(other, finding, effective, expected):
    results = [
        CheckResult("gap", ("PA-TOK-001",), other, reason="because"),
        CheckResult("seen", ("PA-TOK-001",), "judged", findings=(finding,)),
    ]
    verdict = by_id(judge_rows(CATALOGUE, results, effective=GATE | {"PA-TOK-001": effective}, selected=ALL))
    assert verdict["PA-TOK-001"].status == (expected or other)


def test_a_finding_counts_only_for_the_row_it_is_tagged_with():
    tagged = Finding("a.rule", "wrong", requirement="PA-TOK-002")
    result = CheckResult("c", ("PA-TOK-001", "PA-TOK-002"), "judged", findings=(tagged,))
    verdicts = by_id(judge_rows(CATALOGUE, [result], effective=GATE, selected=ALL))
    assert verdicts["PA-TOK-001"].status == "pass"
    assert verdicts["PA-TOK-002"].status == "fail"
    assert verdicts["PA-TOK-001"].findings == ()


@pytest.mark.parametrize(
    ("row_id", "effective", "selected", "reason"),
    [
        ("PA-TOK-001", "gate", ALL, "no check yet"),
        ("PA-TOK-001", "gate", ALL - {"PA-TOK-001"}, "not selected"),
        ("PA-TOK-003", "off", ALL, "switched off in the target (strict)"),
        ("PA-OPS-002", "off", ALL, CATALOGUE.get("PA-OPS-002").untested),
    ],
)
def test_an_untested_row_says_why(row_id, effective, selected, reason):
    verdicts = by_id(judge_rows(CATALOGUE, [], effective={**GATE, row_id: effective}, selected=selected))
    assert (verdicts[row_id].status, verdicts[row_id].reason) == ("untested", reason)


def test_reasons_of_undecided_checks_reach_the_row():
    results = [
        CheckResult("one", ("PA-TOK-001",), "undecided", reason="PA-AUTH-001 failed first"),
        CheckResult("two", ("PA-TOK-001",), "judged"),
    ]
    row = by_id(judge_rows(CATALOGUE, results, effective=GATE, selected=ALL))["PA-TOK-001"]
    assert (row.status, row.reason) == ("undecided", "PA-AUTH-001 failed first")


def row(status, effective="gate", row_id="PA-TOK-001", *, selected=True):
    return RowVerdict(CATALOGUE.get(row_id), effective, status, "", selected=selected)


@pytest.mark.parametrize(
    ("rows", "facts", "verdict", "code"),
    [
        ([row("pass")], {}, "conformant", 0),
        ([row("pass")], {"selected": True}, "conformant in the selection", 0),
        ([row("advisory")], {}, "conformant", 0),
        ([row("waived")], {}, "conformant", 0),
        ([row("fail")], {}, "non-conformant", 1),
        ([row("fail"), row("error")], {}, "non-conformant", 1),
        ([row("fail")], {"broken": "a suite could not be loaded"}, "non-conformant", 1),
        ([row("fail")], {"unreachable": "refused"}, "target unreachable", 6),
        ([row("fail")], {"unreachable": "refused", "misconfigured": "wrong password"}, "configuration error", 4),
        ([row("fail")], {"misconfigured": "x", "interrupted": "ctrl-c"}, "interrupted", 2),
        ([row("pass"), row("error")], {}, "harness error", 3),
        ([row("pass")], {"broken": "a suite could not be loaded"}, "harness error", 3),
        ([row("pass"), row("error", "advisory")], {}, "conformant", 0),
        ([row("pass"), row("undecided")], {}, "incomplete", 5),
        ([row("pass"), row("undecided")], {"allow_undecided": {"PA-TOK-001": "no such member"}}, "conformant", 0),
        ([row("pass"), row("undecided", "advisory")], {}, "conformant", 0),
        ([row("pass"), row("untested")], {}, "incomplete", 5),
        ([row("pass"), row("untested")], {"allow_untested": True}, "conformant", 0),
        ([row("pass"), row("untested", "off")], {}, "conformant", 0),
        ([row("pass"), row("untested", selected=False)], {"selected": True}, "conformant in the selection", 0),
        ([], {}, "incomplete", 5),
        ([row("untested")], {"allow_untested": True}, "incomplete", 5),
        ([row("not-applicable")], {}, "incomplete", 5),
        ([row("undecided")], {"allow_undecided": {"PA-TOK-001": "x"}}, "incomplete", 5),
    ],
)
def test_the_run_verdict_by_precedence(rows, facts, verdict, code):
    outcome = decide(rows, **facts)
    assert (outcome.verdict, outcome.exit_code) == (verdict, code)
    assert outcome.explanation


def test_only_conformant_verdicts_exit_zero():
    assert {verdict for verdict, code in EXIT_CODES.items() if code == 0} == {
        "conformant",
        "conformant in the selection",
    }


def by_id(verdicts):
    return {verdict.row.id: verdict for verdict in verdicts}


def test_shalls_that_are_broken_and_do_not_gate_are_listed():
    broken, wished = Finding("a", "broken"), Finding("b", "wished for", severity="warning")
    rows = [
        replace(row("advisory", "advisory", "PA-AUTH-008"), findings=(broken,)),
        replace(row("advisory", "advisory", "PA-SCOP-020"), findings=(wished,)),
        replace(row("fail"), findings=(broken,)),
    ]
    facts = RunFacts("a", {}, "", "", 0.0, "", "", {}, {})

    document = build_document(rows, decide(rows), facts, redactor=Redactor())

    assert document["shalls_not_gating"] == ["PA-AUTH-008"]
