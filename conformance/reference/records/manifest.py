"""The fixture manifest: what each member's record holds and what is special about it, as a payer writes it for its own.

The format is that of the harness (`fixtures.schema.json`); a test holds the two together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.fhir.parameters import FHIR, TYPES, US_CORE
from conformance.reference.fhir.store import DELETED, LIVE, WITHHELD
from conformance.reference.records.chart import named
from conformance.reference.records.identities import DANIEL, MARIA, NOOR, WALTER

if TYPE_CHECKING:
    from conformance.reference.records.chart import Chart
    from conformance.reference.records.stories import Population

TARGET_KEYS = {MARIA.key: "a", WALTER.key: "b", DANIEL.key: "representative", NOOR.key: "empty"}
DATA_CLASSES = (
    *("allergies", "clinical-notes", "demographics", "documents", "encounters", "health-insurance", "health-status"),
    *("immunizations", "laboratory", "medications", "problems", "procedures", "provenance", "vital-signs"),
)
_NO_COMPONENTS = [f"Observation.component{part}" for part in ("", ".code", ".value[x]", ".dataAbsentReason")]
NEVER_SEEN: dict[str, list[str]] = {
    f"{FHIR}/us/carin-bb/StructureDefinition/C4BB-Patient": ["Patient.deceased[x]:deceasedDateTime"],
    f"{US_CORE}/us-core-blood-pressure": ["Observation.value[x]"],
    f"{US_CORE}/us-core-body-height": _NO_COMPONENTS,
    f"{US_CORE}/us-core-body-weight": _NO_COMPONENTS,
    f"{US_CORE}/us-core-heart-rate": _NO_COMPONENTS,
    f"{US_CORE}/us-core-procedure": ["Procedure.basedOn"],
}
"""Members a and b are alive; vital signs of one value have no components; orders are not kept."""

UNSAID = frozenset({f"{US_CORE}/us-core-allergyintolerance"})
"""Profiles of which the manifest promises nothing, as a payer's may: what is not seen of them is an advisory."""


def manifest(population: Population) -> dict[str, Any]:
    """The manifest of a population."""
    charts = [chart for chart in population.charts if chart.member is not None]
    return {
        "format": 1,
        "as_of": charts[0].base.isoformat(),
        "data_classes": list(DATA_CLASSES),
        "members": {TARGET_KEYS.get(_key(chart), _key(chart)): member(chart) for chart in charts},
        "must_support": {
            url: _promise(url) for served in TYPES.values() for url in served.profiles if url not in UNSAID
        },
    }


def _key(chart: Chart) -> str:
    assert chart.member is not None
    return chart.member.key


def _promise(url: str) -> Any:
    """Members a and b together show it all; relatives are in the records of others."""
    if url.endswith(("RelatedPerson", "relatedperson")):
        return "all"
    return {"all_but": NEVER_SEEN.get(url, []), "members": [TARGET_KEYS[MARIA.key], TARGET_KEYS[WALTER.key]]}


def member(chart: Chart) -> dict[str, Any]:
    """One member's record: what is there, with its facts, and what is not there any more."""
    states = {named(entry.resource): entry.state for entry in chart.entries}
    found: dict[str, Any] = {"patient": chart.owner, "complete": True, "resources": {}}
    gone: dict[int, dict[str, list[str]]] = {DELETED: {}, WITHHELD: {}}
    for name, state in states.items():
        type_name, _, logical_id = name.partition("/")
        if state == LIVE and type_name in TYPES:
            facts = {fact: value for fact, value in chart.facts.get(name, {}).items() if value != []}
            found["resources"].setdefault(type_name, []).append({"id": logical_id, **facts})
        elif state != LIVE:
            gone[state].setdefault(type_name, []).append(logical_id)
    names = {DELETED: "deleted", WITHHELD: "withheld"}
    return found | {names[state]: ids for state, ids in gone.items() if ids}
