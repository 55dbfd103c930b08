"""Choice elements (value[x]): one variant at a time, of a type that base and profile allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants import samples
from mutants.edit import change, extended
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from mutants.places import Element


def choices(base: Base, rng: Random) -> list[Element]:
    """The choice elements that occur, without those inside extensions."""
    return shuffled((one for one in base.elements if one.name.endswith("[x]")), rng)


def types(element: Element) -> list[str]:
    """The types that the base allows and a sample is known for."""
    return [code for code, _ in element.base.types if code in samples.VALUES]


def instead(element: Element, code: str, resource: Any) -> Any:
    """``resource`` with the choice made for another type."""
    return change(
        resource,
        element.holder.path,
        lambda holder: {
            **{key: value for key, value in holder.items() if key not in {element.key, f"_{element.key}"}},
            samples.key_of(element.name, code): samples.VALUES[code],
        },
    )


def two_variants(base: Base, rng: Random) -> Iterator[Fault]:
    """Two variants of one choice at the same time."""
    for element in choices(base, rng):
        others = [code for code in types(element) if code != element.code]
        if others:
            code = rng.choice(others)
            key = samples.key_of(element.name, code)
            mutant = extended(base.resource, element.holder.path, **{key: samples.VALUES[code]})
            yield Fault(mutant, element.path, f"{element.base.cited} max 1")


def no_such_variant(base: Base, rng: Random) -> Iterator[Fault]:
    """A type that the choice does not have at all."""
    for element in choices(base, rng):
        allowed = {code for code, _ in element.base.types}
        others = sorted(set(samples.VALUES) - allowed)
        if others:
            code = rng.choice(others)
            yield Fault(instead(element, code, base.resource), element.path, f"{element.base.cited} type")


def forbidden_by_profile(base: Base, rng: Random) -> Iterator[Fault]:
    """A type that the base has and the profile's shorter list has not."""
    for element in choices(base, rng):
        for node in element.nodes:
            allowed = {code for code, _ in node.types}
            others = [code for code in types(element) if code not in allowed]
            if others and allowed:
                mutant = instead(element, rng.choice(others), base.resource)
                if not node.is_slice or base.still_holds(mutant, element.holder.path, parent(element, node)):
                    yield Fault(mutant, element.path, f"{node.cited} type")
                break


def parent(element: Element, node: Any) -> Any:
    """The definition of the holder that has ``node`` as a child."""
    return next(one for one in element.holder.content if one.child(element.name) == node)


OPERATORS = (
    Operator("two variants of a choice", two_variants, ("choice", "cardinality.max", "type")),
    Operator("variant that the choice has not", no_such_variant, ("unknown-property",)),
    Operator("variant that the profile forbids", forbidden_by_profile, ("type", "slicing.closed", "choice")),
)
