"""Requests of ``$everything``: whole, in parts, in pages, wrongly, of another member, and with few scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.areas.everything.rules import record as rules
from conformance.areas.everything.rules import times
from conformance.areas.shared.fixtures.collection import opens
from conformance.areas.shared.fixtures.search import by_patient, evidence_of, together
from conformance.areas.shared.paged_searches import read_pages
from conformance.errors import NotApplicable, Undecided
from conformance.fhir.capability import operations_on

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.collection import Collection, Gatherer
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

Resource = dict[str, Any]

FAR_AHEAD = "2199-01-01T00:00:00Z"
MEANINGS = ("base", "pdex")
_MAX_PAGES_ASKED = 12
_FOLLOWED = frozenset({"held", "read", "refused"})


class Everything:
    """The operation on one patient; ``path`` is where it is invoked."""

    def __init__(self, run: Run, gatherer: Gatherer, patient: str) -> None:
        self.path = f"Patient/{patient}/$everything"
        self.name = "$everything"
        self.patient = patient
        self.gatherer = gatherer
        self.client: FhirClient = gatherer.client
        self._run = run

    def __call__(self, **parameters: str) -> SearchEvidence:
        """The operation with some parameters, every page of it."""
        return evidence_of(self.gatherer.operation(self.path, parameters))

    def pages(self, first: Exchange, client: FhirClient | None = None) -> SearchEvidence:
        """A first answer with the pages that follow."""
        return read_pages(self._run, client or self.client, first, what="Patient $everything", type_name="Patient")

    def require_offered(self, statement: Resource) -> None:
        """Raise :class:`NotApplicable` unless the operation is offered.

        It is where the target says so, the capability statement or the documentation names it, or it is answered.
        US Core 6.1.0, CARIN BB and PDex require it of no server.
        """
        stated = self._run.target.offers("$everything")
        named = any("$everything" in each for each in self._run.target.documentation.endpoints)
        if stated is False:
            raise NotApplicable("the target does not offer $everything")
        if stated or named or "everything" in declared(statement):
            return
        if self().first.status != 200:
            raise NotApplicable("$everything is neither declared nor documented; no guide requires it")

    @property
    def includes_claims(self) -> bool:
        """Whether the target promises claims in the record (``expect.PA-EVRY-010: base``)."""
        return self.expected_meaning == "base"

    @property
    def expected_meaning(self) -> str:
        """What the target says the operation means: ``base``, ``pdex`` or nothing."""
        said = self._run.target.expect.get("PA-EVRY-010", "")
        if said and said not in MEANINGS:
            raise Undecided(f"expect.PA-EVRY-010 is {said!r}; choose one of {', '.join(MEANINGS)}")
        return str(said)


def declared(statement: Resource) -> Mapping[str, str]:
    """The operations that the capability statement declares on Patient, with those of the whole system."""
    return operations_on(statement, "Patient")


def meaning(everything: Everything, statement: Resource) -> rules.Meaning:
    """What the operation means by the target or by its definition; "" when it is not declared at all."""
    said, definition = everything.expected_meaning, declared(statement).get("everything", "")
    found: rules.Meaning = "pdex" if said == "pdex" else "base" if said else rules.meaning_of(definition)
    if definition and not found:
        raise Undecided("the declared definition of $everything is not known; set expect.PA-EVRY-010: base or pdex")
    return found


def left_out(everything: Everything, statement: Resource) -> Callable[[Resource], bool]:
    """Whether the definition lets a resource be left out of the record: PDex lets claims be."""
    means = everything.expected_meaning or rules.meaning_of(declared(statement).get("everything", ""))
    return rules.is_claim if means == "pdex" else lambda resource: False  # noqa: ARG005


def searched(everything: Everything, types: Sequence[str]) -> list[SearchEvidence]:
    """Everything of each compartment type that the grant opens, as searches find it."""
    return [together(by_patient(everything.gatherer, name, everything.patient)) for name in types]


def of_another(fhir: FhirClient, session_b: Session) -> Exchange:
    """The operation on member b, asked for as member a; undecided where it is neither answered nor refused."""
    answer = fhir.operation(f"Patient/{session_b.patient.id}/$everything", purpose="the record of another member")
    if not rules.is_decided(answer):
        shown = answer.status or answer.fault
        raise Undecided(f"$everything of another member returned HTTP {shown}: neither served nor refused")
    return answer


def with_few_scopes(everything: Everything, own: OwnAuthorization) -> tuple[SearchEvidence, Callable[[str], bool]]:
    """The operation with scopes for Patient and Coverage only, and whether the grant opens a type."""
    wanted = own.authorizations.smaller("Patient", "Coverage")
    answer = own.grant(scopes=wanted, reason="what does $everything show with few scopes")
    granted = answer.scopes
    if granted.raw and opens(granted, "ExplanationOfBenefit", "r"):
        raise Undecided("more was granted than requested, see PA-SCOP-001", blocked_by="PA-SCOP-001")
    client, patient = own.fhir(answer), own.patient(answer)
    first = client.operation(f"Patient/{patient}/$everything", purpose="$everything with few scopes")
    asked = {"Patient", "Coverage"}
    return everything.pages(first, client), lambda name: name in asked if not granted.raw else opens(granted, name, "r")


def windows_of_care(everything: Everything, whole: SearchEvidence) -> list[tuple[SearchEvidence, times.Window]]:
    """The operation for a month, for the year around it, for all from the month on and for all up to it."""
    found = times.windows(rules.record(whole))
    if found is None:
        raise Undecided("the record has no month with care in it and care outside; give member a older care")
    (start, end), (earlier, later) = found
    asked = ((start, end), (earlier, later), (start, ""), ("", end))
    return [
        (everything(**{name: value for name, value in zip(("start", "end"), each, strict=True) if value}), each)
        for each in asked
    ]


def updates_since(everything: Everything, whole: SearchEvidence) -> list[tuple[SearchEvidence, str]]:
    """The operation since a time between two updates, and since a time in the far future."""
    middle = times.moment_between(rules.record(whole))
    if not middle:
        raise Undecided("all records were updated at one time, or do not say when; give member a newer records")
    return [(everything(_since=each), each) for each in (middle, FAR_AHEAD)]


def _two_types(whole: SearchEvidence) -> tuple[str, ...]:
    """Two types of the record: Coverage and claims where they are there."""
    held = list(dict.fromkeys(str(each["resourceType"]) for each in rules.personal(rules.record(whole))))
    preferred = [name for name in ("Coverage", "ExplanationOfBenefit") if name in held]
    found = tuple(dict.fromkeys([*preferred, *held]))[:2]
    if len(found) < 2:
        raise Undecided("the record has fewer than two types; give member a coverage and claims")
    return found


def by_type(everything: Everything, whole: SearchEvidence) -> dict[str, tuple[SearchEvidence, tuple[str, ...]]]:
    """The operation for two types as a list and as a repeated parameter, and for each of them, by the form's name."""
    types = _two_types(whole)
    pairs = [("_type", name) for name in types]
    repeated = everything.client.operation(everything.path, pairs, purpose="$everything of two types")
    return {
        "a list of types": (everything(_type=",".join(types)), types),
        "_type repeated": (everything.pages(repeated), types),
        **{f"_type={name}": (everything(_type=name), (name,)) for name in types},
    }


