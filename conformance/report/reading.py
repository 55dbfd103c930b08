"""What every format asks of the document ``conformance.json`` (its shape: conformance.verdict.document)."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.errors import ExitCode
from conformance.report.printable import one_line
from conformance.report.wording import area_title, counted, listed, selection_words
from conformance.requirements import AREAS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    Document = Mapping[str, Any]
    Row = Mapping[str, Any]
    Finding = Mapping[str, Any]


def rows_by_area(document: Document) -> dict[str, list[Row]]:
    """The rows of each area that has any, in the catalogue's order; an area unknown to it comes last."""
    grouped: dict[str, list[Row]] = {area: [] for area in AREAS}
    for row in document["requirements"]:
        grouped.setdefault(row["area"], []).append(row)
    return {area: rows for area, rows in grouped.items() if rows}


def rows_with(document: Document, status: str) -> list[Row]:
    """The rows of that status, in the catalogue's order, those that gate first."""
    rows = [row for rows in rows_by_area(document).values() for row in rows if row["status"] == status]
    return sorted(rows, key=lambda row: row["effective"] != "gate")


def counts_of(rows: Iterable[Row]) -> Counter[str]:
    """How many rows have each status."""
    return Counter(row["status"] for row in rows)


def verdict_sentence(document: Document) -> str:
    """The verdict's reason in one sentence with figures, without a final stop."""
    run = document["run"]
    gates = [row for row in document["requirements"] if row["effective"] == "gate"]
    failed = [row for row in gates if row["status"] == "fail"]
    code = run.get("exit_code")
    if code == ExitCode.NON_CONFORMANT and failed:
        areas = listed([area_title(area) for area in AREAS if any(row["area"] == area for row in failed)])
        return f"{counted(len(failed), 'gate requirement is', 'gate requirements are')} violated, in {areas}"
    if code == ExitCode.CONFORMANT:
        passed = sum(row["status"] == "pass" for row in gates)
        return f"{counted(passed, 'gate requirement was', 'gate requirements were')} judged and hold; none is violated"
    if run.get("explanation"):
        return one_line(run["explanation"], 600).rstrip(".")
    return "no reason was recorded"


def provisos(document: Document) -> list[str]:
    """What a reader of the verdict must know beside it: another day, selection, gaps, SHALLs not gating, waivers."""
    chosen = [row for row in document["requirements"] if row.get("selected", True)]
    gates = counts_of(row for row in chosen if row["effective"] == "gate")
    selection = selection_words(document["run"])
    broken = document.get("shalls_not_gating", ())
    left_out = not_maintained(document)
    named = [
        (f"Judged by the rules of another day: {run_date(document)}", is_another_day(document)),
        (f"Only a selection was run: {selection}", bool(selection)),
        (f"{counted(gates['waived'], 'gate requirement is', 'gate requirements are')} waived", gates["waived"]),
        (
            f"{counted(gates['undecided'], 'gate requirement stays', 'gate requirements stay')} undecided",
            gates["undecided"],
        ),
        (
            f"{counted(gates['untested'], 'gate requirement was', 'gate requirements were')} not tested",
            gates["untested"],
        ),
        (
            f"The payer states that it does not maintain {listed(left_out)} (offered: false); nothing was judged there",
            left_out,
        ),
        (f"SHALLs broken that do not gate here: {len(broken)} ({', '.join(broken)})", broken),
    ]
    named += [(text, True) for text in map(_waiver_sentence, document["waivers"])]
    return [text for text, holds in named if holds]


def not_maintained(document: Document) -> list[str]:
    """The resource types that the payer states not to maintain: ``offered: false`` in its target."""
    offered = document["target"].get("offered") or {}
    return sorted(name for name, value in offered.items() if value is False)


def notes(document: Document) -> list[str]:
    """What the run noted on its way; it qualifies single rows, seldom the verdict."""
    return [one_line(note, 400) for note in document["run"].get("notes", ())]


_TO_GO = {
    "expired": "expired on {expires}",
    "now passing": "is no longer needed: the requirement holds",
    "unused": "covers nothing",
}
_STAYS = {"in force": "covers {covers} until {expires}", "not decided": "was not put to the test by this run"}


