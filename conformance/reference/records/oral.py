"""Dental claims: CARIN BB 2.1.0 Oral."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.records import claims
from conformance.reference.records import elements as el
from conformance.reference.records.professional import DIAGNOSES

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.claims import Claim, Line
    from conformance.reference.records.network import Network

TOOTH = f"{el.TERMINOLOGY}/ADAUniversalToothDesignationSystem"
SURFACE = f"{el.TERMINOLOGY}/ADAToothSurfaceCodes"


def oral(chart: Chart, net: Network, claim: Claim, *, tooth: str = "", surface: str = "", missing: str = "") -> str:
    """A visit to the dentist; ``tooth`` and ``surface`` belong to the last line, ``missing`` is a missing tooth."""
    resource = claims.common(chart, net, claim, "oral")
    facility = ("servicefacility", {"valueReference": el.reference(net.dental)})
    resource |= {
        "careTeam": claims.care_team((net.dentist, (claims.ROLE, "rendering"), "1223G0001X")),
        "supportingInfo": claims.information(
            *claims.account_numbers(chart, claim),
            facility,
            ("orthodontics", {"valueQuantity": {"value": 0}}),
            ("prosthesis", {"valueBoolean": False}),
            *([("missingtoothnumber", {"code": el.concept(TOOTH, missing)})] if missing else []),
            *([("additionalbodysite", {"code": el.concept(TOOTH, str(int(tooth) + 1))})] if tooth else []),
        ),
        "diagnosis": claims.diagnoses(claim, DIAGNOSES),
        "adjudication": claims.network_status(
            claim, "billingnetworkstatus", "renderingnetworkstatus", "benefitpaymentstatus"
        ),
    }
    linked = len(resource["supportingInfo"]) if tooth else 0
    resource["item"] = [_item(chart, claim, number, line) for number, line in enumerate(claim.lines, 1)]
    if tooth:
        resource["item"][-1] |= {
            "informationSequence": [linked],
            "bodySite": el.concept(TOOTH, tooth),
            **({"subSite": [el.concept(SURFACE, each) for each in surface]} if surface else {}),
        }
    return claims.written(chart, claim, "Oral", resource)


def _item(chart: Chart, claim: Claim, number: int, line: Line) -> el.Element:
    return {
        "sequence": number,
        "careTeamSequence": [1],
        **({"diagnosisSequence": [1]} if claim.diagnoses else {}),
        "productOrService": el.concept(*line.code),
        **({"modifier": [el.concept(el.CPT, line.modifier)]} if line.modifier else {}),
        "servicedDate": chart.day(line.on or claim.start),
        "locationCodeableConcept": el.concept(el.PLACE_OF_SERVICE, "11"),
        "quantity": {"value": line.units},
        **claims.note_numbers(claim, line),
        "adjudication": claims.line_adjudication(claim, line, status=True),
    }
