"""Professional and non-clinician claims: CARIN BB 2.1.0 Professional-NonClinician."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.records import claims
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.claims import Claim, Line
    from conformance.reference.records.network import Network

DIAGNOSES = ((claims.DIAGNOSIS_TYPE, "principal"), (f"{el.CARIN}/C4BBClaimDiagnosisType", "secondary"))


def professional(
    chart: Chart,
    net: Network,
    claim: Claim,
    *,
    place: str = "11",
    kind: str = "professional",
    transport: tuple[tuple[str, el.Element], ...] = (),
) -> str:
    """An office visit or test; with ``kind="vision"`` an eye examination; with ``transport`` an ambulance ride."""
    resource = claims.common(chart, net, claim, kind)
    resource |= {
        "careTeam": claims.care_team(
            (net.internist, (claims.ROLE, "rendering"), "207R00000X"),
            (net.surgeon, (claims.ROLE, "referring"), ""),
            (net.clinic, (claims.ROLE, "purchasedservice"), ""),
        ),
        "supportingInfo": claims.information(
            *claims.account_numbers(chart, claim),
            ("servicefacility", {"valueReference": el.reference(net.clinic)}),
            *transport,
        ),
        "diagnosis": claims.diagnoses(claim, DIAGNOSES),
        "item": [_item(chart, claim, number, line, place) for number, line in enumerate(claim.lines, 1)],
        "adjudication": claims.network_status(claim, "billingnetworkstatus", "renderingnetworkstatus"),
    }
    if transport:
        last = len(resource["supportingInfo"])
        resource["item"][0]["informationSequence"] = list(range(last - len(transport) + 1, last + 1))
    return claims.written(chart, claim, "Professional-NonClinician", resource)


def ambulance_ride(pounds: int, miles: float, start: str, destination: str) -> tuple[tuple[str, el.Element], ...]:
    """Supporting information of an ambulance claim, each entry linked to the first line."""
    reason = el.coding("https://x12.org/codesystem.x12.org/ambulance-transport-reason-codes", "A")
    return (
        ("patientweight", {"valueQuantity": el.quantity(pounds, "[lb_av]")}),
        ("ambulancetransportreason", {"reason": reason}),
        ("transportationdistance", {"valueQuantity": el.quantity(miles, "[mi_i]")}),
        ("roudtrippurpose", {"valueString": "No round trip"}),
        ("stretcherpurpose", {"valueString": "Could not walk after the fall"}),
        ("pickuplocation", {"valueString": start}),
        ("dropofflocation", {"valueString": destination}),
    )


def _item(chart: Chart, claim: Claim, number: int, line: Line, place: str) -> el.Element:
    return {
        "sequence": number,
        "careTeamSequence": [1],
        "diagnosisSequence": [1],
        "productOrService": el.concept(*line.code),
        **({"modifier": [el.concept(el.CPT, line.modifier)]} if line.modifier else {}),
        "servicedDate": chart.day(line.on or claim.start),
        "locationCodeableConcept": el.concept(el.PLACE_OF_SERVICE, place),
        "quantity": {"value": line.units},
        **claims.note_numbers(claim, line),
        "adjudication": claims.line_adjudication(claim, line, status=True),
    }
