"""Which profiles a resource is judged by: what it claims, what the caller asks for, what its codes imply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.guides import later
from conformance.validator.definitions import CORE
from conformance.validator.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.validator.definitions import Structure
    from conformance.validator.lookup import Lookup

VITAL_SIGNS = {
    "85353-1": "vitalspanel",
    "9279-1": "resprate",
    "8867-4": "heartrate",
    "2708-6": "oxygensat",
    "8310-5": "bodytemp",
    "8302-2": "bodyheight",
    "9843-4": "headcircum",
    "29463-7": "bodyweight",
    "39156-5": "bmi",
    "85354-9": "bp",
}
"""LOINC codes that make an Observation a vital sign, with the profile of FHIR R4 that it must meet then
(FHIR R4, observation-vitalsigns). Judged where nothing else is claimed, at hand or not: profiles of guides may depart
from those of R4 (US Core asks pulse oximetry for a unit that R4's value set lacks)."""


class Judged(NamedTuple):
    """The structures a resource is judged by, its type's first, and what is wrong with what it claims."""

    structures: tuple[Structure, ...]
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...]


def claimed(resource: dict[str, Any]) -> tuple[str, ...]:
    """``meta.profile`` as far as it is a list of strings."""
    meta = resource.get("meta")
    profiles = meta.get("profile") if meta.__class__ is dict else None
    if profiles.__class__ is not list:
        return ()
    return tuple([one for one in profiles if one.__class__ is str])


def implied(resource: dict[str, Any]) -> str:
    """The vital-signs profile that an Observation's code implies; empty for none."""
    code = resource.get("code")
    codings = code.get("coding") if code.__class__ is dict else None
    for coding in codings if codings.__class__ is list else ():
        if coding.__class__ is dict and coding.get("system") == "http://loinc.org":
            name = VITAL_SIGNS.get(coding["code"]) if coding.get("code").__class__ is str else None
            if name:
                return f"{CORE}{name}"
    return ""


def judged_by(lookup: Lookup, code: str, claims: Sequence[str], demanded: Sequence[Structure]) -> Judged:
    """Resolve what a resource of type ``code`` claims; ``demanded`` profiles apply as they are."""
    base = lookup.definitions.type(code)
    structures: dict[Structure, None] = {} if base is None else {base: None}
    problems: list[Problem] = []
    unknown: list[str] = []
    for index, claim in enumerate(claims):
        structure = lookup.definitions.named(claim)
        path = f".meta.profile[{index}]"
        if structure is None:
            unknown.append(claim)
            where = _elsewhere(lookup, claim)
            message = f"This profile is not at hand{where}, so that the resource is not judged by it."
            problems.append(Problem("profile.unknown", message, severity="warning", path=path, found=claim))
        elif structure.type not in lookup.definitions.ancestors(code):
            message = f"This profile is for {structure.type}; the resource is a {code}."
            problems.append(Problem("profile.type", message, path=path, expected=structure.type, found=claim))
        else:
            structures.update(dict.fromkeys(with_imposed(lookup, structure)))
    for structure in demanded:
        if structure.type in lookup.definitions.ancestors(code):
            structures.update(dict.fromkeys(with_imposed(lookup, structure)))
        else:
            message = f"The profile asked for is for {structure.type}; the resource is a {code}."
            problems.append(
                Problem("profile.type", message, expected=structure.type, found=code, profile=structure.canonical)
            )
    return Judged(tuple(structures), tuple(problems), tuple(unknown))


def _elsewhere(lookup: Lookup, claim: str) -> str:
    """Where a profile is defined that the selected version of its guide does not define."""
    other = lookup.definitions.structure(claim)
    if other is not None:
        return f" at the version selected ({lookup.definitions.guides.label(other.package)} defines it)"
    if owner := later.defined_by(claim):
        return f" ({owner} defines it)"
    version = claim.partition("|")[2]
    known = version and lookup.definitions.structure(claim.partition("|")[0]) is not None
    return f" at version {version}" if known else ""


def with_imposed(lookup: Lookup, structure: Structure) -> list[Structure]:
    """A profile and those it imposes on whatever claims it (extension structuredefinition-imposeProfile)."""
    found = [structure]
    for one in found:
        for canonical in one.table.get("imposeProfile", ()):
            imposed = lookup.definitions.structure(canonical, one.package)
            if imposed is not None and imposed not in found:
                found.append(imposed)
    return found
