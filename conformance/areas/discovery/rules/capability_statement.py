"""Rules for the server's CapabilityStatement (FHIR R4 capabilities; US Core and CARIN server statements)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.canonicals import C4BB, HREX, US_CORE
from conformance.findings import Finding, json_text, json_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.areas.shared.documents import Answer

Document = dict[str, Any]


EXPECTED_PROFILES: Mapping[str, tuple[str, ...]] = {
    "Patient": (f"{US_CORE}us-core-patient",),
    "Coverage": (f"{HREX}hrex-coverage",),
    "ExplanationOfBenefit": (
        f"{C4BB}C4BB-ExplanationOfBenefit-Inpatient-Institutional",
        f"{C4BB}C4BB-ExplanationOfBenefit-Outpatient-Institutional",
        f"{C4BB}C4BB-ExplanationOfBenefit-Professional-NonClinician",
        f"{C4BB}C4BB-ExplanationOfBenefit-Pharmacy",
        f"{C4BB}C4BB-ExplanationOfBenefit-Oral",
    ),
    "Condition": (f"{US_CORE}us-core-condition-problems-health-concerns", f"{US_CORE}us-core-condition"),
    "MedicationRequest": (f"{US_CORE}us-core-medicationrequest",),
    "Observation": (f"{US_CORE}us-core-observation-lab",),
    "DocumentReference": (f"{US_CORE}us-core-documentreference",),
    "AllergyIntolerance": (f"{US_CORE}us-core-allergyintolerance",),
    "Immunization": (f"{US_CORE}us-core-immunization",),
    "Procedure": (f"{US_CORE}us-core-procedure",),
}

REQUIRED_SEARCH_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "Patient": ("_id", "identifier", "name", "birthdate", "gender"),
    "Coverage": ("patient", "_id"),
    "ExplanationOfBenefit": (
        "patient",
        "_id",
        "_lastUpdated",
        "type",
        "identifier",
        "service-date",
        "service-start-date",
        "billable-period-start",
    ),
    "Condition": ("patient", "category"),
    "MedicationRequest": ("patient", "intent", "status"),
    "Observation": ("patient", "category", "code", "date"),
    "DocumentReference": ("_id", "patient", "category", "type", "date"),
    "AllergyIntolerance": ("patient",),
    "Immunization": ("patient",),
    "Procedure": ("patient", "date"),
}

SERVER_STATEMENTS: Mapping[str, str] = {
    "us-core": "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server",
    "carin-bb": "http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb",
}

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


def lists_types(document: Document, types: Iterable[str], *, optional_search: Iterable[str] = ()) -> Iterator[Finding]:
    """PA-DISC-016: each deployed type is listed with read and search-type."""
    declared = declared_resources(document)
    for name in types:
        path = f"CapabilityStatement.rest.resource.where(type='{name}')"
        if name not in declared:
            yield Finding("capabilities.type-missing", f"{name} is not listed", path=path, expected=name)
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
    document: Document, types: Iterable[str], *, known: Callable[[str], bool], selected: Callable[[str], bool]
) -> Iterator[Finding]:
    """PA-DISC-017: the expected canonicals are named, and no HL7 canonical that no guide defines.

    ``known(canonical)`` says whether a guide at hand defines it, ``selected(canonical)`` whether a guide at its
    selected version does. C4BB claims are satisfied by any of the five kinds, since a payer need not have them all.
    """
    declared = declared_resources(document)
    for name in types:
        entry = declared.get(name, {})
        profiles = [item for item in _list(entry.get("supportedProfile")) if isinstance(item, str)]
        bare = {item.partition("|")[0] for item in profiles}
        path = f"CapabilityStatement.rest.resource.where(type='{name}').supportedProfile"
        expected = tuple(filter(selected, EXPECTED_PROFILES.get(name, ())))
        if expected and not bare & set(expected):
            yield Finding(
                "capabilities.profile-missing",
                f"{name} names none of the expected profiles",
                path=path,
                expected=" or ".join(expected),
                found=", ".join(profiles),
            )
        for item in profiles:
            if item.startswith("http://hl7.org/fhir/") and not known(item):
                yield Finding(
                    "capabilities.profile-unknown",
                    f"{name} names {item}, which no published guide at hand defines",
                    path=path,
                    found=item,
                )


def instantiates(document: Document, guides: Iterable[str]) -> Iterator[Finding]:
    """PA-DISC-018: the server statements of the selected guides are named in ``instantiates``."""
    named = {item.partition("|")[0] for item in _list(document.get("instantiates")) if isinstance(item, str)}
    for guide in guides:
        wanted = SERVER_STATEMENTS.get(guide)
        if wanted and wanted not in named:
            yield Finding(
                "capabilities.instantiates",
                f"instantiates does not name the {guide} server statement",
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


def declares_search_parameters(document: Document, types: Iterable[str]) -> Iterator[Finding]:
    """PA-DISC-020: the parameters that US Core and CARIN require are declared."""
    declared = declared_resources(document)
    for name in types:
        parameters = declared_search_parameters(declared.get(name, {}))
        for wanted in REQUIRED_SEARCH_PARAMETERS.get(name, ()):
            if wanted not in parameters:
                yield Finding(
                    "capabilities.search-parameter-missing",
                    f"{name} does not declare the search parameter {wanted}",
                    path=f"CapabilityStatement.rest.resource.where(type='{name}').searchParam",
                    expected=wanted,
                )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def read_from(answer: Answer) -> Iterator[Finding]:
    """PA-DISC-015 for the answer of ``metadata``."""
    if answer.status == 200:
        yield from is_r4_json(resource_of(answer))
