"""References to what may not stand there (ElementDefinition.type.targetProfile; FHIR R4, references 2.3.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants.edit import add, extended, put
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from mutants.definitions import Node
    from mutants.places import Place

IMPOSSIBLE = ("{kind}/{id} ", "{kind}/a_b", "{kind}/{id}!", "urn:uuid:{id}", "urn:oid:x", "{kind}/ {id}")
SUSPICIOUS = ("{id}", "{lower}/{id}", "{kind}s/{id}", "/{kind}/{id}", "{kind}/{id}/", "{kind}/", "Unheard/{id}")
OTHERS = ("Basic", "Schedule", "Linkage", "VisionPrescription", "Group", "Device", "Location", "Patient", "Medication")


def references(base: Base, rng: Random) -> list[Place]:
    """The references of a resource that have an address."""
    found = (one for one in base.places if one.code == "Reference" and isinstance(one.value, dict))
    return shuffled((one for one in found if isinstance(one.value.get("reference"), str)), rng)


def targets(base: Base, node: Node) -> set[str]:
    """The resource types that a definition lets a reference point to; empty for any."""
    found: set[str] = set()
    for code, entry in node.types:
        for canonical in entry.get("targetProfile", ()) if code == "Reference" else ():
            structure = base.knows.definitions.structure(canonical, node.structure.package)
            if structure is None or structure.type in {"Resource", "DomainResource"}:
                return set()
            found.add(structure.type)
    return found


def restricted(base: Base, rng: Random) -> Iterator[tuple[Place, Node, str]]:
    """References with a definition that restricts them, and a type that it rules out."""
    for place in references(base, rng):
        element = place.element
        for node in shuffled([*([element.base] if element else []), *place.nodes], rng):
            allowed = targets(base, node)
            if allowed and not node.is_slice:
                yield place, node, rng.choice([one for one in OTHERS if one not in allowed])


def wrong_type(base: Base, rng: Random) -> Iterator[Fault]:
    """A relative address of a type that is no target."""
    for place, node, wrong in restricted(base, rng):
        mutant = put(base.resource, place.path, {"reference": f"{wrong}/some-id"})
        yield Fault(mutant, place.path, f"{node.cited} targetProfile")


def wrong_type_absolute(base: Base, rng: Random) -> Iterator[Fault]:
    """An absolute address of a type that is no target."""
    for place, node, wrong in restricted(base, rng):
        mutant = put(base.resource, place.path, {"reference": f"https://example.org/fhir/{wrong}/some-id/_history/2"})
        yield Fault(mutant, place.path, f"{node.cited} targetProfile")


def wrong_type_of_profile(base: Base, rng: Random) -> Iterator[Fault]:
    """A type that the base allows and the profile does not."""
    for place in references(base, rng):
        allowed_by_base = targets(base, place.element.base) if place.element else set()
        for node in place.nodes:
            allowed = targets(base, node)
            wider = sorted((allowed_by_base or set(OTHERS)) - allowed)
            if allowed and wider and not node.is_slice:
                mutant = put(base.resource, place.path, {"reference": f"{rng.choice(wider)}/some-id"})
                yield Fault(mutant, place.path, f"{node.cited} targetProfile")


def declared_type_not_allowed(base: Base, rng: Random) -> Iterator[Fault]:
    """A logical reference that declares a type which is no target."""
    for place, node, wrong in restricted(base, rng):
        value = {"type": wrong, "identifier": {"system": "http://example.org/ids", "value": "17"}}
        mutant = put(base.resource, place.path, value)
        yield Fault(mutant, place.path, f"{node.cited} targetProfile")


def contained_type_not_allowed(base: Base, rng: Random) -> Iterator[Fault]:
    """A contained resource of a type that is no target."""
    if base.resource["resourceType"] in {"Bundle", "Parameters"}:
        return
    target = {"resourceType": "Basic", "id": "of-another-type", "code": {"text": "something"}}
    for place, node, wrong in restricted(base, rng):
        if wrong == "Basic" and "contained" not in place.path:
            mutant = put(base.resource, place.path, {"reference": "#of-another-type"})
            yield Fault(add(mutant, ("contained",), target), place.path, f"{node.cited} targetProfile")


def nowhere(base: Base, rng: Random) -> Iterator[Fault]:
    """ref-1: a local reference names a contained resource."""
    for place in references(base, rng):
        yield Fault(put(base.resource, place.path, {"reference": "#nowhere"}), place.path, "Reference#Reference ref-1")


def type_disagrees(base: Base, rng: Random) -> Iterator[Fault]:
    """Reference.type is the type of the resource that ``reference`` names."""
    for place in references(base, rng):
        parts = place.value["reference"].split("/")
        if len(parts) == 2 and parts[0].isalpha() and parts[0] != "Basic":
            mutant = extended(base.resource, place.path, type="Basic")
            yield Fault(mutant, place.path, "Reference#Reference.type, must agree with the address")


def container_not_allowed(base: Base, rng: Random) -> Iterator[Fault]:
    """``#`` in a contained resource is its container, which is of no allowed type there."""
    container = base.resource["resourceType"]
    for place in base.places:
        if len(place.path) != 2 or place.path[0] != "contained" or not place.content:
            continue
        for name in shuffled(place.content[0].names(), rng):
            child = place.content[0].child(name)
            allowed = targets(base, child) if child is not None else set()
            if child is None or not allowed or container in allowed or name in place.value or name.endswith("[x]"):
                continue
            reference: Any = {"reference": "#"}
            value = reference if child.element["max"] == "1" else [reference]
            yield Fault(
                extended(base.resource, place.path, **{name: value}), place.path, f"{child.cited} targetProfile"
            )


def rewritten(*forms: str) -> Callable[[Base, Random], Iterator[Fault]]:
    """An operator's function that gives a reference a form that leads to no resource."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        for place in references(base, rng):
            text = place.value["reference"]
            parts = text.split("/")
            if len(parts) == 2 and parts[0].isalpha() and "type" not in place.value:
                kind, local = parts
                wrong = rng.choice(forms).format(kind=kind, lower=kind.lower(), id=local)
                mutant = extended(base.resource, place.path, reference=wrong)
                yield Fault(mutant, place.path, "Reference#Reference.reference, [type]/[id] (references 2.3.0.1)")

    return mutate


TARGET = ("reference.target", "reference.profile", "reference.type")

OPERATORS = (
    Operator("reference to a wrong type", wrong_type, TARGET),
    Operator("absolute reference to a wrong type", wrong_type_absolute, TARGET),
    Operator("reference to a type the profile excludes", wrong_type_of_profile, TARGET),
    Operator("logical reference of a wrong type", declared_type_not_allowed, TARGET),
    Operator("contained target of a wrong type", contained_type_not_allowed, TARGET),
    Operator("container as target of a wrong type", container_not_allowed, TARGET),
    Operator("reference to nothing contained", nowhere, ("invariant:ref-1", "reference")),
    Operator("Reference.type disagrees", type_disagrees, ("reference.type",)),
    Operator("reference that nothing resolves", rewritten(*IMPOSSIBLE), ("reference.form",)),
    Operator("reference of a suspicious form", rewritten(*SUSPICIOUS), ("reference.form",), severity="warning"),
)
