"""What happened to whom: the population as entries to be stored, and what is special about them.

Maria (a) and Walter (b) are unrelated members with long records; Ruth is the subscriber of a family and represents her
children Daniel and Grace and her late husband Emeka; Noor has just enrolled and has nothing but her name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reference.fhir.store import LIVE, Entry
from conformance.reference.records import clinical, coverage, family, maria, maria_claims, walter
from conformance.reference.records.chart import Chart, named
from conformance.reference.records.identities import DANIEL, EMEKA, GRACE, MARIA, NOOR, RUTH, WALTER
from conformance.reference.records.network import network

if TYPE_CHECKING:
    from datetime import date

    from conformance.reference.records.network import Network

PROVENANCE_TYPES = (
    *("Patient", "Coverage", "Condition", "MedicationRequest", "Observation", "DocumentReference"),
    *("AllergyIntolerance", "Immunization", "Procedure", "Encounter", "RelatedPerson", "ExplanationOfBenefit"),
)
ROUTINE = 12
MANY = 5000


@dataclass(frozen=True, slots=True)
class Population:
    """The charts: the network's, then one per member."""

    charts: tuple[Chart, ...]

    @property
    def entries(self) -> list[Entry]:
        """Every entry to be stored."""
        return [entry for chart in self.charts for entry in chart.entries]


def standard(base: date) -> Population:
    """The population of the demo."""
    return with_claims(base, ROUTINE)


def large(base: date) -> Population:
    """The same, but Maria has 5,000 claims."""
    return with_claims(base, MANY)


def with_claims(base: date, routine_claims: int) -> Population:
    """The population with so many routine claims of Maria's; she has some thirty others."""
    nobody, a, b, newcomer = Chart(base), Chart(base, MARIA), Chart(base, WALTER), Chart(base, NOOR)
    net = network(nobody)
    maria_claims.write(a, net, maria.write(a, net), routine_claims=routine_claims)
    walter.write(b, net)
    relatives = [Chart(base, member) for member in (RUTH, DANIEL, EMEKA, GRACE)]
    for relative in relatives:
        family.write(relative, net)
    coverage.patient(newcomer)
    for chart in (a, b, *relatives):
        _provenance(chart, net)
    return Population((nobody, a, b, *relatives, newcomer))


def _provenance(chart: Chart, net: Network) -> None:
    """One Provenance per type, for all its records in this chart."""
    for type_name in PROVENANCE_TYPES:
        states = {named(entry.resource): entry.state for entry in chart.entries if _is(entry, type_name)}
        targets = [name for name, state in states.items() if state == LIVE]
        if targets:
            clinical.provenance(chart, type_name.lower(), -3, targets, net)


def _is(entry: Entry, type_name: str) -> bool:
    return bool(entry.resource["resourceType"] == type_name)
