"""Ruth (the representative) and her children Daniel and Grace: one contract, three members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.records import clinical, coverage
from conformance.reference.records import elements as el
from conformance.reference.records.claims import Claim, Line
from conformance.reference.records.identities import RUTH
from conformance.reference.records.money import Amounts
from conformance.reference.records.pharmacy import pharmacy
from conformance.reference.records.professional import professional

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network


def write(chart: Chart, net: Network) -> None:
    """The record of one of them."""
    member = chart.member
    assert member is not None
    coverage.patient(chart, address=[el.address("31 Cooper Lane", "Port Ellery", "RI", "02840")])
    if member is RUTH:
        plan = coverage.coverage(chart, net, "plan", "2021-01-01")
        doctor = net.internist
    else:
        coverage.related_person(chart, RUTH, "MTH")
        plan = coverage.coverage(chart, net, "plan", "2021-01-01", subscriber=RUTH, relationship="child")
        doctor = net.pediatrician
    clinical.condition(chart, "rhinitis", -700, "61582004", "J30.9", "Allergic rhinitis")
    clinical.immunization(chart, "flu", -52, "140", "influenza vaccine")
    clinical.vital_sign(chart, "weight", -52, "29463-7", "body weight", el.quantity(31.4, "kg"))
    clinical.prescription(
        *(chart, "cetirizine", -52, ("1014676", "cetirizine 5 mg"), doctor, el.quantity(1, "tablet", "{tbl}")),
        "Take one tablet when needed",
    )
    professional(
        *(chart, net),
        Claim(
            *("visit", f"HX26-1{member.number[-6:]}-1", -52, -52, plan, net.internist),
            (Line((el.CPT, "99213"), Amounts(15500, discount=4800, copay=2000)),),
            ("J30.9",),
        ),
    )
    pharmacy(
        *(chart, net),
        Claim(
            *("fill", f"HX26-RX{member.number[-6:]}", -51, -51, plan, net.pharmacy),
            (Line((el.NDC, "00904-5852-61"), Amounts(1800, discount=900, copay=500), units=30),),
        ),
        days=30,
        refill=0,
        refills=2,
    )
