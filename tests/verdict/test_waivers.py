"""What a waiver covers, when it must go, and what a waivers file may say."""

import datetime as dt

import pytest

from conformance.errors import ConfigError
from conformance.findings import Finding
from conformance.requirements import load_catalogue
from conformance.verdict import CheckResult, decide, judge_rows
from conformance.verdict.waivers import Waiver, Waivers, broken_waivers, load_waivers, path_fits

CATALOGUE = load_catalogue()
ALL = frozenset(CATALOGUE.rows)
GATE = {row.id: "gate" for row in CATALOGUE}
TODAY = dt.date(2026, 11, 23)
ROW, OTHER = "PA-TOK-006", "PA-TOK-007"
WRONG = Finding("binding.required", "wrong", path="Claim.item[3].category")
ELSE = Finding("cardinality.min", "missing", path="Claim.use")


def waiver(row=ROW, expires="2027-02-28", **more):
    return Waiver("the fix ships in January", "identity team", dt.date.fromisoformat(expires), row=row, **more)


def judged(*findings, outcome="judged", waivers=(), effective=GATE, whole=True):
    book = Waivers(tuple(waivers), TODAY)
    results = [CheckResult("c", (ROW,), outcome, findings=findings), CheckResult("d", (OTHER,), "judged")]
    rows = judge_rows(CATALOGUE, results, effective=effective, selected=ALL, accepted=book.covering)
    account = book.account(rows, whole=whole)
    ended = decide(rows, waivers=broken_waivers(account), allow_untested=True)
    return next(row for row in rows if row.row.id == ROW), [entry["state"] for entry in account], ended


@pytest.mark.parametrize(
    "by",
    [
        waiver(),
        waiver(rule="binding.required", path="Claim.item.category"),
        waiver(row="", rule="binding.required", path="Claim.*"),
        waiver(expires="2026-11-23"),
    ],
)
def test_a_waiver_in_force_covers_what_it_names_and_is_shown(by):
    row, states, ended = judged(WRONG, waivers=[by])
    assert (row.status, states, ended.verdict) == ("waived", ["in force"], "conformant")
    assert row.reason == f"waived until {by.expires} by identity team: the fix ships in January"
    assert row.findings == (WRONG,)
    assert row.checks[0][1] == "waived"


def test_a_violation_beside_the_waived_one_still_fails():
    row, states, ended = judged(WRONG, ELSE, waivers=[waiver(rule="binding.required", path="*")])
    assert (row.status, states, ended.exit_code) == ("fail", ["in force"], 1)


@pytest.mark.parametrize(
    ("findings", "by", "state"),
    [
        ((WRONG,), waiver(expires="2026-11-22"), "expired"),
        ((), waiver(expires="2026-11-22"), "expired"),
        ((), waiver(), "now passing"),
        ((WRONG,), waiver(rule="binding.extensible", path="*"), "unused"),
        ((WRONG,), waiver(row="", rule="binding.required", path="Claim.use"), "unused"),
        ((), waiver(row="", rule="binding.required", path="*"), "unused"),
    ],
)
def test_a_waiver_that_must_go_fails_the_run(findings, by, state):
    _, states, ended = judged(*findings, waivers=[by])
    assert states == [state]
    assert ended.exit_code == 1
    if not findings:
        assert ended.explanation.startswith(f"waivers to remove or renew: 1 {state}")


@pytest.mark.parametrize("outcome", ["error", "undecided"])
@pytest.mark.parametrize("expires", ["2027-02-28", "2026-01-01"])
def test_nothing_is_said_of_a_waiver_whose_row_was_not_decided_and_no_error_is_covered(outcome, expires):
    row, states, ended = judged(outcome=outcome, waivers=[waiver(expires=expires)])
    assert (row.status, states) == (outcome, ["not decided"])
    assert ended.verdict == {"error": "harness error", "undecided": "incomplete"}[outcome]


def test_of_a_selection_a_waiver_without_a_row_is_not_called_unused():
    by = waiver(row="", rule="binding.required", path="*")
    assert judged(waivers=[by], whole=False)[1] == ["not decided"]


def test_a_row_that_does_not_gate_needs_no_waiver():
    row, states, ended = judged(WRONG, waivers=[waiver()], effective=GATE | {ROW: "advisory"})
    assert (row.status, states, ended.exit_code) == ("advisory", ["now passing"], 1)


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("Claim.item.category", "Claim.item[12].category", True),
        ("Claim.item[*].category", "Claim.item[12].category", True),
        ("Claim.*", "Claim.item[1].detail[2].code", True),
        ("Claim.item", "Claim.item[1].category", False),
        ("Claim.it.m", "Claim.item", False),
        ("*", "", True),
    ],
)
def test_path_patterns(pattern, path, fits):
    assert path_fits(pattern, path) is fits


GOOD = """waivers:
  - row: PA-TOK-006
    reason: the fix ships in January
    owner: identity team
    expires: 2027-02-28
"""


def load(tmp_path, text):
    file = tmp_path / "waivers.yaml"
    file.write_text(text, encoding="utf-8")
    return load_waivers(file, CATALOGUE.rows)


def test_a_file_is_read(tmp_path):
    assert load(tmp_path, GOOD) == (waiver(),)
    assert load(tmp_path, "waivers: []") == ()


def test_every_mistake_is_told_at_once_whichever_kind_it_is(tmp_path):
    unshaped = "  - {reason: x, owner: y, expires: soon}\n"
    text = GOOD + unshaped if GOOD.endswith("\n") else f"{GOOD}\n{unshaped}"
    with pytest.raises(ConfigError) as told:
        load(tmp_path, text.replace(ROW, "PA-NO-001", 1))
    assert "is not a requirement" in str(told.value)
    assert "is not a date" in str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "PA-TOK-006",
            "PA-TOK-0006",
            'waivers.yaml:2: waivers[0].row: is not a requirement; did you mean "PA-TOK-006"?',
        ),
        ("owner", "ownr", 'waivers[0].ownr: unknown key; did you mean "owner"?'),
        ("row: PA-TOK-006", "message: wrong", "waivers[0].message: unknown key"),
        ("row: PA-TOK-006", "rule: a.rule", "waivers[0].path: is missing"),
        ("  - row: PA-TOK-006\n    reason", "  - reason", "names neither row nor rule and path"),
        ("    owner: identity team\n", "", "waivers[0].owner: is missing"),
        ("2027-02-28", "28.2.2027", "write it as 2027-02-28"),
        ("2027-02-28", "2027-02-30", "not a day of the calendar"),
        (GOOD, "", "is empty; waivers are a mapping"),
        (GOOD, "- a\n", "holds a list; waivers are a mapping"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path, old, new, said):
    with pytest.raises(ConfigError) as told:
        load(tmp_path, GOOD.replace(old, new))
    assert said in str(told.value)
