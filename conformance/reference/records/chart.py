"""A record while it is written: it gives ids, dates and meta, and remembers whose it is and what is special in it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import escape
from typing import Any, Literal

from conformance.reference.fhir.dates import eastern
from conformance.reference.fhir.store import DELETED, Entry
from conformance.reference.records.elements import Element, reference
from conformance.reference.records.identities import Member, record_id


class Chart:
    """Entries of one member, or of nobody (the network). Days are counted from the base date: -30 is a month ago.

    ``facts`` go to the fixture manifest, by ``Type/id``.
    """

    def __init__(self, base: date, member: Member | None = None) -> None:
        self.base = base
        self.member = member
        self.entries: list[Entry] = []
        self.facts: dict[str, dict[str, Any]] = {}

    @property
    def owner(self) -> str:
        """The patient id of the member, "" for nobody."""
        return self.member.id if self.member else ""

    @property
    def subject(self) -> Element:
        """A reference to the member."""
        assert self.member is not None
        return reference(f"Patient/{self.member.id}")

    def day(self, offset: int) -> str:
        """A date."""
        return (self.base + timedelta(days=offset)).isoformat()

    def moment(self, offset: int, time: str = "09:30") -> str:
        """A date and time with the offset of US Eastern time."""
        day = self.base + timedelta(days=offset)
        return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=eastern(day)).isoformat()

    def offset(self, day: str) -> int:
        """How far a calendar day is from the base date."""
        return (date.fromisoformat(day) - self.base).days

    def add(
        self,
        slug: str,
        updated: int,
        profiles: tuple[str, ...],
        resource: Element,
        *,
        version: int = 1,
        state: Literal[0, 1, 2] = 0,
    ) -> str:
        """Store a resource and return what refers to it, ``Type/id``. ``updated`` is the day of its last change."""
        type_name = str(resource["resourceType"])
        key = self.member.key if self.member else "network"
        logical_id = record_id(key, type_name, slug)
        if type_name == "Patient":
            logical_id = self.owner
        minute = int(logical_id[-2:], 16) % 60
        meta: Element = {"versionId": str(version), "lastUpdated": self.moment(min(updated, -1), f"18:{minute:02}:07")}
        if profiles:
            meta["profile"] = list(profiles)
        body = {"resourceType": type_name, "id": logical_id, "meta": meta, **narrative(resource)} | resource
        self.entries.append(Entry(body, self.owner, state))
        return f"{type_name}/{logical_id}"

    def note(self, name: str, /, *tags: str, **facts: Any) -> None:
        """Remember what is special about a record: words (``is``) and facts of the fixture manifest."""
        noted = self.facts.setdefault(name, {})
        noted.update(facts)
        noted["is"] = [*noted.get("is", []), *tags]

    def replace(self, name: str, on: int, **changes: Any) -> None:
        """A new version of a record."""
        last = next(entry for entry in reversed(self.entries) if named(entry.resource) == name)
        self.entries.append(Entry(last.resource | changes | {"meta": self._next(last.resource, on)}, self.owner))

    def delete(self, name: str, on: int) -> None:
        """The last version of a record: its deletion."""
        last = next(entry for entry in reversed(self.entries) if named(entry.resource) == name)
        self.entries.append(Entry(last.resource | {"meta": self._next(last.resource, on)}, self.owner, DELETED))

    def _next(self, resource: Element, on: int) -> Element:
        number = int(resource["meta"]["versionId"]) + 1
        changed = {"versionId": str(number), "lastUpdated": self.moment(on, "18:20:00")}
        return {**resource["meta"], **changed}


def narrative(resource: Element) -> Element:
    """What a person reads of a resource, as safe XHTML: its type, and what it is called."""
    if resource["resourceType"] == "Binary":
        return {}
    words = f"{resource['resourceType']}: {' '.join(_words(resource))}".rstrip(": ")
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(words)}</p></div>'
    return {"text": {"status": "generated", "div": div}}


def _words(resource: Element) -> list[str]:
    for element in ("code", "vaccineCode", "medicationCodeableConcept"):
        concept = resource.get(element)
        if isinstance(concept, dict) and concept.get("text"):
            return [str(concept["text"])]
    name = resource.get("name")
    if isinstance(name, list):
        return [*name[0].get("given", []), name[0]["family"]]
    if isinstance(name, str):
        return [name]
    numbers = [each["value"] for each in resource.get("identifier", [])]
    return [str(number) for number in numbers[:1]]


def named(resource: Element) -> str:
    """``Type/id`` of a resource."""
    return f"{resource['resourceType']}/{resource['id']}"
