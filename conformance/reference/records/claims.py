"""What all Blue Button claims share: CARIN BB 2.1.0 C4BB-ExplanationOfBenefit.

A claim is written from a :class:`Claim` (the facts) by one of the five kinds, each a module of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.reference.fhir.parameters import C4BB
from conformance.reference.records import elements as el
from conformance.reference.records.money import Amounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network

DISCRIMINATOR = f"{el.CARIN}/C4BBAdjudicationDiscriminator"
STATUS = f"{el.CARIN}/C4BBPayerAdjudicationStatus"
INFORMATION = f"{el.CARIN}/C4BBSupportingInfoType"
ROLE = f"{el.CARIN}/C4BBClaimCareTeamRole"
PRIMARY = f"{el.TERMINOLOGY}/claimcareteamrole"
DIAGNOSIS_TYPE = f"{el.TERMINOLOGY}/ex-diagnosistype"
MASKED = (el.DATA_ABSENT, "masked")
KINDS = {"Inpatient-Institutional": "inpatient", "Outpatient-Institutional": "outpatient"}


@dataclass(frozen=True, slots=True)
class Line:
    """A claim line: what was done (code in its system), when (day offset), for how much."""

    code: tuple[str, str]
    amounts: Amounts
    on: int = 0
    units: float = 1
    note: str = ""
    modifier: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """The facts of a claim. Days are offsets from the base date; ``diagnoses`` are ICD-10-CM codes, principal first.

    ``tags`` say in the fixture manifest what is special about it; ``closing`` is a note to the whole claim.
    """

    slug: str
    number: str
    start: int
    end: int
    coverage: str
    provider: str
    lines: tuple[Line, ...]
    diagnoses: tuple[str | tuple[str, str], ...] = ()
    status: str = "active"
    payment: str = "paid"
    network: str = "innetwork"
    related: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    closing: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def amounts(self) -> Amounts:
        """The whole claim's amounts."""
        total = Amounts(0)
        for line in self.lines:
            total = total + line.amounts
        return total


def common(chart: Chart, net: Network, claim: Claim, kind: str) -> el.Element:
    """The elements that are the same for every kind."""
    payment_day = claim.end + 16
    resource: el.Element = {
        "resourceType": "ExplanationOfBenefit",
        "identifier": [claim_number(claim.number)],
        "status": claim.status,
        "type": el.concept(f"{el.TERMINOLOGY}/claim-type", kind),
        "use": "claim",
        "patient": chart.subject,
        "billablePeriod": el.period(chart.day(claim.start), chart.day(claim.end)),
        "created": chart.moment(claim.end + 2, "07:10"),
        "insurer": el.reference(net.plan, "Harbor Health Plan"),
        "provider": el.reference(claim.provider),
        "payee": {"type": el.concept(f"{el.TERMINOLOGY}/payeetype", "provider"), "party": el.reference(claim.provider)},
        "outcome": "complete",
        "insurance": [{"focal": True, "coverage": el.reference(claim.coverage)}],
        "total": claim.amounts.elements(),
        "payment": {
            "type": el.concept(STATUS, claim.payment),
            **({"date": chart.day(payment_day), "amount": el.money(claim.amounts.paid)} if claim.amounts.paid else {}),
        },
    }
    if claim.related:
        resource["related"] = [related(relationship, number) for relationship, number in claim.related]
    if notes := [text for text in (*(line.note for line in claim.lines), claim.closing) if text]:
        resource["processNote"] = [{"number": n, "type": "display", "text": text} for n, text in enumerate(notes, 1)]
    return resource


def claim_number(number: str) -> el.Element:
    """The unique claim identifier."""
    return el.identifier(f"{el.PLAN_IDS}/claim", number, el.concept(f"{el.CARIN}/C4BBIdentifierType", "uc"))


def related(relationship: str, number: str) -> el.Element:
    """A link to the claim before (``prior``) or after (``replacedby``) an adjustment, one step."""
    system = f"{el.CARIN}/C4BBRelatedClaimRelationshipCodes"
    if relationship == "prior":
        system = f"{el.TERMINOLOGY}/ex-relatedclaimrelationship"
    return {"relationship": el.concept(system, relationship), "reference": claim_number(number)}


