"""The forms of a search for everything of one type: by patient alone, or by the combinations a guide requires."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.collection.gathering import Gatherer, Listing

TOO_WIDE = frozenset(range(400, 500)) - {401, 403, 404}
"""The statuses of a refusal that may mean that the search lacks a parameter."""

PATIENT_ALONE_IS_OPTIONAL = frozenset({"CarePlan", "CareTeam", "MedicationRequest", "Observation"})
"""The types whose ``patient`` alone is MAY in us-core-server 6.1.0, the combinations below being SHALL."""

NARROWER: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "CarePlan": ({"category": "assess-plan"},),
    "CareTeam": ({"status": "proposed,active,suspended,inactive,entered-in-error"},),
    "Condition": tuple({"category": code} for code in ("problem-list-item", "health-concern", "encounter-diagnosis")),
    "DocumentReference": ({"category": "clinical-note"},),
    "MedicationRequest": tuple({"intent": code} for code in ("order", "plan", "proposal", "original-order")),
    "Observation": tuple(
        {"category": code}
        for code in ("laboratory", "vital-signs", "social-history", "survey", "sdoh", "exam", "imaging", "procedure")
    ),
}
"""What to add where a server refuses a search by patient alone (US Core 6.1.0 obliges it to these combinations)."""

STATUSES: Mapping[str, tuple[str, ...]] = {
    "DocumentReference": ("current", "superseded", "entered-in-error"),
    "Immunization": ("completed", "entered-in-error", "not-done"),
    "MedicationRequest": (
        *("active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"),
    ),
    "Observation": (
        *("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"),
    ),
    "Procedure": (
        *("preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"),
    ),
}
"""Every status of the types for which US Core lets a server require one (R4 required bindings)."""


def searched(gatherer: Gatherer, type_name: str, sent: Mapping[str, str]) -> list[Listing]:
    """The search of a type; where it is refused as too wide, the first set of narrower ones that is answered.

    Where no form is answered, the refused search that the server is obliged to answer.
    """
    whole = gatherer.search(type_name, sent)
    if whole.first.status not in TOO_WIDE:
        return [whole]
    refused = [whole]
    for forms in _narrower(type_name):
        parts = [gatherer.search(type_name, {**sent, **more}) for more in forms]
        if found := [part for part in parts if part.first.status == 200]:
            return found
        refused += parts
    return refused[1:2] if type_name in PATIENT_ALONE_IS_OPTIONAL and len(refused) > 1 else [whole]


def _narrower(type_name: str) -> Iterator[tuple[Mapping[str, str], ...]]:
    """The combinations, then every status (a server may require one), then the combinations with every status."""
    narrower = NARROWER.get(type_name, ())
    status = {"status": ",".join(STATUSES[type_name])} if type_name in STATUSES else {}
    if narrower:
        yield narrower
    if status:
        yield (status,)
    if narrower and status:
        yield tuple({**form, **status} for form in narrower)
