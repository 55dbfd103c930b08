"""What happened to whom: the population as entries to be stored.

Maria (a) and Walter (b) are unrelated members with long records; Ruth is the subscriber of a family and represents her
children Daniel and Grace; Noor has just enrolled and has nothing but her name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.fhir.store import LIVE, Entry
from conformance.reference.records import clinical, coverage, family, maria, walter
from conformance.reference.records.chart import Chart
from conformance.reference.records.identities import DANIEL, GRACE, MARIA, NOOR, RUTH, WALTER
from conformance.reference.records.network import network

if TYPE_CHECKING:
    from datetime import date


def population(base: date) -> list[Entry]:
    """Every entry of the standard population, as of a base date."""
    nobody = Chart(base)
    net = network(nobody)
    charts = [nobody]
    for member, write in ((MARIA, maria.write), (WALTER, walter.write)):
        chart = Chart(base, member)
        write(chart, net)
        charts.append(chart)
    for member in (RUTH, DANIEL, GRACE):
        chart = Chart(base, member)
        family.write(chart, net)
        charts.append(chart)
    newcomer = Chart(base, NOOR)
    coverage.patient(newcomer)
    charts.append(newcomer)
    for chart in charts[1:-1]:
        _provenance(chart, net.internist, net.clinic, net.plan)
    return [entry for chart in charts for entry in chart.entries]


PROVENANCE_TYPES = (
    *("Patient", "Coverage", "Condition", "MedicationRequest", "Observation", "DocumentReference"),
    *("AllergyIntolerance", "Immunization", "Procedure", "Encounter", "RelatedPerson", "ExplanationOfBenefit"),
)


def _provenance(chart: Chart, author: str, organization: str, plan: str) -> None:
    """One Provenance per type, for all its records in this chart."""
    for type_name in PROVENANCE_TYPES:
        current = {entry.resource["id"]: entry.state for entry in chart.entries if is_a(entry, type_name)}
        targets = [f"{type_name}/{logical_id}" for logical_id, state in current.items() if state == LIVE]
        if targets:
            clinical.provenance(chart, type_name.lower(), -3, targets, author, organization, plan)


def is_a(entry: Entry, type_name: str) -> bool:
    """Whether an entry is of a type."""
    return bool(entry.resource["resourceType"] == type_name)
