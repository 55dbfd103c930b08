"""Faults of must-support: data that the payer has is never sent, or is faked."""

from __future__ import annotations

from typing import Any

from conformance.reference.faults.deviations import always, coded, dropped, stored
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import errors, matching
from conformance.reference.fhir.store import LIVE, WITHHELD, Entry

ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"

Resource = dict[str, Any]


def _never_begun(resource: Resource) -> Resource:
    """Takes away when a condition began and was asserted."""
    kept = {name: value for name, value in resource.items() if not name.startswith("onset")}
    extensions = [each for each in kept.pop("extension", []) if each["url"] != ASSERTED]
    return kept | ({"extension": extensions} if extensions else {})


def _allergy_of_unknown_code(resource: Resource) -> bool:
    return any(coding["system"] == ABSENT for coding in resource["code"].get("coding", []))


def _nothing_withheld(entries: list[Entry]) -> list[Entry]:
    """What cannot be expressed is stored as any other resource."""
    return [Entry(each.resource, each.patient, LIVE if each.state == WITHHELD else each.state) for each in entries]


def _made_up_diagnosis(resource: Resource) -> None:
    for diagnosis in resource["diagnosis"]:
        coding = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "R69"}
        diagnosis["diagnosisCodeableConcept"] = {"coding": [coding]}


def _masked(resource: Resource) -> bool:
    return any(coded(each.get("diagnosisCodeableConcept"), "masked") for each in resource.get("diagnosis", []))


def _no_classes(resource: Resource) -> None:
    resource.pop("class", None)


def _no_notes(resource: Resource) -> None:
    resource.pop("processNote", None)
    for item in resource["item"]:
        item.pop("noteNumber", None)


def _no_review_actions(resource: Resource) -> None:
    for place in [resource, *resource["item"]]:
        for entry in place.get("adjudication", []):
            entry["extension"] = [each for each in entry.pop("extension", []) if "reviewAction" not in each["url"]]
            if not entry["extension"]:
                del entry["extension"]


FAULTS = (
    Fault(
        "PA-MS-001.onset-never-sent",
        "must-support.choice",
        "Conditions never say when they began or were asserted.",
        records=stored("Condition", _never_begun),
    ),
    Fault(
        "PA-MS-001.recorded-date-never-sent",
        "must-support.choice",
        "Conditions never say when they were recorded.",
        records=stored("Condition", lambda resource: {k: v for k, v in resource.items() if k != "recordedDate"}),
    ),
    Fault(
        "PA-MS-002.placeholder-date",
        "must-support.placeholder",
        "An open coverage ends on 9999-12-31.",
        records=stored(
            "Coverage",
            lambda resource: resource | {"period": resource["period"] | {"end": "9999-12-31"}},
            lambda resource: "end" not in resource["period"],
        ),
    ),
    Fault(
        "PA-MS-002.placeholder-phone",
        "must-support.placeholder",
        "Telephone numbers are zeros.",
        records=stored(
            "Patient", lambda resource: resource | {"telecom": [{"system": "phone", "value": "000-000-0000"}]}
        ),
    ),
    Fault(
        "PA-MS-003.code-system-as-extension",
        "must-support.absence-url",
        "The data-absent-reason extension has the url of the code system.",
        records=stored(
            "AllergyIntolerance",
            lambda resource: resource | {"code": {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}},
            _allergy_of_unknown_code,
        ),
    ),
    Fault(
        "PA-MS-003.made-up-substance",
        "must-support.absence-not-said",
        "An allergy to something unknown is shown as one to some substance.",
        records=stored(
            "AllergyIntolerance",
            lambda resource: (
                resource | {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "105590001"}]}}
            ),
            _allergy_of_unknown_code,
        ),
    ),
    Fault(
        "PA-MS-003.reason-of-its-own",
        "must-support.absence-reason",
        "The data-absent-reason extension has a code of the payer's own.",
        records=stored(
            "AllergyIntolerance",
            lambda resource: resource | {"code": {"extension": [{"url": ABSENT_REASON, "valueCode": "because"}]}},
            _allergy_of_unknown_code,
        ),
    ),
    Fault(
        "PA-MS-003.allergy-dropped",
        "must-support.absent-not-served",
        "An allergy to something unknown is not served.",
        records=dropped("AllergyIntolerance", _allergy_of_unknown_code),
    ),
    Fault(
        "PA-MS-003.no-gender",
        "must-support.mandatory-missing",
        "Members have no gender, not even an unknown one.",
        records=stored("Patient", lambda resource: {k: v for k, v in resource.items() if k != "gender"}),
    ),
    Fault(
        "PA-MS-004.served",
        "must-support.withheld-served",
        "Resources whose status is not known are served.",
        records=_nothing_withheld,
        target={"strict.PA-MS-004": "gate"},
    ),
    Fault(
        "PA-MS-004.found",
        "must-support.withheld-found",
        "Searches find resources whose status is not known.",
        records=_nothing_withheld,
        target={"strict.PA-MS-004": "gate"},
    ),
    Fault(
        "PA-MS-004.bare-404",
        "must-support.withheld-outcome",
        "The answer for a resource whose status is not known has no OperationOutcome.",
        {errors.outcome: always({})},
        target={"strict.PA-MS-004": "gate"},
        collateral="every refusal of the API is empty",
    ),
    Fault(
        "PA-MS-004.no-warning",
        "must-support.withheld-warning",
        "Searches leave out what cannot be expressed without saying so.",
        {matching.withheld: always(0)},
    ),
    Fault(
        "PA-MS-004.invented-status",
        "must-support.invented-status",
        "A status that is not known is sent as a code of the payer's own.",
        records=stored("Immunization", lambda resource: resource | {"status": "unknown"}),
        target={"strict.PA-MS-004": "gate"},
    ),
    Fault(
        "PA-MS-005.made-up-diagnosis",
        "must-support.masking-not-said",
        "A masked diagnosis is replaced by another.",
        records=stored("ExplanationOfBenefit", _made_up_diagnosis, _masked),
    ),
    Fault(
        "PA-MS-006.no-coverage-classes",
        "must-support.unseen",
        "Group and plan of a coverage are never sent.",
        records=stored("Coverage", _no_classes),
        target={"strict.PA-MS-006": "gate"},
    ),
    Fault(
        "PA-MS-006.no-process-notes",
        "must-support.unseen",
        "Notes about the processing of a claim are never sent.",
        records=stored("ExplanationOfBenefit", _no_notes, lambda resource: "processNote" in resource),
        target={"strict.PA-MS-006": "gate"},
    ),
    Fault(
        "PA-MS-007.text-values-lost",
        "must-support.unseen",
        "Laboratory results whose value is text are not sent.",
        records=dropped("Observation", lambda resource: "valueString" in resource),
        target={"strict.PA-MS-007": "gate"},
    ),
    Fault(
        "PA-MS-007.no-reactions",
        "must-support.not-in-sample",
        "Allergies never say how they show, and the manifest promises nothing of them.",
        records=stored("AllergyIntolerance", lambda resource: {k: v for k, v in resource.items() if k != "reaction"}),
        warning=True,
    ),
    Fault(
        "PA-MS-008.no-review-action",
        "must-support.unseen",
        "Authorizations do not carry the action of the review.",
        records=stored(
            "ExplanationOfBenefit", _no_review_actions, lambda resource: resource["use"] == "preauthorization"
        ),
        target={"strict.PA-MS-008": "gate"},
    ),
)
