"""The last proof beside the run folders is part of every report made there."""

from __future__ import annotations

import json

from conformance.report import files, summary

PROOF = {
    "clean": "conformant",
    "faults": [
        {
            "fault": "PA-TOK-001.no-json",
            "requirement": "PA-TOK-001",
            "rule": "token.json",
            "description": "The answer is HTML.",
            "clean_status": "pass",
            "faulty_status": "fail",
            "checks": ["a"],
            "collateral": [],
            "killed": True,
        }
    ],
    "untested": [],
}


def test_the_proof_is_taken_into_the_run_folder(tmp_path):
    files.write_kill_table(tmp_path, PROOF)
    folder = tmp_path / "run"
    folder.mkdir()

    files.take_kill_table(folder)

    assert json.loads((folder / files.KILLS).read_text(encoding="utf-8")) == PROOF
    assert "PA-TOK-001.no-json" in (folder / files.KILL_TABLE).read_text(encoding="utf-8")


def test_allure_holds_the_proof_and_the_must_support_table(document, tmp_path):
    results = tmp_path / files.RESULTS
    results.mkdir()
    files.write_kill_table(tmp_path, PROOF)

    files.write_allure(tmp_path, document)

    named = json.loads((results / "run-globals.json").read_text(encoding="utf-8"))["attachments"]
    kills, seen = ((results / one["source"]).read_text(encoding="utf-8") for one in reversed(named))
    assert [one["name"] for one in named] == ["Must support", "Kill table"]
    assert "PA-TOK-001.no-json,PA-TOK-001,token.json,The answer is HTML.,pass,fail,yes," in kills
    assert len(seen.splitlines()) == len(document["must_support"]) + 1


def test_without_a_proof_nothing_is_taken(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()

    files.take_kill_table(folder)

    assert list(folder.iterdir()) == []


def test_the_summary_leads_to_the_proof_only_if_there_is_one(document):
    assert 'href="kill-table.html"' in summary.render(document, kill_table="kill-table.html")
    assert "kill-table" not in summary.render(document)
