"""Requests that a server must refuse: unknown ids and types, malformed ids, wrong values, deleted resources."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.areas.rest.rules.refusals import outcomes_in
from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.fixtures.collection import opens
from conformance.areas.shared.fixtures.search import evidence_of
from conformance.areas.shared.rest_evidence import Asked, Deleted
from conformance.errors import Undecided
from conformance.fhir import capability as capabilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Gatherer
    from conformance.fhir import FhirClient
    from conformance.findings import Finding
    from conformance.oauth.session import Session

_UNKNOWN_ID_TYPES = 10
_LETTERS = "bcdfghjklmnpqrstvwxz"


class Refused:
    """Every request that must be refused, by its kind; each kind is sent once, when it is first looked at.

    ``types`` are the types the grant opens for search, ``statement`` is the capability statement.
    """

    def __init__(
        self, fhir: FhirClient, session: Session, types: Sequence[str], statement: Mapping[str, Any], patient: str
    ) -> None:
        self._fhir = fhir
        self._session = session
        self._types = types
        self._statement = statement
        self._patient = patient

    @cached_property
    def unknown_ids(self) -> list[Asked]:
        """Reads of a random well-formed id of each type."""
        return [
            Asked(f"reading an unknown {name}", self._fhir.read(name, secrets.token_hex(12), purpose="an unknown id"))
            for name in self._types[:_UNKNOWN_ID_TYPES]
        ]

    @cached_property
    def unknown_types(self) -> list[Asked]:
        """A search and a read of a type that does not exist."""
        name = "Zz" + "".join(secrets.choice(_LETTERS) for _ in range(8))
        return [
            Asked("searching a type that does not exist", self._fhir.search(name, purpose="an unknown type")),
            Asked("reading from a type that does not exist", self._fhir.read(name, "1", purpose="an unknown type")),
        ]

    @cached_property
    def lower_case_paths(self) -> list[Asked]:
        """The Patient in context below a lower-case type name."""
        read = self._fhir.read("patient", self._patient, purpose="type in lower case")
        searched = self._fhir.search("patient", {"_id": self._patient}, purpose="lower-case type")
        return [
            Asked("reading patient/{id} in lower case", read),
            Asked("searching patient in lower case", searched),
        ]

    @cached_property
    def malformed_ids(self) -> list[Asked]:
        """Reads of ids that cannot be ids: too long, with characters that no id has, with a way out of the path."""
        return [
            Asked(f"reading a {name} whose id {what}", self._fhir.read(name, bad, purpose=f"an id that {what}"))
            for name in self._types[:2]
            for what, bad in _malformed()
        ]

    @cached_property
    def bad_requests(self) -> list[Asked]:
        """Requests that are wrong otherwise: a value, an unknown parameter, a media type, a missing scope."""
        name = next((each for each in self._types if each != "Patient"), "Patient")
        owner = {"patient": self._patient} if name != "Patient" else {"_id": self._patient}
        odd = f"zz{secrets.token_hex(4)}"
        strict = {"Prefer": "handling=strict"}
        media = {"Accept": f"application/vnd.example.{odd}"}
        asked = [
            (
                "a search with a malformed date",
                self._fhir.search(name, {**owner, "_lastUpdated": f"not-a-date-{odd}"}),
            ),
            (
                "a strict search with an unknown parameter",
                self._fhir.search(name, {**owner, odd: "1"}, headers=strict),
            ),
            ("a read in an unknown media type", self._fhir.read("Patient", self._patient, headers=media)),
        ]
        closed = [each for each in capabilities.resource_types(self._statement) if not self._opened(each)]
        asked += [
            (f"a search of {each} without its scope", self._fhir.search(each, {"patient": self._patient}))
            for each in closed[:1]
        ]
        return [Asked(what, answer) for what, answer in asked]

    @property
    def all(self) -> list[Asked]:
        """All of them."""
        return [
            *self.unknown_ids,
            *self.unknown_types,
            *self.lower_case_paths,
            *self.malformed_ids,
            *self.bad_requests,
        ]

    def _opened(self, type_name: str) -> bool:
        return opens(self._session.scopes, type_name, "s") or type_name in {
            *("Binary", "OperationDefinition", "SearchParameter"),
        }


def _malformed() -> Iterator[tuple[str, str]]:
    some = secrets.token_hex(4)
    yield "has 65 characters", secrets.token_hex(33)[:65]
    yield "has 2,000 characters", secrets.token_hex(1000)
    yield "has spaces", f"{some} {some}"
    yield "has quotes", f"{some}' OR '1'='1"
    yield "has double quotes and brackets", f'"><{some}>'
    yield "has encoded slashes", f"{some}/{some}"
    yield "climbs out of its type", "../metadata"
    yield "climbs out of the base", "../../metadata"
    yield "has a null character", f"{some}\0"
    yield "has a line break", f"{some}\r\nX-{some}: 1"
    yield "has characters beyond ASCII", f"{some}\u00e9\u4e2d\U0001f9ea"
    yield "has a percent sign", f"%{some}%"


def deleted_resources(
    fhir: FhirClient, session: Session, gatherer: Gatherer, deleted: Mapping[str, str]
) -> list[Deleted]:
    """Reads of, and searches for, the deleted ids that the target names by type."""
    named = {name: each for name, each in deleted.items() if opens(session.scopes, name, "r")}
    if not named:
        raise Undecided("name the id of a deleted resource as ids.deleted in the target file, by its type")
    return [
        Deleted(
            Asked(f"reading a deleted {name}", fhir.read(name, logical_id, purpose="a deleted resource")),
            evidence_of(gatherer.search(name, {"_id": logical_id})) if opens(session.scopes, name, "s") else None,
        )
        for name, logical_id in named.items()
    ]


def validated_outcomes(validate: Validation, asked: Iterable[Asked]) -> Iterator[Finding]:
    """What the validator finds in the OperationOutcomes among the answers."""
    for each in outcomes_in(asked):
        yield from validate.resource(resource_of(each.answer), seen_in=each.answer.number)
