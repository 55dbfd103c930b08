"""Asking the FHIR API once for each thing, in parallel as far as politeness lets us, and remembering the answers."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from conformance.fhir import bundle as bundles
from conformance.fhir.paging import MAX_PAGES
from conformance.fhir.sharing import SharedResources

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from conformance.fhir import FhirClient
    from conformance.findings import Finding
    from conformance.transport import Exchange

Resource = dict[str, Any]
Kind = Literal["search", "operation"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of a listing: the number of the exchange that returned it, and its resources by search mode.

    ``bundle`` is the Bundle itself, for those who judge its envelope.
    """

    exchange: int
    status: int
    matches: tuple[Resource, ...]
    includes: tuple[Resource, ...]
    outcomes: tuple[Resource, ...]
    bundle: Resource = field(default_factory=dict)

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Matches and includes."""
        return self.matches + self.includes


@dataclass(frozen=True, slots=True)
class Listing:
    """A search or an operation, followed to its last page.

    ``what`` names it without values (``Coverage?patient=…``). ``findings`` is what following the pages ran into: loops,
    repeated resources, links to other hosts, totals that change. ``complete`` means that the last page had no next
    link.
    """

    kind: Kind
    type: str
    what: str
    parameters: tuple[tuple[str, str], ...]
    first: Exchange
    pages: tuple[ListingPage, ...]
    findings: tuple[Finding, ...]
    complete: bool

    @property
    def matches(self) -> list[Resource]:
        """Every match of every page."""
        return [resource for page in self.pages for resource in page.matches]

    @property
    def includes(self) -> list[Resource]:
        """Everything that came with the matches."""
        return [resource for page in self.pages for resource in page.includes]


class Gatherer:
    """Asks a FHIR API as one member; the same question is sent once, from whichever check or thread.

    ``concurrency`` is how many requests may wait for answers at once; the transport's politeness holds beside it.
    ``learn`` is called with every resource and the number of the exchange that returned it, before any other use.
    """

    def __init__(
        self, client: FhirClient, *, concurrency: int = 4, learn: Callable[[Resource, int], None] | None = None
    ) -> None:
        self.client = client
        self._concurrency = max(1, concurrency)
        self._learn = learn or (lambda resource, exchange: None)  # noqa: ARG005
        self._known: dict[Hashable, Future[Any]] = {}
        self._shared = SharedResources()
        self._lock = threading.Lock()

    def search(self, type_name: str, parameters: Mapping[str, str]) -> Listing:
        """``GET [base]/Type?…`` with every page."""
        key = ("search", type_name, tuple(sorted(parameters.items())))
        return self._once(key, lambda: self._searched(type_name, dict(parameters)))

    def operation(self, path: str, parameters: Mapping[str, str] | None = None) -> Listing:
        """``GET [base]/path?…`` (``Patient/1/$everything``) with every page."""
        sent = dict(parameters or {})
        key = ("operation", path, tuple(sorted(sent.items())))
        return self._once(key, lambda: self._operated(path, sent))

    def read(self, type_name: str, resource_id: str, *, purpose: str = "follow a reference") -> Exchange:
        """``GET [base]/Type/id``."""
        key = ("read", type_name, resource_id)
        return self._once(key, lambda: self._again(lambda: self.client.read(type_name, resource_id, purpose=purpose)))

    def parallel(self, calls: Iterable[Callable[[], T]]) -> list[T]:
        """The results of the calls in their order; what one of them raises is raised when all have ended."""
        listed = list(calls)
        if len(listed) < 2 or self._concurrency == 1:
            return [call() for call in listed]
        with ThreadPoolExecutor(max_workers=self._concurrency, thread_name_prefix="gather") as pool:
            return [future.result() for future in [pool.submit(call) for call in listed]]

    def _once(self, key: Hashable, ask: Callable[[], T]) -> T:
        with self._lock:
            known = self._known.get(key)
            mine = known is None
            if known is None:
                known = self._known[key] = Future()
        if mine:
            try:
                known.set_result(ask())
            except BaseException as problem:
                with self._lock:
                    self._known.pop(key, None)
                known.set_exception(problem)
                raise
        result: T = known.result()
        return result

    def _again(self, ask: Callable[[], Exchange]) -> Exchange:
        """The answer; asked for once more when a refresh elsewhere took the token away under way."""
        before = self.client.bearer()
        exchange = ask()
        return ask() if exchange.status == 401 and self.client.bearer() != before else exchange

    def _searched(self, type_name: str, parameters: dict[str, str]) -> Listing:
        shown = "&".join(f"{name}=…" for name in parameters)
        what = f"{type_name}?{shown}" if shown else type_name
        first = self._again(lambda: self.client.search(type_name, parameters, purpose=f"search {type_name}"))
        return self._followed("search", type_name, what, parameters, first)

    def _operated(self, path: str, parameters: dict[str, str]) -> Listing:
        name = path.partition("$")[2]
        what = f"{path.partition('/')[0]} ${name}"
        first = self._again(lambda: self.client.operation(path, parameters, purpose=f"invoke ${name}"))
        return self._followed("operation", path.partition("/")[0], what, parameters, first)

    def _followed(self, kind: Kind, type_name: str, what: str, parameters: dict[str, str], first: Exchange) -> Listing:
        pages = self.client.pages(first, limit=MAX_PAGES)
        read: list[ListingPage] = []
        for page in pages:
            for resource in self._shared.share(page.bundle):
                self._learn(resource, page.exchange.number)
            read.append(
                ListingPage(
                    page.exchange.number,
                    page.exchange.status,
                    tuple(page.matches),
                    tuple(bundles.includes(page.bundle)),
                    tuple(bundles.outcomes(page.bundle)),
                    page.bundle,
                )
            )
        sent = tuple(sorted(parameters.items()))
        return Listing(kind, type_name, what, sent, first, tuple(read), tuple(pages.findings), pages.complete)
