"""Faults of scopes: what is granted, and whether the API goes by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import scopes, signin
from conformance.reference.authorization.scopes import ResourceScope
from conformance.reference.faults.deviations import edited
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from conformance.reference.steps import Step

ALL = [ResourceScope("patient/*.rs", "*", "rs")]


def _opens_coverage(original: Step, call: Any, type_name: str, letter: str) -> list[ResourceScope]:
    found: list[ResourceScope] = original(call, type_name, letter)
    if type_name == "Coverage" and not found and original(call, "Patient", letter):
        return ALL
    return found


def _says_unauthorized(original: Step, call: Any, type_name: str, letter: str) -> Any:
    try:
        return original(call, type_name, letter)
    except FhirError as error:
        raise FhirError(401, "login", "Not allowed.", error.challenge) from None


FAULTS = (
    Fault(
        "PA-SCOP-001.coverage-dropped",
        "scope.not-granted",
        "patient/Coverage.read is dropped from every grant.",
        {signin.granted_scope: edited(lambda granted: [each for each in granted if "/Coverage." not in each])},
    ),
    Fault(
        "PA-SCOP-002.patient-opens-coverage",
        "scope.not-enforced",
        "A grant for Patient opens Coverage too.",
        {access.scopes_for: _opens_coverage},
    ),
    Fault(
        "PA-SCOP-014.letters-in-any-order",
        "scope.undefined-granted",
        "patient/Observation.dus is granted as it was asked for.",
        {scopes.resource_scope_text: lambda original, tenant, word: original(tenant, word) or word},
    ),
    Fault(
        "PA-SCOP-017.refused-as-unauthorized",
        "scope.status",
        "A type that was not granted answers 401.",
        {access.require_scope: _says_unauthorized},
    ),
)
