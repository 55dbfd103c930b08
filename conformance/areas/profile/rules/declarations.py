"""What profiles demand beyond what a validator sees: the right profile declared, the right code systems named."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.canonicals import C4BB, HREX, PDEX, US_CORE
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.routing import (
    ABSTRACT_EOB,
    CLAIM_KINDS,
    PRIOR_AUTHORIZATION,
    claim_kind,
    codings,
    is_authorization,
)
from conformance.findings import Finding, json_text
from conformance.validator import invariant_overrides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Resource = dict[str, Any]

CVX = "http://hl7.org/fhir/sid/cvx"
MISSPELT_CONDITION = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems-and-health-concerns"

# Published invariants that contradict their own guide: reported as warnings.
_WRONG_RULES: Mapping[str, str] = {
    "invariant:EOB-pharm-careTeam-practitioner": "the published rule asks for an Organization where its title says "
    "practitioner",
}

_NAMESPACES = (US_CORE, C4BB, HREX, PDEX)
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


def softened(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings; those of invariants that are published wrongly become warnings."""
    for finding in findings:
        why = _WRONG_RULES.get(finding.rule)
        yield replace(finding, severity="warning", message=f"{finding.message} ({why})") if why else finding


def demanded(findings: Iterable[Finding], *, by: str) -> Iterator[Finding]:
    """PA-PROF-004: the findings; as warnings where nothing commits the deployment to the profile."""
    return (finding if by else replace(finding, severity="warning") for finding in findings)


def canonicals_exist(resource: Resource, *, is_defined: Callable[[str], bool]) -> Iterator[Finding]:
    """PA-PROF-028: a profile or extension named in the namespace of a guide at hand is defined by that guide."""
    for path, canonical in _named(resource, str(resource.get("resourceType"))):
        if canonical.startswith(_NAMESPACES) and not is_defined(canonical):
            yield _finding(
                "canonical.undefined",
                "no selected version of the guide defines this canonical",
                resource,
                severity="warning",
                path=path,
                found=canonical,
            )


