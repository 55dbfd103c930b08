"""What the shared session finds of each type, so that other grants can be tried on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.absence import search_failed
from conformance.areas.shared.compartment import target_of
from conformance.areas.shared.fixtures.collection import searched_by, served_types
from conformance.areas.shared.other_member import attachment_urls
from conformance.errors import Undecided
from conformance.fhir.reference import references
from conformance.transport import join, same_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.collection import Gatherer, Listing
    from conformance.transport import Exchange


@dataclass(frozen=True, slots=True)
class KnownRecords:
    """Records that the shared session found, by type, and the addresses of documents' content below the FHIR base."""

    patient: str
    found: Mapping[str, tuple[str, ...]]
    attachments: Sequence[str] = ()
    medications: Sequence[str] = ()
    organizations: Sequence[str] = ()
    served: frozenset[str] = frozenset()
    failed: Mapping[str, int] = field(default_factory=dict)

    def nothing_of(self, what: str, *types: str, advice: str) -> Undecided:
        """The exception for a member without ``what`` among ``types``: a search that failed, or else the advice."""
        for name in types:
            if name in self.failed:
                return search_failed(f"the search of {name} was answered with HTTP {self.failed[name]}")
        return Undecided(f"member a has no {what}; {advice}")

    def whole(self, type_name: str) -> frozenset[str]:
        """``Type/id`` of everything of a type."""
        return frozenset(f"{type_name}/{each}" for each in self.found.get(type_name, ()))

    def search(self, type_name: str) -> tuple[tuple[str, str], ...]:
        """The parameters that find a type."""
        return (("_id" if type_name == "Patient" else "patient", self.patient),)


def find_records(gatherer: Gatherer, types: Sequence[str], *, patient: str, capabilities: Exchange) -> KnownRecords:
    """Search each of ``types`` for ``patient``; ``capabilities`` is the answer of metadata."""
    base = gatherer.client.base
    searches = [_searching(gatherer, name, patient) for name in types]
    listings = dict(zip(types, gatherer.parallel(searches), strict=True))
    found = {
        name: tuple(match["id"] for match in listing.matches if isinstance(match.get("id"), str))
        for name, listing in listings.items()
    }
    matches = {name: listing.matches for name, listing in listings.items()}
    urls = [join(f"{base}/", url) for url in attachment_urls(matches.get("DocumentReference", []))]
    return KnownRecords(
        patient,
        found,
        [url for url in urls if same_origin(url, base)],
        _referenced(matches.get("MedicationRequest", []), "Medication"),
        _referenced(matches.get("Coverage", []) + matches.get("ExplanationOfBenefit", []), "Organization"),
        served_types(capabilities),
        {name: listing.first.status for name, listing in listings.items() if listing.first.status != 200},
    )


def _searching(gatherer: Gatherer, name: str, patient: str) -> Callable[[], Listing]:
    return lambda: gatherer.search(name, dict(searched_by(name, patient)))


def _referenced(resources: Sequence[dict[str, Any]], type_name: str) -> list[str]:
    """Ids of one type that resources refer to, each once."""
    texts = [text for resource in resources for _, text in references(resource)]
    found = [target.partition("/")[2] for text in texts if (target := target_of(text)).startswith(f"{type_name}/")]
    return list(dict.fromkeys(found))
