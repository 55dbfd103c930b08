"""What slicing reads of an item: two items that show it the same texts fall into the same slices.

Discriminators mostly look for codes, urls and other texts at fixed places. What an item has at these places is its
signature; what follows from it is worked out once and looked up afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

Reads = dict[str, "Reads"]
"""The members that are looked at, each with what is looked at inside it; the value itself if it is no object."""

CODES: Reads = {"system": {}, "code": {}}
CONCEPT: Reads = {"coding": CODES, **CODES}
"""What membership in a value set rests on, whether of a concept, a coding or a quantity."""
ABSENT: Any = ...
MAX_SIGNATURE_LENGTH = 2_000


def reads_of(constant: Any) -> Reads:
    """What telling whether a value holds ``constant`` looks at."""
    if constant.__class__ is dict:
        return {key: reads_of(part) for key, part in constant.items()}
    return merged(reads_of(item) for item in constant) if constant.__class__ is list else {}


def at(path: Iterable[str], reads: Reads) -> Reads:
    """``reads`` of the value at the end of a path, as what is read of the value where the path begins."""
    for name in reversed(tuple(path)):
        reads = {name: reads}
    return reads


def merged(several: Iterable[Reads]) -> Reads:
    """All that any of several looks at."""
    found: Reads = {}
    for reads in several:
        for key, inner in reads.items():
            found[key] = merged((found.get(key, {}), inner))
    return found


def signature(reads: Reads) -> Callable[[Any], Hashable]:
    """A function from an item to what it has at the places looked at; different texts there never look alike."""
    parts = tuple((key, signature(inner)) for key, inner in reads.items())

    def read(value: Any) -> Hashable:
        kind = value.__class__
        if kind is dict:
            found = []
            for key, inside in parts:
                part = value.get(key, ABSENT)
                found.append(part if part.__class__ is str or part is ABSENT else inside(part))
            return tuple(found)
        if kind is list:
            return (list, *map(read, value))
        return value if kind is str else (kind, value)

    return read


def is_short(found: Hashable) -> bool:
    """Whether a signature is worth remembering: nobody's long texts are kept."""
    return len(repr(found)) <= MAX_SIGNATURE_LENGTH
