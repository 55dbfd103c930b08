"""Lawful variations of operations: the versions that are claimed."""

from __future__ import annotations

from typing import Any

from conformance.reference.faults.deviations import edited
from conformance.reference.fhir import capability
from conformance.reference.fhir.parameters import FHIR
from conformance.reference.lawful.variation import Variation


def _older_too(statement: dict[str, Any]) -> None:
    older = f"{FHIR}/us/core/ImplementationGuide/hl7.fhir.us.core|3.1.1"
    statement["implementationGuide"] = [older, *statement["implementationGuide"]]


def _later_too(statement: dict[str, Any]) -> None:
    later = f"{FHIR}/us/core/ImplementationGuide/hl7.fhir.us.core|7.0.0"
    statement["implementationGuide"] = [*statement["implementationGuide"], later]


VARIATIONS = (
    Variation(
        "PA-OPS-001.older-beside-newer",
        "The capability statement names US Core 3.1.1 beside 6.1.0.",
        "45 CFR 170.215(b)(1): 6.1.0 is adopted; that an older version is served as well is forbidden nowhere",
        {capability.capability_statement: edited(_older_too)},
        also=("PA-DISC-015", "PA-DISC-018"),
    ),
    Variation(
        "PA-OPS-001.later-beside-adopted",
        "The capability statement names US Core 7.0.0 beside 6.1.0.",
        "42 CFR 422.119(c)(4): an updated version of an adopted standard may be used",
        {capability.capability_statement: edited(_later_too)},
        also=("PA-DISC-018",),
    ),
)
