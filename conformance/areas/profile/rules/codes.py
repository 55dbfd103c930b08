"""Codes: code systems named by their canonical URI, codes of their form, bindings, national provider ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.areas.profile.rules.declarations import CVX
from conformance.areas.shared.evidence import identity
from conformance.findings import Finding
from conformance.validator import invariant_overrides

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Resource = dict[str, Any]

_BASE = "http://hl7.org/fhir/StructureDefinition/"

# Names and old addresses used in place of the canonical URI of a code system.
_WRONG_SYSTEMS: Mapping[str, str] = {
    "loinc": "http://loinc.org",
    "https://loinc.org": "http://loinc.org",
    "http://loinc.org/": "http://loinc.org",
    "snomed": "http://snomed.info/sct",
    "snomed ct": "http://snomed.info/sct",
    "snomedct": "http://snomed.info/sct",
    "http://snomed.info/sct/": "http://snomed.info/sct",
    "https://snomed.info/sct": "http://snomed.info/sct",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "https://www.nlm.nih.gov/research/umls/rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "cvx": CVX,
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "icd-10": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd10": "http://hl7.org/fhir/sid/icd-10-cm",
    "cpt": "http://www.ama-assn.org/go/cpt",
    "https://www.ama-assn.org/go/cpt": "http://www.ama-assn.org/go/cpt",
    "ucum": "http://unitsofmeasure.org",
}
_CODE_FORMATS: Mapping[str, re.Pattern[str]] = {
    "http://loinc.org": re.compile(r"(\d{1,7}|L[AGLP]\d{1,7})-\d"),
    "http://snomed.info/sct": re.compile(r"\d{6,18}(\s*[|:+].*)?"),
    "http://www.nlm.nih.gov/research/umls/rxnorm": re.compile(r"\d{1,8}"),
    CVX: re.compile(r"\d{1,3}"),
    "http://hl7.org/fhir/sid/icd-10-cm": re.compile(r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?"),
    "http://hl7.org/fhir/sid/ndc": re.compile(r"\d{11}|\d{4,5}-\d{3,4}(-\d{1,2})?"),
    "http://www.ama-assn.org/go/cpt": re.compile(r"\d{4}[0-9A-Z]|[0-9A-Z]{2}"),
}
_WISHES: Mapping[str, str] = {
    "http://hl7.org/fhir/sid/ndc": "; the notes of CARIN's pharmacy profile ask for eleven digits"
}


def bindings(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-PROF-026: the findings on required and maximum value sets."""
    return (finding for finding in findings if finding.rule.startswith("binding."))


def extensible(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-PROF-026: codes outside the extensible value sets that guides bind; bindings of base R4 may be replaced."""
    return (finding for finding in findings if not finding.profile.startswith(_BASE))


def code_systems(resource: Resource) -> Iterator[Finding]:
    """PA-PROF-026: Coding.system is the canonical URI of the code system, and codes have the form of that system."""
    for path, system, code in _all_codings(resource, str(resource.get("resourceType"))):
        right = _WRONG_SYSTEMS.get(system.lower())
        if right and system != right:
            yield _finding(
                "coding.system",
                "Coding.system is not the canonical URI of the code system",
                resource,
                path=path,
                expected=right,
                found=system,
            )
        pattern = _CODE_FORMATS.get(system)
        if pattern and code and not pattern.fullmatch(code):
            yield _finding(
                "coding.format",
                f"the code does not have the form of a code of {system}{_WISHES.get(system, '')}",
                resource,
                severity="warning",
                path=path,
                expected=pattern.pattern,
                found=code,
            )


def national_provider_id(resource: Resource) -> Iterator[Finding]:
    """PA-PROF-025: NPI values have ten digits and a valid check digit (Luhn over 80840 and the number)."""
    for index, entry in enumerate(resource.get("identifier") or []):
        if not isinstance(entry, dict) or entry.get("system") != "http://hl7.org/fhir/sid/us-npi":
            continue
        value = entry.get("value")
        if isinstance(value, str) and not is_npi(value):
            yield _finding(
                "npi.check-digit",
                "the NPI does not have ten digits with a valid check digit",
                resource,
                path=f"{resource.get('resourceType')}.identifier[{index}].value",
                found=value,
            )


def is_npi(value: str) -> bool:
    """Whether a value is ten digits that pass the Luhn check with the prefix 80840 (us-core-16, us-core-17)."""
    return re.fullmatch(r"\d{10}", value) is not None and invariant_overrides.is_npi({"value": value})


def _all_codings(value: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """(path, system, code) of everything that has both, at any depth."""
    if isinstance(value, dict):
        system, code = value.get("system"), value.get("code")
        if isinstance(system, str) and isinstance(code, str):
            yield path, system, code
        for name, child in value.items():
            yield from _all_codings(child, f"{path}.{name}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _all_codings(child, f"{path}[{index}]")


def _finding(rule: str, message: str, resource: Resource, **parts: Any) -> Finding:
    return Finding(rule, message, resource=identity(resource), **parts)
