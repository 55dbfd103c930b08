"""Bases, faults and operators, and how the faults of an operator are spread over the bases."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mutants.definitions import Definitions
from mutants.places import Reader
from mutants.slices import Matcher
from mutants.valuesets import ValueSets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mutants.definitions import Node
    from mutants.packages import Realm, Store
    from mutants.places import Element, Path, Place

SEED = 7
MOST_PER_OPERATOR = 25
SAME_REASON = 2


class Knowledge:
    """What the packages of one realm say."""

    def __init__(self, packages: Store, realm: Realm) -> None:
        self.realm = realm
        self.definitions = Definitions(packages, realm)
        self.value_sets = ValueSets(packages, realm)
        self.matcher = Matcher(self.definitions, self.value_sets)
        self.reader = Reader(self.definitions, self.matcher)


@dataclass(eq=False)
class Base:
    """A clean resource to be broken: an official example, or one prepared from examples."""

    name: str
    resource: dict[str, Any]
    knows: Knowledge
    demanded: tuple[str, ...] = ()

    @cached_property
    def places(self) -> list[Place]:
        """Every value with its definitions."""
        return self.knows.reader.places(self.resource, self.demanded)

    @cached_property
    def elements(self) -> list[Element]:
        """Every element that occurs."""
        return [element for place in self.places for element in place.elements]

    @cached_property
    def invariants(self) -> dict[tuple[str, str], list[tuple[Place, Node, str]]]:
        """By key and severity: each value that an invariant is stated for, where, and its expression."""
        found: dict[tuple[str, str], dict[Place, tuple[Place, Node, str]]] = {}
        for place in self.places:
            for node in place.speaking():
                for one in node.element.get("constraint", ()):
                    stated = (place, node, str(one.get("expression", "")))
                    found.setdefault((one["key"], one["severity"]), {}).setdefault(place, stated)
        return {key: list(stated.values()) for key, stated in found.items()}

    def still_holds(self, mutant: dict[str, Any], holder: Path, node: Node) -> bool:
        """Whether ``node`` still speaks about the object at ``holder`` after the change."""
        again = self.knows.reader.places(mutant, self.demanded)
        return any(place.path == holder and (node in place.content or node in place.nodes) for place in again)


class Fault(NamedTuple):
    """One change of a base: the changed resource (or its text), where, and which definition makes it a fault."""

    resource: Any
    path: Path
    because: str


Severity = Literal["error", "warning"]


class Operator(NamedTuple):
    """A way to break a resource.

    ``rules`` are the prefixes of the rules a validator may report it by; empty when any will do. ``severity`` is
    ``warning`` for what a validator says without calling the resource invalid. ``raw`` operators change the text.
    """

    name: str
    mutate: Callable[[Base, Random], Iterable[Fault]]
    rules: tuple[str, ...] = ()
    severity: Severity = "error"
    raw: bool = False


class Mutant(NamedTuple):
    """One fault in one base."""

    operator: Operator
    base: Base
    fault: Fault


def shuffled(items: Iterable[Any], rng: Random) -> list[Any]:
    """The items in another order."""
    found = list(items)
    rng.shuffle(found)
    return found


def mutants(operator: Operator, bases: Sequence[Base], most: int = MOST_PER_OPERATOR) -> list[Mutant]:
    """Up to ``most`` mutants of one operator, spread over resource types and over the definitions that they break."""
    rng = Random(SEED * 1_000_003 + zlib.crc32(operator.name.encode()))
    sources = [(base, iter(operator.mutate(base, rng))) for base in interleaved(bases, rng)]
    reasons: Counter[str] = Counter()
    found: list[Mutant] = []
    spare: list[Mutant] = []
    while sources and len(found) < most:
        left = []
        for base, faults in sources:
            if len(found) >= most:
                break
            fault = fresh(faults, reasons, spare, operator, base)
            if fault is not None:
                found.append(Mutant(operator, base, fault))
                left.append((base, faults))
        sources = left
    return [*found, *spare[: most - len(found)]]


def fresh(
    faults: Iterator[Fault], reasons: Counter[str], spare: list[Mutant], operator: Operator, base: Base
) -> Fault | None:
    """The next fault for a reason that has not been used often; the others are kept for want of better ones."""
    for fault in faults:
        reasons[fault.because] += 1
        if reasons[fault.because] <= SAME_REASON:
            return fault
        if len(spare) < MOST_PER_OPERATOR:
            spare.append(Mutant(operator, base, fault))
        if reasons[fault.because] > 40 * SAME_REASON:
            return None
    return None


def interleaved(bases: Sequence[Base], rng: Random) -> list[Base]:
    """Bases in random order, but each resource type of each realm once before any of them again."""
    groups: dict[tuple[str, str], list[Base]] = {}
    for base in bases:
        groups.setdefault((base.knows.realm.name, base.resource["resourceType"]), []).append(base)
    columns = [shuffled(group, rng) for group in shuffled(groups.values(), rng)]
    longest = max((len(column) for column in columns), default=0)
    return [column[row] for row in range(longest) for column in columns if row < len(column)]
