"""Rules for the server's CapabilityStatement (FHIR R4 capabilities; US Core and CARIN server statements)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.areas.discovery.rules.smart_configuration import at_least
from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.canonicals import C4BB, HREX, PDEX, US_CORE
from conformance.areas.shared.documents import status_is
from conformance.findings import Finding, json_text, json_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.areas.shared.documents import Answer

Document = dict[str, Any]


AT_HAND = (US_CORE, C4BB, HREX, PDEX)
"""Namespaces whose guides are at hand whole, so that a canonical in them can be unknown."""

EXPECTED_PROFILES: Mapping[str, tuple[str, ...]] = {
    "Patient": (f"{US_CORE}us-core-patient",),
    "Coverage": (f"{US_CORE}us-core-coverage", f"{HREX}hrex-coverage", f"{C4BB}C4BB-Coverage"),
    "ExplanationOfBenefit": (
        f"{C4BB}C4BB-ExplanationOfBenefit-Inpatient-Institutional",
        f"{C4BB}C4BB-ExplanationOfBenefit-Outpatient-Institutional",
        f"{C4BB}C4BB-ExplanationOfBenefit-Professional-NonClinician",
        f"{C4BB}C4BB-ExplanationOfBenefit-Pharmacy",
        f"{C4BB}C4BB-ExplanationOfBenefit-Oral",
    ),
    "Condition": (
        f"{US_CORE}us-core-condition-problems-health-concerns",
        f"{US_CORE}us-core-condition-encounter-diagnosis",
        f"{US_CORE}us-core-condition",
    ),
    "MedicationRequest": (f"{US_CORE}us-core-medicationrequest",),
    "Observation": (f"{US_CORE}us-core-observation-lab",),
    "DocumentReference": (f"{US_CORE}us-core-documentreference",),
    "AllergyIntolerance": (f"{US_CORE}us-core-allergyintolerance",),
    "Immunization": (f"{US_CORE}us-core-immunization",),
    "Procedure": (f"{US_CORE}us-core-procedure",),
}

SERVER_STATEMENTS: Mapping[str, str] = {
    "us-core": "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server",
    "carin-bb": "http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb",
}

ALWAYS_DEPLOYED = ("Patient", "Coverage", "ExplanationOfBenefit")
"""The types that no target can switch off."""
_JSON_FORMATS = {"json", "application/fhir+json"}
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def server_rest(document: Document) -> Document:
    """The ``rest`` element for the server mode; empty when there is none."""
    rests = [rest for rest in _list(document.get("rest")) if isinstance(rest, dict)]
    return next((rest for rest in rests if rest.get("mode") == "server"), rests[0] if rests else {})


def declared_resources(document: Document) -> dict[str, Document]:
    """``rest.resource`` by type."""
    resources = [entry for entry in _list(server_rest(document).get("resource")) if isinstance(entry, dict)]
    return {str(entry.get("type")): entry for entry in resources}


def declared_search_parameters(entry: Document) -> dict[str, str]:
    """Name and type of each search parameter that one ``rest.resource`` declares."""
    parameters = [item for item in _list(entry.get("searchParam")) if isinstance(item, dict)]
    return {str(item.get("name")): str(item.get("type")) for item in parameters if item.get("name")}


def is_r4_json(document: Document) -> Iterator[Finding]:
    """PA-DISC-015: a CapabilityStatement of a server instance, FHIR 4.0.1, that offers JSON."""
    wanted = {
        "resourceType": "CapabilityStatement",
        "kind": "instance",
        "fhirVersion": "4.0.1",
    }
    for member, value in wanted.items():
        if document.get(member) != value:
            yield Finding(
                f"capabilities.{member}",
                f"{member} is {json_word(document.get(member))}",
                path=f"CapabilityStatement.{member}",
                expected=value,
                found=json_text(document.get(member)),
            )
    if document.get("kind") == "instance" and not isinstance(document.get("implementation"), dict):
        yield Finding(
            "invariant:cpb-14",
            "a statement of kind instance describes no implementation",
            path="CapabilityStatement.implementation",
        )
    formats = {item for item in _list(document.get("format")) if isinstance(item, str)}
    if not formats & _JSON_FORMATS:
        yield Finding(
            "capabilities.format",
            "format does not list JSON",
            path="CapabilityStatement.format",
            expected="json or application/fhir+json",
            found=", ".join(sorted(formats)),
        )


def is_public(answer: Answer, *, smart_version: str) -> Iterator[Finding]:
    """PA-DISC-015: metadata answers without a token.

    SMART 2.2.0 calls metadata a public discovery endpoint; before, no document forbids to ask for a token there.
    """
    lawful = answer.status in {401, 403} and not at_least(smart_version, 2, 2)
    for finding in status_is(answer, 200, what="metadata without a token"):
        yield replace(finding, severity="warning") if lawful else finding


def lists_types(document: Document, types: Iterable[str], *, optional_search: Iterable[str] = ()) -> Iterator[Finding]:
    """PA-DISC-016: each deployed type is listed with read and search-type."""
    declared = declared_resources(document)
    for name in types:
        path = f"CapabilityStatement.rest.resource.where(type='{name}')"
        if name not in declared:
            yield Finding(
                "capabilities.type-missing",
                f"{name} is not listed; the target states that it is deployed (unless offered.{name} is false)"
                if name not in ALWAYS_DEPLOYED
                else f"{name} is not listed",
                path=path,
                expected=name,
            )
            continue
        codes = {item.get("code") for item in _list(declared[name].get("interaction")) if isinstance(item, dict)}
        for code in ("read", "search-type"):
            if code not in codes and not (code == "search-type" and name in optional_search):
                yield Finding(
                    "capabilities.interaction-missing",
                    f"{name} is listed without {code}",
                    path=f"{path}.interaction",
                    expected=code,
                )


def names_profiles(
    document: Document,
    types: Iterable[str],
    *,
    known: Callable[[str], bool],
    selected: Callable[[str], bool],
    us_core: str,
) -> Iterator[Finding]:
    """PA-DISC-017: each type names a profile of the selected guides.

    ``known(canonical)`` says whether a guide at hand defines it, ``selected(canonical)`` whether a guide at its
    selected version does; ``us_core`` is that of US Core. Any expected profile of a type satisfies it. US Core requires
    from 4.0.0 on that a server names the profiles that it supports; US Core 3.1.1 and CARIN list profiles without that
    requirement, so there, and for claims, it is a warning. A canonical in
    the namespace of a guide at hand that the guide does not define is a warning; other publishers' are not judged.
    """
    declared = declared_resources(document)
    for name in types:
        entry = declared.get(name, {})
        profiles = [item for item in _list(entry.get("supportedProfile")) if isinstance(item, str)]
        bare = {item.partition("|")[0] for item in profiles}
        path = f"CapabilityStatement.rest.resource.where(type='{name}').supportedProfile"
        expected = tuple(filter(selected, EXPECTED_PROFILES.get(name, ())))
        if expected and not bare & set(expected):
            required = at_least(us_core, 4, 0) and any(canonical.startswith(US_CORE) for canonical in expected)
            yield Finding(
                "capabilities.profile-missing",
                f"{name} names none of the expected profiles",
                severity="error" if required else "warning",
                path=path,
                expected=" or ".join(expected),
                found=", ".join(profiles),
            )
        for item in profiles:
            if item.startswith(AT_HAND) and not known(item):
                yield Finding(
                    "capabilities.profile-unknown",
                    f"{name} names {item}, which its guide does not define in any version at hand",
                    severity="warning",
                    path=path,
                    found=item,
                )


def instantiates(document: Document, guides: Iterable[str]) -> Iterator[Finding]:
    """PA-DISC-018: ``instantiates`` names the server statement of CARIN (a SHALL), and that of US Core (a warning)."""
    named = {item.partition("|")[0] for item in _list(document.get("instantiates")) if isinstance(item, str)}
    lower = {item.lower() for item in named}
    for guide in guides:
        wanted = SERVER_STATEMENTS.get(guide)
        if wanted and wanted.lower() not in lower:
            yield Finding(
                "capabilities.instantiates",
                f"instantiates does not name the {guide} server statement",
                severity="error" if guide == "carin-bb" else "warning",
                path="CapabilityStatement.instantiates",
                expected=wanted,
                found=", ".join(sorted(named)),
            )


def oauth_uris(document: Document) -> dict[str, str]:
    """The URLs of the oauth-uris extension by name; empty when absent."""
    security = server_rest(document).get("security")
    extensions = _list(security.get("extension")) if isinstance(security, dict) else []
    found: dict[str, str] = {}
    for extension in extensions:
        if isinstance(extension, dict) and extension.get("url") == _OAUTH_URIS:
            for part in _list(extension.get("extension")):
                if isinstance(part, dict) and isinstance(part.get("valueUri"), str):
                    found[str(part.get("url"))] = part["valueUri"]
    return found


def declares_search_parameters(
    document: Document, types: Iterable[str], *, required: Mapping[str, Iterable[str]]
) -> Iterator[Finding]:
    """PA-DISC-020: the parameters that US Core and CARIN require, by type, are declared."""
    declared = declared_resources(document)
    for name in types:
        parameters = declared_search_parameters(declared.get(name, {}))
        for wanted in required.get(name, ()):
            if wanted not in parameters:
                yield Finding(
                    "capabilities.search-parameter-missing",
                    f"{name} does not declare the search parameter {wanted}",
                    path=f"CapabilityStatement.rest.resource.where(type='{name}').searchParam",
                    expected=wanted,
                )


@dataclass(frozen=True, slots=True)
class DeclaredSearch:
    """One search with a declared parameter (``Type?name``); ``required`` where a guide makes the search a SHALL."""

    name: str
    required: bool
    answer: Answer


def parameters_work(tried: Iterable[DeclaredSearch]) -> Iterator[Finding]:
    """PA-DISC-020: no declared parameter is rejected when it is used with a value that the server returned.

    Only a search that a guide requires fails; another parameter may need a companion, so its refusal is a warning.
    """
    for each in tried:
        for finding in status_is(
            each.answer, 200, rule="search.declared-rejected", what=f"the declared search {each.name}"
        ):
            yield finding if each.required else replace(finding, severity="warning")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def read_from(answer: Answer) -> Iterator[Finding]:
    """PA-DISC-015 for the answer of ``metadata``."""
    if answer.status == 200:
        yield from is_r4_json(resource_of(answer))
