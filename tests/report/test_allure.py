"""How checks arrive in Allure: the tree, the source, the evidence; seen in results that a sample run wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.findings import Finding
from conformance.report.allure import description_of, finding_text, labels_for, title_of, write_run_facts
from conformance.requirements import load_catalogue
from conformance.verdict import CheckResult
from conformance.verdict.document import group_findings

SAMPLE = Path(__file__).parent / "sample_run"


@pytest.fixture(scope="module")
def results(sample_results: Path) -> dict[str, dict[str, Any]]:
    """The sample run's results by title."""
    written = [json.loads(path.read_text(encoding="utf-8")) for path in sample_results.glob("*-result.json")]
    return {result["name"]: result for result in written}


def labels(result: dict[str, Any], name: str) -> list[str]:
    return [label["value"] for label in result["labels"] if label["name"] == name]


def test_checks_stand_under_area_and_requirement(results: dict[str, Any]) -> None:
    code = results["A code is useless without its verifier"]

    assert labels(code, "epic") == ["03 Token"]
    assert labels(code, "requirement") == ["PA-TOK-006 An exchange with a wrong verifier is refused"]
    assert labels(code, "severity") == ["critical"]
    assert labels(code, "tag") == ["gate"]


def test_a_check_of_two_rows_stands_under_both_and_once_in_its_area(results: dict[str, Any]) -> None:
    patients = results["Patients fit their profile [a]"]

    assert labels(patients, "epic") == ["10 Profile"]
    assert [label[:11] for label in labels(patients, "requirement")] == ["PA-PROF-001", "PA-PROF-026"]


def test_the_source_is_linked_and_the_row_is_told(results: dict[str, Any]) -> None:
    code = results["A code is useless without its verifier"]

    assert {link["name"] for link in code["links"]} >= {"SMART App Launch 2.2.0", "RFC 7636 section 4.6"}
    assert code["description"].startswith("The server refuses a code whose verifier does not match.")
    assert "How it is tested: Send another random verifier" in code["description"]


def test_statuses_are_those_of_the_table(results: dict[str, Any]) -> None:
    assert {name: result["status"] for name, result in results.items()} == {
        "A code is useless without its verifier": "passed",
        "Patients fit their profile [a]": "failed",
        "Patients fit their profile [b {curly} <b>]": "passed",
        "A deleted resource is gone": "skipped",
        "The configuration is served": "broken",
    }


def test_each_kind_of_finding_is_a_failed_step_with_its_evidence(results: dict[str, Any]) -> None:
    steps = results["Patients fit their profile [a]"]["steps"]

    assert [step["name"] for step in steps] == [
        "binding.required (2 times): The code is not known.",
        "unknown-property: There is an <img src=x onerror=alert(1)> {brace}.",
    ]
    assert [step["status"] for step in steps] == ["failed", "failed"]
    assert steps[0]["statusDetails"]["message"] == "Violation: The code is not known.\n"
    assert [attachment["name"] for attachment in steps[0]["attachments"]] == [
        "Where, expected, found",
        "Exchange 17: GET https://api.example/fhir/Patient/a → 200 (read a member)",
    ]
    assert len(steps[1]["attachments"]) == 1  # the exchange is shown once


def test_the_offending_element_is_marked_in_the_attached_answer(results: dict[str, Any], sample_results: Path) -> None:
    exchange = results["Patients fit their profile [a]"]["steps"][0]["attachments"][1]
    text = (sample_results / exchange["source"]).read_text(encoding="utf-8")

    assert exchange["type"] == "text/plain"
    assert '→   "gender": "woman"' in text
    assert '-H "Authorization: Bearer $TOKEN"' in text


def test_exchanges_that_no_finding_names_hang_on_the_check(results: dict[str, Any]) -> None:
    attached = results["Patients fit their profile [a]"]["attachments"]

    assert [attachment["name"][:11] for attachment in attached] == ["Exchange 18"]


@pytest.mark.parametrize(
    ("check", "title"),
    [
        ("test_token.py::test_a_code_works_once", "A code works once"),
        ("suites/test_search.py::test_pages_end[Claim-2]", "Pages end [Claim-2]"),
        ("odd", "Odd"),
    ],
)
def test_a_name_reads_as_the_sentence_it_is(check: str, title: str) -> None:
    assert title_of(check) == title


def test_severity_follows_the_verb_and_areas_are_numbered() -> None:
    found = {(row.strength, labels_for(row)["severity"]) for row in load_catalogue()}
    epics = list(dict.fromkeys(labels_for(row)["epic"] for row in load_catalogue()))

    assert found == {("SHALL", "critical"), ("SHOULD", "normal"), ("MAY", "minor")}
    assert epics == sorted(epics)
    assert len(epics) == 15


def test_descriptions_carry_no_markup_of_others() -> None:
    row = load_catalogue().get("PA-TOK-006")
    told = description_of([row], CheckResult("t", (row.id,), "judged", description="<script> *bold* [a](b)"))

    assert told.startswith("&lt;script&gt; \\*bold\\* \\[a\\](b)")


def test_places_of_a_finding_are_listed() -> None:
    findings = [Finding("r", "m", resource=f"Patient/{n}", path="Patient.id") for n in range(9)]

    text = finding_text(group_findings(findings)[0])

    assert "count:    9" in text
    assert text.endswith("also at:\n" + "\n".join(f"          Patient/{n} at Patient.id" for n in range(1, 5)))


CI = {
    "GITHUB_RUN_ID": "7",
    "GITHUB_SERVER_URL": "https://git.example",
    "GITHUB_REPOSITORY": "a/b",
    "GITHUB_WORKFLOW": "gate",
}


@pytest.mark.parametrize(
    ("environ", "executor"),
    [
        ({}, {"name": "conformance", "type": "local"}),
        (CI, {"type": "github", "buildName": "gate", "buildUrl": "https://git.example/a/b/actions/runs/7"}),
        ({"GITLAB_CI": "true", "CI_JOB_URL": "https://g/1"}, {"type": "gitlab", "buildUrl": "https://g/1"}),
        ({"JENKINS_URL": "https://j", "BUILD_TAG": "t"}, {"type": "jenkins", "buildName": "t", "buildUrl": ""}),
    ],
)
def test_the_executor_is_known(
    document: Any, tmp_path: Path, environ: dict[str, str], executor: dict[str, str]
) -> None:
    write_run_facts(tmp_path / "results", document, environ)

    written = json.loads((tmp_path / "results" / "executor.json").read_text(encoding="utf-8"))
    assert written | executor == written


def test_the_environment_names_verdict_deployment_and_guides(document: Any, tmp_path: Path) -> None:
    document["target"]["deployment"]["name"] = "a\nb\\c"

    write_run_facts(tmp_path, document, {})

    lines = (tmp_path / "environment.properties").read_text(encoding="utf-8").splitlines()
    for line in ("verdict=✕ Not conformant", "deployment=a b\\\\c", "guide.hrex=1.1.0 as-found", "rows.fail=3"):
        assert line in lines


def test_allure_is_loaded_only_by_a_run() -> None:
    program = "import sys, conformance.report.allure; print('allure_commons' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)

    assert done.stdout.strip() == "False"
