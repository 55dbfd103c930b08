"""Ruth (the representative), her children Daniel and Grace, and her late husband Emeka: one contract, four members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.records import clinical, coverage
from conformance.reference.records import elements as el
from conformance.reference.records.claims import Claim, Line
from conformance.reference.records.identities import EMEKA, RUTH
from conformance.reference.records.money import Amounts
from conformance.reference.records.pharmacy import pharmacy
from conformance.reference.records.professional import professional

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network

START = "2021-01-01"
PREFERRED = ("512", "Commercial PPO")
DIED = -420


def write(chart: Chart, net: Network) -> None:
    """The record of one of them."""
    member = chart.member
    late = member is EMEKA
    home = [el.address("31 Cooper Lane", "Port Ellery", "RI", "02840")]
    more = {"deceasedDateTime": chart.moment(DIED, "04:15")} if late else {}
    coverage.patient(chart, address=home, **more)
    doctor = net.internist if member in (RUTH, EMEKA) else net.pediatrician
    plan = _coverage(chart, net)
    on = -500 if late else -52
    clinical.condition(chart, "rhinitis", -700, "61582004", "J30.9", "Allergic rhinitis")
    clinical.immunization(chart, "flu", on, "140", "influenza vaccine")
    clinical.vital_sign(chart, "weight", on, "29463-7", "body weight", el.quantity(31.4, "kg"))
    clinical.prescription(
        *(chart, "cetirizine", on, ("1014676", "cetirizine 5 mg"), doctor, el.quantity(1, "tablet", "{tbl}")),
        "Take one tablet when needed",
    )
    _claims(chart, net, plan, on)


def _coverage(chart: Chart, net: Network) -> str:
    if chart.member is RUTH:
        return coverage.coverage(chart, net, "plan", START, plan_type=PREFERRED)
    spouse = chart.member is EMEKA
    related = coverage.related_person(chart, RUTH, "WIFE" if spouse else "MTH", active=None if spouse else True)
    if spouse:
        chart.note(related, "data-absent")
    return coverage.coverage(
        *(chart, net, "plan", START, chart.day(DIED) if spouse else ""),
        subscriber=RUTH,
        relationship="spouse" if spouse else "child",
        plan_type=PREFERRED,
    )


def _claims(chart: Chart, net: Network, plan: str, on: int) -> None:
    assert chart.member is not None
    number = chart.member.number[-6:]
    visit = Line((el.CPT, "99213"), Amounts(15500, discount=4800, copay=2000))
    professional(*(chart, net, Claim("visit", f"HX26-1{number}-1", on, on, plan, net.internist, (visit,), ("J30.9",))))
    tablets = Line((el.NDC, "00904-5852-61"), Amounts(1800, discount=900, copay=500), units=30)
    fill = Claim("fill", f"HX26-RX{number}", on + 1, on + 1, plan, net.pharmacy, (tablets,))
    pharmacy(chart, net, fill, days=30, refill=0, refills=2)
