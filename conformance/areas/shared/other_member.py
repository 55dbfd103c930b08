"""Values that identify a member, read from their own records: ids, names, numbers, and the values to search by."""

from __future__ import annotations

import json
import re
import secrets
import string
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.compartment import owners, targets
from conformance.areas.shared.evidence import identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


Resource = dict[str, Any]
MIN_LENGTH = 4
"""Shorter values (``Ann``, ``41``) occur anywhere by chance."""

_NAMED = {"family": "family name", "given": "given name", "text": "name"}


def other_member_from(
    patient: str, theirs: Sequence[Resource], ours: Iterable[Resource], usual: str = ""
) -> OtherMember:
    """The other member, from what their own session opened.

    Their records are those that name them, and Provenance that targets only those. A value that the requesting
    member's records share, or that is in ``usual`` (the text of every refusal), does not identify them.
    """
    own = {identity(resource) for resource in theirs if patient in (owners(resource) or ())}
    own |= {identity(resource) for resource in theirs if targets(resource) and targets(resource) <= own}
    shared = json.dumps(list(ours), ensure_ascii=False) + usual
    identifying_values = {
        value: kind
        for resource in theirs
        for value, kind in _identifying_values(resource, patient)
        if value not in shared
    }
    return OtherMember(patient, frozenset(own), {patient: "patient id", **identifying_values})


def _identifying_values(resource: Resource, patient: str) -> Iterator[tuple[str, str]]:
    kind = str(resource.get("resourceType"))
    if identity(resource) == f"Patient/{patient}":
        for name in _objects(resource.get("name")):
            for part, label in _NAMED.items():
                for value in _texts(name.get(part)):
                    yield value, label
        for element, part, label in (("telecom", "value", "telecom"), ("address", "line", "address")):
            for item in _objects(resource.get(element)):
                for value in _texts(item.get(part)):
                    yield value, label
        for value in _texts(resource.get("birthDate")):
            yield value, "birth date"
    if kind in {"Patient", "Coverage", "ExplanationOfBenefit"} and patient in (owners(resource) or ()):
        label = {"Patient": "member number", "Coverage": "coverage number"}.get(kind, "claim number")
        for value in identifiers(resource):
            yield value.rpartition("|")[2], label
        for value in _texts(resource.get("subscriberId")):
            yield value, label


def identifiers(resource: Resource) -> list[str]:
    """The identifiers of a resource as search values: ``system|value``, or the value alone without a system."""
    found = []
    for item in _objects(resource.get("identifier")):
        value, system = item.get("value"), item.get("system")
        if isinstance(value, str) and len(value) >= MIN_LENGTH:
            found.append(f"{system}|{value}" if isinstance(system, str) else value)
    return found


def people_searches(patient: Resource) -> list[tuple[str, str]]:
    """``(parameter, value)`` of the searches that find a person: numbers, names, birth date, telephone."""
    found = [("identifier", value) for value in identifiers(patient)[:3]]
    found += [("identifier", value.rpartition("|")[2]) for value in identifiers(patient)[:1] if "|" in value]
    for name in _objects(patient.get("name"))[:1]:
        for parameter, part in (("name", "family"), ("family", "family"), ("given", "given")):
            found += [(parameter, value) for value in _texts(name.get(part))[:1]]
    found += [("birthdate", value) for value in _texts(patient.get("birthDate"))]
    for item in _objects(patient.get("telecom"))[:1]:
        found += [("telecom", value) for value in _texts(item.get("value"))]
    return found


def attachment_urls(documents: Iterable[Resource]) -> list[str]:
    """Addresses of the content of documents, each once."""
    found: dict[str, None] = {}
    for document in documents:
        for content in _objects(document.get("content")):
            attachment = content.get("attachment")
            url = attachment.get("url") if isinstance(attachment, dict) else None
            if isinstance(url, str) and url:
                found.setdefault(url)
    return list(found)


def version_of(resource: Mapping[str, Any]) -> str:
    """``meta.versionId`` of a resource; ``1`` when it has none."""
    meta = resource.get("meta")
    value = meta.get("versionId") if isinstance(meta, dict) else None
    return value if isinstance(value, str) and value else "1"


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if isinstance(item, str) and len(item) >= MIN_LENGTH]


@dataclass(frozen=True, slots=True)
class OtherMember:
    """The other member, by what must not be seen of them.

    ``identities`` are ``Type/id`` of their records; ``identifying_values`` are values of theirs alone (name, birth
    date, member number, …) and the kind of each.
    """

    patient: str
    identities: frozenset[str] = frozenset()
    identifying_values: Mapping[str, str] = field(default_factory=dict)


def lookalike(resource_id: str) -> str:
    """An unknown id of the same form as a given one: digits for digits, letters for letters."""
    if re.fullmatch(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", resource_id, re.IGNORECASE):
        return str(uuid.uuid4())
    return "".join(_another(character) for character in resource_id) or uuid.uuid4().hex


def _another(character: str) -> str:
    if character.isdigit():
        return secrets.choice(string.digits)
    if character.isalpha():
        return secrets.choice(string.ascii_lowercase if character.islower() else string.ascii_uppercase)
    return character
