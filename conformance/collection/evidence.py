"""The evidence store: every resource a member's grant opened, and which request returned which copy of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from conformance.collection.sampling import Sample, sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Resource = dict[str, Any]
Kind = Literal["search", "operation", "read"]
Outcome = Literal["held", "read", "refused", "foreign", "closed", "not-sampled", "unreadable"]


@dataclass(frozen=True, slots=True)
class Request:
    """One answered page or read: what was asked, the number of the exchange, and the ``Type/id`` it returned."""

    kind: Kind
    what: str
    exchange: int
    status: int
    returned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A listing that could not be read to its end: the type it lists, and ``reason``, which names what was asked."""

    kind: Kind
    type: str
    reason: str


@dataclass(slots=True)
class Held:
    """One resource. ``resource`` is the copy that came first; ``copies`` are those that differ from it.

    ``requests`` are the places in :attr:`Collection.requests` of all that returned it, in their order.
    """

    resource: Resource
    requests: list[int]
    copies: list[tuple[Resource, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Followed:
    """One reference of a held resource and what became of it.

    ``held``: its target was there already; ``read``: following it returned the target; ``refused``: it was asked for
    and not given (``status``); ``foreign``: it leads to another server; ``closed``: the grant does not open its type;
    ``not-sampled``: politeness left it out; ``unreadable``: the text is no reference to one resource.
    """

    source: str
    path: str
    text: str
    target: str
    outcome: Outcome
    exchange: int = 0
    status: int = 0


@dataclass(frozen=True, slots=True)
class Collection:
    """What one sweep gathered as one member.

    ``patient`` is the id of the patient in context. ``resources`` are by ``Type/id`` in the order they came.
    ``unfinished`` says which listings could not be read to their end, and why; ``skipped`` which requests the target's
    politeness left out. ``seed`` chose the samples.
    """

    member: str
    patient: str
    resources: Mapping[str, Held]
    requests: tuple[Request, ...]
    references: tuple[Followed, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    seed: str = ""
    most: int | None = 50
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.resources)

    def __repr__(self) -> str:
        return f"Collection({self.member}, {len(self.resources)} resources, {len(self.requests)} requests)"

    @property
    def types(self) -> tuple[str, ...]:
        """The types something is held of, in the order they came."""
        return tuple(dict.fromkeys(identity.partition("/")[0] for identity in self.resources))

    @property
    def complete(self) -> bool:
        """Whether every listing was read to its end."""
        return not self.unfinished

    def unread(self, *types: str) -> str:
        """Why a search of one of ``types`` (of any type without them) was not read to its end; empty if all were."""
        return next(
            (each.reason for each in self.unfinished if each.kind == "search" and (not types or each.type in types)), ""
        )

    def of(self, type_name: str) -> list[Resource]:
        """The resources of a type, in the order they came."""
        return [held.resource for identity, held in self.resources.items() if identity.startswith(f"{type_name}/")]

    def get(self, identity: str) -> Resource | None:
        """The resource of this ``Type/id``."""
        held = self.resources.get(identity)
        return held.resource if held else None

    def returned_by(self, identity: str) -> list[Request]:
        """The requests that returned a resource; none for one that is not held."""
        held = self.resources.get(identity)
        return [self.requests[place] for place in held.requests] if held else []

    def seen(self, types: Iterable[str] | None = None) -> Iterator[tuple[Resource, int]]:
        """``(resource, exchange)`` for every resource held, of these types or of all."""
        wanted = None if types is None else set(types)
        for identity, held in self.resources.items():
            if wanted is None or identity.partition("/")[0] in wanted:
                yield held.resource, self.requests[held.requests[0]].exchange

    def sample(self, type_name: str) -> Sample:
        """Whom of a type to probe one by one: a seeded sample and all edge cases; all where the run is exhaustive."""
        return sample(self.of(type_name), self.most, seed=f"{self.seed}:{type_name}")

    @property
    def account(self) -> str:
        """One sentence on what was gathered, for the run's notes; says what was left out."""
        asked = [followed for followed in self.references if followed.outcome in {"read", "refused", "not-sampled"}]
        left_out = sum(followed.outcome == "not-sampled" for followed in asked)
        targets = {followed.target for followed in asked if followed.outcome != "not-sampled"}
        sentence = (
            f"member {self.member}: {_many(len(self.resources), 'resource')} of {_many(len(self.types), 'type')} "
            f"by {_many(len(self.requests), 'answer')} in {self.seconds:.1f} s; "
            f"{_many(len(targets), 'reference')} followed"
        )
        if left_out:
            sentence += f", {left_out} not (sample of {self.most} per type, seed {self.seed}; --exhaustive takes all)"
        reasons = "; ".join(each.reason for each in self.unfinished)
        return f"{sentence}; unfinished: {reasons}" if reasons else sentence


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