def _waiver_sentence(waiver: Mapping[str, Any]) -> str:
    """What became of a waiver, one that fails the run or not: none is silent."""
    covers = counted(waiver["covers"], "finding")
    said = (_TO_GO | _STAYS).get(waiver["state"], waiver["state"]).format(expires=waiver["expires"], covers=covers)
    return one_line(f"The waiver of {waiver_subject(waiver)} ({waiver['owner']}) {said}", 400)


def waivers_to_go(document: Document) -> list[tuple[str, str]]:
    """The waivers that fail the run: what each is about, and what became of it."""
    return [(waiver_subject(one), _waiver_sentence(one)) for one in document["waivers"] if one["state"] in _TO_GO]


def waiver_subject(waiver: Mapping[str, Any]) -> str:
    """What a waiver is about: its row, its rule and path, or all of them."""
    rule = f"{waiver['rule']} at {waiver['path']}" if waiver["rule"] else ""
    return " ".join(part for part in (waiver["requirement"], rule) if part)


def is_another_day(document: Document) -> bool:
    """Whether the rules of another day than the day of the run applied."""
    run = document["run"]
    return bool(run.get("today")) and run["today"] != run.get("date")


def run_date(document: Document) -> str:
    """The date whose rules applied; with the day of the run where that is another one."""
    run = document["run"]
    chosen = one_line(run.get("date", ""), 40)
    return f"{chosen}, run on {one_line(run['today'], 40)}" if is_another_day(document) else chosen


def row_sentence(row: Row) -> str:
    """What is wrong with the row (or why it was not judged), in one sentence."""
    findings = row["findings"]
    if not findings:
        return one_line(row.get("reason") or "no reason was recorded", 600)
    first = findings[0]
    message = one_line(first["message"] or f"{first['rule']} is violated", 400)
    if row["status"] == "waived" and row.get("reason"):
        return f"{message.rstrip('.')}; {one_line(row['reason'], 400)}"
    total = sum(finding["count"] for finding in findings)
    if len(findings) == 1:
        return f"{message.rstrip('.')} ({total:,} times{in_resources(row)})" if total > 1 else message
    rules = len({finding["rule"] for finding in findings})
    where = f"{counted(rules, 'rule')} broken at {counted(total, 'place')}{in_resources(row)}"
    return f"{where}; first {one_line(first['rule'], 100)}: {message}"


def by_reason(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    """Rows that were not judged for the same reason together, the reason that holds most rows first."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row_sentence(row), []).append(row)
    return sorted(grouped.items(), key=lambda item: -len(item[1]))


def place_of(finding: Finding) -> str:
    """Where a finding is: resource and path, or whichever is known."""
    resource, path = one_line(finding["resource"], 200), one_line(finding["path"], 300)
    return f"{resource} at {path}" if resource and path else resource or path


def in_resources(row: Row) -> str:
    """`` in 1,998 resources``; nothing where the findings are about no resource."""
    number = row.get("resources", 0)
    return f" in {counted(number, 'resource')}" if number else ""


def counted_times(finding: Finding) -> str:
    """`` (1,998 times)``; nothing for a finding seen once."""
    return f" ({finding['count']:,} times)" if finding["count"] > 1 else ""


def deployment_of(document: Document) -> Mapping[str, Any]:
    """The target's ``deployment`` mapping; empty when the target could not be read."""
    deployment = document["target"].get("deployment")
    return deployment if isinstance(deployment, dict) else {}


def deployment_name(document: Document) -> str:
    """What to call the deployment: its name, else its FHIR base."""
    deployment = deployment_of(document)
    return one_line(deployment.get("name") or deployment.get("fhir_base") or "Unnamed deployment", 200)


def exchange_numbers(document: Document) -> set[int]:
    """The exchanges that findings refer to, those of failing rows and examples included."""
    numbers = {
        place["exchange"]
        for row in document["requirements"]
        for finding in row["findings"]
        for place in (finding, *finding["examples"])
    }
    return numbers - {0}


def read_exchanges(path: Path, wanted: set[int]) -> dict[int, dict[str, Any]]:
    """The ``wanted`` records of an ``exchanges.jsonl`` by number; a missing file or a torn last line is no trouble."""
    if not path.is_file() or not wanted:
        return {}
    found: dict[int, dict[str, Any]] = {}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and record.get("number") in wanted:
                found[record["number"]] = record
    return found
