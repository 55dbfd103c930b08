"""Searches of what is the member's own: the Patient, coverages, conditions by category, documents by ``$docref``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.search.rules.patients import PatientSearch, describing, not_describing, only_of
from conformance.areas.shared.absence import search_failed
from conformance.areas.shared.evidence import CategorySearches, CoverageSearches
from conformance.areas.shared.fixtures.search import evidence_of
from conformance.errors import NotApplicable, Undecided
from conformance.fhir.capability import operations_on

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.areas.search.probes.prober import Prober
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.engine.run import Run

Resource = dict[str, Any]

_CATEGORY_SYSTEMS = {
    "problem-list-item": "http://terminology.hl7.org/CodeSystem/condition-category",
    "health-concern": "http://hl7.org/fhir/us/core/CodeSystem/condition-category",
}


def patients(prober: Prober, other: Resource) -> list[PatientSearch]:
    """Searches that describe the member, nearly the member, and where there is one, the ``other`` member's Patient."""
    own = next((each for each in prober.by_patient("Patient").matches if each.get("id") == prober.patient), None)
    if own is None:
        raise search_failed("Patient?_id= does not find the member")
    asked = [(pairs, True) for pairs in describing(own)]
    asked += [(pairs, False) for pairs in [*not_describing(own), *(only_of(other, own) if other else [])]]
    searches = prober.searches("Patient", [pairs for pairs, _ in asked])
    return [PatientSearch(*each, search) for each, search in zip(asked, searches, strict=True)]


def coverages(prober: Prober) -> CoverageSearches:
    """The searches that guides require of Coverage."""
    by_patient = prober.by_patient("Coverage")
    ids = [match["id"] for match in by_patient.matches if isinstance(match.get("id"), str)]
    if by_patient.first.status == 200 and not ids:
        raise Undecided("member a has no Coverage; give a member who is covered")
    known = ids[0] if ids else "unknown"
    return CoverageSearches(
        identity=f"Coverage/{known}",
        by_patient=by_patient,
        by_id=prober.search("Coverage", ("_id", known)),
        with_payor=prober.search("Coverage", ("_id", known), ("_include", "Coverage:payor")),
        by_last_updated=prober.search("Coverage", ("_id", known), ("_lastUpdated", "ge2000-01-01")),
    )


def conditions(prober: Prober) -> CategorySearches:
    """Conditions by patient, and by each category as a code and as system|code."""
    whole = prober.by_patient("Condition")
    if whole.first.status == 200 and not whole.matches:
        raise Undecided("member a has no Condition; give a member with problems")
    tokens = [token for code, system in _CATEGORY_SYSTEMS.items() for token in (code, f"{system}|{code}")]
    own = ("patient", prober.patient)
    searches = {token: prober.search("Condition", own, ("category", token)) for token in tokens}
    return CategorySearches(whole, searches, prober.patient)


def document_operations(run: Run, statement: Resource) -> dict[str, str]:
    """The operations that the capability statement declares on DocumentReference, with those of the whole system.

    Raise :class:`NotApplicable` where the target says that ``$docref`` is not offered.
    """
    if run.target.offers("$docref") is False:
        raise NotApplicable("the target does not offer $docref")
    return operations_on(statement, "DocumentReference")


def documents(prober: Prober, operations: Collection[str]) -> list[SearchEvidence]:
    """What ``$docref`` finds; nothing where it is not among the declared ``operations``."""
    if "docref" not in operations:
        return []
    return [evidence_of(prober.gatherer.operation("DocumentReference/$docref", {"patient": prober.patient}))]
