"""What a check looks like in the Allure report: its place in the tree, its source, and its evidence.

The tree is area → requirement → check. Labels are set here and nowhere else, so that no check is counted twice.
Everything attached has been redacted by the caller.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

from conformance.report.printable import one_line, printable, shorten
from conformance.report.reading import counted_times, deployment_name, deployment_of, place_of, run_date
from conformance.report.reproduction import Reproduction, reproduction
from conformance.report.wording import area_title, exit_meaning, headline, status_words, verdict_status
from conformance.requirements import AREAS
from conformance.verdict.document import group_findings, redacted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from conformance.redaction import Redactor
    from conformance.report.reading import Document
    from conformance.requirements import Requirement
    from conformance.verdict import CheckResult

_SEVERITY = {"SHALL": "critical", "SHOULD": "normal", "MAY": "minor"}
EXCHANGES_SHOWN = 5
"""As many exchanges are attached to one check."""

_FINDINGS_SHOWN = 20
_ASCII_PUNCTUATION = re.compile(r"([\\`*_{}\[\]#|!])")


def labels_for(row: Requirement) -> dict[str, str]:
    """The labels that place a check of ``row`` in the tree; areas are numbered to keep the catalogue's order."""
    return {
        "epic": f"{AREAS.index(row.area) + 1:02d} {area_title(row.area)}",
        "requirement": f"{row.id} {row.title}",
        "severity": _SEVERITY[row.strength],
    }


def describe(rows: Sequence[Requirement], result: CheckResult) -> None:
    """Give the running check its title, labels, links and description; a check of several rows is listed under each."""
    import allure  # noqa: PLC0415  only a run pays for it

    dynamic: Any = allure.dynamic
    dynamic.title(title_of(result.id))
    dynamic.description(description_of(rows, result))
    places = [labels_for(row) for row in rows]
    for name in ("epic", "requirement"):
        dynamic.label(name, *dict.fromkeys(place[name] for place in places))
    for row in rows[:1]:
        dynamic.severity(_SEVERITY[row.strength])
    dynamic.tag(*dict.fromkeys(row.disposition for row in rows))
    for label, url in dict.fromkeys(link for row in rows for link in row.links):
        dynamic.link(url, name=label)


def title_of(check_id: str) -> str:
    """``test_token.py::test_a_code_works_once[main]`` as the sentence it is: ``A code works once [main]``."""
    name, bracket, parameter = check_id.rpartition("::")[2].partition("[")
    sentence = name.removeprefix("test_").replace("_", " ").strip()
    return f"{sentence[:1].upper()}{sentence[1:]}{f' [{parameter}' if bracket else ''}"


def description_of(rows: Sequence[Requirement], result: CheckResult) -> str:
    """Markdown: the check's own sentence, then each row with its citation and method."""
    parts = [_markdown(result.description)]
    for row in rows:
        unread = "" if row.verified else " The cited text was not read when this row was written."
        parts += [
            f"**{row.id}** {_markdown(row.title)} ({row.strength}, {row.disposition})",
            f"Source: {_markdown(row.source)}.{unread}",
            f"Applies to: {_markdown(row.applies_to)}",
            f"How it is tested: {_markdown(row.how_to_test)}",
        ]
    return "\n\n".join(part for part in parts if part)


def _markdown(text: str) -> str:
    return _ASCII_PUNCTUATION.sub(r"\\\1", html.escape(printable(text), quote=False))


def attach(result: CheckResult, exchanges: Sequence[Mapping[str, Any]], redactor: Redactor) -> None:
    """Show what the running check found, one step for each kind of finding, with the exchange that shows it.

    ``exchanges`` are redacted records; those that no finding names are attached to the check itself.
    """
    import allure  # noqa: PLC0415

    by_number = {record["number"]: record for record in exchanges}
    shown: set[int] = set()
    findings = group_findings([redacted(finding, redactor) for finding in result.findings])
    for finding in findings[:_FINDINGS_SHOWN]:
        _show(finding, by_number, shown)
    for record in exchanges:
        if record["number"] not in shown and len(shown) < EXCHANGES_SHOWN:
            shown.add(record["number"])
            seen = reproduction(record)
            allure.attach(text_of(seen), name=seen.heading, attachment_type=allure.attachment_type.TEXT)


def _show(finding: Mapping[str, Any], by_number: Mapping[int, Mapping[str, Any]], shown: set[int]) -> None:
    """One step that has failed with the finding's sentence and holds its evidence."""
    import allure  # noqa: PLC0415

    title = f"{one_line(finding['rule'])}{counted_times(finding)}: {one_line(finding['message'], 200)}"
    try:
        with allure.step(title):
            facts = finding_text(finding)
            allure.attach(facts, name="Where, expected, found", attachment_type=allure.attachment_type.TEXT)
            record = by_number.get(finding["exchange"])
            if record is not None and record["number"] not in shown and len(shown) < EXCHANGES_SHOWN:
                shown.add(record["number"])
                seen = reproduction(record, resource=finding["resource"], path=finding["path"])
                allure.attach(text_of(seen), name=seen.heading, attachment_type=allure.attachment_type.TEXT)
            _colour(finding)
    except Violation:
        pass  # the check's own outcome is the caller's


