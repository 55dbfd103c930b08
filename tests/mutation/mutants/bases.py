"""What is mutated: every official example, and resources prepared from examples where these show too little."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from mutants.model import Base, Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mutants.packages import Packages

HREX = "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/"
HREX_PROFILES = {
    "ClaimResponse": "hrex-claimresponse",
    "Coverage": "hrex-coverage",
    "Organization": "hrex-organization",
    "Practitioner": "hrex-practitioner",
    "PractitionerRole": "hrex-practitionerrole",
    "Provenance": "hrex-provenance",
    "Task": "hrex-task-data-request",
}
"""HRex 1.0.0 examples claim nothing; they are judged by the guide's profile of their type."""

MOST_TEXT = 60_000


def examples(knows: Knowledge, packages: Packages) -> Iterator[Base]:
    """The examples of a realm's guides."""
    for identity in knows.realm.packages:
        for name, resource in packages[identity].examples():
            demanded: tuple[str, ...] = ()
            if identity.endswith("hrex#1.0.0"):
                profile = HREX_PROFILES.get(resource["resourceType"])
                demanded = (f"{HREX}{profile}|1.0.0",) if profile else ()
            if "div" in resource.get("text", {}) and not is_sound(resource["text"]["div"]):
                del resource["text"]
            yield Base(f"{identity}:{name}", resource, knows, demanded)


def is_sound(div: str) -> bool:
    """Whether a narrative is XML at all and of a size that does not slow the proof down; others are left out."""
    try:
        expat.ParserCreate().Parse(div, True)  # noqa: FBT003
    except expat.ExpatError:
        return False
    return len(div) < MOST_TEXT
