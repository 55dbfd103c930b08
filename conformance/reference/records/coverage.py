"""Who the member is and which plan covers them: Patient, RelatedPerson, Coverage.

Profiles: US Core 6.1.0 us-core-patient, us-core-coverage, us-core-relatedperson; CARIN BB 2.1.0 C4BB-Patient,
C4BB-Coverage, C4BB-RelatedPerson; HRex 1.1.0 hrex-coverage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.fhir.parameters import C4BB, FHIR, US_CORE
from conformance.reference.records import elements as el
from conformance.reference.records.identities import Member, related_person_id

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network

PATIENT = (f"{US_CORE}/us-core-patient", f"{C4BB}/C4BB-Patient|2.1.0")
RELATED_PERSON = (f"{US_CORE}/us-core-relatedperson", f"{C4BB}/C4BB-RelatedPerson|2.1.0")
COVERAGE = (
    f"{FHIR}/us/davinci-hrex/StructureDefinition/hrex-coverage",
    f"{US_CORE}/us-core-coverage",
    f"{C4BB}/C4BB-Coverage|2.1.0",
)
RACE = "urn:oid:2.16.840.1.113883.6.238"
PLAN_TYPE = "https://nahdo.org/sopt"


def patient(chart: Chart, **more: Any) -> str:
    """The member's Patient; ``more`` adds or replaces elements."""
    member = chart.member
    assert member is not None
    member_id = el.concept(el.IDENTIFIER_TYPE, "MB")
    unique = el.concept(f"{el.CARIN}/C4BBIdentifierType", "um")
    resource: el.Element = {
        "resourceType": "Patient",
        "identifier": [
            el.identifier(f"{el.PLAN_IDS}/member", member.number, member_id),
            el.identifier(f"{el.PLAN_IDS}/unique-member", f"U{member.number[2:]}", unique),
        ],
        "active": True,
        "name": [{"use": "official", "family": member.family, "given": list(member.given)}],
        "gender": member.gender,
        "birthDate": member.born,
        "address": [el.address("88 Lantern Row", "Port Ellery", "RI", "02840")],
    }
    return chart.add("patient", -200, PATIENT, resource | more)


def race(code: str, detailed: str, text: str) -> el.Element:
    """The US Core race extension: an OMB category, a detailed code, and words."""
    return {
        "url": f"{US_CORE}/us-core-race",
        "extension": [
            el.extension("ombCategory", valueCoding=el.coding(RACE, code)),
            *([el.extension("detailed", valueCoding=el.coding(RACE, detailed))] if detailed else []),
            el.extension("text", valueString=text),
        ],
    }


def ethnicity(code: str, detailed: str, text: str) -> el.Element:
    """The US Core ethnicity extension."""
    return {**race(code, detailed, text), "url": f"{US_CORE}/us-core-ethnicity"}


def tribe(code: str, *, enrolled: bool) -> el.Element:
    """The US Core tribal affiliation extension."""
    affiliation = el.concept(f"{el.TERMINOLOGY}/v3-TribalEntityUS", code)
    return {
        "url": f"{US_CORE}/us-core-tribal-affiliation",
        "extension": [
            el.extension("tribalAffiliation", valueCodeableConcept=affiliation),
            el.extension("isEnrolled", valueBoolean=enrolled),
        ],
    }


def sex(snomed: str) -> el.Element:
    """The US Core sex extension."""
    return el.extension(f"{US_CORE}/us-core-sex", valueCode=snomed)


def birth_sex(code: str) -> el.Element:
    """The US Core birth sex extension."""
    return el.extension(f"{US_CORE}/us-core-birthsex", valueCode=code)


def gender_identity(snomed: str) -> el.Element:
    """The US Core gender identity extension."""
    url = f"{US_CORE}/us-core-genderIdentity"
    return el.extension(url, valueCodeableConcept=el.concept(el.SNOMED, snomed))


def related_person(chart: Chart, representative: Member, relationship: str, *, active: bool | None = True) -> str:
    """A representative, as a person in a dependent's record; ``active`` is ``None`` when that is not known."""
    dependent = chart.member
    assert dependent is not None
    unknown = {"extension": [el.extension(el.DATA_ABSENT_EXTENSION, valueCode="unknown")]}
    resource = {
        "resourceType": "RelatedPerson",
        **({"_active": unknown} if active is None else {"active": active}),
        "patient": chart.subject,
        "relationship": [el.concept(f"{el.TERMINOLOGY}/v3-RoleCode", relationship)],
        "name": [{"family": representative.family, "given": list(representative.given)}],
        "telecom": [{"system": "phone", "value": "401-555-0188", "use": "mobile"}],
        "address": [el.address("31 Cooper Lane", "Port Ellery", "RI", "02840")],
    }
    reference = chart.add(representative.key, -180, RELATED_PERSON, resource)
    assert reference == f"RelatedPerson/{related_person_id(dependent, representative)}"
    return reference


def coverage(
    chart: Chart,
    net: Network,
    slug: str,
    start: str,
    end: str = "",
    *,
    subscriber: Member | None = None,
    relationship: str = "self",
    plan_type: tuple[str, str] = ("111", "Medicare Advantage HMO"),
) -> str:
    """A Coverage of the member by the plan, from a day (YYYY-MM-DD) on; ``subscriber`` if that is somebody else."""
    member = chart.member
    assert member is not None
    holder = subscriber or member
    kinds = f"{el.TERMINOLOGY}/coverage-class"
    related = f"RelatedPerson/{related_person_id(member, holder)}" if subscriber else f"Patient/{member.id}"
    resource = {
        "resourceType": "Coverage",
        "identifier": [
            el.identifier(f"{el.PLAN_IDS}/member", member.number, el.concept(el.IDENTIFIER_TYPE, "MB")),
        ],
        "status": "cancelled" if end else "active",
        "type": el.concept(PLAN_TYPE, *plan_type),
        "policyHolder": el.reference(related),
        "subscriber": el.reference(related),
        "subscriberId": holder.policy,
        "beneficiary": chart.subject,
        "dependent": member.number[-2:],
        "relationship": el.concept(f"{el.TERMINOLOGY}/subscriber-relationship", relationship),
        "period": el.period(start, end),
        "payor": [el.reference(net.plan, "Harbor Health Plan")],
        "class": [
            {"type": el.concept(kinds, "group"), "value": "HG-7720", "name": "Harbor Retirees"},
            {"type": el.concept(kinds, "plan"), "value": "HP-311", "name": "Harbor Advantage Select"},
        ],
    }
    return chart.add(slug, chart.offset(end or start) + 3, COVERAGE, resource)
