"""Lists of the requests that a member could try for another member's records; nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.compartment import NOT_SEARCHED_BY_PATIENT, OWNER
from conformance.areas.shared.fixtures.collection import opens
from conformance.areas.shared.other_member import identifiers, people_searches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.collection import Collection
    from conformance.oauth.session import Session

Resource = dict[str, Any]
Pairs = tuple[tuple[str, str], ...]

_BY_SUBJECT = frozenset(name for name, path in OWNER.items() if path == ("subject",))
_MAX_SUPPORTING = 3
_REVERSE = (
    *("ExplanationOfBenefit:insurer", "ExplanationOfBenefit:provider", "ExplanationOfBenefit:care-team"),
    *(
        "Coverage:payor",
        "Condition:asserter",
        "DocumentReference:author",
        "Encounter:location",
        "Encounter:participant",
    ),
    *("MedicationRequest:medication", "MedicationRequest:requester", "Observation:performer", "Procedure:performer"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: a search, a posted search or an operation. ``what`` names it without values."""

    path: str
    params: Pairs = ()
    method: str = "GET"
    query: Pairs = ()

    @property
    def what(self) -> str:
        """How findings name it."""
        shown = "&".join(f"{name}=…" for name, _ in (*self.query, *self.params))
        kind = self.path if self.method == "GET" else f"{self.method} {self.path}/_search"
        return f"{kind}?{shown}" if shown else kind

    @property
    def sent(self) -> tuple[str, ...]:
        """Every value in it."""
        return (self.path, *(value for _, value in (*self.query, *self.params)))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two members: the one we are (``context``), the one we must not see, and what each has."""

    context: str
    theirs: Collection
    ours: Collection
    types: Sequence[str]

    @property
    def other(self) -> str:
        """The other member's patient id."""
        return self.theirs.patient

    def first(self, type_name: str) -> Resource:
        """A record of the other member; empty when there is none."""
        return next(iter(self.theirs.of(type_name)), {})


def by_patient(pair: Pair) -> Iterator[Asked]:
    """PA-ISO-003: the other patient in every form of reference, and both patients at once."""
    for name in pair.types:
        if name == "Patient" or name in NOT_SEARCHED_BY_PATIENT:
            continue
        for value in (pair.other, f"Patient/{pair.other}", f"{pair.context},{pair.other}"):
            yield Asked(name, (("patient", value),))
        if name in _BY_SUBJECT:
            yield Asked(name, (("subject", f"Patient/{pair.other}"),))
        if name == "Coverage":
            yield Asked(name, (("beneficiary", f"Patient/{pair.other}"),))


def searched_without_patient(types: Sequence[str], session: Session) -> list[str]:
    """The compartment types, and Provenance where the grant opens its search."""
    return [*types, *(["Provenance"] if opens(session.scopes, "Provenance", "s") else [])]


def without_patient(types: Sequence[str]) -> Iterator[Asked]:
    """PA-ISO-004: searches that name no patient."""
    for name in types:
        yield Asked(name)
        yield Asked(name, (("_count", "50"),))
        yield Asked(name, (("_lastUpdated", "ge1900"),))


def by_identity(pair: Pair) -> Iterator[Asked]:
    """PA-ISO-005: numbers, names and ids of the other member."""
    for parameter, value in people_searches(pair.first("Patient")):
        yield Asked("Patient", ((parameter, value),))
    for name in pair.types:
        record = pair.first(name)
        if record.get("id"):
            yield Asked(name, (("_id", str(record["id"])),))
            own = pair.ours.of(name)
            if own:
                yield Asked(name, (("_id", f"{own[0].get('id')},{record['id']}"),))
        for value in identifiers(record)[:1] if name != "Patient" else ():
            yield Asked(name, (("identifier", value),))
            if "|" in value:
                yield Asked(name, (("identifier", value.rpartition("|")[2]),))


def posted(pair: Pair) -> Iterator[Asked]:
    """PA-ISO-006: the same as form posts, and with address and body at odds."""
    context, other = (("patient", pair.context),), (("patient", f"Patient/{pair.other}"),)
    for name in pair.types:
        if name != "Patient" and name not in NOT_SEARCHED_BY_PATIENT:
            yield Asked(name, (("patient", pair.other),), "POST")
            yield Asked(name, other, "POST", context)
            yield Asked(name, context, "POST", other)
        record = pair.first(name)
        if record.get("id"):
            yield Asked(name, (("_id", str(record["id"])),), "POST")
        for value in identifiers(record)[:1]:
            yield Asked(name, (("identifier", value),), "POST")
    for parameter, value in people_searches(pair.first("Patient"))[:3]:
        yield Asked("Patient", ((parameter, value),), "POST")


