"""Searches for the member, by what the member's own Patient says, and ``$docref``, the member's documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import is_searchset, none_extra, same_matches
from conformance.areas.shared.evidence import SearchEvidence, identity
from conformance.areas.shared.searches import PATIENT_ELEMENT, belongs_to
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.search_oracle import Pairs

Resource = dict[str, Any]

_UNUSABLE = set(",|$\\")
_ANOTHER_DAY = ("1901-02-03", "1902-03-04")


@dataclass(frozen=True, slots=True)
class PatientSearch:
    """A search for patients; ``own`` says that it describes the member in context."""

    asked: Pairs
    own: bool
    search: SearchEvidence


def describing(patient: Resource) -> list[Pairs]:
    """Searches that describe a Patient: id, identifiers, names in any case, birth date and gender with a name."""
    found: list[Pairs] = [(("_id", str(patient["id"])),)] if patient.get("id") else []
    for identifier in _dicts(patient.get("identifier"))[:2]:
        system, value = identifier.get("system"), identifier.get("value")
        if isinstance(value, str) and not _UNUSABLE & set(value):
            found.append((("identifier", value),))
            found += [(("identifier", f"{system}|{value}"),)] if isinstance(system, str) else []
    names = _names(patient)
    for name in names[:2]:
        found += [(("name", name),), (("name", name.upper()),), (("name", name.lower()),)]
    for element, parameter in (("birthDate", "birthdate"), ("gender", "gender")):
        value = patient.get(element)
        if names and isinstance(value, str):
            found.append(((parameter, value), ("name", names[0])))
    return list(dict.fromkeys(found))


def not_describing(patient: Resource) -> list[Pairs]:
    """Searches that name the member and are wrong in one thing."""
    found: list[Pairs] = []
    born, gender = patient.get("birthDate"), patient.get("gender")
    for name in _names(patient)[:1]:
        if isinstance(born, str):
            found.append((("birthdate", next(day for day in _ANOTHER_DAY if day != born)), ("name", name)))
        if gender in {"male", "female"}:
            found.append((("gender", "female" if gender == "male" else "male"), ("name", name)))
        found.append((("name", f"{name}xq"),))
    return found


def only_of(stranger: Resource, patient: Resource) -> list[Pairs]:
    """Searches that describe another member and not this one."""
    shared = {name.casefold() for name in _names(patient)}
    values = {str(each.get("value")) for each in _dicts(patient.get("identifier"))}
    found = []
    for pairs in describing(stranger):
        last = pairs[-1][1]
        if last.rpartition("|")[2] not in values and not any(name.startswith(last.casefold()) for name in shared):
            found.append(pairs)
    return found


def _names(patient: Resource) -> list[str]:
    found: list[str] = []
    for name in _dicts(patient.get("name")):
        given = name.get("given")
        found += [name.get("family", ""), *(given if isinstance(given, list) else [])]
    return [each for each in found if isinstance(each, str) and each and not _UNUSABLE & set(each)]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def found_exactly(searches: Iterable[PatientSearch], patient: str) -> Iterator[Finding]:
    """PA-SRCH-032: what describes the member finds the member alone; what describes another person finds no Patient."""
    for each in searches:
        answer = each.search.first
        if not each.own and answer.status in {403, 404}:
            continue
        problems = list(is_searchset(answer, what=each.search.what))
        yield from problems
        if not problems:
            wanted = {f"Patient/{patient}"} if each.own else set()
            yield from same_matches(
                wanted, each.search.ids, rule="search.patient", what=each.search.what, exchange=answer.number
            )


def documents_of(search: SearchEvidence, patient: str, known: Sequence[str]) -> Iterator[Finding]:
    """PA-SRCH-038: ``$docref`` answers a searchset of the member's DocumentReferences, and of nothing else."""
    number = search.first.number
    problems = list(is_searchset(search.first, what=search.what))
    yield from problems
    if problems:
        return
    yield from belongs_to(search.matches, patient, paths=PATIENT_ELEMENT)
    for resource in search.matches:
        if resource.get("resourceType") != "DocumentReference":
            message = f"{search.what} returned a {resource.get('resourceType')} as a match"
            yield Finding("docref.type", message, resource=identity(resource), exchange=number)
    yield from none_extra(known, search.ids, rule="docref", what=search.what, exchange=number)
    if known and not search.ids:
        message = f"{search.what} finds none of the member's {len(known)} documents"
        yield Finding("docref.empty", message, expected=f"some of {len(known)}", found="0", exchange=number)


def docref_declared(operations: Mapping[str, str]) -> Iterator[Finding]:
    """US Core asks for ``$docref``: a capability statement without it is a gap."""
    if "docref" not in operations:
        yield Finding(
            "docref.undeclared",
            "the capability statement does not declare the operation docref on DocumentReference",
            path="CapabilityStatement.rest.resource.operation",
            expected="docref",
            found=", ".join(sorted(operations)) or "no operation",
        )
