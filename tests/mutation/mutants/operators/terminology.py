"""Codes outside their bindings (ElementDefinition.binding), where the packages decide membership."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mutants.edit import extended, put
from mutants.model import Base, Fault, Operator, shuffled
from mutants.slices import codings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from mutants.definitions import Node
    from mutants.places import Place
    from mutants.valuesets import ValueSet

MAX = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BB"
US_CORE = "http://hl7.org/fhir/us/core/CodeSystem/"
WHOLE_SYSTEMS = frozenset(
    {f"{C4BB}{name}" for name in ("Adjudication", "ClaimCareTeamRole", "IdentifierType", "SupportingInfoType")}
    | {f"{US_CORE}{name}" for name in ("condition-category", "us-core-documentreference-category", "us-core-category")}
)
"""Code systems that the guides keep themselves and have whole."""
NONSENSE = "zz-no-such-code"
ELSEWHERE = "http://example.org/fhir/CodeSystem/elsewhere"


class Bound(NamedTuple):
    """A coded value, one binding of it, and the value set."""

    place: Place
    node: Node
    value_set: str
    members: ValueSet


def bound(base: Base, rng: Random, strength: str, types: set[str]) -> Iterator[Bound]:
    """Values of these types with a binding of that strength that the packages decide."""
    for place in shuffled(base.places, rng):
        if place.code not in types or place.element is None or place.path[-1] == "url":
            continue
        for node in [place.element.base, *place.nodes]:
            spoken = node.element.get("binding", {})
            value_set = spoken.get("valueSet", "") if spoken.get("strength") == strength else ""
            if not value_set:
                continue
            members = base.knows.value_sets.get(value_set, node.structure.package)
            if members.is_open_to_judgement and any(members.contains(*one) for one in codings(place.value)):
                yield Bound(place, node, value_set, members)
                break


def replaced(base: Base, one: Bound, value: Any) -> Iterator[Fault]:
    """The fault of putting ``value`` there, if no coding of it may be in the set and its definition still applies."""
    if any(one.members.may_contain(*coding) for coding in codings(value)):
        return
    mutant = put(base.resource, one.place.path, value)
    if not one.node.is_slice or base.still_holds(mutant, one.place.path, one.node):
        yield Fault(mutant, one.place.path, f"{one.node.cited} binding {one.value_set}")


def codes_changed(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A Coding or CodeableConcept with every coding changed."""
    if "coding" in value:
        return {**value, "coding": [change(coding) for coding in value["coding"]]}
    return change(value)


def wrong_code(base: Base, rng: Random) -> Iterator[Fault]:
    """A plain code that the required value set does not have."""
    for one in bound(base, rng, "required", {"code"}):
        yield from replaced(base, one, NONSENSE)


def wrong_case(base: Base, rng: Random) -> Iterator[Fault]:
    """Codes of case-sensitive systems written in capitals."""
    for one in bound(base, rng, "required", {"code"}):
        within = one.node.structure.package
        if all(base.knows.value_sets.is_case_sensitive(system, within) for system in one.members.systems):
            yield from replaced(base, one, one.place.value.upper())


def wrong_concept(base: Base, rng: Random) -> Iterator[Fault]:
    """Right systems, codes that they do not have."""
    for one in bound(base, rng, "required", {"Coding", "CodeableConcept"}):
        yield from replaced(base, one, codes_changed(one.place.value, lambda coding: {**coding, "code": NONSENSE}))


def wrong_system(base: Base, rng: Random) -> Iterator[Fault]:
    """Right codes, in a system that the required value set does not draw on."""
    for one in bound(base, rng, "required", {"Coding", "CodeableConcept"}):
        yield from replaced(base, one, codes_changed(one.place.value, lambda coding: {**coding, "system": ELSEWHERE}))


def text_alone(base: Base, rng: Random) -> Iterator[Fault]:
    """A required binding asks for a coding; text alone is none."""
    for one in bound(base, rng, "required", {"CodeableConcept"}):
        yield from replaced(base, one, {"text": "in words only"})


def not_extensible(base: Base, rng: Random) -> Iterator[Fault]:
    """No coding from an extensible value set: said, but no error."""
    for one in bound(base, rng, "extensible", {"Coding", "CodeableConcept"}):
        strengths = {node.element.get("binding", {}).get("strength") for node in one.place.speaking()}
        if "required" not in strengths:
            yield from replaced(base, one, codes_changed(one.place.value, lambda coding: {**coding, "code": NONSENSE}))


