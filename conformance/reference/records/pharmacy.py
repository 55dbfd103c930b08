"""Pharmacy claims: CARIN BB 2.1.0 Pharmacy.

The published rule for the roles primary and prescribing asks for an organization, so the prescriber's clinic stands
there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.records import claims
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.claims import Claim, Line
    from conformance.reference.records.network import Network

NCPDP = el.TERMINOLOGY


def pharmacy(
    chart: Chart, net: Network, claim: Claim, *, days: int, refill: int, refills: int, compound: tuple[str, ...] = ()
) -> str:
    """A filled prescription; ``compound`` are the ingredients' NDCs of a mixture."""
    resource = claims.common(chart, net, claim, "pharmacy")
    resource |= {
        "careTeam": claims.care_team((net.clinic, (claims.ROLE, "prescribing"), "")),
        "supportingInfo": claims.information(
            ("dayssupply", {"valueQuantity": el.quantity(days, "days", "d")}),
            ("dawcode", _code("NCPDPDispensedAsWrittenOrProductSelectionCode", "0")),
            ("refillnum", {"valueQuantity": {"value": refill}}),
            ("refillsauthorized", {"valueQuantity": {"value": refills}}),
            ("brandgenericindicator", _code("NCPDPBrandGenericIndicator", "2")),
            ("rxorigincode", _code("NCPDPPrescriptionOriginCode", "3")),
            ("compoundcode", _code("NCPDPCompoundCode", "2" if compound else "1")),
            ("clmrecvddate", {"timingDate": chart.day(claim.end)}),
        ),
        "item": [_item(chart, claim, number, line, compound) for number, line in enumerate(claim.lines, 1)],
        "adjudication": claims.network_status(claim, "billingnetworkstatus", "benefitpaymentstatus"),
    }
    return claims.written(chart, claim, "Pharmacy", resource)


def _code(system: str, code: str) -> el.Element:
    return {"code": el.concept(f"{NCPDP}/{system}", code)}


def _item(chart: Chart, claim: Claim, number: int, line: Line, compound: tuple[str, ...]) -> el.Element:
    product = el.concept(f"{el.CARIN}/C4BBCompoundLiteral", "compound") if compound else el.concept(*line.code)
    rejected = [
        claims.discriminated("rejectreason", reason=el.concept(f"{NCPDP}/NCPDPRejectCode", code))
        for code in line.reasons
    ]
    item: dict[str, Any] = {
        "sequence": number,
        "careTeamSequence": [1],
        "productOrService": product,
        "servicedDate": chart.day(line.on or claim.start),
        "quantity": {"value": line.units},
        **claims.note_numbers(claim, line),
        "adjudication": rejected + line.amounts.elements(),
    }
    if compound:
        item["detail"] = [
            {"sequence": n, "productOrService": el.concept(el.NDC, ndc), "quantity": {"value": line.units}}
            for n, ndc in enumerate(compound, 1)
        ]
    return item
