"""Which requests to make with a grant, by every way to a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.areas.scopes.rules.enforcement import AccessAttempt, first_page
from conformance.collection import Gatherer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conformance.areas.scopes.probes.known import KnownRecords
    from conformance.areas.scopes.rules.enforcement import Way
    from conformance.areas.scopes.rules.grants import Grant
    from conformance.fhir import FhirClient

MAX_READS = 50
"""Reads per type where a granular scope is tried on resources outside its filter."""

INCLUDES: Mapping[str, tuple[tuple[tuple[str, str], ...], ...]] = {
    "Patient": (
        (("_revinclude", "Coverage:beneficiary"), ("_revinclude", "ExplanationOfBenefit:patient")),
        (("_revinclude", "Condition:patient"), ("_revinclude", "Observation:patient"), ("_revinclude", "*")),
    ),
    "Coverage": (
        (("_include", "Coverage:beneficiary"), ("_include", "Coverage:patient"), ("_include", "Coverage:payor")),
        (("_revinclude", "ExplanationOfBenefit:coverage"),),
    ),
    "ExplanationOfBenefit": (
        (("_include", "ExplanationOfBenefit:patient"), ("_include", "ExplanationOfBenefit:coverage")),
        (("_include", "ExplanationOfBenefit:provider"), ("_include", "ExplanationOfBenefit:insurer")),
    ),
}


class AccessPlan:
    """Which requests to make with a grant; each method gives :class:`AccessAttempt` after :class:`AccessAttempt`."""

    def __init__(self, known: KnownRecords, types: Sequence[str], concurrency: int) -> None:
        self._known = known
        self._types = types
        self._concurrency = concurrency

    def around(self, own: str) -> Callable[[FhirClient, Grant], list[AccessAttempt]]:
        """Every way into ``own`` and into the other deployed types, and to the bytes of documents."""

        def tried(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
            del grant
            calls = [self._searching(client, own, follow=True), *self._reading(client, own)]
            for name in self._types:
                if name != own:
                    calls += [self._searching(client, name), *self._reading(client, name)]
            for more in (*INCLUDES.get(own, ()), (("_include", f"{own}:*"), ("_revinclude", "Provenance:target"))):
                calls.append(self._searching(client, own, more))
            if own == "Observation":
                calls.append(self._searching(client, own, (("category", "laboratory"),), way="search"))
            if own == "MedicationRequest":
                calls += [self.read(client, "Medication", each) for each in self._known.medications[:1]]
            calls += [self._everything(client), *(self.bytes(client, url) for url in self._known.attachments[:1])]
            return self.all(client, calls)

        return tried

    def of(self, *ways: tuple[Way, str]) -> Callable[[FhirClient, Grant], list[AccessAttempt]]:
        """Just these: searches and reads of types."""

        def tried(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
            del grant
            calls: list[Callable[[], AccessAttempt]] = []
            for way, name in ways:
                calls += (
                    [self._searching(client, name, follow=True)] if way == "search" else self._reading(client, name)
                )
            return self.all(client, calls)

        return tried

    def contents(self) -> Callable[[FhirClient, Grant], list[AccessAttempt]]:
        """The content of a document."""

        def tried(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
            del grant
            return self.all(client, [self.bytes(client, url) for url in self._known.attachments[:1]])

        return tried

    def each(self, *types: str) -> Callable[[FhirClient, Grant], list[AccessAttempt]]:
        """Searches of types, and reads of everything the shared session found of them."""

        def tried(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
            del grant
            calls = [self._searching(client, name, follow=True) for name in types]
            calls += [
                self.read(client, name, each) for name in types for each in self._known.found.get(name, ())[:MAX_READS]
            ]
            return self.all(client, calls)

        return tried

    def all(self, client: FhirClient, calls: Iterable[Callable[[], AccessAttempt]]) -> list[AccessAttempt]:
        """The attempts that the calls make, in parallel."""
        return Gatherer(client, concurrency=self._concurrency).parallel(calls)

    def read(self, client: FhirClient, type_name: str, resource_id: str) -> Callable[[], AccessAttempt]:
        """One read of one resource."""

        def ask() -> AccessAttempt:
            answer = client.read(type_name, resource_id, purpose="what a scope opens")
            return AccessAttempt("read", type_name, f"reading {type_name}", answer, first_page(answer))

        return ask

    def _searching(
        self,
        client: FhirClient,
        name: str,
        more: Sequence[tuple[str, str]] = (),
        *,
        follow: bool = False,
        way: Way | None = None,
    ) -> Callable[[], AccessAttempt]:
        def ask() -> AccessAttempt:
            answer = client.search(name, [*self._known.search(name), *more], purpose="what a scope opens")
            pages = client.pages(answer) if follow and answer.status == 200 else ()
            found = [resource for page in pages for resource in page.resources] if pages else first_page(answer)
            what = f"searching {name}" + "".join(f" with {key}={value}" for key, value in more)
            return AccessAttempt(way or ("include" if more else "search"), name, what, answer, found)

        return ask

    def _reading(self, client: FhirClient, name: str) -> list[Callable[[], AccessAttempt]]:
        return [self.read(client, name, each) for each in self._known.found.get(name, ())[:1]]

    def _everything(self, client: FhirClient) -> Callable[[], AccessAttempt]:
        def ask() -> AccessAttempt:
            answer = client.operation(f"Patient/{self._known.patient}/$everything", purpose="what a scope opens")
            return AccessAttempt("operation", "Patient", "$everything", answer, first_page(answer))

        return ask

    def bytes(self, client: FhirClient, url: str) -> Callable[[], AccessAttempt]:
        """The content of one document."""

        def ask() -> AccessAttempt:
            answer = client.get(url, headers={"Accept": "*/*"}, purpose="what a scope opens", endpoint="document")
            return AccessAttempt("binary", "Binary", "the content of a document", answer)

        return ask
