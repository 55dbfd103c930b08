"""One search with each search parameter that the capability statement declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.discovery.rules.capability_statement import declared_resources, declared_search_parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.fhir import FhirClient
    from conformance.transport import Exchange

_PLAUSIBLE = {
    "date": "ge2016-01-01",
    "number": "1",
    "quantity": "1",
    "reference": "Patient/{patient}",
    "string": "a",
    "token": "a",
    "uri": "urn:oid:1.2.3",
}


def declared_parameters(
    statement: dict[str, Any], types: Sequence[str], *, patient: str, fhir: FhirClient
) -> dict[str, Exchange]:
    """The answers, by ``Type?parameter``, to one search with each declared parameter of ``types``."""
    answers: dict[str, Exchange] = {}
    declared = declared_resources(statement)
    for name in (name for name in types if name in declared):
        for parameter, kind in declared_search_parameters(declared[name]).items():
            answers[f"{name}?{parameter}"] = fhir.search(
                name, _query(name, parameter, kind, patient), purpose=f"declared parameter {parameter}"
            )
    return answers


def _query(name: str, parameter: str, kind: str, patient: str) -> dict[str, str]:
    value = _PLAUSIBLE.get(kind, "a").format(patient=patient)
    if parameter == "_id":
        value = patient
    anchor = {"_id": patient} if name == "Patient" else {"patient": patient}
    return {**anchor, parameter: value}
