"""Which profile a resource is judged by: by type, and where one type has several, by category, code, use and kind.

The tables hold the choice over all versions of the guides, the closest profile first; a resource is judged by the first
that the selected version defines. A resource that no line fits is judged on base R4 alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.shared.canonicals import C4BB, HREX, PDEX, US_CORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Resource = dict[str, Any]

CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"

ABSTRACT_EOB = f"{C4BB}C4BB-ExplanationOfBenefit"
PRIOR_AUTHORIZATION = f"{PDEX}pdex-priorauthorization"

CLAIM_KINDS: Mapping[str, str] = {
    "inpatient": f"{ABSTRACT_EOB}-Inpatient-Institutional",
    "outpatient": f"{ABSTRACT_EOB}-Outpatient-Institutional",
    "professional": f"{ABSTRACT_EOB}-Professional-NonClinician",
    "pharmacy": f"{ABSTRACT_EOB}-Pharmacy",
    "oral": f"{ABSTRACT_EOB}-Oral",
}
BASIS = "-Basis"
"""What the canonical of a kind's non-financial profile ends with (CARIN BB 2.1.0 and later)."""
_KIND_OF_TYPE = {"professional": "professional", "vision": "professional", "pharmacy": "pharmacy", "oral": "oral"}

PROFILE_OF_TYPE: Mapping[str, str] = {
    "AllergyIntolerance": f"{US_CORE}us-core-allergyintolerance",
    "Condition": f"{US_CORE}us-core-condition",
    "Coverage": f"{HREX}hrex-coverage",
    "DocumentReference": f"{US_CORE}us-core-documentreference",
    "Encounter": f"{US_CORE}us-core-encounter",
    "Immunization": f"{US_CORE}us-core-immunization",
    "Location": f"{US_CORE}us-core-location",
    "Medication": f"{US_CORE}us-core-medication",
    "MedicationRequest": f"{US_CORE}us-core-medicationrequest",
    "Organization": f"{US_CORE}us-core-organization",
    "Patient": f"{US_CORE}us-core-patient",
    "Practitioner": f"{US_CORE}us-core-practitioner",
    "PractitionerRole": f"{US_CORE}us-core-practitionerrole",
    "Procedure": f"{US_CORE}us-core-procedure",
    "Provenance": f"{US_CORE}us-core-provenance",
    "RelatedPerson": f"{US_CORE}us-core-relatedperson",
}

# LOINC codes that have a profile of their own, before any category is looked at.
OBSERVATION_CODES: Mapping[str, str] = {
    "72166-2": "us-core-smokingstatus",
    "8867-4": "us-core-heart-rate",
    "9279-1": "us-core-respiratory-rate",
    "8310-5": "us-core-body-temperature",
    "8302-2": "us-core-body-height",
    "29463-7": "us-core-body-weight",
    "39156-5": "us-core-bmi",
    "85354-9": "us-core-blood-pressure",
    "96607-7": "us-core-average-blood-pressure",
    "59408-5": "us-core-pulse-oximetry",
    "2708-6": "us-core-pulse-oximetry",
    "9843-4": "us-core-head-circumference",
    "59576-9": "pediatric-bmi-for-age",
    "77606-2": "pediatric-weight-for-height",
    "8289-1": "head-occipital-frontal-circumference-percentile",
    "76690-7": "us-core-observation-sexual-orientation",
    "82810-3": "us-core-observation-pregnancystatus",
    "86645-9": "us-core-observation-pregnancyintent",
    "11341-5": "us-core-observation-occupation",
    "45473-6": "us-core-observation-adi-documentation",
    "95541-9": "us-core-care-experience-preference",
    "75773-2": "us-core-treatment-intervention-preference",
}
OBSERVATION_CATEGORIES: Mapping[str, str] = {
    "laboratory": "us-core-observation-lab",
    "vital-signs": "us-core-vital-signs",
    "social-history": "us-core-simple-observation",
    "survey": "us-core-observation-screening-assessment",
    "exam": "us-core-simple-observation",
    "imaging": "us-core-observation-clinical-result",
    "procedure": "us-core-observation-clinical-result",
}
CONDITION_CATEGORIES: Mapping[str, str] = {
    "problem-list-item": "us-core-condition-problems-health-concerns",
    "health-concern": "us-core-condition-problems-health-concerns",
    "sdoh": "us-core-condition-problems-health-concerns",
    "encounter-diagnosis": "us-core-condition-encounter-diagnosis",
}


def profile_for(resource: Resource, is_selected: Callable[[str], bool]) -> str:
    """The canonical of the profile that ``resource`` is judged by; empty when it is judged on base R4 alone.

    ``is_selected`` says of a canonical whether a guide, at its selected version, defines it.
    """
    return next((one for one in candidates(resource) if is_selected(one)), "")


def candidates(resource: Resource) -> Iterator[str]:
    """The canonicals of the profiles, of any version, that are meant for ``resource``: the closest first."""
    kind = str(resource.get("resourceType"))
    if kind == "ExplanationOfBenefit":
        if profile := _of_claim(resource):
            yield profile
    elif kind == "Observation":
        yield from _of(codes(resource.get("code")), OBSERVATION_CODES)
        yield from _of(codes(resource.get("category")), OBSERVATION_CATEGORIES)
    elif kind == "Condition":
        yield from _of(codes(resource.get("category")), CONDITION_CATEGORIES)
    if kind in PROFILE_OF_TYPE:
        yield PROFILE_OF_TYPE[kind]


def claim_kind(resource: Resource) -> str:
    """One of the keys of :data:`CLAIM_KINDS`, from type and subType; empty if none fits."""
    types = {code for system, code in codings(resource.get("type")) if system in {CLAIM_TYPE, ""}}
    for name, kind in _KIND_OF_TYPE.items():
        if name in types:
            return kind
    if "institutional" in types:
        subtypes = codes(resource.get("subType"))
        return next((name for name in ("inpatient", "outpatient") if name in subtypes), "")
    return ""


def is_authorization(resource: Resource) -> bool:
    """Whether an ExplanationOfBenefit is a prior authorization, by its ``use``."""
    return resource.get("use") in {"preauthorization", "predetermination"}


def codings(concept: Any) -> list[tuple[str, str]]:
    """(system, code) of every coding of a CodeableConcept, or of a list of them."""
    concepts = concept if isinstance(concept, list) else [concept]
    return [
        (str(coding.get("system", "")), str(coding.get("code", "")))
        for each in concepts
        if isinstance(each, dict)
        for coding in each.get("coding") or []
        if isinstance(coding, dict)
    ]


def codes(concept: Any) -> set[str]:
    """The codes of :func:`codings`, whatever their system."""
    return {code for _, code in codings(concept)}


def is_non_financial(claim: Resource) -> bool:
    """Whether a claim declares the Basis profile of its kind, which asks for no amounts, and not the financial one."""
    meta = claim.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    declared = {str(each).partition("|")[0] for each in profiles} if isinstance(profiles, list) else set()
    financial = CLAIM_KINDS.get(claim_kind(claim), "")
    return bool(financial) and financial not in declared and f"{financial}{BASIS}" in declared


def _of_claim(resource: Resource) -> str:
    if is_authorization(resource):
        return PRIOR_AUTHORIZATION
    financial = CLAIM_KINDS.get(claim_kind(resource), "")
    return f"{financial}{BASIS}" if is_non_financial(resource) else financial


def _of(present: set[str], table: Mapping[str, str]) -> Iterator[str]:
    return (f"{US_CORE}{profile}" for code, profile in table.items() if code in present)
