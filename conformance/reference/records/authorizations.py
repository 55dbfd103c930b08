"""Prior authorizations: Da Vinci PDex 2.1.0 pdex-priorauthorization; 42 CFR 422.119(b)(1)(iv).

An authorization says what was asked for, what was decided, when, until when, why not, and how much of it was used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.reference.fhir.parameters import FHIR
from conformance.reference.records import elements as el
from conformance.reference.records.money import Amounts

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network

PDEX = f"{FHIR}/us/davinci-pdex"
PROFILE = f"{PDEX}/StructureDefinition/pdex-priorauthorization"
PAS = f"{FHIR}/us/davinci-pas/StructureDefinition"
REVIEW_CODES = "https://codesystem.x12.org/005010/306"
REVIEW_REASONS = "https://codesystem.x12.org/external/886"
DISCRIMINATOR = f"{PDEX}/CodeSystem/PDexAdjudicationDiscriminator"
IN_BOUND_SET = (f"{PDEX}/CodeSystem/PDexPayerAdjudicationStatus", "other")
"""PDex 2.1.0 binds every adjudication category to a set that lacks the codes of its own slices; a second coding from
that set satisfies both."""
APPROVED, PARTLY, DENIED, PENDED = "A1", "A2", "A3", "A4"


@dataclass(frozen=True, slots=True)
class RequestedItem:
    """One item of a request: its code, X12 service type, units asked for and allowed, and what was decided."""

    code: tuple[str, str]
    service_type: str
    action: str
    units: int = 1
    allowed: int = 0
    consumed: int = 0
    denial: str = ""
    reason: str = ""
    submitted: int = 0


@dataclass(frozen=True, slots=True)
class Authorization:
    """A request for authorization. Days are offsets; ``decided`` is ``None`` while it is pended.

    ``documents`` are the DocumentReferences that the provider sent in.
    """

    slug: str
    number: str
    requested: int
    decided: int | None
    start: int
    end: int
    coverage: str
    items: tuple[RequestedItem, ...]
    diagnosis: str
    kind: str = "professional"
    documents: tuple[str, ...] = ()


def authorization(chart: Chart, net: Network, facts: Authorization) -> str:
    """Write an authorization."""
    approved = any(item.allowed for item in facts.items)
    numbers = {"preAuthRef": [facts.number]} if approved else {}
    resource = _request(chart, net, facts) | numbers
    resource |= {
        "outcome": "queued" if facts.decided is None else "complete",
        "insurance": [{"focal": True, "coverage": el.reference(facts.coverage), **numbers}],
        "item": [_item(chart, net, facts, number, item) for number, item in enumerate(facts.items, 1)],
        "total": _totals(facts),
    }
    if approved:
        resource["preAuthRefPeriod"] = [el.period(chart.day(facts.start), chart.day(facts.end))]
    if facts.documents:
        resource["supportingInfo"] = [_attachment(n, document) for n, document in enumerate(facts.documents, 1)]
    if facts.decided is not None:
        resource["adjudication"] = _header_adjudication(chart, facts)
    changed = facts.requested if facts.decided is None else facts.decided
    name = chart.add(f"authorization-{facts.slug}", changed + 1, (PROFILE,), resource)
    _note(chart, facts, name, changed)
    return name


def _request(chart: Chart, net: Network, facts: Authorization) -> el.Element:
    """What was asked for, by whom, for whom and why."""
    level = f"{PDEX}/StructureDefinition/extension-levelOfServiceCode"
    elective = el.concept("https://codesystem.x12.org/005010/1338", "E")
    return {
        "resourceType": "ExplanationOfBenefit",
        "extension": [el.extension(level, valueCodeableConcept=elective)],
        "identifier": [el.identifier(f"{el.PLAN_IDS}/authorization", facts.number)],
        "status": "active",
        "type": el.concept(f"{el.TERMINOLOGY}/claim-type", facts.kind),
        "use": "preauthorization",
        "patient": chart.subject,
        "billablePeriod": el.period(chart.day(facts.start), chart.day(facts.end)),
        "created": chart.moment(facts.requested, "13:25"),
        "enterer": el.reference(net.internist),
        "insurer": el.reference(net.plan, "Harbor Health Plan"),
        "provider": el.reference(net.internist),
        "priority": el.concept(f"{el.TERMINOLOGY}/processpriority", "normal"),
        "facility": el.reference(net.hospital_site),
        "careTeam": [
            {
                "sequence": 1,
                "provider": el.reference(net.internist),
                "responsible": True,
                "role": el.concept(f"{el.TERMINOLOGY}/claimcareteamrole", "primary"),
            }
        ],
        "diagnosis": [
            {
                "sequence": 1,
                "diagnosisCodeableConcept": el.concept(el.ICD10, facts.diagnosis),
                "type": [el.concept(f"{el.TERMINOLOGY}/ex-diagnosistype", "principal")],
            }
        ],
    }


def _attachment(sequence: int, document: str) -> el.Element:
    category = el.concept(f"{el.TERMINOLOGY}/claiminformationcategory", "attachment")
    return {"sequence": sequence, "category": category, "valueReference": el.reference(document)}


def _note(chart: Chart, facts: Authorization, name: str, changed: int) -> None:
    """What the fixture manifest says of it."""
    states = {APPROVED: "approved", PARTLY: "partly-approved", DENIED: "denied", PENDED: "pended"}
    ended = [] if facts.end >= 0 else ["expired"]
    approved = any(item.allowed for item in facts.items)
    noted: dict[str, Any] = {
        "kind": "authorization",
        "profile": PROFILE,
        "identifier": facts.number,
        "date": chart.day(facts.requested),
        "last_change": chart.day(changed),
        "items": [
            {"system": item.code[0], "code": item.code[1], "requested": item.units, "allowed": item.allowed}
            for item in facts.items
        ],
    }
    if facts.decided is not None:
        noted["decided"] = chart.day(facts.decided)
    if approved:
        noted["valid"] = el.period(chart.day(facts.start), chart.day(facts.end))
    if facts.documents:
        noted["documentation"] = list(facts.documents)
    chart.note(name, states[facts.items[0].action], *ended, **noted)


def _header_adjudication(chart: Chart, facts: Authorization) -> list[el.Element]:
    """The decision as a whole: amount and review action, and why what was denied was denied."""
    amount = {
        "category": Amounts(0).categories()[0][0],
        "amount": el.money(sum(item.submitted for item in facts.items)),
    }
    found: list[el.Element] = [{"extension": _decision(chart, facts, facts.items[0]), **amount}]
    reasons = [el.concept(el.ADJUSTMENT_REASON, code) for code in sorted({item.denial for item in facts.items} - {""})]
    return found + [{"category": _discriminator("denialreason"), "reason": reason} for reason in reasons]


def _item(chart: Chart, net: Network, facts: Authorization, number: int, item: RequestedItem) -> el.Element:
    trace = el.identifier(f"{el.PLAN_IDS}/trace", f"{facts.number}-{number}")
    extensions = [
        el.extension(f"{PAS}/extension-itemTraceNumber", valueIdentifier=trace),
        el.extension(f"{PAS}/extension-administrationReferenceNumber", valueString=f"ADM-{facts.number[-6:]}"),
    ]
    if facts.decided is not None:
        extensions.append(el.extension(f"{PAS}/extension-itemPreAuthIssueDate", valueDate=chart.day(facts.decided)))
    if item.allowed:
        extensions += _approval(chart, net, facts, item)
    return {
        "extension": extensions,
        "sequence": number,
        "careTeamSequence": [1],
        "diagnosisSequence": [1],
        "category": el.concept("https://x12.org/codes/service-type-codes", item.service_type),
        "productOrService": el.concept(*item.code),
        "servicedPeriod": el.period(chart.day(facts.start), chart.day(facts.end)),
        "quantity": {"value": item.units},
        "adjudication": _adjudication(chart, facts, item),
    }


def _approval(chart: Chart, net: Network, facts: Authorization, item: RequestedItem) -> list[el.Element]:
    """What exactly was approved: period, number, service and quantity, provider."""
    detail = [
        el.extension("productOrServiceCode", valueCodeableConcept=el.concept(*item.code)),
        el.extension("quantity", valueQuantity={"value": item.allowed}),
    ]
    provider = [el.extension("provider", valueReference=el.reference(net.internist))]
    validity = el.period(chart.day(facts.start), chart.day(facts.end))
    return [
        el.extension(f"{PAS}/extension-itemPreAuthPeriod", valuePeriod=validity),
        el.extension(f"{PAS}/extension-authorizationNumber", valueString=facts.number),
        {"url": f"{PAS}/extension-itemAuthorizedDetail", "extension": detail},
        {"url": f"{PAS}/extension-itemAuthorizedProvider", "extension": provider},
    ]


def _adjudication(chart: Chart, facts: Authorization, item: RequestedItem) -> list[el.Element]:
    amount = {"category": Amounts(0).categories()[0][0], "amount": el.money(item.submitted)}
    found: list[el.Element] = [{"extension": _decision(chart, facts, item), **amount}]
    if item.allowed:
        found.append({"category": _discriminator("allowedunits"), "value": item.allowed})
        found.append({"category": _discriminator("consumedunits"), "value": item.consumed})
    if item.denial:
        reason = el.concept(el.ADJUSTMENT_REASON, item.denial)
        found.append({"category": _discriminator("denialreason"), "reason": reason})
    return found


def _discriminator(code: str) -> el.Element:
    return el.concept(DISCRIMINATOR, code, "", IN_BOUND_SET)


def _decision(chart: Chart, facts: Authorization, item: RequestedItem) -> list[el.Element]:
    """The review action and, once decided, when."""
    if facts.decided is None:
        return [_review(facts, item)]
    moment = chart.moment(facts.decided, "16:40")
    return [
        _review(facts, item),
        el.extension(f"{PDEX}/StructureDefinition/base-ext-when-adjudicated", valueDateTime=moment),
    ]


def _review(facts: Authorization, item: RequestedItem) -> el.Element:
    code_url = f"{PDEX}/StructureDefinition/extension-reviewActionCode"
    parts = [el.extension(code_url, valueCodeableConcept=el.concept(REVIEW_CODES, item.action))]
    if item.allowed:
        parts.append(el.extension("number", valueString=facts.number))
    if item.reason:
        parts.append(el.extension("reasonCode", valueCodeableConcept=el.concept(REVIEW_REASONS, item.reason)))
    return {"url": f"{PDEX}/StructureDefinition/extension-reviewAction", "extension": parts}


def _totals(facts: Authorization) -> list[el.Element]:
    amount = sum(item.submitted for item in facts.items)
    codes = f"{PDEX}/CodeSystem/PriorAuthorizationValueCodes"
    found: list[el.Element] = [{"category": el.concept(codes, "submitted"), "amount": el.money(amount)}]
    if any(item.allowed for item in facts.items):
        used = el.extension(
            f"{PDEX}/StructureDefinition/PriorAuthorizationUtilization",
            valueQuantity={"value": sum(item.consumed for item in facts.items)},
        )
        eligible = sum(item.submitted * item.allowed // item.units for item in facts.items)
        found.append({"extension": [used], "category": el.concept(codes, "eligible"), "amount": el.money(eligible)})
    return found
