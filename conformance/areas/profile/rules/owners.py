"""Which row owns the errors of a resource by a profile, so that no error ends in no row and none in two that differ.

A pair of resource and profile that no row of its own owns belongs to PA-PROF-027; errors by profiles that a resource
claims and the target did not select belong to PA-PROF-028.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.shared.canonicals import C4BB, HREX, US_CORE
from conformance.areas.shared.routing import ABSTRACT_EOB, CLAIM_KINDS, PRIOR_AUTHORIZATION, claim_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

Resource = dict[str, Any]

PROBLEMS = f"{US_CORE}us-core-condition-problems-health-concerns"
LABORATORY = f"{US_CORE}us-core-observation-lab"
REFERENCED = ("Organization", "Practitioner", "PractitionerRole", "Location", "RelatedPerson", "Provenance")

ROW_OF_PROFILE: Mapping[str, str] = {
    f"{US_CORE}us-core-patient": "PA-PROF-001",
    f"{C4BB}C4BB-Patient": "PA-PROF-003",
    f"{HREX}hrex-coverage": "PA-PROF-004",
    f"{US_CORE}us-core-coverage": "PA-PROF-005",
    f"{C4BB}C4BB-Coverage": "PA-PROF-006",
    ABSTRACT_EOB: "PA-PROF-007",
    CLAIM_KINDS["inpatient"]: "PA-PROF-010",
    CLAIM_KINDS["outpatient"]: "PA-PROF-011",
    CLAIM_KINDS["professional"]: "PA-PROF-013",
    CLAIM_KINDS["pharmacy"]: "PA-PROF-014",
    CLAIM_KINDS["oral"]: "PA-PROF-015",
    PRIOR_AUTHORIZATION: "PA-PROF-017",
    PROBLEMS: "PA-PROF-018",
    f"{US_CORE}us-core-condition": "PA-PROF-018",
    f"{US_CORE}us-core-medicationrequest": "PA-PROF-019",
    LABORATORY: "PA-PROF-020",
    f"{US_CORE}us-core-documentreference": "PA-PROF-021",
    f"{US_CORE}us-core-allergyintolerance": "PA-PROF-022",
    f"{US_CORE}us-core-immunization": "PA-PROF-023",
    f"{US_CORE}us-core-procedure": "PA-PROF-024",
}


def claimed(resource: Resource) -> list[str]:
    """The canonicals in meta.profile, as written."""
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return [one for one in profiles if isinstance(one, str)] if isinstance(profiles, list) else []


def applicable(resource: Resource, routed: str, is_selected: Callable[[str], bool]) -> list[str]:
    """The profiles of selected guides that a resource is judged by: the one of its kind, and those it claims.

    A Condition that no category assigns is judged as a problem: each US Core profile of it demands its category.
    """
    names = [routed] if routed else []
    if not names and resource.get("resourceType") == "Condition" and is_selected(PROBLEMS):
        names = [PROBLEMS]
    names += [one for one in claimed(resource) if is_selected(one)]
    return list(dict.fromkeys(one.partition("|")[0] for one in names))


def owner(resource: Resource, profile: str, focal: Collection[str]) -> str:
    """The row that judges a resource by a profile; ``focal`` are the ``Type/id`` that claims name as focal coverage."""
    if resource.get("resourceType") in REFERENCED:
        return "PA-PROF-025"
    row = ROW_OF_PROFILE.get(profile, "PA-PROF-027")
    if row == "PA-PROF-006" and f"Coverage/{resource.get('id')}" not in focal:
        return "PA-PROF-027"
    if profile in CLAIM_KINDS.values() and CLAIM_KINDS.get(claim_kind(resource)) != profile:
        return "PA-PROF-008"
    return row


def focal_coverages(claims: Collection[Resource]) -> Iterator[str]:
    """``Type/id`` of the coverages that claims refer to as focal insurance."""
    for claim in claims:
        for entry in claim.get("insurance") or []:
            reference = (entry.get("coverage") or {}).get("reference") if isinstance(entry, dict) else None
            if isinstance(reference, str) and entry.get("focal") is True:
                yield "/".join(reference.partition("/_history")[0].split("/")[-2:])
