"""Lawful variations of must-support: what is absent, and values that look made up and are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import coded, forgotten, stored
from conformance.reference.fhir.parameters import US_CORE
from conformance.reference.lawful.variation import Variation
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.fhir.store import Entry
    from conformance.reference.lawful.variation import Manifest

Resource = dict[str, Any]

_TWO_PROBLEMS = ("44054006", "38341003")
_CONDITIONS = ("us-core-condition-problems-health-concerns", "us-core-condition-encounter-diagnosis")


def _not_applicable(resource: Resource) -> None:
    """Lines without a procedure say so as CARIN's value set does, with the display of its official examples."""
    coding = {"system": el.DATA_ABSENT, "code": "not-applicable", "display": "Not Applicable"}
    for item in resource["item"]:
        if coded(item["productOrService"], "not-applicable"):
            item["productOrService"] = {"coding": [coding]}


def _called_test(resource: Resource) -> None:
    for name in resource["name"]:
        name["family"] = "Test"


def _no_group(resource: Resource) -> None:
    for each in resource["class"]:
        if coded(each["type"], "group"):
            each["value"] = "N/A"


def _two_undated(entries: list[Entry]) -> list[Entry]:
    """Of all problems two kinds are kept, and none says when it was recorded."""
    kept = forgotten("Condition", lambda resource: not coded(resource["code"], *_TWO_PROBLEMS))(entries)
    return stored("Condition", lambda resource: {k: v for k, v in resource.items() if k != "recordedDate"})(kept)


def _two_promised(manifest: Manifest) -> None:
    """Conditions are not listed one by one, and nothing is promised of their elements."""
    for member in manifest["members"].values():
        member["resources"].pop("Condition", None)
        member["complete"] = False
    for name in _CONDITIONS:
        manifest["must_support"].pop(f"{US_CORE}/{name}", None)


VARIATIONS = (
    Variation(
        "PA-MS-002.not-applicable",
        "Lines without a procedure have the code not-applicable with the display Not Applicable.",
        "CARIN BB 2.1.0, ExplanationOfBenefit productOrService: its value set and its official examples",
        records=stored(
            "ExplanationOfBenefit",
            _not_applicable,
            lambda resource: any(coded(each.get("productOrService"), "not-applicable") for each in resource["item"]),
        ),
        also=("PA-PROF-010", "PA-PROF-011", "PA-PROF-026"),
    ),
    Variation(
        "PA-MS-002.family-test",
        "Members are called Test.",
        "FHIR R4, HumanName.family: any string",
        records=stored("Patient", _called_test),
        rows={"PA-MS-002": "advisory"},
        also=("PA-PROF-001", "PA-SRCH-032", "PA-ISO-001", "PA-ISO-005"),
    ),
    Variation(
        "PA-MS-002.group-not-available",
        "The group of a coverage has the value N/A.",
        "FHIR R4, Coverage.class.value: any string; US Core 6.1.0 us-core-coverage demands one",
        records=stored("Coverage", _no_group),
        rows={"PA-MS-002": "advisory"},
        also=("PA-PROF-004", "PA-PROF-005", "PA-PROF-006"),
    ),
    Variation(
        "PA-MS-001.two-without-recorded-date",
        "The members have two problems each at most, and none says when it was recorded.",
        "US Core 6.1.0, Must Support: elements are sent where the data is there; recordedDate is 0..1",
        records=_two_undated,
        fixtures=_two_promised,
        rows={"PA-MS-001": "undecided", "PA-MS-007": "advisory", "PA-ISO-002": "undecided"},
        also=("PA-PROF-018", "PA-SRCH-033", "PA-DATA-004"),
    ),
)
