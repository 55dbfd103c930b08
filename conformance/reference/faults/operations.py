"""Faults of operations: what is claimed is no longer adopted."""

from __future__ import annotations

from typing import Any

from conformance.reference.authorization import discovery
from conformance.reference.faults.deviations import edited, without
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import capability

_SINCE_SMART_2 = ("permission-v1", "permission-v2", "authorize-post")


def _legacy(statement: dict[str, Any]) -> None:
    statement["implementationGuide"] = ["http://hl7.org/fhir/us/core/ImplementationGuide/hl7.fhir.us.core|3.1.1"]
    for resource in statement["rest"][0]["resource"]:
        resource["supportedProfile"] = [
            f"{url}|3.1.1" for url in resource.get("supportedProfile", []) if "/us/core/" in url
        ]


FAULTS = (
    Fault(
        "PA-OPS-001.legacy-guide",
        "operations.version.us-core",
        "Only US Core 3.1.1 is claimed, whose adoption has ended.",
        {capability.capability_statement: edited(_legacy)},
        target={"strict.PA-OPS-001": "gate"},
    ),
    Fault(
        "PA-OPS-001.legacy-launch",
        "operations.version.smart",
        "The SMART configuration is one of SMART 1.0, whose adoption has ended.",
        {
            discovery.smart_configuration: without("code_challenge_methods_supported"),
            discovery.capabilities: edited(lambda names: [name for name in names if name not in _SINCE_SMART_2]),
        },
    ),
    Fault(
        "PA-OPS-001.another-fhir",
        "operations.version.fhir",
        "metadata claims a version of FHIR that is not the adopted one.",
        {capability.capability_statement: edited(lambda statement: statement | {"fhirVersion": "4.3.0"})},
    ),
)
