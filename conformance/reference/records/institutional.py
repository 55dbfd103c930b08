"""Institutional claims: CARIN BB 2.1.0 Inpatient-Institutional and Outpatient-Institutional.

Amounts stand at the header or at the lines, never both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from conformance.reference.records import claims
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.claims import Claim, Line
    from conformance.reference.records.network import Network

NUBC = "https://www.nubc.org/CodeSystem"
ON_ADMISSION = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/HospitalAcqCond/Coding"
DRG = "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software"
KIND = f"{el.CARIN}/C4BBClaimDiagnosisType"
INPATIENT_DIAGNOSES = ((claims.DIAGNOSIS_TYPE, "principal"), (claims.DIAGNOSIS_TYPE, "admitting"), (KIND, "other"))
OUTPATIENT_DIAGNOSES = ((claims.DIAGNOSIS_TYPE, "principal"), (KIND, "patientreasonforvisit"), (KIND, "other"))
AmountsAt = Literal["header", "lines"]


def inpatient(
    chart: Chart,
    net: Network,
    claim: Claim,
    *,
    drg: str,
    procedures: tuple[tuple[str, int], ...] = (),
    amounts_at: AmountsAt = "lines",
) -> str:
    """A hospital stay; ``procedures`` are ICD-10-PCS codes and their days, the principal one first."""
    resource = _common(chart, net, claim, "inpatient", amounts_at)
    stay = el.period(chart.day(claim.start), chart.day(claim.end))
    present = {1: {"onAdmission": el.concept(ON_ADMISSION, "Y")}}
    resource |= {
        "supportingInfo": claims.information(
            ("admissionperiod", {"timingPeriod": stay}),
            *_stay_information(chart, claim, "0111"),
            ("drg", {"code": el.concept(DRG, drg)}),
        ),
        "diagnosis": claims.diagnoses(claim, INPATIENT_DIAGNOSES, present),
        "item": [_item(chart, claim, n, line, amounts_at, dated=False) for n, line in enumerate(claim.lines, 1)],
    }
    if procedures:
        resource["procedure"] = [
            {
                "sequence": sequence,
                "type": [el.concept(f"{el.CARIN}/C4BBClaimProcedureType", "principal" if sequence == 1 else "other")],
                "date": chart.moment(on, "08:00"),
                "procedureCodeableConcept": el.concept(el.ICD10_PCS, code),
            }
            for sequence, (code, on) in enumerate(procedures, 1)
        ]
    return claims.written(chart, claim, "Inpatient-Institutional", resource)


def outpatient(chart: Chart, net: Network, claim: Claim, *, amounts_at: AmountsAt = "header") -> str:
    """A hospital visit without a stay."""
    resource = _common(chart, net, claim, "outpatient", amounts_at)
    resource |= {
        "supportingInfo": claims.information(*_stay_information(chart, claim, "0131")),
        "diagnosis": claims.diagnoses(claim, OUTPATIENT_DIAGNOSES),
        "item": [_item(chart, claim, n, line, amounts_at, dated=True) for n, line in enumerate(claim.lines, 1)],
    }
    return claims.written(chart, claim, "Outpatient-Institutional", resource)


def _common(chart: Chart, net: Network, claim: Claim, subtype: str, amounts_at: AmountsAt) -> el.Element:
    resource = claims.common(chart, net, claim, "institutional")
    adjudication = claims.network_status(claim, "billingnetworkstatus", "benefitpaymentstatus")
    if amounts_at == "header":
        reasons = sorted({code for line in claim.lines for code in line.reasons})
        adjudication += [
            claims.discriminated("adjustmentreason", reason=el.concept(claims.reason_system(code), code))
            for code in reasons
        ]
        adjudication += claim.amounts.elements()
    return resource | {
        "subType": el.concept(f"{el.CARIN}/C4BBInstitutionalClaimSubType", subtype),
        "careTeam": claims.care_team(
            (net.internist, (claims.ROLE, "attending"), "207R00000X"),
            (net.surgeon, (claims.ROLE, "operating"), "207X00000X"),
            (net.hospital, (claims.ROLE, "rendering"), "282N00000X"),
        ),
        "adjudication": adjudication,
    }


def _stay_information(chart: Chart, claim: Claim, bill: str) -> list[tuple[str, el.Element]]:
    return [
        *claims.account_numbers(chart, claim),
        ("typeofbill", {"code": el.concept(f"{NUBC}/TypeOfBill", bill)}),
        ("pointoforigin", {"code": el.concept(f"{NUBC}/PointOfOrigin", "1")}),
        ("admtype", {"code": el.concept(f"{NUBC}/PriorityTypeOfAdmitOrVisit", "3")}),
        ("discharge-status", {"code": el.concept(f"{NUBC}/PatDischargeStatus", "01")}),
    ]


def _item(chart: Chart, claim: Claim, number: int, line: Line, amounts_at: AmountsAt, *, dated: bool) -> el.Element:
    """A line; its product code is ``revenue code/procedure code``, the latter possibly empty."""
    revenue, _, code = line.code[1].partition("/")
    service = el.concept(line.code[0], code) if code else el.concept(el.DATA_ABSENT, "not-applicable")
    adjudication = claims.line_adjudication(claim, line, status=False) if amounts_at == "lines" else []
    return {
        "sequence": number,
        "careTeamSequence": [1],
        "diagnosisSequence": [1],
        "revenue": el.concept(f"{NUBC}/RevenueCodes", revenue),
        "productOrService": service,
        **({"modifier": [el.concept(el.CPT, line.modifier)]} if line.modifier else {}),
        **({"servicedDate": chart.day(line.on or claim.start)} if dated else {}),
        "quantity": {"value": line.units},
        **claims.note_numbers(claim, line),
        **({"adjudication": adjudication} if adjudication else {}),
    }
