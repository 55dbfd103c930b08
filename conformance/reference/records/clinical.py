"""Clinical records: US Core 6.1.0 profiles of USCDI v3 data classes that a payer maintains.

Each function writes one record and returns what refers to it. Days are offsets from the base date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from conformance.reference.fhir.parameters import US_CORE
from conformance.reference.records import elements as el

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.network import Network

VITAL_PROFILES = {"29463-7": "us-core-body-weight", "8302-2": "us-core-body-height", "8867-4": "us-core-heart-rate"}
CATEGORY = f"{el.TERMINOLOGY}/observation-category"


def condition(  # noqa: PLR0917
    chart: Chart,
    slug: str,
    onset: int,
    snomed: str,
    icd10: str,
    text: str,
    *,
    clinical: str = "active",
    category: str = "problem-list-item",
    also: el.Element | None = None,
    **more: Any,
) -> str:
    """A problem, health concern or encounter diagnosis; ``also`` is a further category."""
    system = f"{el.TERMINOLOGY}/condition-category"
    if category == "health-concern":
        system = f"{el.US_CORE_CODES}/condition-category"
    profile = "encounter-diagnosis" if category == "encounter-diagnosis" else "problems-health-concerns"
    asserted = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
    resource = {
        "resourceType": "Condition",
        "extension": [el.extension(asserted, valueDateTime=chart.day(onset + 2))],
        "clinicalStatus": el.concept(f"{el.TERMINOLOGY}/condition-clinical", clinical),
        "verificationStatus": el.concept(f"{el.TERMINOLOGY}/condition-ver-status", "confirmed"),
        "category": [el.concept(system, category), *([also] if also else [])],
        "code": el.concept(el.SNOMED, snomed, text, (el.ICD10, icd10)),
        "subject": chart.subject,
        "onsetDateTime": chart.day(onset),
        "recordedDate": chart.moment(onset + 2, "11:05"),
    }
    return chart.add(slug, onset + 4, (f"{US_CORE}/us-core-condition-{profile}",), resource | more)


def visit_diagnosis(chart: Chart, slug: str, on: int, snomed: str, icd10: str, text: str) -> str:  # noqa: PLR0917
    """What a single visit was for."""
    return condition(chart, slug, on, snomed, icd10, text, clinical="resolved", category="encounter-diagnosis")


def laboratory(chart: Chart, slug: str, on: int, loinc: str, text: str, performer: str, **value: Any) -> str:  # noqa: PLR0917
    """A laboratory result; ``value`` is its value[x] or dataAbsentReason, and other elements."""
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "category": [el.concept(CATEGORY, "laboratory")],
        "code": el.concept(el.LOINC, loinc, text),
        "subject": chart.subject,
        "effectiveDateTime": chart.moment(on, "08:15"),
        "performer": [el.reference(performer)],
    }
    return chart.add(slug, on + 2, (f"{US_CORE}/us-core-observation-lab",), resource | value)


def vital_sign(chart: Chart, slug: str, on: int, loinc: str, text: str, value: el.Element) -> str:  # noqa: PLR0917
    """A vital sign with one value."""
    resource = _vital(chart, on, loinc, text) | {"valueQuantity": value}
    return chart.add(slug, on + 1, (f"{US_CORE}/{VITAL_PROFILES[loinc]}",), resource)


def not_measured(chart: Chart, slug: str, on: int, loinc: str, text: str) -> str:
    """A vital sign that was asked for and could not be taken."""
    resource = _vital(chart, on, loinc, text) | {"dataAbsentReason": el.concept(el.DATA_ABSENT, "not-performed")}
    if loinc == "85354-9":
        unknown = {"dataAbsentReason": el.concept(el.DATA_ABSENT, "not-performed")}
        resource["component"] = [{"code": el.concept(el.LOINC, code), **unknown} for code in ("8480-6", "8462-4")]
    profile = VITAL_PROFILES.get(loinc, "us-core-blood-pressure")
    return chart.add(slug, on + 1, (f"{US_CORE}/{profile}",), resource)


def blood_pressure(chart: Chart, slug: str, on: int, systolic: int, diastolic: int) -> str:
    """A blood pressure with its two components."""
    components = [
        {"code": el.concept(el.LOINC, code), "valueQuantity": el.quantity(value, "mmHg", "mm[Hg]")}
        for code, value in (("8480-6", systolic), ("8462-4", diastolic))
    ]
    resource = _vital(chart, on, "85354-9", "blood pressure") | {"component": components}
    return chart.add(slug, on + 1, (f"{US_CORE}/us-core-blood-pressure",), resource)


def _vital(chart: Chart, on: int, loinc: str, text: str) -> el.Element:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [el.concept(CATEGORY, "vital-signs")],
        "code": el.concept(el.LOINC, loinc, text),
        "subject": chart.subject,
        "effectiveDateTime": chart.moment(on, "09:05"),
    }


def smoking(chart: Chart, slug: str, on: int, snomed: str, text: str) -> str:
    """Tobacco use."""
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "category": [el.concept(CATEGORY, "social-history")],
        "code": el.concept(el.LOINC, "72166-2", "tobacco smoking status"),
        "subject": chart.subject,
        "effectiveDateTime": chart.day(on),
        "issued": chart.moment(on, "09:20"),
        "valueCodeableConcept": el.concept(el.SNOMED, snomed, text),
    }
    return chart.add(slug, on + 1, (f"{US_CORE}/us-core-smokingstatus",), resource)


def specimen(chart: Chart, slug: str, on: int, snomed: str, text: str) -> str:
    """What a laboratory looked at."""
    resource = {
        "resourceType": "Specimen",
        "identifier": [el.identifier(f"{el.PLAN_IDS}/specimen", f"S-{slug.upper()}-{chart.owner[:4]}")],
        "type": el.concept(el.SNOMED, snomed, text),
        "subject": chart.subject,
        "collection": {"collectedDateTime": chart.moment(on, "08:15")},
    }
    return chart.add(slug, on + 1, (f"{US_CORE}/us-core-specimen",), resource)


def prescription(  # noqa: PLR0917
    chart: Chart,
    slug: str,
    on: int,
    medication: tuple[str, str] | str,
    requester: str,
    dose: el.Element,
    instructions: str,
    *,
    reported: str = "",
    **more: Any,
) -> str:
    """A MedicationRequest; ``medication`` is an RxNorm code with words, or a reference; ``reported`` who told of it."""
    product: el.Element = (
        {"medicationReference": el.reference(medication)}
        if isinstance(medication, str)
        else {"medicationCodeableConcept": el.concept(el.RXNORM, *medication)}
    )
    resource = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "category": [el.concept(f"{el.TERMINOLOGY}/medicationrequest-category", "community")],
        **({"reportedReference": el.reference(reported)} if reported else {"reportedBoolean": False}),
        **product,
        "subject": chart.subject,
        "authoredOn": chart.moment(on, "10:20"),
        "requester": el.reference(requester),
        "dosageInstruction": [
            {
                "text": instructions,
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": dose}],
            }
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": 3, "quantity": el.quantity(90, "tablet", "{tbl}")},
    }
    return chart.add(slug, on + 1, (f"{US_CORE}/us-core-medicationrequest",), resource | more)


def allergy(chart: Chart, slug: str, on: int, code: el.Element, manifestation: tuple[str, str], **more: Any) -> str:
    """An allergy or intolerance with one reaction (SNOMED CT code and words)."""
    resource = {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": el.concept(f"{el.TERMINOLOGY}/allergyintolerance-clinical", "active"),
        "verificationStatus": el.concept(f"{el.TERMINOLOGY}/allergyintolerance-verification", "confirmed"),
        "category": ["medication"],
        "code": code,
        "patient": chart.subject,
        "recordedDate": chart.day(on),
        "reaction": [{"manifestation": [el.concept(el.SNOMED, *manifestation)], "severity": "moderate"}],
    }
    return chart.add(slug, on + 1, (f"{US_CORE}/us-core-allergyintolerance",), resource | more)


def immunization(
    chart: Chart,
    slug: str,
    on: int,
    cvx: str,
    text: str,
    *,
    state: Literal[0, 1, 2] = 0,
    **more: Any,
) -> str:
    """A vaccination."""
    resource = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": el.concept(el.CVX, cvx, text),
        "patient": chart.subject,
        "occurrenceDateTime": chart.day(on),
        "primarySource": True,
    }
    return chart.add(slug, on + 3, (f"{US_CORE}/us-core-immunization",), resource | more, state=state)


def procedure(chart: Chart, slug: str, on: int, code: el.Element, **more: Any) -> str:
    """Something done; ``more`` may bring performedPeriod instead of a date."""
    performed: el.Element = {} if "performedPeriod" in more else {"performedDateTime": chart.moment(on, "07:45")}
    resource = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": code,
        "subject": chart.subject,
        **performed,
    }
    return chart.add(slug, on + 3, (f"{US_CORE}/us-core-procedure",), resource | more)


def encounter(  # noqa: PLR0917
    chart: Chart, slug: str, on: int, days: int, kind: str, type_code: str, who: str, where: str, at: str, **more: Any
) -> str:
    """A visit or stay: class (AMB, IMP, EMER), CPT type, practitioner, location and organization."""
    start, end = chart.moment(on, "09:00"), chart.moment(on + days, "09:40")
    resource = {
        "resourceType": "Encounter",
        "identifier": [el.identifier(f"{el.PLAN_IDS}/encounter", f"E-{slug.upper()}-{chart.owner[:4]}")],
        "status": "finished",
        "class": el.coding(f"{el.TERMINOLOGY}/v3-ActCode", kind),
        "type": [el.concept(el.CPT, type_code)],
        "subject": chart.subject,
        "participant": [
            {
                "type": [el.concept(f"{el.TERMINOLOGY}/v3-ParticipationType", "PPRF")],
                "period": el.period(start, end),
                "individual": el.reference(who),
            }
        ],
        "period": el.period(start, end),
        "reasonCode": [el.concept(el.SNOMED, "390906007", "follow-up")],
        "location": [{"location": el.reference(where)}],
        "serviceProvider": el.reference(at),
    }
    return chart.add(slug, on + days + 2, (f"{US_CORE}/us-core-encounter",), resource | more)


def provenance(chart: Chart, slug: str, on: int, targets: list[str], net: Network) -> str:
    """Who wrote these records and who passed them on."""
    author_type = el.concept(f"{el.TERMINOLOGY}/provenance-participant-type", "author")
    transmitter_type = el.concept(f"{el.US_CORE_CODES}/us-core-provenance-participant-type", "transmitter")
    resource = {
        "resourceType": "Provenance",
        "target": [el.reference(target) for target in targets],
        "recorded": chart.moment(on, "12:00"),
        "agent": [
            {"type": author_type, "who": el.reference(net.internist), "onBehalfOf": el.reference(net.clinic)},
            {"type": transmitter_type, "who": el.reference(net.plan)},
        ],
    }
    return chart.add(slug, on + 1, (f"{US_CORE}/us-core-provenance",), resource)