def written(chart: Chart, claim: Claim, profile: str, resource: el.Element) -> str:
    """Store a claim under its concrete profile."""
    url = f"{C4BB}/C4BB-ExplanationOfBenefit-{profile}|2.1.0"
    name = chart.add(claim.slug, claim.end + 17, (url,), resource | claim.more)
    amounts = {category["coding"][0]["code"]: cents / 100 for category, cents in claim.amounts.categories()}
    state = {"paid": "paid", "denied": "denied", "partiallypaid": "partially-paid"}[claim.payment]
    kind = KINDS.get(profile) or str(resource["type"]["coding"][0]["code"])
    chart.note(
        *(name, state, *claim.tags),
        kind=kind,
        profile=url,
        identifier=claim.number,
        date=chart.day(claim.start),
        amounts=amounts,
    )
    return name


def corrected(chart: Chart, write: Callable[[Claim], str], old: Claim, new: Claim, tag: str = "adjusted") -> str:
    """A claim and the one that replaced it, linked both ways; returns the new one."""
    after = (("replacedby", new.number),)
    before = write(replace(old, status="cancelled", related=after, tags=(*old.tags, "replaced")))
    name = write(replace(new, related=(("prior", old.number),), tags=(*new.tags, tag)))
    chart.note(before, replaced_by=name)
    chart.note(name, replaces=before)
    return name


def diagnoses(claim: Claim, types: tuple[tuple[str, str], ...], extra: dict[int, el.Element] | None = None) -> Any:
    """The diagnosis list; ``types`` are their (system, code), the last one for all further ones."""
    found = []
    for sequence, code in enumerate(claim.diagnoses, 1):
        coded = (el.ICD10, code) if isinstance(code, str) else code
        kind = types[min(sequence, len(types)) - 1]
        entry = {"sequence": sequence, "diagnosisCodeableConcept": el.concept(*coded), "type": [el.concept(*kind)]}
        found.append(entry | (extra or {}).get(sequence, {}))
    return found


def care_team(*members: tuple[str, tuple[str, str], str]) -> list[el.Element]:
    """The care team: (reference, role as (system, code), specialty code or "")."""
    return [
        {
            "sequence": sequence,
            "provider": el.reference(who),
            "responsible": sequence == 1,
            "role": el.concept(*role),
            **({"qualification": el.concept(el.TAXONOMY, specialty)} if specialty else {}),
        }
        for sequence, (who, role, specialty) in enumerate(members, 1)
    ]


def information(*entries: tuple[str, el.Element]) -> list[el.Element]:
    """Supporting information: category and its value."""
    return [
        {"sequence": sequence, "category": el.concept(INFORMATION, category), **value}
        for sequence, (category, value) in enumerate(entries, 1)
    ]


def account_numbers(chart: Chart, claim: Claim) -> list[tuple[str, el.Element]]:
    """The provider's own numbers for the patient and the account, and when the plan received the claim."""
    return [
        ("clmrecvddate", {"timingDate": chart.day(claim.end + 4)}),
        ("medicalrecordnumber", {"valueString": f"MRN-{chart.owner[:8]}"}),
        ("patientaccountnumber", {"valueString": f"ACCT-{claim.number[-6:]}"}),
    ]


def note_numbers(claim: Claim, line: Line) -> el.Element:
    """The number of a line's note, counted over the lines that have one."""
    if not line.note:
        return {}
    noted = [each for each in claim.lines if each.note]
    return {"noteNumber": [next(number for number, each in enumerate(noted, 1) if each is line)]}


def line_adjudication(claim: Claim, line: Line, *, status: bool) -> list[el.Element]:
    """A line's adjudication: reasons, units, whether it was paid as in network, and the amounts."""
    found = [discriminated("adjustmentreason", reason=el.concept(reason_system(code), code)) for code in line.reasons]
    if status:
        found.append(discriminated("benefitpaymentstatus", reason=el.concept(STATUS, claim.network)))
    found.append(discriminated("allowedunits", value=line.units))
    return found + line.amounts.elements()


def reason_system(code: str) -> str:
    """Remark codes begin with a letter (M, MA, N); adjustment reason codes with a digit."""
    return el.REMARK if code[0].isalpha() else el.ADJUSTMENT_REASON


def discriminated(category: str, **value: Any) -> el.Element:
    """An adjudication that is no amount: a reason or a number of units."""
    return {"category": el.concept(DISCRIMINATOR, category), **value}


def network_status(claim: Claim, *categories: str) -> list[el.Element]:
    """Header adjudications that say in network or out of network."""
    return [discriminated(category, reason=el.concept(STATUS, claim.network)) for category in categories]
