"""The resource types of a Patient Access API."""

from __future__ import annotations

PATIENT_ACCESS_TYPES = (
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
