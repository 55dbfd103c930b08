"""Only new violations fail, and the file never grows."""

import json

import pytest

from conformance.errors import ConfigError
from conformance.findings import Finding
from conformance.verdict.baseline import Failure, failures_of, gone, load_baseline, write_baseline


def row(row_id, status="fail", *rules, reason=""):
    findings = [{"rule": rule, "severity": "error", "path": "Claim.item[2].code"} for rule in rules]
    return {"id": row_id, "status": status, "reason": reason, "findings": findings}


def document(*rows):
    return {"requirements": list(rows)}


FIRST = document(row("PA-TOK-001", "fail", "a.one", "a.two"), row("PA-TOK-002", "fail", "b.one"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "baseline.json"
    write_baseline(FIRST, path)
    return path


def test_it_begins_with_every_violation_of_a_run(file):
    known = load_baseline(file)
    assert known.failures == failures_of(FIRST)
    assert Failure("PA-TOK-001", "a.one", "Claim.item.code") in known.failures
    assert len([line for line in file.read_text().splitlines() if "requirement" in line]) == 3


def test_a_known_violation_is_covered_at_any_index_and_a_new_one_is_not(file):
    known = load_baseline(file)
    assert known.covering("PA-TOK-001", Finding("a.one", "m", path="Claim.item[7].code")) == (
        "known since the baseline baseline.json"
    )
    for row_id, rule, path in (
        ("PA-TOK-003", "a.one", "Claim.item[7].code"),
        ("PA-TOK-001", "b.one", "Claim.item[7].code"),
        ("PA-TOK-001", "a.one", "Claim.use"),
    ):
        assert not known.covering(row_id, Finding(rule, "m", path=path))


def test_writing_again_takes_away_what_is_mended_and_refuses_what_is_new(file):
    reason = "known since the baseline baseline.json"
    later = document(row("PA-TOK-001", "waived", "a.one", reason=reason), row("PA-TOK-002", "fail", "c.new"))
    assert gone(load_baseline(file), later) == [
        Failure("PA-TOK-001", "a.two", "Claim.item.code"),
        Failure("PA-TOK-002", "b.one", "Claim.item.code"),
    ]
    written, refused = write_baseline(later, file)
    assert refused == {Failure("PA-TOK-002", "c.new", "Claim.item.code")}
    assert written.failures == load_baseline(file).failures == {Failure("PA-TOK-001", "a.one", "Claim.item.code")}


@pytest.mark.parametrize("status", ["undecided", "untested", "error"])
def test_what_a_run_did_not_decide_stays(file, status):
    before = load_baseline(file).failures
    write_baseline(document(row("PA-TOK-001", status), row("PA-TOK-002", status)), file)
    assert load_baseline(file).failures == before


def test_a_waived_violation_is_not_taken_up(tmp_path):
    run = document(row("PA-TOK-001", "waived", "a.one", reason="waived until 2027-01-01 by x: y"))
    assert write_baseline(run, tmp_path / "b.json")[0].failures == frozenset()
    assert json.loads((tmp_path / "b.json").read_text())["failures"] == []


@pytest.mark.parametrize("text", ["", "[]", '{"failures": [{"row": 1}]}', '{"failures": 3}'])
def test_a_file_that_is_no_baseline_is_refused(tmp_path, text):
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(ConfigError):
        load_baseline(file)
