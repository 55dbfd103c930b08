"""The sweep: searches by patient, ``$everything``, then every reference that still leads somewhere new."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.collection.evidence import Collection, Followed, Held, Outcome, Request, Unfinished
from conformance.collection.forms import searched
from conformance.collection.sampling import sample
from conformance.fhir import bundle as bundles
from conformance.fhir import reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conformance.collection.gathering import Gatherer, Listing
    from conformance.fhir import Reference
    from conformance.transport import Exchange

Resource = dict[str, Any]
ROUNDS = 6
NOT_OFFERED = frozenset({400, 403, 404, 405, 501})


@dataclass(frozen=True, slots=True)
class Plan:
    """What to gather.

    ``searches`` are the parameters by which each type is searched; ``opened`` says whether the grant opens reading a
    type; ``most`` bounds how many targets of one type are read one by one (None takes all), chosen by ``seed``.
    ``provenance`` are the types to ask for their Provenance, where the grant opens it and no request returned any.
    """

    member: str
    patient: str
    searches: Mapping[str, Mapping[str, str]]
    opened: Callable[[str], bool]
    most: int | None = 50
    seed: str = ""
    everything: bool = True
    provenance: Sequence[str] = ()


@dataclass(slots=True)
class _Store:
    resources: dict[str, Held] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    unfinished: list[Unfinished] = field(default_factory=list)

    def listing(self, listing: Listing) -> None:
        """Keep what a listing returned, page by page."""
        for page in listing.pages:
            self._keep(listing.kind, listing.what, page.exchange, page.status, page.resources)
        if listing.kind == "operation" and listing.first.status in NOT_OFFERED:
            return
        if not listing.complete:
            reason = listing.findings[-1].message if listing.findings else "it was not answered"
            self.unfinished.append(Unfinished(listing.kind, listing.type, f"{listing.what}: {reason}"))

    def read(self, what: str, exchange: Exchange) -> str:
        """Keep what a read returned; the result is its ``Type/id``, empty when there was no resource."""
        resource = _resource(exchange)
        found = [resource] if resource is not None and exchange.status == 200 else []
        self._keep("read", what, exchange.number, exchange.status, found)
        return bundles.identity(found[0]) if found else ""

    def _keep(self, kind: Any, what: str, exchange: int, status: int, found: Iterable[Resource]) -> None:
        place, returned = len(self.requests), []
        for resource in found:
            identity = bundles.identity(resource)
            if not identity:  # an outcome of the search, or a resource that cannot be named; PA-SRCH-004 sees those
                continue
            returned.append(identity)
            held = self.resources.setdefault(identity, Held(resource, []))
            held.requests.append(place)
            if held.resource != resource and all(resource != copy for copy, _ in held.copies):
                held.copies.append((resource, place))
        self.requests.append(Request(kind, what, exchange, status, tuple(returned)))


def sweep(gatherer: Gatherer, plan: Plan) -> Collection:
    """Gather everything the plan names; what cannot be had is said in the collection, never raised.

    Raises what the client's token raises when access ends and cannot be renewed.
    """
    began = time.perf_counter()
    store = _Store()
    asked: list[Callable[[], list[Listing]]] = [
        lambda name=name, sent=sent: searched(gatherer, name, sent)  # type: ignore[misc]
        for name, sent in plan.searches.items()
    ]
    if plan.everything:
        asked.append(lambda: [gatherer.operation(f"Patient/{plan.patient}/$everything")])
    for listings in gatherer.parallel(asked):
        for listing in listings:
            store.listing(listing)
    if plan.provenance and not any(identity.startswith("Provenance/") for identity in store.resources):
        _ask_for_provenance(gatherer, plan, store)
    references = _follow(gatherer, plan, store)
    return Collection(
        plan.member,
        plan.patient,
        store.resources,
        tuple(store.requests),
        references,
        tuple(store.unfinished),
        plan.seed,
        plan.most,
        time.perf_counter() - began,
    )


def _ask_for_provenance(gatherer: Gatherer, plan: Plan, store: _Store) -> None:
    held = {identity.partition("/")[0] for identity in store.resources}
    wanted = [name for name in plan.provenance if name in held and name in plan.searches]
    calls = [
        lambda name=name: gatherer.search(name, {**plan.searches[name], "_revinclude": "Provenance:target"})
        for name in wanted
    ]
    for listing in gatherer.parallel(calls):
        store.listing(listing)


def _follow(gatherer: Gatherer, plan: Plan, store: _Store) -> tuple[Followed, ...]:
    """Read what is referred to and not held yet, round by round, until nothing new comes."""
    answers: dict[str, Exchange] = {}
    chosen: dict[str, set[str]] = {}
    for _ in range(ROUNDS):
        missing = [
            target
            for target in _targets(gatherer, plan, store)
            if target not in store.resources and target not in answers
        ]
        fresh = [target for target in missing if _sampled(target, missing, chosen, plan)]
        if not fresh:
            break
        reads = gatherer.parallel(_reading(gatherer, target) for target in fresh)
        for target, exchange in zip(fresh, reads, strict=True):
            answers[target] = exchange
            store.read(f"read {target.partition('/')[0]}", exchange)
    return tuple(_outcomes(gatherer, plan, store, answers))


def _reading(gatherer: Gatherer, target: str) -> Callable[[], Exchange]:
    type_name, _, resource_id = target.partition("/")
    return lambda: gatherer.read(type_name, resource_id)


def _sampled(target: str, missing: Sequence[str], chosen: dict[str, set[str]], plan: Plan) -> bool:
    """Whether a target is read: the first time a type comes up, its sample is drawn from all that is missing then."""
    type_name = target.partition("/")[0]
    if plan.most is None:
        return True
    picked = chosen.setdefault(type_name, set())
    if len(picked) < plan.most:
        candidates = [
            {"resourceType": type_name, "id": each.partition("/")[2]}
            for each in missing
            if each.partition("/")[0] == type_name and each not in picked
        ]
        drawn = sample(candidates, plan.most - len(picked), seed=f"{plan.seed}:{type_name}")
        picked.update(f"{type_name}/{resource_id}" for resource_id in drawn.ids)
    return target in picked


def _targets(gatherer: Gatherer, plan: Plan, store: _Store) -> list[str]:
    """What the held resources refer to in this service and the grant opens, each once, in the order met."""
    found: dict[str, None] = {}
    for held in list(store.resources.values()):
        for _, text in reference.references(held.resource):
            parsed = reference.parse(text)
            if parsed.target and reference.is_local(parsed, gatherer.client.base) and plan.opened(parsed.type):
                found.setdefault(parsed.target)
    return list(found)


def _outcomes(gatherer: Gatherer, plan: Plan, store: _Store, answers: Mapping[str, Exchange]) -> Iterable[Followed]:
    by_reading = {
        identity
        for identity, held in store.resources.items()
        if all(store.requests[place].kind == "read" for place in held.requests)
    }
    for identity, held in list(store.resources.items()):
        for path, text in reference.references(held.resource):
            parsed = reference.parse(text)
            if parsed.kind == "contained":
                continue
            answer = answers.get(parsed.target)
            outcome: Outcome = _unfollowed(parsed, gatherer.client.base, plan) or "not-sampled"
            if outcome == "not-sampled" and parsed.target in store.resources:
                outcome = "read" if parsed.target in by_reading else "held"
            elif outcome == "not-sampled" and answer is not None:
                outcome = "refused"
            number, status = (answer.number, answer.status) if answer is not None else (0, 0)
            yield Followed(identity, path, text, parsed.target, outcome, number, status)


def _unfollowed(parsed: Reference, base: str, plan: Plan) -> Outcome | None:
    """Why a reference is not followed at all; None when it is."""
    if parsed.kind == "absolute" and not reference.is_local(parsed, base):
        return "foreign"
    if not parsed.target:
        return "unreadable"
    return None if plan.opened(parsed.type) else "closed"


def _resource(exchange: Exchange) -> Resource | None:
    try:
        value = exchange.json() if exchange.status == 200 else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("resourceType"), str) else None
