"""Maria (member a): diabetes, hypertension, a fall with a hospital stay, and the claims that came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.records import authorizations as pa
from conformance.reference.records import clinical, coverage, documents
from conformance.reference.records import elements as el
from conformance.reference.records.authorizations import Asked, Authorization
from conformance.reference.records.claims import Claim, Line
from conformance.reference.records.identities import MARIA, record_id
from conformance.reference.records.institutional import inpatient, outpatient
from conformance.reference.records.money import Amounts
from conformance.reference.records.oral import oral
from conformance.reference.records.pharmacy import pharmacy
from conformance.reference.records.professional import professional

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network

VISIT = (el.CPT, "99214")
A1C = (el.CPT, "83036")
DELETED_CLAIM = record_id(MARIA.key, "ExplanationOfBenefit", "withdrawn")


def write(chart: Chart, net: Network) -> None:
    """Her whole record."""
    coverage.patient(
        chart,
        extension=[
            coverage.race("2106-3", "", "White"),
            coverage.ethnicity("2135-2", "2148-5", "Hispanic or Latino, Mexican"),
            el.extension("http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", valueCode="F"),
        ],
        telecom=[
            {"system": "phone", "value": "401-555-0176", "use": "home"},
            {"system": "email", "value": "maria.alvarez@mail.example"},
        ],
        communication=[{"language": el.concept("urn:ietf:bcp:47", "es"), "preferred": True}],
    )
    plan = coverage.coverage(chart, net, "plan", "2023-01-01")
    old_plan = coverage.coverage(chart, net, "old-plan", "2014-01-01", "2022-12-31")
    _clinical(chart, net)
    _claims(chart, net, plan, old_plan)
    _authorizations(chart, net, plan)


def _clinical(chart: Chart, net: Network) -> None:
    visit = clinical.encounter(chart, "visit", -62, 0, "AMB", "99214", net.internist, net.clinic_site, net.clinic)
    discharge = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
    stay = clinical.encounter(
        *(chart, "stay", -140, 3, "IMP", "99223", net.surgeon, net.hospital_site, net.hospital),
        hospitalization={"dischargeDisposition": el.concept(discharge, "home")},
    )
    clinical.condition(chart, "diabetes", -2900, "44054006", "E11.9", "Type 2 diabetes")
    clinical.condition(chart, "hypertension", -2100, "38341003", "I10", "High blood pressure")
    clinical.condition(*(chart, "food", -300, "733423003", "Z59.41", "Food insecurity"), category="health-concern")
    clinical.condition(
        *(chart, "wrist", -140, "263102004", "S52.501A", "Fracture of the wrist"),
        clinical="resolved",
        category="encounter-diagnosis",
        encounter=el.reference(stay),
        abatementDateTime=chart.day(-60),
    )
    _results(chart, net)
    tablet = el.quantity(1, "tablet", "{tbl}")
    clinical.prescription(
        *(chart, "metformin", -60, net.metformin, net.internist, tablet, "Take one tablet with the evening meal"),
        encounter=el.reference(visit),
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
    penicillin = el.concept(el.RXNORM, "7980", "penicillin G")
    clinical.allergy(chart, "penicillin", -3000, penicillin, ("247472004", "hives"))
    clinical.immunization(chart, "flu", -45, "140", "influenza vaccine")
    clinical.immunization(chart, "flu-before", -410, "140", "influenza vaccine")
    declined = f"{el.TERMINOLOGY}/v3-ActReason"
    clinical.immunization(
        *(chart, "zoster", -45, "187", "zoster vaccine"), status="not-done", statusReason=el.concept(declined, "PATOBJ")
    )
    repair = el.concept(el.SNOMED, "179097006", "repair of wrist fracture", (el.CPT, "25607"))
    clinical.procedure(
        *(chart, "repair", -139, repair),
        performedPeriod=el.period(chart.moment(-139, "07:30"), chart.moment(-139, "09:10")),
        encounter=el.reference(stay),
    )
    colonoscopy = el.concept(el.SNOMED, "73761001", "colonoscopy", (el.CPT, "45378"))
    clinical.procedure(chart, "colonoscopy", -500, colonoscopy)
    documents.document(
        *(chart, "discharge", -137, "18842-5", "Discharge summary"),
        "Admitted after a fall; distal radius repaired; discharged home in good condition.",
        *(net.surgeon, net.hospital),
    )
    documents.inline_document(
        *(chart, "visit-note", -62, "11506-3", "Progress note"), "Diabetes well controlled.", net.internist, net.clinic
    )


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
    clinical.laboratory(*(chart, "color", -62, "5778-6", "color of urine", net.laboratory), valueString="pale yellow")
    unknown = el.concept(el.DATA_ABSENT, "error")
    clinical.laboratory(chart, "ldl", -62, "13457-7", "LDL cholesterol", net.laboratory, dataAbsentReason=unknown)
    clinical.blood_pressure(chart, "pressure", -62, 128, 79)
    clinical.vital_sign(chart, "weight", -62, "29463-7", "body weight", el.quantity(71.2, "kg"))
    clinical.vital_sign(chart, "height", -62, "8302-2", "body height", el.quantity(163, "cm"))
    clinical.smoking(chart, "smoking", -62, "266919005", "never smoked")


def _claims(chart: Chart, net: Network, plan: str, old_plan: str) -> None:
    professional(
        *(chart, net),
        Claim(
            *("visit", "HX26-0004118-1", -62, -62, plan, net.internist),
            (
                Line(VISIT, Amounts(21500, discount=6200, copay=2500), note="Office visit, established patient"),
                Line(A1C, Amounts(4800, discount=2100), reasons=("45",)),
            ),
            ("E11.9", "I10"),
        ),
    )
    inpatient(
        *(chart, net),
        Claim(
            *("stay", "HX26-0002207-1", -140, -137, plan, net.hospital),
            (
                Line((el.CPT, "0120/"), Amounts(870000, discount=310000, deductible=50000, coinsurance=40000), units=3),
                Line((el.CPT, "0360/25607"), Amounts(640000, discount=250000, coinsurance=35000), reasons=("45",)),
            ),
            ("S52.501A", "S52.501A", "E11.9"),
        ),
        drg="512",
        procedures=(("0PSJ04Z", -139),),
    )
    outpatient(
        *(chart, net),
        Claim(
            *("imaging", "HX26-0001902-1", -141, -141, plan, net.hospital),
            (Line((el.CPT, "0320/73110"), Amounts(38000, discount=15500, coinsurance=4500), reasons=("45",)),),
            ("S52.501A", "S52.501A"),
        ),
    )
    for number, on in enumerate((-58, -28), 1):
        pharmacy(
            *(chart, net),
            Claim(
                *(f"fill-{number}", f"HX26-RX00{number}711", on, on, plan, net.pharmacy),
                (Line((el.NDC, "00093-7214-01"), Amounts(3400, discount=1900, copay=1000), units=30),),
            ),
            days=30,
            refill=number - 1,
            refills=3,
        )
    oral(
        *(chart, net),
        Claim(
            *("teeth", "HX26-0003305-1", -90, -90, plan, net.dentist),
            (
                Line((el.CDT, "D1110"), Amounts(12500, discount=3000)),
                Line((el.CDT, "D2392"), Amounts(24000, discount=6000, coinsurance=3600), note="Filling, two surfaces"),
            ),
            ("K02.9",),
        ),
        tooth="19",
        surface="MO",
        missing="17",
    )
    professional(
        *(chart, net),
        Claim(
            *("denied", "HX26-0004553-1", -40, -40, plan, net.internist),
            (Line((el.CPT, "97810"), Amounts(9000, noncovered=9000), note="Not a covered benefit", reasons=("96",)),),
            ("I10",),
            payment="denied",
            network="outofnetwork",
        ),
    )
    withdrawn = professional(
        *(chart, net),
        Claim(
            *("withdrawn", "HX26-0003871-1", -101, -101, plan, net.internist),
            (Line((el.CPT, "99213"), Amounts(15500, discount=4800, copay=2000)),),
            ("I10",),
        ),
    )
    chart.delete(withdrawn, -80)
    long_ago = chart.offset("2016-03-15")
    professional(
        *(chart, net),
        Claim(
            *("first", "HX16-0000417-1", long_ago, long_ago, old_plan, net.internist),
            (Line((el.CPT, "99213"), Amounts(14000, discount=5200, copay=2000)),),
            ("E11.9",),
        ),
    )


def _authorizations(chart: Chart, net: Network, plan: str) -> None:
    therapy = Asked((el.CPT, "97110"), "PT", pa.APPROVED, 12, 12, 7, submitted=96000)
    pa.authorization(
        *(chart, net), Authorization("therapy", "PA26-00118", -131, -129, -128, 60, plan, (therapy,), "S52.501A")
    )
    scan = Asked((el.CPT, "73221"), "4", pa.DENIED, denial="197", reason="0A", submitted=118000)
    pa.authorization(chart, net, Authorization("scan", "PA26-00131", -120, -117, -116, -86, plan, (scan,), "S52.501A"))
    waiting = Asked((el.CPT, "97810"), "64", pa.PENDED, 6, submitted=54000)
    pa.authorization(chart, net, Authorization("waiting", "PA26-00207", -4, None, 3, 90, plan, (waiting,), "I10"))
