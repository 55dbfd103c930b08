"""Maria's claims: each kind, and most of what can become of a claim; her prior authorizations."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from conformance.reference.records import authorizations as pa
from conformance.reference.records import elements as el
from conformance.reference.records.authorizations import Authorization, RequestedItem
from conformance.reference.records.claims import MASKED, Claim, Line, corrected
from conformance.reference.records.identities import MARIA, record_id
from conformance.reference.records.institutional import inpatient, outpatient
from conformance.reference.records.money import Amounts
from conformance.reference.records.oral import oral
from conformance.reference.records.pharmacy import pharmacy
from conformance.reference.records.professional import ambulance_ride, professional
from conformance.reference.records.routine import routine

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.maria import Maria
    from conformance.reference.records.network import Network

DELETED_CLAIM = record_id(MARIA.key, "ExplanationOfBenefit", "withdrawn")
VISIT = Line((el.CPT, "99213"), Amounts(15500, discount=4800, copay=2000))


def write(chart: Chart, net: Network, maria: Maria, *, routine_claims: int = 12) -> None:
    """All her claims, the routine ones of the years before too."""
    _the_fall(chart, net, maria.plan)
    _office(chart, net, maria.plan)
    _decisions(chart, net, maria.plan)
    _pharmacy(chart, net, maria.plan)
    _teeth(chart, net, maria.plan)
    _long_ago(chart, net, maria)
    since, change = chart.offset("2017-02-01"), chart.offset("2023-01-01")
    routine(
        *(chart, net, lambda on: maria.plan if on >= change else maria.old_plan),
        claims=routine_claims,
        first=since,
        last=-500,
        diagnoses=("E11.9",),
    )
    _authorizations(chart, net, maria)


def _the_fall(chart: Chart, net: Network, plan: str) -> None:
    ride = Line((el.HCPCS, "A0429"), Amounts(64000, discount=21000, copay=5000))
    professional(
        *(chart, net, Claim("ride", "HX26-0001877-1", -141, -141, plan, net.ambulance, (ride,), ("S52.501A",))),
        place="41",
        transport=ambulance_ride(157, 6.4, "88 Lantern Row, Port Ellery", "Saltmarsh Regional Hospital"),
    )
    image = Line(
        (el.CPT, "0320/73110"), Amounts(38000, discount=15500, coinsurance=4500), reasons=("45",), note="X-ray"
    )
    outpatient(
        *(chart, net, Claim("imaging", "HX26-0001902-1", -141, -141, plan, net.hospital, (image,), ("S52.501A",) * 2))
    )
    room = Line((el.CPT, "0120/"), Amounts(870000, discount=310000, deductible=50000, coinsurance=40000), units=3)
    surgery = Line(
        *((el.CPT, "0360/25607"), Amounts(640000, discount=250000, coinsurance=35000)),
        reasons=("45",),
        modifier="RT",
        note="Repair of the wrist",
    )
    stay = Claim(
        "stay", "HX26-0002207-1", -140, -137, plan, net.hospital, (room, surgery), ("S52.501A",) * 2 + ("E11.9",)
    )
    first = replace(stay, slug="stay-first", number="HX26-0002207-0", lines=(room,))
    corrected(chart, partial(inpatient, chart, net, drg="512", procedures=(("0PSJ04Z", -139),)), first, stay)


def _office(chart: Chart, net: Network, plan: str) -> None:
    visit = Line((el.CPT, "99214"), Amounts(21500, discount=6200, copay=2500), note="Office visit, established patient")
    test = Line((el.CPT, "83036"), Amounts(4800, discount=2100), reasons=("45",))
    both = ("E11.9", "I10")
    professional(chart, net, Claim("visit", "HX26-0004118-1", -62, -62, plan, net.internist, (visit, test), both))
    counselling = Line((el.CPT, "90834"), Amounts(18000, discount=5000, copay=3000))
    masked = Claim("masked", "HX26-0003102-1", -95, -95, plan, net.internist, (counselling,), (MASKED,))
    professional(chart, net, replace(masked, tags=("masked-diagnosis",)))
    capitated = Line((el.CPT, "99396"), Amounts(21000, discount=21000), reasons=("24",))
    encounter = Claim("capitated", "HX26-0002981-1", -99, -99, plan, net.internist, (capitated,), ("Z00.00",))
    professional(chart, net, replace(encounter, tags=("capitated",), closing="Covered by a capitation agreement"))


def _decisions(chart: Chart, net: Network, plan: str) -> None:
    write = partial(professional, chart, net)
    needles = Line((el.CPT, "97810"), Amounts(9000, noncovered=9000), note="Not a covered benefit", reasons=("96",))
    denied = Claim("denied", "HX26-0004553-1", -40, -40, plan, net.internist, (needles,), ("I10",), payment="denied")
    write(replace(denied, network="outofnetwork"))
    write(
        replace(
            denied,
            slug="partly",
            number="HX26-0004560-1",
            start=-39,
            end=-39,
            lines=(VISIT, needles),
            payment="partiallypaid",
        )
    )
    scan = Line((el.CPT, "73221"), Amounts(118000, noncovered=118000), reasons=("197",))
    refused = replace(denied, slug="scan-refused", number="HX26-0002660-1", start=-118, end=-118, lines=(scan,))
    paid = Line((el.CPT, "73221"), Amounts(118000, discount=51000, coinsurance=9000), reasons=("45",))
    granted = replace(refused, slug="scan", number="HX26-0002660-2", lines=(paid,), payment="paid")
    corrected(chart, write, refused, replace(granted, closing="Paid after appeal"), "appealed")
    reversed_claim = Claim("reversed", "HX26-0003533-1", -84, -84, plan, net.internist, (VISIT,), ("I10",))
    write(replace(reversed_claim, status="cancelled", tags=("reversed",), closing="Reversed: billed in error"))
    withdrawn = write(Claim("withdrawn", "HX26-0003871-1", -101, -101, plan, net.internist, (VISIT,), ("I10",)))
    chart.delete(withdrawn, -80)
    chart.note(withdrawn, "deleted")


def _pharmacy(chart: Chart, net: Network, plan: str) -> None:
    tablets = Line((el.NDC, "00093-7214-01"), Amounts(3400, discount=1900, copay=1000), units=30)
    refill = partial(pharmacy, chart, net, days=30, refills=3)
    fill = Claim("fill-1", "HX26-RX001711", -58, -58, plan, net.pharmacy, (tablets,))
    refill(fill, refill=0)
    again = replace(fill, slug="fill-2", number="HX26-RX002711-1", start=-28, end=-28)
    short = replace(tablets, units=20, note="Twenty tablets were dispensed, not thirty")
    wrong = replace(again, slug="fill-2-first", number="HX26-RX002711-0")
    corrected(chart, partial(refill, refill=1), wrong, replace(again, lines=(short,)))
    brand = Line((el.NDC, "00002-1433-80"), Amounts(91000, noncovered=91000), units=2, reasons=("70",))
    refill(replace(fill, slug="rejected", number="HX26-RX004412", lines=(brand,), payment="denied"), refill=0)
    cream = Line((el.NDC, "00093-7214-01"), Amounts(7200, discount=2200, copay=1500), units=60)
    mixed = ("00168-0080-15", "00713-0635-15")
    mixture = replace(fill, slug="mixture", number="HX26-RX003904", start=-77, end=-77, lines=(cream,))
    refill(mixture, refill=0, compound=mixed)


def _teeth(chart: Chart, net: Network, plan: str) -> None:
    cleaning = Line((el.CDT, "D1110"), Amounts(12500, discount=3000))
    filling = Line(
        *((el.CDT, "D2392"), Amounts(24000, discount=6000, coinsurance=3600)),
        note="Filling, two surfaces",
        modifier="52",
        reasons=("45",),
    )
    visit = Claim("teeth", "HX26-0003305-1", -90, -90, plan, net.dentist, (cleaning, filling), ("K02.9",))
    oral(chart, net, visit, tooth="19", surface="MO", missing="17")


def _long_ago(chart: Chart, net: Network, maria: Maria) -> None:
    on = chart.offset("2016-03-15")
    line = Line((el.CPT, "99213"), Amounts(14000, discount=5200, copay=2000))
    professional(
        *(chart, net, Claim("first", "HX16-0000417-1", on, on, maria.old_plan, net.internist, (line,), ("E11.9",)))
    )


def _authorizations(chart: Chart, net: Network, maria: Maria) -> None:
    therapy = RequestedItem((el.CPT, "97110"), "PT", pa.APPROVED, 12, 12, 7, submitted=96000)
    scan = RequestedItem((el.CPT, "73221"), "4", pa.DENIED, denial="197", reason="0A", submitted=118000)
    waiting = RequestedItem((el.CPT, "97810"), "64", pa.PENDED, 6, submitted=54000)
    brace = RequestedItem((el.HCPCS, "L3908"), "12", pa.APPROVED, 1, 1, 1, submitted=11800)
    advice = RequestedItem((el.CPT, "97802"), "1", pa.APPROVED, 6, 6, 4, submitted=39000)
    wrist = "S52.501A"
    for facts in (
        Authorization(
            *("therapy", "PA26-00118", -131, -129, -128, 60, maria.plan, (therapy,), wrist),
            documents=(maria.operation_note,),
        ),
        Authorization("scan", "PA26-00131", -120, -117, -116, -86, maria.plan, (scan,), wrist),
        Authorization("waiting", "PA26-00207", -4, None, 3, 90, maria.plan, (waiting,), "I10"),
        Authorization("brace", "PA26-00175", -38, -30, -30, -5, maria.plan, (brace,), wrist),
        Authorization("advice", "PA25-00871", -363, -360, -359, -299, maria.plan, (advice,), "E11.9"),
    ):
        pa.authorization(chart, net, facts)