def _colour(finding: Mapping[str, Any]) -> None:
    if finding["severity"] == "error":
        raise Violation(one_line(finding["message"], 600))


class Violation(AssertionError):
    """Makes Allure show a step as failed, with the finding's sentence."""

    __module__ = "builtins"  # so that Allure prints the bare name before the sentence


def finding_text(finding: Mapping[str, Any]) -> str:
    """A finding in lines, with up to five of the places where it was seen."""
    facts = [
        ("rule", finding["rule"]),
        ("severity", finding["severity"]),
        ("count", str(finding["count"])),
        ("where", place_of(finding)),
        ("profile", finding["profile"]),
        ("message", finding["message"]),
        ("expected", finding["expected"]),
        ("found", finding["found"]),
        ("exchange", str(finding["exchange"] or "")),
    ]
    lines = [f"{name + ':':<10}{one_line(text, 1000)}" for name, text in facts if text]
    others = [place_of(example) for example in finding["examples"] if place_of(example) != place_of(finding)]
    return "\n".join([*lines, *(["also at:"] if others else []), *(f"          {place}" for place in others)])


def text_of(seen: Reproduction) -> str:
    """A reproduction as plain text; the lines of the offending element begin with an arrow."""
    body = seen.body
    if body.marked:
        indent = body.before.rpartition("\n")[2]
        head = body.before[: len(body.before) - len(indent)]
        marked = "".join(f"→ {line}" for line in f"{indent}{body.marked}".splitlines(keepends=True))
        shown = f"{head}{marked}{body.after}"
    else:
        shown = body.text
    repeat = "\n".join(part for part in (seen.curl, seen.hint) if part)
    parts = [("repeat it", repeat), ("request", seen.request), ("response", seen.response), ("body", shown)]
    return "\n\n".join(f"# {name}\n{text}" for name, text in parts if text)


def write_run_facts(results: Path, document: Document, environ: Mapping[str, str]) -> None:
    """``environment.properties`` and ``executor.json`` in the results folder; call it when the session ends.

    At the start they would be swept away with the results of an earlier run.
    """
    results.mkdir(parents=True, exist_ok=True)
    lines = [f"{key}={_property(value)}" for key, value in _environment(document).items() if value]
    (results / "environment.properties").write_text("\n".join(lines) + "\n", encoding="utf-8")
    executor = _executor(environ) | {"reportName": f"Patient Access conformance: {deployment_name(document)}"}
    (results / "executor.json").write_text(json.dumps(executor, indent=1), encoding="utf-8")


def _guide_name(guide: Mapping[str, str]) -> str:
    """The name of a guide; of one that is not selected with the guide that depends on it."""
    return f"{guide['name']} for {guide['needed_by']}" if guide.get("needed_by") else guide["name"]


def _environment(document: Document) -> dict[str, object]:
    run, deployment = document["run"], deployment_of(document)
    guides = {
        f"guide.{_guide_name(guide)}": f"{guide['version']} {guide['standing']} {guide.get('date', '')}".rstrip()
        for guide in document["guides"]
    }
    counts = {f"rows.{status}": count for status, count in document["counts"].items()}
    return {
        "verdict": f"{status_words(verdict_status(run)).symbol} {headline(run)}",
        "exit.code": f"{run.get('exit_code')} ({exit_meaning(run)})",
        "deployment": deployment_name(document),
        "fhir.base": deployment.get("fhir_base"),
        "environment": deployment.get("environment"),
        "smart.version": deployment.get("smart_version"),
        "run": run.get("id"),
        "date": run_date(document),
        "tool": document["tool"].get("version"),
        **guides,
        **counts,
        "requests": document["exchanges"],
        "logins": document["logins"],
        "authorizations": document["authorizations"],
    }


def _property(value: object) -> str:
    """A value on one line; a backslash would start an escape."""
    return shorten(one_line(value), 500).replace("\\", "\\\\")


_GITHUB_RUN = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"

# The variables by which a CI system makes itself known: (variable, name, type, build name, build URL).
_CI = (
    ("GITHUB_RUN_ID", "GitHub Actions", "github", "GITHUB_WORKFLOW", _GITHUB_RUN),
    ("GITLAB_CI", "GitLab CI", "gitlab", "CI_JOB_NAME", "{CI_JOB_URL}"),
    ("JENKINS_URL", "Jenkins", "jenkins", "BUILD_TAG", "{BUILD_URL}"),
)


def _executor(environ: Mapping[str, str]) -> dict[str, str]:
    for variable, name, kind, build, url in _CI:
        if environ.get(variable):
            known = {key: environ.get(key, "") for key in re.findall(r"\{(\w+)\}", url)}
            return {
                "name": name,
                "type": kind,
                "buildName": environ.get(build, ""),
                "buildUrl": url.format(**known) if all(known.values()) else "",
            }
    return {"name": "conformance", "type": "local"}
