"""What holds when a target does not say otherwise: the guides aside, which conformance.guide_selection knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED_SCOPES = (
    "patient/Patient.read",
    "patient/Coverage.read",
    "patient/ExplanationOfBenefit.read",
    "launch/patient",
    "openid",
    "fhirUser",
)
OPTIONAL_SCOPES = (
    "patient/Condition.read",
    "patient/MedicationRequest.read",
    "patient/Observation.read",
    "patient/DocumentReference.read",
)

PROFILED_TYPES = (
    "Patient",
    "Coverage",
    "ExplanationOfBenefit",
    "Condition",
    "MedicationRequest",
    "Observation",
    "DocumentReference",
    "AllergyIntolerance",
    "Immunization",
    "Procedure",
)

PROBES = ("writes", "burst", "failed-logins", "revocation")
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "lab": PROBES,
    "staging": ("failed-logins", "revocation"),
    "production": (),
}

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"

DOCUMENTATION_PRESETS: Mapping[str, Mapping[str, Any]] = {
    "": {},
    "described": {
        "token_path": "/oauth2/token",
        "endpoints": (
            "/Patient/{id}",
            "/Patient/{id}/$everything",
            "/ExplanationOfBenefit",
            "/Coverage",
            "/Condition",
        ),
        "scopes": REQUIRED_SCOPES + OPTIONAL_SCOPES,
        "profiles": {
            "Patient": _US_CORE + "us-core-patient",
            "Coverage": "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/hrex-coverage",
            "ExplanationOfBenefit": "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit",
            # Spelt as the documentation spells it; the guide's own name has no "and".
            "Condition": _US_CORE + "us-core-condition-problems-and-health-concerns",
            "MedicationRequest": _US_CORE + "us-core-medicationrequest",
            "Observation": _US_CORE + "us-core-observation-lab",
            "DocumentReference": _US_CORE + "us-core-documentreference",
            "AllergyIntolerance": _US_CORE + "us-core-allergyintolerance",
            "Immunization": _US_CORE + "us-core-immunization",
            "Procedure": _US_CORE + "us-core-procedure",
        },
        "access_token_lifetime": 3600.0,
        "patient_id_from": "id_token.sub",
    },
}
