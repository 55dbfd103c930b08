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


def professional(chart: Chart, net: Network, claim: Claim, *, place: str = "11", kind: str = "professional") -> str:
    """An office visit, test, ambulance ride or, with ``kind="vision"``, an eye examination."""
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
        ),
        "diagnosis": claims.diagnoses(claim, DIAGNOSES),
        "item": [_item(chart, claim, number, line, place) for number, line in enumerate(claim.lines, 1)],
        "adjudication": claims.network_status(claim, "billingnetworkstatus", "renderingnetworkstatus"),
    }
    return claims.written(chart, claim, "Professional-NonClinician", resource)


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
