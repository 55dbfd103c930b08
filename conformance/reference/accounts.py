"""Who can log in: people, their credentials, and the members whose records they may open.

42 CFR 422.119(a) gives access to the enrollee and to the enrollee's personal representative, so a person and a patient
are different things here: ``sub`` and ``fhirUser`` identify the person, ``patient`` the member whose record is open.
Credentials are random per process: nothing in this repository is a password.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from dataclasses import dataclass, field

from conformance.reference.records import identities

_SUBJECTS = uuid.UUID("5b0f4c1e-62f5-4c0b-9a55-2f6c5a7a0d11")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with a login. ``choices`` are the patient ids this person may open, their own first if they have one."""

    key: str
    username: str
    name: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)
    choices: tuple[str, ...]
    own: str = ""
    related: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """An opaque, stable identifier of the person; never the id of a patient (OpenID Connect Core 2)."""
        return uuid.uuid5(_SUBJECTS, self.username).hex

    def fhir_user(self, patient: str) -> str:
        """The person as a resource, as seen from an open record: their own Patient, or their RelatedPerson there."""
        if patient in self.related:
            return f"RelatedPerson/{self.related[patient]}"
        return f"Patient/{self.own}"


def people() -> dict[str, Person]:
    """Everyone with a login by user name, with fresh credentials."""
    accounts = [
        _person("a", "maria.alvarez", identities.MARIA),
        _person("b", "walter.brandt", identities.WALTER),
        _person("empty", "noor.haddad", identities.NOOR),
        _person(
            "representative",
            "ruth.okafor",
            identities.RUTH,
            dependents=(identities.DANIEL, identities.EMEKA, identities.GRACE),
        ),
    ]
    return {person.username: person for person in accounts}


def _person(
    key: str, username: str, member: identities.Member, dependents: tuple[identities.Member, ...] = ()
) -> Person:
    return Person(
        key=key,
        username=username,
        name=member.full_name,
        password=secrets.token_urlsafe(12),
        totp_secret=base64.b32encode(secrets.token_bytes(20)).decode(),
        choices=(member.id, *(dependent.id for dependent in dependents)),
        own=member.id,
        related={dependent.id: identities.related_person_id(dependent, member) for dependent in dependents},
    )
