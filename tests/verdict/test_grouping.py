"""Findings by rule and element: one defect of thousands of records is one entry."""

import pytest

from conformance.findings import Finding
from conformance.redaction import Redactor
from conformance.verdict.document import group_findings, redacted


def test_one_defect_of_4000_claims_is_one_finding_with_its_count_and_first_examples():
    findings = [
        Finding("amount.sum", "wrong", path=f"ExplanationOfBenefit.item[{n % 7}].net", resource=f"E/{n}", exchange=n)
        for n in range(4000)
    ]

    [group] = group_findings([*findings])

    assert (group["count"], group["resource"], group["exchange"]) == (4000, "E/0", 0)
    assert [example["resource"] for example in group["examples"]] == [f"E/{n}" for n in range(5)]


def test_another_rule_element_profile_or_severity_is_another_finding():
    base = Finding("a.rule", "wrong", path="Patient.name[0]")
    others = [
        Finding("b.rule", "wrong", path="Patient.name[0]"),
        Finding("a.rule", "wrong", path="Patient.name[0].given"),
        Finding("a.rule", "wrong", path="Patient.name[0]", profile="https://guide.example/P"),
        Finding("a.rule", "wrong", path="Patient.name[0]", severity="warning"),
    ]

    groups = group_findings([*others, base, base])

    assert [group["count"] for group in groups] == [2, 1, 1, 1, 1]
    assert groups[-1]["severity"] == "warning"


@pytest.mark.parametrize(
    ("rule", "found", "told"),
    [
        ("cardinality.min", "0", "0"),
        ("must-support.unseen", "in 0 of 5", "in 0 of 5"),
        ("cardinality.min", "1951-02-03", "####-##-##"),
        ("format:date", "0", "#"),
    ],
)
def test_a_number_of_elements_is_no_datum_of_a_member(rule, found, told):
    finding = Finding(rule, "birthDate is missing", path="Patient.birthDate", found=found)

    assert redacted(finding, Redactor()).found == told
