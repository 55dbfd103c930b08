"""Maria (member a): diabetes, hypertension, a fall with a hospital stay. What it cost is in `maria_claims`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reference.fhir.store import WITHHELD
from conformance.reference.records import clinical, coverage, documents
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network

DISCHARGE = "http://terminology.hl7.org/CodeSystem/discharge-disposition"


@dataclass(frozen=True, slots=True)
class Maria:
    """What her claims point to."""

    plan: str
    old_plan: str
    operation_note: str


def write(chart: Chart, net: Network) -> Maria:
    """Who she is, how she is covered, how she is."""
    _patient(chart)
    plan = coverage.coverage(chart, net, "plan", "2023-01-01")
    old_plan = coverage.coverage(chart, net, "old-plan", "2014-01-01", "2022-12-31")
    diabetes = _problems(chart)
    visit = clinical.encounter(
        *(chart, "visit", -62, 0, "AMB", "99214", net.internist, net.clinic_site, net.clinic),
        reasonReference=[el.reference(diabetes)],
    )
    stay = clinical.encounter(
        *(chart, "stay", -140, 3, "IMP", "99223", net.surgeon, net.hospital_site, net.hospital),
        hospitalization={"dischargeDisposition": el.concept(DISCHARGE, "home")},
    )
    clinical.condition(
        *(chart, "wrist", -140, "263102004", "S52.501A", "Fracture of the wrist"),
        clinical="resolved",
        category="encounter-diagnosis",
        encounter=el.reference(stay),
        abatementDateTime=chart.day(-60),
    )
    clinical.visit_diagnosis(chart, "caries", -90, "80967001", "K02.9", "Tooth decay")
    clinical.visit_diagnosis(chart, "check-up", -99, "268565007", "Z00.00", "General health check")
    _results(chart, net)
    _prescriptions(chart, net, visit, diabetes)
    _prevention(chart)
    _procedures(chart, stay)
    return Maria(plan, old_plan, _documents(chart, net, stay, visit))


def _patient(chart: Chart) -> None:
    coverage.patient(
        chart,
        extension=[
            coverage.race("2106-3", "", "White"),
            coverage.ethnicity("2135-2", "2148-5", "Hispanic or Latino, Mexican"),
            *(coverage.birth_sex("F"), coverage.sex("248152002"), coverage.gender_identity("446141000124107")),
        ],
        name=[
            {"use": "official", "family": "Álvarez-Núñez", "given": ["María", "Elena"]},
            {"use": "old", "family": "Álvarez", "given": ["María"], "period": el.period("1968-04-17", "1994-06-11")},
        ],
        telecom=[
            {"system": "phone", "value": "401-555-0176", "use": "home"},
            {"system": "email", "value": "maria.alvarez@mail.example"},
        ],
        address=[
            el.address("88 Lantern Row", "Port Ellery", "RI", "02840")
            | {"use": "home", "period": el.period("2009-05-01")}
        ],
        deceasedBoolean=False,
        communication=[{"language": el.concept("urn:ietf:bcp:47", "es"), "preferred": True}],
    )


def _problems(chart: Chart) -> str:
    diabetes = clinical.condition(chart, "diabetes", -2900, "44054006", "E11.9", "Type 2 diabetes")
    clinical.condition(chart, "hypertension", -2100, "38341003", "I10", "High blood pressure")
    food = clinical.condition(
        *(chart, "food", -300, "733423003", "Z59.41", "Food insecurity"),
        category="health-concern",
        also=el.concept(f"{el.US_CORE_CODES}/us-core-category", "sdoh"),
    )
    chart.replace(food, -60, clinicalStatus=el.concept(f"{el.TERMINOLOGY}/condition-clinical", "inactive"))
    unknown = clinical.allergy(chart, "unknown", -2000, el.concept(el.DATA_ABSENT, "unknown"), ("271807003", "rash"))
    chart.note(unknown, "data-absent")
    return diabetes


def _results(chart: Chart, net: Network) -> None:
    for number, (on, value) in enumerate(((-62, 6.8), (-245, 7.4), (-430, 8.1)), 1):
        clinical.laboratory(
            *(chart, f"a1c-{number}", on, "4548-4", "hemoglobin A1c", net.laboratory),
            valueQuantity=el.quantity(value, "%"),
        )
    urine = clinical.specimen(chart, "urine", -62, "122575003", "urine")
    clinical.laboratory(
        *(chart, "nitrite", -62, "5802-4", "nitrite in urine", net.laboratory),
        valueCodeableConcept=el.concept(el.SNOMED, "260385009", "negative"),
        specimen=el.reference(urine),
    )
    clinical.laboratory(chart, "color", -62, "5778-6", "color of urine", net.laboratory, valueString="pale yellow")
    failed = el.concept(el.DATA_ABSENT, "error")
    ldl = clinical.laboratory(chart, "ldl", -62, "13457-7", "LDL cholesterol", net.laboratory, dataAbsentReason=failed)
    chart.note(ldl, "data-absent")
    clinical.blood_pressure(chart, "pressure", -62, 128, 79)
    clinical.not_measured(chart, "pressure-not-taken", -245, "85354-9", "blood pressure")
    clinical.vital_sign(chart, "weight", -62, "29463-7", "body weight", el.quantity(71.2, "kg"))
    clinical.vital_sign(chart, "height", -62, "8302-2", "body height", el.quantity(163, "cm"))
    clinical.not_measured(chart, "weight-not-taken", -245, "29463-7", "body weight")
    clinical.not_measured(chart, "height-not-taken", -245, "8302-2", "body height")
    clinical.smoking(chart, "smoking", -62, "266919005", "never smoked")


def _prescriptions(chart: Chart, net: Network, visit: str, diabetes: str) -> None:
    tablet = el.quantity(1, "tablet", "{tbl}")
    clinical.prescription(
        *(chart, "metformin", -60, net.metformin, net.internist, tablet, "Take one tablet with the evening meal"),
        encounter=el.reference(visit),
        reasonCode=[el.concept(el.SNOMED, "44054006", "Type 2 diabetes")],
        reasonReference=[el.reference(diabetes)],
    )
    clinical.prescription(
        *(chart, "lisinopril", -400, ("314076", "lisinopril 10 mg"), net.internist, tablet, "Take one tablet daily"),
        status="completed",
    )
    clinical.prescription(
        *(chart, "vitamin", -30, ("316672", "vitamin D3"), net.internist, tablet, "Take one daily"),
        intent="plan",
        reportedBoolean=True,
    )
    clinical.prescription(
        *(chart, "aspirin", -200, ("243670", "aspirin 81 mg"), net.internist, tablet, "Take one tablet daily"),
        reported=net.internist,
    )


def _prevention(chart: Chart) -> None:
    penicillin = el.concept(el.RXNORM, "7980", "penicillin G")
    clinical.allergy(chart, "penicillin", -3000, penicillin, ("247472004", "hives"))
    clinical.immunization(chart, "flu", -45, "140", "influenza vaccine")
    clinical.immunization(chart, "flu-before", -410, "140", "influenza vaccine")
    declined = el.concept(f"{el.TERMINOLOGY}/v3-ActReason", "PATOBJ")
    clinical.immunization(chart, "zoster", -45, "187", "zoster vaccine", status="not-done", statusReason=declined)
    withheld = clinical.immunization(chart, "paper-record", -2500, "115", "a vaccine", state=WITHHELD)
    chart.note(withheld, "withheld")


def _procedures(chart: Chart, stay: str) -> None:
    repair = el.concept(el.SNOMED, "179097006", "repair of wrist fracture", (el.CPT, "25607"))
    clinical.procedure(
        *(chart, "repair", -139, repair),
        performedPeriod=el.period(chart.moment(-139, "07:30"), chart.moment(-139, "09:10")),
        encounter=el.reference(stay),
    )
    colonoscopy = el.concept(el.SNOMED, "73761001", "colonoscopy", (el.CPT, "45378"))
    clinical.procedure(chart, "colonoscopy", -500, colonoscopy)


def _documents(chart: Chart, net: Network, stay: str, visit: str) -> str:
    """Her documents; returns the note that was sent in for an authorization."""
    documents.document(
        *(chart, "discharge", -137, "18842-5", "Discharge summary"),
        "Admitted after a fall; distal radius repaired; discharged home in good condition.",
        *(net.surgeon, net.hospital),
        encounter=stay,
        elsewhere=True,
    )
    documents.inline_document(
        *(chart, "visit-note", -62, "11506-3", "Progress note"),
        "Diabetes well controlled.",
        *(net.internist, net.clinic),
        encounter=visit,
    )
    return documents.document(
        *(chart, "therapy-request", -131, "18776-5", "Plan of treatment"),
        "Twelve sessions of physical therapy after repair of the wrist.",
        *(net.internist, net.clinic),
    )
