"""``junit.xml``: a test suite per area, a test case per requirement and check.

How statuses map is the table of statuses: a violated gate is a ``failure``, trouble of the harness an ``error``,
everything that was not judged or does not gate is ``skipped`` with its reason, and untested rows are left out. Waivers
that fail the run are failures in a suite of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from conformance.report.printable import one_line, printable, shorten
from conformance.report.reading import (
    counted_times,
    deployment_name,
    place_of,
    row_sentence,
    rows_by_area,
    waivers_to_go,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.report.reading import Document, Finding, Row

_SKIPPED = {"advisory": "ADVISORY", "undecided": "UNDECIDED", "waived": "WAIVED", "not-applicable": "NOT APPLICABLE"}
_FINDINGS_SHOWN = 50
_TEXT_LIMIT = 20_000
_MODULE = re.compile(r"\.py$")


def render(document: Document) -> str:
    """The document as JUnit XML text."""
    root = ET.Element("testsuites", name=f"Patient Access API conformance: {deployment_name(document)}")
    totals: Counter[str] = Counter()
    seconds = 0.0
    for area, rows in rows_by_area(document).items():
        cases = [(row, check) for row in rows for check in row["checks"]]
        if not cases:
            continue
        suite = ET.SubElement(root, "testsuite", name=area)
        counts: Counter[str] = Counter(tests=len(cases), failures=0, errors=0, skipped=0)
        counts.update(filter(None, (_case(suite, row, check) for row, check in cases)))
        duration = sum(check["duration_s"] for _, check in cases)
        attributes = {"timestamp": _timestamp(document), "hostname": "localhost", "time": f"{duration:.3f}"}
        _describe(suite, counts, attributes)
        totals.update(counts)
        seconds += duration
    totals.update(_waivers(root, document))
    _describe(root, totals, {"time": f"{seconds:.3f}"})
    root.attrib.pop("skipped")  # the schemas of the format's readers know it on a suite only
    ET.indent(root)
    return printable(f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n')


def _waivers(root: ET.Element, document: Document) -> Counter[str]:
    """Adds the waivers that fail the run, if any."""
    failing = waivers_to_go(document)
    counts: Counter[str] = Counter(tests=len(failing), failures=len(failing), errors=0, skipped=0)
    if failing:
        suite = ET.SubElement(root, "testsuite", name="waivers")
        for subject, said in failing:
            case = ET.SubElement(suite, "testcase", classname="waivers", name=one_line(subject, 400), time="0.000")
            ET.SubElement(case, "failure", message=said, type="waiver")
        _describe(suite, counts, {"timestamp": _timestamp(document), "hostname": "localhost", "time": "0.000"})
    return counts


def _describe(element: ET.Element, counts: Counter[str], attributes: Mapping[str, str]) -> None:
    for key in ("tests", "failures", "errors", "skipped"):
        element.set(key, str(counts[key]))
    for key, value in attributes.items():
        element.set(key, value)


def _timestamp(document: Document) -> str:
    """Local time without offset, as the format's schema wants it."""
    return one_line(document["run"].get("started", ""))[:19]


def _case(suite: ET.Element, row: Row, check: Mapping[str, Any]) -> str:
    """Adds one test case; returns which count of its suite it belongs to, empty for a pass."""
    module, _, function = one_line(check["id"], 400).partition("::")
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"{_MODULE.sub('', module).replace('/', '.')}.{row['id']}",
        name=function or module,
        time=f"{check['duration_s']:.3f}",
    )
    properties = ET.SubElement(case, "properties")
    for name in ("requirement", "title", "strength", "effective", "source"):
        value = row["id"] if name == "requirement" else row[name]
        ET.SubElement(properties, "property", name=name, value=one_line(value, 600))
    outcome = check["outcome"]
    if outcome in {"pass", "untested"}:
        return ""
    if outcome == "fail":
        return _trouble(case, row, "failure", row_sentence(row))
    if outcome in _SKIPPED:
        reason = one_line(check.get("reason") or row_sentence(row), 600)
        ET.SubElement(case, "skipped", type=outcome, message=f"{_SKIPPED[outcome]}: {reason}")
        return "skipped"
    return _trouble(case, row, "error", one_line(check.get("reason") or row_sentence(row), 600))


def _trouble(case: ET.Element, row: Row, kind: str, message: str) -> str:
    rules = row["findings"][0]["rule"] if row["findings"] else kind
    element = ET.SubElement(case, kind, message=f"{row['id']} {one_line(row['title'], 300)}: {message}", type=rules)
    element.text = shorten("\n".join(_lines(row)), _TEXT_LIMIT)
    return f"{kind}s"


def _lines(row: Row) -> list[str]:
    findings = row["findings"][:_FINDINGS_SHOWN]
    lines = [line for finding in findings for line in _finding(finding)]
    rest = len(row["findings"]) - len(findings)
    return [*lines, *([f"and {rest} more kinds of finding"] if rest else []), f"source: {one_line(row['source'], 400)}"]


def _finding(finding: Finding) -> list[str]:
    times, place = counted_times(finding), place_of(finding)
    where = f" [{place}]" if place else ""
    facts = [(name, one_line(finding[name], 600)) for name in ("profile", "expected", "found")]
    return [
        f"{finding['severity']} {finding['rule']}{times}{where}: {one_line(finding['message'], 600)}",
        *(f"    {name}: {text}" for name, text in facts if text),
        *([f"    exchange: {finding['exchange']}"] if finding["exchange"] else []),
    ]
