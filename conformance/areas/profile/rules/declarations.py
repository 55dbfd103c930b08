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
    is_non_financial,
)
from conformance.findings import Finding, json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Resource = dict[str, Any]

CVX = "http://hl7.org/fhir/sid/cvx"
MISSPELT_CONDITION = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems-and-health-concerns"

_NAMESPACES = (US_CORE, C4BB, HREX, PDEX)


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
    elif is_non_financial(claim):
        message = (
            "meta.profile names a non-financial profile, which CARIN BB does not expect in consumer-directed exchange"
        )
        yield _finding(
            "claim.non-financial",
            message,
            claim,
            severity="warning",
            path="ExplanationOfBenefit.meta.profile",
            expected=wanted,
            found=", ".join(sorted(claimed)),
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
    """PA-PROF-023: a coded vaccine has a CVX code; the binding is extensible, so that another code is a warning."""
    found = codings(immunization.get("vaccineCode"))
    if found and CVX not in {system for system, _ in found}:
        yield _finding(
            "immunization.no-cvx",
            "the vaccine is coded, but not in CVX",
            immunization,
            severity="warning",
            path="Immunization.vaccineCode",
            expected=CVX,
            found=", ".join(sorted({system for system, _ in found})),
        )


def _profiles(resource: Resource) -> list[Any]:
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return profiles if isinstance(profiles, list) else []


def _finding(rule: str, message: str, resource: Resource, **parts: Any) -> Finding:
    return Finding(rule, message, resource=identity(resource), **parts)
