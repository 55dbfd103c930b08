"""Whose record a resource is of (FHIR R4 compartment Patient), read from the resource alone.

The compartment of R4 also counts authors, performers and subscribers; here only the element counts that says whose care
or claim it is, since that is whom the data is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Resource = dict[str, Any]


_BY_PATIENT = (
    *("AllergyIntolerance", "Claim", "ClaimResponse", "Consent", "CoverageEligibilityRequest", "Device"),
    *("CoverageEligibilityResponse", "DetectedIssue", "EpisodeOfCare", "ExplanationOfBenefit", "FamilyMemberHistory"),
    *("Immunization", "ImmunizationEvaluation", "ImmunizationRecommendation", "NutritionOrder", "RelatedPerson"),
    *("SupplyDelivery", "VisionPrescription"),
)
_BY_SUBJECT = (
    *("Account", "AdverseEvent", "Basic", "CarePlan", "CareTeam", "ChargeItem", "ClinicalImpression", "Communication"),
    *("CommunicationRequest", "Composition", "Condition", "DeviceRequest", "DeviceUseStatement", "DiagnosticReport"),
    *("DocumentManifest", "DocumentReference", "Encounter", "Flag", "Goal", "ImagingStudy", "Invoice", "List"),
    *("Media", "MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement"),
    *("Observation", "Procedure", "QuestionnaireResponse", "RequestGroup", "RiskAssessment", "ServiceRequest"),
    *("Specimen",),
)
OWNER: Mapping[str, tuple[str, ...]] = {
    "Patient": ("id",),
    **dict.fromkeys(_BY_PATIENT, ("patient",)),
    **dict.fromkeys(_BY_SUBJECT, ("subject",)),
    "Appointment": ("participant", "actor"),
    "BodyStructure": ("patient",),
    "Coverage": ("beneficiary",),
    "Person": ("link", "target"),
    "Provenance": ("target",),
}
"""The path, without the type, of the element that names the patient; ``Patient`` is named by its own id."""

NOT_SEARCHED_BY_PATIENT = frozenset({"Basic", "Person", "Provenance"})
"""Compartment types whose R4 search has no ``patient``, or is made from the other end."""


def owners(resource: Resource) -> frozenset[str] | None:
    """Ids of the patients a resource is about; empty when it names none, None when its type belongs to no patient."""
    path = OWNER.get(str(resource.get("resourceType")))
    if path is None:
        return None
    if path == ("id",):
        return frozenset({str(resource.get("id"))})
    return frozenset(target.partition("/")[2] for target in _named(resource, path) if target.startswith("Patient/"))


def targets(resource: Resource) -> frozenset[str]:
    """``Type/id`` of what the owning element points to: a Patient, or for Provenance the record it is about."""
    path = OWNER.get(str(resource.get("resourceType")), ())
    return frozenset(_named(resource, path)) if path not in {(), ("id",)} else frozenset()


def _named(resource: Resource, path: tuple[str, ...]) -> Iterator[str]:
    for element in _at(resource, path):
        text = element.get("reference") if isinstance(element, dict) else None
        if isinstance(text, str) and (target := target_of(text)):
            yield target


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        yield from _at(value.get(path[0]), path[1:])


def target_of(reference: str) -> str:
    """``Type/id`` that a relative, absolute or versioned reference points to; empty for anything else."""
    segments = reference.partition("#")[0].partition("/_history")[0].rstrip("/").split("/")
    return "/".join(segments[-2:]) if len(segments) >= 2 and segments[-2][:1].isupper() else ""
