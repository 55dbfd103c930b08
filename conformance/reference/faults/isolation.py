"""Faults of isolation: one member sees what belongs to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.faults.deviations import yes
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, matching, paging
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _every_patient(original: Step, call: Any, record: Any) -> bool:
    return record.type == "Patient" or bool(original(call, record))


def _parameter_decides(original: Step, call: Any) -> Any:
    """Search is narrowed to the open record only when no patient is named."""
    named = any(name.partition(":")[0] in ("patient", "subject") for name, _ in [*call.query, *call.form])
    return ("1", []) if named else original(call)


def _for_anybody(original: Step, call: Any, name: str) -> Any:
    link = call.tenant.state.pages.get(name)
    return link or original(call, name)


def _exists_but_forbidden(original: Step, call: Any, record: Any) -> bool:
    if not original(call, record):
        raise FhirError(403, "forbidden", "This record is not yours.")
    return True


FAULTS = (
    Fault(
        "PA-ISO-001.any-patient",
        "isolation.read",
        "Any Patient can be read by its id.",
        {access.in_compartment: _every_patient},
    ),
    Fault(
        "PA-ISO-002.any-id",
        "isolation.read",
        "Every record can be read by its id.",
        {access.in_compartment: yes},
    ),
    Fault(
        "PA-ISO-003.parameter-decides",
        "isolation.search",
        "A search goes by its patient parameter, whoever's record is open.",
        {matching.compartment: _parameter_decides},
    ),
    Fault(
        "PA-ISO-008.pages-for-anybody",
        "isolation.page",
        "A page link works for whoever has it.",
        {paging.opened: _for_anybody},
    ),
    Fault(
        "PA-ISO-015.existence-told",
        "isolation.existence",
        "Somebody else's record answers 403, an unknown id 404.",
        {access.in_compartment: _exists_but_forbidden},
    ),
)
