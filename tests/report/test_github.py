"""What GitHub Actions shows: a step summary and annotations."""

from __future__ import annotations

import re
from typing import Any

from conformance.report.github import refused, step_summary, workflow_commands


def test_the_summary_says_verdict_areas_and_failures(document: Any) -> None:
    text = step_summary(document)

    assert text.startswith("## ✕ Not conformant: Blue Harbor Health Plan, staging\n")
    for part in (
        "Exit code 1: at least one gate requirement is violated.",
        "| Token | 1 |",
        "### ✕ What fails (3)",
        "`binding.required` | `ExplanationOfBenefit/claim-0000 at ExplanationOfBenefit.item[0].",
        "category` | 1998 |",
        "### ? Undecided (2)",
    ):
        assert part in text


def test_a_conformant_run_has_no_table_of_failures(conformant_document: Any) -> None:
    assert "###" not in step_summary(conformant_document)


def test_violations_and_errors_are_errors_the_rest_are_warnings(document: Any) -> None:
    commands = workflow_commands(document)

    assert [command.split(" ")[0] for command in commands] == ["::error"] * 4 + ["::warning"] * 2
    assert commands[0] == (
        "::error title=PA-TOK-006 An exchange with a wrong verifier is refused::fail: A code was exchanged with a "
        "verifier that does not match its challenge. [token.pkce.verifier-accepted at code_verifier]"
    )


def test_a_run_that_fails_without_a_failing_row_says_why(sample: Any) -> None:
    document = sample.document({}, exit_code=1, verdict="non-conformant", explanation="waivers to remove: 1 unused")

    assert workflow_commands(document)[0] == "::error title=Not conformant::Waivers to remove: 1 unused."


def test_a_conformant_run_has_no_annotation_of_an_error(conformant_document: Any) -> None:
    assert not [line for line in workflow_commands(conformant_document) if line.startswith("::error")]


def test_a_run_that_could_not_begin_is_annotated_on_github_only() -> None:
    said = refused("w.yaml:3: no such row\nw.yaml:4: no such day", {"GITHUB_ACTIONS": "true"})

    assert said == ["::error title=Configuration error::w.yaml:3: no such row w.yaml:4: no such day"]
    assert refused("w.yaml:3: no such row", {}) == []


def test_more_than_ten_annotations_end_with_how_many_more(sample: Any) -> None:
    rows = [row["id"] for row in sample.document({})["requirements"][:30]]
    failing = {"status": "fail", "findings": [sample.finding("a.rule", "wrong")]}

    commands = workflow_commands(sample.document(dict.fromkeys(rows, failing)))

    assert len(commands) == 10
    assert commands[-1] == "::error title=and more::21 more in summary.html"


def test_a_deployments_text_can_neither_end_a_command_nor_start_one(document: Any) -> None:
    row = next(row for row in document["requirements"] if row["id"] == "PA-TOK-006")
    row["title"] = "a, b: c % d"
    row["findings"][0]["message"] = "first\n::set-output name=x::y\r\n%0A::error::z"

    command = workflow_commands(document)[0]

    assert "\n" not in command
    assert command.startswith("::error title=PA-TOK-006 a%2C b%3A c %25 d::fail: first ::set-output name=x::y %250A")


def test_a_deployments_text_makes_no_markdown_and_no_html(document: Any) -> None:
    document["target"]["deployment"]["name"] = (
        "<img src=x> [link](https://evil.example) @everyone `x` | **bold**\n# head"
    )

    heading = step_summary(document).splitlines()[0]

    assert "<img" not in heading
    assert (
        "&lt;img src=x&gt; \\[link\\]\\(https\\://evil.example\\) \\@everyone \\`x\\` \\| \\*\\*bold\\*\\*" in heading
    )


def test_cells_stay_in_their_table(sample: Any) -> None:
    finding = sample.finding("a|b`c", "x | y", resource="R/1", path="p|q")
    document = sample.document({"PA-TOK-006": {"status": "fail", "findings": [finding]}})
    line = next(line for line in step_summary(document).splitlines() if "PA\\-TOK\\-006" in line)

    assert len(re.findall(r"(?<!\\)\|", line)) == 6


def test_the_summary_keeps_below_what_a_step_may_write(sample: Any) -> None:
    rows = [row["id"] for row in sample.document({})["requirements"]]
    failing = {"status": "fail", "findings": [sample.finding("r" * 400, "m" * 4000, path="p" * 4000)]}

    assert len(step_summary(sample.document(dict.fromkeys(rows, failing))).encode()) < 1_000_000


def test_in_a_workflow_the_summary_is_appended_and_the_annotations_returned(document, tmp_path):
    from conformance.report.github import publish

    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    lines = publish(document, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)})
    assert lines[0].startswith("::error title=PA-")
    assert summary.read_text().startswith("before\n## ")
    assert "Waived (1)" in summary.read_text()
    assert publish(document, {"GITHUB_STEP_SUMMARY": str(summary)}) == []
    (unwritable,) = [
        line
        for line in publish(document, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path)})
        if "step summary" in line
    ]
    assert unwritable.startswith("::warning")