def chained(pair: Pair) -> Iterator[Asked]:
    """PA-ISO-007: chains and reverse chains on what is known of the other member."""
    numbers = identifiers(pair.first("Patient"))[:1]
    family = [(name, value) for name, value in people_searches(pair.first("Patient")) if name == "family"]
    for name in pair.types:
        if name == "Patient" or name in NOT_SEARCHED_BY_PATIENT:
            continue
        for value in numbers:
            yield Asked(name, (("patient.identifier", value),))
            yield Asked(name, (("patient:Patient.identifier", value),))
        record = pair.first(name)
        reverse = "beneficiary" if name == "Coverage" else "patient"
        for value in identifiers(record)[:1]:
            yield Asked("Patient", ((f"_has:{name}:{reverse}:identifier", value),))
        if record.get("id"):
            yield Asked("Patient", ((f"_has:{name}:{reverse}:_id", str(record["id"])),))
    for _, value in family:
        yield Asked("ExplanationOfBenefit", (("patient.family", value),))
        yield Asked("Coverage", (("beneficiary:Patient.family", value),))


def included(pair: Pair) -> Iterator[Asked]:
    """PA-ISO-007: what includes pull in, from our own record and from what members share (a payer, a doctor)."""
    everything = tuple(
        ("_revinclude", f"{name}:{'beneficiary' if name == 'Coverage' else 'patient'}")
        for name in pair.types
        if name != "Patient" and name not in NOT_SEARCHED_BY_PATIENT
    )
    yield Asked("Patient", (("_id", pair.context), *everything))
    yield Asked("Patient", (("_id", pair.other), *everything))
    yield Asked("Patient", everything)
    for name in pair.types:
        if name != "Patient" and pair.ours.of(name) and name not in NOT_SEARCHED_BY_PATIENT:
            yield Asked(name, (("patient", pair.context), ("_include", f"{name}:*"), ("_revinclude", "*")))
    yield Asked("Coverage", (("patient", pair.context), ("_revinclude", "ExplanationOfBenefit:coverage")))
    reverse = tuple(("_revinclude", value) for value in _REVERSE)
    for name in ("Organization", "Practitioner", "Location", "Medication"):
        for resource in pair.theirs.of(name)[:_MAX_SUPPORTING]:
            yield Asked(name, (("_id", str(resource.get("id"))), *reverse))


def compartment_urls(pair: Pair) -> Iterator[Asked]:
    """PA-ISO-007: the other member's compartment by address."""
    home = f"Patient/{pair.other}"
    yield Asked(f"{home}/*")
    for name in pair.types:
        if name != "Patient":
            yield Asked(f"{home}/{name}")
            yield Asked(f"{home}/{name}", (), "POST")
    yield Asked("", (("_type", "Patient,Coverage,ExplanationOfBenefit"),))


def operations(pair: Pair) -> Iterator[Asked]:
    """PA-ISO-007: operations that name the other member, and those that name no patient."""
    yield Asked(f"Patient/{pair.other}/$everything")
    yield Asked("Patient/$everything")
    yield Asked("Patient/$everything", (("patient", pair.other),))
    for value in (pair.other, f"Patient/{pair.other}"):
        yield Asked("DocumentReference/$docref", (("patient", value),))


def batch_entries(pair: Pair) -> tuple[list[str], int]:
    """PA-ISO-012: relative addresses for a batch, and how many of them, from the first, read one record."""
    names = [name for name in ("ExplanationOfBenefit", "Coverage", *pair.types) if pair.theirs.of(name)]
    reads = [f"Patient/{pair.other}"]
    reads += [f"{name}/{pair.first(name)['id']}" for name in dict.fromkeys(names) if name != "Patient"][:4]
    searches = [f"{name}?patient={pair.other}" for name in dict.fromkeys(names) if name != "Patient"][:2]
    return [*reads, *searches, f"Patient/{pair.other}/$everything"], len(reads)


def hints(pair: Pair, subject: str, path: str) -> dict[str, str]:
    """PA-ISO-014: headers by which gateways pass the caller's identity to an API, naming the other member.

    ``subject`` is the other member's ``sub``, ``path`` the path of the FHIR base.
    """
    named = dict.fromkeys(
        ("X-Patient-Id", "X-Patient", "X-Member-Id", "X-Fhir-Patient", "X-Launch-Patient"), pair.other
    )
    users = dict.fromkeys(
        ("X-Forwarded-User", "X-Remote-User", "Remote-User", "X-User-Id", "X-Authenticated-User"), subject or pair.other
    )
    addresses = dict.fromkeys(("X-Original-URL", "X-Rewrite-URL"), f"{path}/Patient/{pair.other}")
    return {**named, **users, **addresses, "Cookie": f"patient={pair.other}; patientId={pair.other}"}