def in_pages(everything: Everything, whole: SearchEvidence) -> tuple[SearchEvidence, int]:
    """The operation in pages of five, of more where that would be too many pages."""
    count = max(5, len(rules.record(whole)) // _MAX_PAGES_ASKED)
    return everything(_count=str(count)), count


def dangling(everything: Everything, collection: Collection) -> tuple[list[rules.Dangling], int]:
    """References of what the operation returned that lead to nothing, and how many were followed."""
    held = {
        name for request in collection.requests if request.what.endswith(everything.name) for name in request.returned
    }
    followed = [each for each in collection.references if each.outcome in _FOLLOWED and each.source in held]
    refused = [each for each in followed if each.outcome == "refused"]
    return [rules.Dangling(each.source, each.path, each.target, each.status, each.exchange) for each in refused], len(
        followed
    )


def variants(everything: Everything) -> rules.Variants:
    """The operation asked wrongly, by POST, and for the type."""
    client = everything.client
    body = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueCode": "Coverage"}]}
    unknown = client.operation("Patient/nobody-has-this-id/$everything", purpose="$everything of an unknown patient")
    posted = client.operation(everything.path, body=body, purpose="$everything by POST")
    type_level = client.operation("Patient/$everything", purpose="$everything of the type Patient")
    return rules.Variants(
        everything(start="bad"),
        everything.pages(unknown),
        everything.pages(posted),
        everything(_type="Coverage"),
        everything.pages(type_level),
    )
