"""FHIR elements in short, and the code systems that the profiles bind to. No display texts of third parties."""

from __future__ import annotations

from typing import Any

Element = dict[str, Any]

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem"
US_CORE_CODES = "http://hl7.org/fhir/us/core/CodeSystem"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX = "http://hl7.org/fhir/sid/cvx"
NDC = "http://hl7.org/fhir/sid/ndc"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
ICD10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
CDT = "http://www.ada.org/cdt"
UCUM = "http://unitsofmeasure.org"
TAXONOMY = "http://nucc.org/provider-taxonomy"
PLACE_OF_SERVICE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
ADJUSTMENT_REASON = "https://x12.org/codes/claim-adjustment-reason-codes"
REMARK = "https://x12.org/codes/remittance-advice-remark-codes"
DATA_ABSENT = f"{TERMINOLOGY}/data-absent-reason"
DATA_ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
IDENTIFIER_TYPE = f"{TERMINOLOGY}/v2-0203"
NPI = "http://hl7.org/fhir/sid/us-npi"
TAX_ID = "urn:oid:2.16.840.1.113883.4.4"
NAIC = "urn:oid:2.16.840.1.113883.6.300"
PLAN_IDS = "https://harborplan.example/ids"


def concept(system: str, code: str, text: str = "", *others: tuple[str, str]) -> Element:
    """A CodeableConcept; ``others`` are further codings of the same meaning, as (system, code)."""
    codings = [{"system": each_system, "code": each_code} for each_system, each_code in ((system, code), *others)]
    return {"coding": codings, **({"text": text} if text else {})}


def coding(system: str, code: str) -> Element:
    """A Coding."""
    return {"system": system, "code": code}


def reference(target: str, display: str = "") -> Element:
    """A literal Reference."""
    return {"reference": target, **({"display": display} if display else {})}


def identifier(system: str, value: str, type_name: Element | None = None, use: str = "") -> Element:
    """An Identifier."""
    return {
        **({"use": use} if use else {}),
        **({"type": type_name} if type_name else {}),
        "system": system,
        "value": value,
    }


def period(start: str, end: str = "") -> Element:
    """A Period; open without an end."""
    return {"start": start, **({"end": end} if end else {})}


def money(cents: int) -> Element:
    """An amount in US dollars."""
    return {"value": cents / 100, "currency": "USD"}


def quantity(value: float, unit: str, code: str = "") -> Element:
    """A Quantity with its UCUM code."""
    return {"value": value, "unit": unit, "system": UCUM, "code": code or unit}


def address(line: str, city: str, state: str, postal_code: str) -> Element:
    """A US address."""
    return {"line": [line], "city": city, "state": state, "postalCode": postal_code, "country": "US"}


def extension(url: str, **value: Any) -> Element:
    """An extension with one value, e.g. ``valueString="…"``."""
    return {"url": url, **value}


def npi(first_nine: str) -> str:
    """A National Provider Identifier: nine digits and their check digit (Luhn, over the prefix 80840)."""
    total = 24
    for position, digit in enumerate(first_nine):
        doubled = int(digit) * 2 if position % 2 == 0 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return first_nine + str(-total % 10)
