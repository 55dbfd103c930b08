"""Searches for what comes with the matches: includes of claims, and Provenance."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.compartment import target_of
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.search_includes import CLAIM_INCLUDES, Compared, Including, Reverse
from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.search.probes.prober import Prober
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.collection import Collection
    from conformance.transport import Exchange

Resource = dict[str, Any]
CLAIM = "ExplanationOfBenefit"
MAX_PAGES_INCLUDED = 3
MAX_COMPARED = 40
_WITH_PROVENANCE = (
    *("AllergyIntolerance", "Condition", "Coverage", "DocumentReference", "Encounter", "Immunization"),
    *("MedicationRequest", "Observation", "Procedure"),
)


def including(prober: Prober, parameter: str, path: str, *more: tuple[str, str]) -> Including:
    """The claims of the patient with an include, some pages of them."""
    prober.whole(CLAIM)
    asked = (("patient", prober.patient), ("_include", f"{CLAIM}:{parameter}"), *more, ("_count", "50"))
    search = prober.search(CLAIM, *asked, most=MAX_PAGES_INCLUDED)
    return Including(parameter, path, search, prober.base, prober.opens)


def single(prober: Prober) -> list[Including]:
    """The claims with each include that CARIN BB requires."""
    return [including(prober, name, path) for name, path in CLAIM_INCLUDES.items()]


def wildcard(prober: Prober) -> Including:
    """The claims with everything they refer to."""
    return including(prober, "*", "")


def payers(prober: Prober) -> SearchEvidence:
    """The claims with their coverages, and the payers of these."""
    return including(prober, "coverage", CLAIM_INCLUDES["coverage"], ("_include:iterate", "Coverage:payor")).search


def compared(prober: Prober, singles: Sequence[Including]) -> list[Compared]:
    """Each included resource, some of each include, beside a direct read or a read of the version referred to."""
    wanted: dict[str, tuple[Resource, int, str]] = {}
    for each in singles:
        versions = _versions(each.search.matches)
        for resource in each.search.includes[: MAX_COMPARED // len(singles) + 1]:
            name = identity(resource)
            wanted.setdefault(name, (resource, each.search.first.number, versions.get(name, "")))
    if not wanted:
        raise Undecided("no include returned anything, see PA-SRCH-027", blocked_by="PA-SRCH-027")
    gatherer = prober.gatherer

    def read(name: str, version: str) -> Exchange:
        type_name, _, own = name.partition("/")
        if version:
            return gatherer.client.vread(type_name, own, version, purpose="the version that a reference names")
        return gatherer.read(type_name, own, purpose="what a search included")

    answers = gatherer.parallel([partial(read, name, found[2]) for name, found in wanted.items()])
    return [
        Compared(resource, number, answer)
        for (resource, number, _), answer in zip(wanted.values(), answers, strict=True)
    ]


def _versions(node: Any) -> dict[str, str]:
    """``Type/id`` to the version that some reference to it names."""
    if isinstance(node, list):
        return {name: version for item in node for name, version in _versions(item).items()}
    if not isinstance(node, dict):
        return {}
    text = node.get("reference")
    own = {target_of(text): text.rpartition("/")[2]} if isinstance(text, str) and "/_history/" in text else {}
    return own | {name: version for value in node.values() for name, version in _versions(value).items()}


def with_provenance(prober: Prober, types: Sequence[str], collection: Collection) -> list[Reverse]:
    """Each searched type of US Core with its Provenance, beside all Provenance that is known of the member."""
    if not prober.opens("Provenance"):
        raise Undecided("no scope for Provenance was granted; add patient/Provenance.read to scopes")
    known = collection.of("Provenance")
    found = []
    for name in (name for name in types if name in _WITH_PROVENANCE):
        beside = prober.beside(name)
        plain = prober.search(name, *beside)
        if plain.matches:
            found.append(Reverse(plain, prober.search(name, *beside, ("_revinclude", "Provenance:target")), known))
    return found
