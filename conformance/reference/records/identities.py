"""The members. Everything that identifies one is invented; ids are opaque and do not follow from each other."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

_RECORDS = uuid.UUID("0d3f7a52-6f7b-4c55-8c5e-0d7f3a1b9c44")


def record_id(*path: str) -> str:
    """The id of a record: the same in every run, without meaning."""
    return str(uuid.uuid5(_RECORDS, "/".join(path)))


@dataclass(frozen=True, slots=True)
class Member:
    """A member. ``number`` is the member number on the card; ``policy`` the subscriber's contract."""

    key: str
    given: tuple[str, ...]
    family: str
    gender: str
    born: str
    number: str
    policy: str

    @property
    def id(self) -> str:
        """The id of the member's Patient resource."""
        return record_id(self.key, "Patient")

    @property
    def full_name(self) -> str:
        """Given and family names."""
        return " ".join((*self.given, self.family))


def related_person_id(dependent: Member, representative: Member) -> str:
    """The id of the RelatedPerson that stands for a representative in a dependent's record."""
    return record_id(dependent.key, "RelatedPerson", representative.key)


MARIA = Member("maria", ("María", "Elena"), "Álvarez-Núñez", "female", "1968-04-17", "HX40217735", "HXP-118204")
WALTER = Member("walter", ("Walter",), "Brandt", "male", "1951-11-02", "HX40990218", "HXP-118977")
NOOR = Member("noor", ("Noor",), "Haddad", "female", "1990-07-29", "HX41330904", "HXP-120155")
RUTH = Member("ruth", ("Ruth", "Adaeze"), "Okafor", "female", "1983-02-11", "HX40551162", "HXP-119340")
DANIEL = Member("daniel", ("Daniel",), "Okafor", "male", "2014-09-05", "HX40551163", "HXP-119340")
EMEKA = Member("emeka", ("Emeka",), "Okafor", "male", "1979-05-28", "HX40551161", "HXP-119340")
GRACE = Member("grace", ("Grace", "Ifeoma"), "Okafor", "female", "2018-12-20", "HX40551164", "HXP-119340")
MEMBERS = (MARIA, WALTER, NOOR, RUTH, DANIEL, EMEKA, GRACE)