def beyond_max(base: Base, rng: Random) -> Iterator[Fault]:
    """The maxValueSet extension of a binding: no code outside that set, here of languages (BCP 47)."""
    root = base.places[0]
    for node in root.content:
        child = node.child("language")
        for extension in child.element.get("binding", {}).get("extension", ()) if child is not None else ():
            if extension["url"] == MAX and extension.get("valueCanonical", "").endswith("all-languages"):
                mutant = {**base.resource, "language": rng.choice(["en_US", "english language", "e"])}
                yield Fault(mutant, ("language",), f"{child.cited if child else ''} maxValueSet")
                return


def wrong_currency(base: Base, rng: Random) -> Iterator[Fault]:
    """Money.currency is a code of ISO 4217."""
    for place in shuffled(base.places, rng):
        if place.path[-1:] == ("currency",) and place.code == "code":
            wrong = rng.choice(["QQQ", "usd", "US$", "DOLLAR"])
            yield Fault(put(base.resource, place.path, wrong), place.path, "Money#Money.currency binding ISO 4217")


def wrong_media_type(base: Base, rng: Random) -> Iterator[Fault]:
    """Attachment.contentType is a media type of BCP 13."""
    for place in shuffled(base.places, rng):
        if place.path[-1:] == ("contentType",) and place.code == "code":
            wrong = rng.choice(["pdf", "text plain", "/json"])
            mutant = put(base.resource, place.path, wrong)
            yield Fault(mutant, place.path, "Attachment#Attachment.contentType binding BCP 13")


def coded(base: Base, rng: Random) -> list[Place]:
    """Codings with a system and a code."""
    found = (one for one in base.places if one.code == "Coding" and isinstance(one.value, dict))
    return shuffled((one for one in found if {"system", "code"} <= one.value.keys()), rng)


def undefined(base: Base, rng: Random) -> Iterator[Fault]:
    """A code that its own complete code system does not define, bound or not."""
    for place in coded(base, rng):
        if place.value["system"] in WHOLE_SYSTEMS and "version" not in place.value:
            mutant = extended(base.resource, place.path, code=NONSENSE)
            yield Fault(mutant, place.path, f"Coding#Coding.code, defined by {place.value['system']}")


def relative_system(base: Base, rng: Random) -> Iterator[Fault]:
    """A code system is named by an absolute URI, and not by that of a value set."""
    wrong = ("loinc", "/codes", "http:", "http://hl7.org/fhir/ValueSet/observation-status")
    for place in coded(base, rng):
        mutant = extended(base.resource, place.path, system=rng.choice(wrong))
        yield Fault(mutant, place.path, "Coding#Coding.system")


def relative_namespace(base: Base, rng: Random) -> Iterator[Fault]:
    """An identifier's system is named by an absolute URI."""
    for place in shuffled(base.places, rng):
        if place.code == "Identifier" and isinstance(place.value, dict) and "system" in place.value:
            mutant = extended(base.resource, place.path, system=rng.choice(["us-mbi", "/ids", "https:"]))
            yield Fault(mutant, place.path, "Identifier#Identifier.system")


REQUIRED = ("binding.required", "slicing", "pattern", "fixed")

OPERATORS = (
    Operator("code outside a required set", wrong_code, REQUIRED),
    Operator("code in wrong case", wrong_case, REQUIRED),
    Operator("concept outside a required set", wrong_concept, REQUIRED),
    Operator("right code, wrong system", wrong_system, REQUIRED),
    Operator("text where a coding is required", text_alone, REQUIRED),
    Operator("concept outside an extensible set", not_extensible, ("binding.extensible",), severity="warning"),
    Operator("code beyond the maximum set", beyond_max, ("binding.max", "format")),
    Operator("currency outside ISO 4217", wrong_currency, REQUIRED),
    Operator("media type that is none", wrong_media_type, REQUIRED),
    Operator("code that its system does not define", undefined, ("coding.code", *REQUIRED, "invariant")),
    Operator("relative code system", relative_system, ("coding.system", *REQUIRED, "invariant")),
    Operator("relative identifier system", relative_namespace, ("identifier.system", *REQUIRED, "invariant")),
)
