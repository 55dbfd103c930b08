"""What differs between two runs, and which differences are regressions."""

import pytest

from conformance.verdict.comparison import compare


def run(*rows, **facts):
    known = {"id": "a", "verdict": "conformant", "selection": {}} | facts
    return {
        "run": known,
        "requirements": list(rows),
        "target": {"deployment": {"name": "Payer"}},
        "tool": {"version": "1"},
        "guides": [{"name": "us-core", "version": facts.get("us_core", "6.1.0")}],
        "exchanges": 1,
        "logins": 1,
    }


def row(status, *rules, effective="gate", row_id="PA-TOK-001"):
    findings = [{"rule": rule, "severity": "error", "path": "Claim.item[1]"} for rule in rules]
    about = {"title": "A title", "area": "token", "effective": effective}
    return {"id": row_id, "status": status, "findings": findings} | about


@pytest.mark.parametrize(
    ("before", "after", "kind", "regressed"),
    [
        (row("pass"), row("fail", "a"), "worse", True),
        (row("pass"), row("undecided"), "worse", True),
        (row("pass"), row("error"), "worse", True),
        (row("waived", "a"), row("fail", "a"), "worse", True),
        (row("fail", "a"), row("fail", "a", "b"), "worse", True),
        (row("pass", effective="advisory"), row("advisory", "a", effective="advisory"), "worse", False),
        (row("fail", "a"), row("pass"), "mended", False),
        (row("fail", "a", "b"), row("fail", "a"), "mended", False),
        (row("fail", "a"), row("undecided"), "worse", True),
        (row("untested"), row("pass"), "changed", False),
        (row("untested"), row("fail", "a"), "worse", True),
        (row("pass"), row("untested"), "changed", False),
        (row("undecided"), row("pass"), "mended", False),
        (row("pass"), row("not-applicable"), "changed", False),
    ],
)
def test_how_a_change_counts(before, after, kind, regressed):
    compared = compare(run(before), run(after))
    assert [(change.kind, change.regressed) for change in compared.changes] == [(kind, regressed)]
    assert compared.regressed is regressed


def test_the_same_run_differs_in_nothing():
    same = run(row("fail", "a"), row("pass", row_id="PA-TOK-002"))
    compared = compare(same, same)
    assert (compared.changes, compared.circumstances, compared.rows) == ((), (), 2)


def test_violations_are_the_same_at_any_index_and_rows_may_come_and_go():
    moved = row("fail", "a")
    moved["findings"][0]["path"] = "Claim.item[5]"
    assert compare(run(row("fail", "a")), run(moved)).changes == ()
    gone, new = compare(run(row("pass")), run(row("pass", row_id="PA-TOK-002"))).changes[::-1]
    assert (gone.after, new.before) == ("untested", "untested")


def test_what_differs_in_the_circumstances_is_told():
    compared = compare(run(id="a"), run(id="b", us_core="7.0.0"))
    assert compared.circumstances == (("run", "a", "b"), ("guide us-core", "6.1.0", "7.0.0"))


def test_a_row_whose_rule_changed_is_told_from_a_deployment_that_changed():
    before = row("advisory", "a", effective="advisory") | {"disposition": "configurable", "checks": [{"id": "t::a[x]"}]}
    after = row("fail", "a") | {"disposition": "gate", "checks": [{"id": "t::a[y]"}, {"id": "t::b"}]}

    (change,) = compare(run(before), run(after)).changes
    (same,) = compare(run(row("pass")), run(row("fail", "a"))).changes

    assert change.rule == ("disposition: configurable → gate", "check added: b")
    assert same.rule == ()


def test_a_check_that_moved_to_another_file_is_the_same_check():
    before = row("fail", "a", "b") | {"checks": [{"id": "suites/test_old.py::test_a[x]"}]}
    moved = before | {"checks": [{"id": "suites/test_new.py::test_a[x]"}]}
    mended = row("fail", "a") | {"checks": moved["checks"]}

    assert compare(run(before), run(moved)).changes == ()
    assert [change.rule for change in compare(run(before), run(mended)).changes] == [()]


def test_of_a_guide_in_several_versions_the_selected_one_is_compared():
    before, after = run(), run()
    for document, selected in ((before, "6.1.0"), (after, "3.1.1")):
        document["guides"] = [{"name": "us-core", "version": version} for version in (selected, "7.0.0")]

    assert compare(before, after).circumstances == (("guide us-core", "6.1.0", "3.1.1"),)
