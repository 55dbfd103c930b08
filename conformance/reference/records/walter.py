"""Walter (member b): asthma and a new knee; unrelated to Maria in every identifier."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.records import authorizations as pa
from conformance.reference.records import clinical, coverage, documents
from conformance.reference.records import elements as el
from conformance.reference.records.authorizations import Authorization, RequestedItem
from conformance.reference.records.claims import Claim, Line, corrected
from conformance.reference.records.institutional import inpatient, outpatient
from conformance.reference.records.money import Amounts
from conformance.reference.records.oral import oral
from conformance.reference.records.pharmacy import pharmacy
from conformance.reference.records.professional import professional
from conformance.reference.records.routine import routine

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network


def write(chart: Chart, net: Network) -> None:
    """His whole record."""
    coverage.patient(
        chart,
        extension=[
            coverage.race("2106-3", "2108-9", "White, European"),
            coverage.ethnicity("2186-5", "", "Not Hispanic or Latino"),
            *(coverage.birth_sex("M"), coverage.tribe("150", enrolled=False)),
        ],
        name=[{"use": "official", "family": "Brandt", "given": ["Walter"], "suffix": ["Jr."]}],
        address=[el.address("4 Quarry Road", "Millbrook", "CT", "06226")],
        telecom=[{"system": "phone", "value": "860-555-0119", "use": "home"}],
    )
    plan = coverage.coverage(chart, net, "plan", "2017-01-01")
    _health(chart, net)
    _results(chart, net)
    _claims(chart, net, plan)
    knee = RequestedItem((el.CPT, "27447"), "2", pa.APPROVED, 1, 1, 1, submitted=2450000)
    therapy = RequestedItem((el.CPT, "97110"), "PT", pa.PARTLY, 24, 12, 12, denial="119", submitted=192000)
    for facts in (
        Authorization("knee", "PA26-00088", -222, -219, -215, -125, plan, (knee,), "M17.11", "institutional"),
        Authorization("therapy", "PA26-00109", -190, -187, -186, -96, plan, (therapy,), "M17.11"),
    ):
        pa.authorization(chart, net, facts)


def _health(chart: Chart, net: Network) -> None:
    stay = clinical.encounter(chart, "stay", -205, 2, "IMP", "99223", net.surgeon, net.hospital_site, net.hospital)
    clinical.encounter(chart, "visit", -75, 0, "AMB", "99213", net.internist, net.clinic_site, net.clinic)
    clinical.condition(chart, "asthma", -6200, "195967001", "J45.909", "Asthma")
    clinical.condition(
        *(chart, "knee", -900, "239873007", "M17.11", "Osteoarthritis of the knee"),
        clinical="resolved",
        abatementDateTime=chart.day(-200),
    )
    clinical.condition(chart, "alone", -150, "422650009", "Z60.2", "Lives alone", category="health-concern")
    clinical.visit_diagnosis(chart, "dental-check", -110, "185317003", "Z01.20", "Dental check")
    clinical.visit_diagnosis(chart, "eyes", -130, "41256004", "H52.4", "Age-related long-sightedness")
    puff = el.quantity(2, "puff", "{puff}")
    clinical.prescription(
        *(chart, "albuterol", -75, net.albuterol, net.internist, puff, "Two puffs every six hours when needed")
    )
    clinical.prescription(
        *(chart, "amlodipine", -300, ("197361", "amlodipine 5 mg"), net.internist, el.quantity(1, "tablet", "{tbl}")),
        "Take one tablet daily",
        status="stopped",
    )
    sulfa = el.concept(el.RXNORM, "10180", "sulfamethoxazole")
    clinical.allergy(chart, "sulfa", -5000, sulfa, ("271807003", "rash"))
    clinical.immunization(chart, "flu", -50, "140", "influenza vaccine")
    clinical.immunization(chart, "tetanus", -1500, "115", "tetanus, diphtheria and pertussis vaccine")
    replacement = el.concept(el.SNOMED, "609588000", "knee replacement", (el.CPT, "27447"))
    clinical.procedure(chart, "replacement", -204, replacement, encounter=el.reference(stay))
    documents.document(
        *(chart, "operation", -204, "11504-8", "Operative note"),
        "Total knee replacement, right, without complication.",
        *(net.surgeon, net.hospital),
    )
    documents.document(
        *(chart, "visit-note", -75, "11506-3", "Progress note"), "Asthma stable.", net.internist, net.clinic
    )


def _results(chart: Chart, net: Network) -> None:
    for number, (on, value) in enumerate(((-75, 96), (-260, 101)), 1):
        clinical.laboratory(
            *(chart, f"glucose-{number}", on, "2345-7", "glucose", net.laboratory),
            valueQuantity=el.quantity(value, "mg/dL"),
        )
    clinical.laboratory(
        *(chart, "creatinine", -75, "2160-0", "creatinine", net.laboratory), valueQuantity=el.quantity(1.1, "mg/dL")
    )
    clinical.blood_pressure(chart, "pressure", -75, 134, 82)
    clinical.vital_sign(chart, "pulse", -75, "8867-4", "heart rate", el.quantity(72, "beats/minute", "/min"))
    clinical.not_measured(chart, "pulse-not-taken", -260, "8867-4", "heart rate")
    clinical.vital_sign(chart, "weight", -75, "29463-7", "body weight", el.quantity(84.5, "kg"))
    clinical.smoking(chart, "smoking", -75, "8517006", "former smoker")


def _claims(chart: Chart, net: Network, plan: str) -> None:
    knee = ("M17.11", "M17.11")
    room = Line((el.CPT, "0120/"), Amounts(620000, discount=240000, deductible=50000), units=2)
    surgery = Line((el.CPT, "0360/27447"), Amounts(1830000, discount=760000, coinsurance=60000), reasons=("45",))
    inpatient(
        *(chart, net),
        Claim("stay", "HX26-0001033-1", -205, -203, plan, net.hospital, (room, surgery), (*knee, "J45.909")),
        drg="470",
        procedures=(("0SRC0J9", -204),),
        amounts_at="header",
    )
    tracing = Line((el.CPT, "0730/93000"), Amounts(21000, discount=9000, copay=3000), note="Heart tracing")
    blood = Line((el.CPT, "0300/80053"), Amounts(8800, discount=5100), reasons=("45",), modifier="90")
    tests = Claim("pre-op", "HX26-0000871-1", -214, -214, plan, net.hospital, (tracing, blood), knee)
    first = replace(tests, slug="pre-op-first", number="HX26-0000871-0", lines=(tracing,))
    corrected(chart, partial(outpatient, chart, net, amounts_at="lines"), first, tests)
    visit = Line((el.CPT, "99213"), Amounts(15500, discount=4800, copay=2000), modifier="25")
    professional(*(chart, net, Claim("visit", "HX26-0003977-1", -75, -75, plan, net.internist, (visit,), ("J45.909",))))
    inhaler = Line((el.NDC, "59310-0579-22"), Amounts(6100, discount=2500, copay=1500), units=8.5)
    for number, on in enumerate((-70, -40), 1):
        fill = Claim(f"fill-{number}", f"HX26-RX00{number}390", on, on, plan, net.pharmacy, (inhaler,))
        pharmacy(chart, net, fill, days=30, refill=number - 1, refills=5)
    exam = Line((el.CDT, "D0120"), Amounts(7500, discount=2000))
    xrays = Line((el.CDT, "D0274"), Amounts(6800, discount=1800))
    teeth = Claim("teeth", "HX26-0002719-1", -110, -110, plan, net.dentist, (exam, xrays), ("Z01.20",))
    before = replace(teeth, slug="teeth-first", number="HX26-0002719-0", lines=(exam,))
    corrected(chart, partial(oral, chart, net), before, teeth)
    eyes = Line((el.CPT, "92014"), Amounts(13000, discount=4000, copay=2500))
    professional(
        *(chart, net, Claim("eyes", "HX26-0002250-1", -130, -130, plan, net.clinic, (eyes,), ("H52.4",))), kind="vision"
    )
    routine(
        *(chart, net, lambda on: plan),  # noqa: ARG005 - one plan all the time
        claims=6,
        first=chart.offset("2018-03-01"),
        last=-500,
        diagnoses=("J45.909",),
    )
