"""Faults of operations: what is claimed is no longer adopted."""

from __future__ import annotations

from typing import Any

from conformance.reference.faults.deviations import edited
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import capability


def _legacy(statement: dict[str, Any]) -> None:
    statement["implementationGuide"] = ["http://hl7.org/fhir/us/core/ImplementationGuide/hl7.fhir.us.core|3.1.1"]
    for resource in statement["rest"][0]["resource"]:
        resource["supportedProfile"] = [
            f"{url}|3.1.1" for url in resource.get("supportedProfile", []) if "/us/core/" in url
        ]


FAULTS = (
    Fault(
        "PA-OPS-001.legacy-guide",
        "operations.version",
        "Only US Core 3.1.1 is claimed, whose adoption has ended.",
        {capability.capability_statement: edited(_legacy)},
    ),
)