def _named(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """(path, canonical) of every claimed profile and every extension, at any depth."""
    if isinstance(value, dict):
        for name, child in value.items():
            if name == "meta" and isinstance(child, dict):
                yield from (
                    (f"{path}.meta.profile", each) for each in _profiles({"meta": child}) if isinstance(each, str)
                )
            if name in {"extension", "modifierExtension"} and isinstance(child, list):
                found = (each.get("url") for each in child if isinstance(each, dict))
                yield from ((f"{path}.{name}", url) for url in found if isinstance(url, str))
            yield from _named(child, f"{path}.{name}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _named(child, f"{path}[{index}]")


def bindings(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-PROF-026: the findings on required and maximum value sets."""
    return (finding for finding in findings if finding.rule.startswith("binding."))


def extensible(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-PROF-026: codes outside the extensible value sets that guides bind; bindings of base R4 may be replaced."""
    return (finding for finding in findings if not finding.profile.startswith(_BASE))


def below(findings: Iterable[Finding], *paths: str) -> Iterator[Finding]:
    """The findings at or below one of ``paths`` (without indexes)."""
    for finding in findings:
        place = re.sub(r"\[\d+\]", "", finding.path)
        if any(place == path or place.startswith((f"{path}.", f"{path}:")) for path in paths):
            yield finding


_US_CORE_EXTENSIONS: Mapping[str, str] = {
    "us-core-race": "extension",
    "us-core-ethnicity": "extension",
    "us-core-birthsex": "valueCode",
    "us-core-sex": "valueCode",
    "us-core-genderIdentity": "valueCodeableConcept",
}


def us_core_extensions(patients: Iterable[Resource]) -> Iterator[Finding]:
    """PA-PROF-002: each US Core extension has its parts or its value, and race and ethnicity have a text."""
    for patient in patients:
        for index, extension in enumerate(patient.get("extension") or []):
            name = str(extension.get("url", "")).rpartition("/")[2]
            member = _US_CORE_EXTENSIONS.get(name)
            path = f"Patient.extension[{index}]"
            if member and member not in extension:
                yield _finding(
                    "patient.extension-shape",
                    f"{name} has no {member}",
                    patient,
                    path=path,
                    expected=member,
                    found=", ".join(sorted(set(extension) - {"url"})),
                )
            parts = {part.get("url") for part in extension.get("extension") or [] if isinstance(part, dict)}
            if member == "extension" and parts and "text" not in parts:
                yield _finding("patient.extension-text", f"{name} has no text", patient, path=path, expected="text")


def declares_its_kind(claim: Resource) -> Iterator[Finding]:
    """PA-PROF-008: type and subType name the kind of a claim, and meta.profile the concrete profile of that kind."""
    kind = claim_kind(claim)
    claimed = {str(url).partition("|")[0] for url in _profiles(claim)}
    if not kind:
        yield _finding(
            "claim.unclassifiable",
            "type and subType name none of the five kinds of claim",
            claim,
            path="ExplanationOfBenefit.type",
            found=", ".join(code for _, code in codings(claim.get("type"))),
        )
        return
    wanted = CLAIM_KINDS[kind]
    others = sorted(claimed & (set(CLAIM_KINDS.values()) - {wanted}))
    if others:
        yield _finding(
            "claim.other-kind",
            f"meta.profile of this {kind} claim names the profile of another kind",
            claim,
            path="ExplanationOfBenefit.meta.profile",
            expected=wanted,
            found=", ".join(others),
        )
    elif wanted not in claimed:
        only = "only the abstract parent" if ABSTRACT_EOB in claimed else "not the profile of its kind"
        yield _finding(
            "claim.no-concrete-profile",
            f"meta.profile names {only}",
            claim,
            path="ExplanationOfBenefit.meta.profile",
            expected=wanted,
            found=", ".join(sorted(claimed)),
        )


def version_suffix(claim: Resource, *, carin_version: str) -> Iterator[Finding]:
    """PA-PROF-009: under CARIN 2.0.0 the canonical carries |2.0.x; under later versions its absence is a warning."""
    named = [str(url) for url in _profiles(claim) if str(url).partition("|")[0] in CLAIM_KINDS.values()]
    series = ".".join(carin_version.split(".")[:2])
    if named and not any(url.partition("|")[2].startswith(series) for url in named):
        yield _finding(
            "claim.profile-version",
            f"no declared profile carries the version {series}.x",
            claim,
            severity="error" if series == "2.0" else "warning",
            path="ExplanationOfBenefit.meta.profile",
            expected=f"|{series}.x",
            found=", ".join(named),
        )


def authorization_profile(authorization: Resource) -> Iterator[Finding]:
    """PA-PROF-017: a prior authorization declares the PDex profile."""
    if PRIOR_AUTHORIZATION not in {str(url).partition("|")[0] for url in _profiles(authorization)}:
        yield _finding(
            "authorization.profile",
            "meta.profile of a prior authorization does not name the PDex profile",
            authorization,
            path="ExplanationOfBenefit.meta.profile",
            expected=PRIOR_AUTHORIZATION,
        )


def uses_are_known(claim: Resource) -> Iterator[Finding]:
    """PA-PROF-017: a resource that declares the PDex profile has the use of an authorization."""
    claimed = {str(url).partition("|")[0] for url in _profiles(claim)}
    if PRIOR_AUTHORIZATION in claimed and not is_authorization(claim):
        yield _finding(
            "authorization.use",
            f"a resource that declares the PDex profile has use {json_text(claim.get('use'))}",
            claim,
            path="ExplanationOfBenefit.use",
            expected="preauthorization",
            found=json_text(claim.get("use")),
        )


def condition_canonical(condition: Resource) -> Iterator[Finding]:
    """PA-PROF-018: meta.profile does not name the misspelt canonical of the deployment's documentation."""
    if MISSPELT_CONDITION in {str(url).partition("|")[0] for url in _profiles(condition)}:
        yield _finding(
            "condition.misspelt-profile",
            "meta.profile names a canonical that no guide defines",
            condition,
            path="Condition.meta.profile",
            expected=MISSPELT_CONDITION.replace("problems-and-health", "problems-health"),
            found=MISSPELT_CONDITION,
        )


def vaccine_code(immunization: Resource) -> Iterator[Finding]:
    """PA-PROF-023: a coded vaccine has a CVX code, as the value set of the guide demands; text alone is allowed."""
    found = codings(immunization.get("vaccineCode"))
    if found and CVX not in {system for system, _ in found}:
        yield _finding(
            "immunization.no-cvx",
            "the vaccine is coded, but not in CVX",
            immunization,
            path="Immunization.vaccineCode",
            expected=CVX,
            found=", ".join(sorted({system for system, _ in found})),
        )


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


def _profiles(resource: Resource) -> list[Any]:
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return profiles if isinstance(profiles, list) else []


def _finding(rule: str, message: str, resource: Resource, **parts: Any) -> Finding:
    return Finding(rule, message, resource=identity(resource), **parts)
