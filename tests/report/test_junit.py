"""``junit.xml``: what CI systems read."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.report.junit import render

# What the schemas of the format's readers allow: element → (attributes, children), * marks what must be there.
SHAPE: dict[str, tuple[str, str]] = {
    "testsuites": ("name tests failures errors time", "testsuite"),
    "testsuite": ("name* tests* failures* errors* skipped time timestamp hostname", "testcase"),
    "testcase": ("name* classname time", "properties failure error skipped"),
    "properties": ("", "property"),
    "property": ("name* value*", ""),
    "failure": ("message type", ""),
    "error": ("message type", ""),
    "skipped": ("message type", ""),
}


def shape_faults(element: ET.Element) -> list[str]:
    attributes, children = SHAPE[element.tag]
    known = {name.rstrip("*") for name in attributes.split()}
    required = {name.rstrip("*") for name in attributes.split() if name.endswith("*")}
    faults = [f"{element.tag}@{name}" for name in set(element.attrib) ^ (set(element.attrib) & known)]
    faults += [f"{element.tag} lacks {name}" for name in required - set(element.attrib)]
    faults += [f"{element.tag}/{child.tag}" for child in element if child.tag not in children.split()]
    return faults + [fault for child in element for fault in shape_faults(child)]


@pytest.fixture
def cases(document: Any) -> dict[str, ET.Element]:
    """Test cases by requirement."""
    root = ET.fromstring(render(document))
    return {case.findtext("none") or _property(case, "requirement"): case for case in root.iter("testcase")}


def _property(case: ET.Element, name: str) -> str:
    return next(entry.get("value", "") for entry in case.iter("property") if entry.get("name") == name)


def test_it_has_the_shape_that_readers_expect(document: Any) -> None:
    assert shape_faults(ET.fromstring(render(document))) == []


def test_a_suite_per_area_in_order_and_a_case_per_row_and_check(document: Any, cases: dict[str, ET.Element]) -> None:
    suites = [suite.get("name") for suite in ET.fromstring(render(document)).iter("testsuite")]

    assert suites[:3] == ["discovery", "authorization", "token"]
    assert "operations" not in suites  # its rows are untested
    assert len(cases) == sum(len(row["checks"]) for row in document["requirements"])


@pytest.mark.parametrize(
    ("row", "element", "message"),
    [
        ("PA-TOK-006", "failure", "PA-TOK-006 An exchange with a wrong verifier is refused: A code was exchanged"),
        ("PA-REST-004", "error", "PA-REST-004 _format selects JSON over a conflicting Accept: HarnessError"),
        ("PA-DISC-010", "skipped", "ADVISORY: The server grants a scope it does not list."),
        ("PA-ISO-011", "skipped", "UNDECIDED: no representative is described"),
        ("PA-TOK-020", "skipped", "WAIVED: waived until 2027-02-28"),
        ("PA-SCOP-020", "skipped", "NOT APPLICABLE: scopes.syntax is v1"),
    ],
)
def test_each_status_has_its_element(cases: dict[str, ET.Element], row: str, element: str, message: str) -> None:
    outcomes = [child for child in cases[row] if child.tag != "properties"]

    assert [outcome.tag for outcome in outcomes] == [element]
    assert outcomes[0].get("message", "").startswith(message)


def test_a_pass_has_no_outcome_and_untested_rows_are_left_out(cases: dict[str, ET.Element]) -> None:
    assert [child.tag for child in cases["PA-DISC-001"]] == ["properties"]
    assert "PA-OPS-001" not in cases


def test_counts_agree_with_what_is_there(document: Any) -> None:
    root = ET.fromstring(render(document))

    for suite in root.iter("testsuite"):
        for attribute, tag in (
            ("tests", "testcase"),
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert int(suite.get(attribute, "")) == len(list(suite.iter(tag)))
    assert root.get("tests") == str(len(list(root.iter("testcase"))))


def test_a_failure_holds_rule_place_expected_found_and_exchange(cases: dict[str, ET.Element]) -> None:
    text = cases["PA-PROF-014"].findtext("failure", "")

    assert text.startswith("error binding.required (1,998 times) [ExplanationOfBenefit/claim-0000 at ")
    for part in ("expected: a code of", "found: PAID-TO-CHEMIST", "exchange: 42", "source: CARIN BB 2.1.0 Pharmacy"):
        assert part in text


def test_control_characters_and_markup_of_a_deployment_break_nothing(document: Any) -> None:
    bad = "]]></failure>\x00\x1b[2J\x0b\ufffe\ud800 & \"'"
    for row in document["requirements"]:
        row["title"] = row["source"] = row["reason"] = bad
        for finding in row["findings"]:
            finding.update(dict.fromkeys(("rule", "message", "found", "path", "resource"), bad))

    text = render(document)

    text.encode("utf-8")
    assert shape_faults(ET.fromstring(text)) == []
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", text)


def test_thousands_of_findings_are_cut(sample: Any) -> None:
    findings = [sample.finding(f"rule-{n}", "wrong " * 50) for n in range(3000)]
    document = sample.document({"PA-TOK-006": {"status": "fail", "findings": findings}})

    assert len(render(document)) < 300_000


@pytest.mark.parametrize("state", ["expired", "now passing", "unused"])
def test_a_waiver_that_fails_the_run_is_a_failure(document: Any, state: str) -> None:
    kept = ET.fromstring(render(document))
    document["waivers"][0]["state"] = state

    root = ET.fromstring(render(document))

    assert kept.find("testsuite[@name='waivers']") is None
    assert shape_faults(root) == []
    (case,) = root.findall("testsuite[@name='waivers']/testcase")
    assert case.get("name") == "PA-TOK-020"
    assert "waiver of PA-TOK-020" in case.find("failure").get("message")  # type: ignore[union-attr,operator]
    assert int(root.get("failures", 0)) == int(kept.get("failures", 0)) + 1
