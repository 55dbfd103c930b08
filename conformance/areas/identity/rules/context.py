"""Who logged in and whose record is open: fhirUser, sub and patient compared.

SMART App Launch 2.2.0 "Scopes for requesting identity data" and "Launch context arrives with your access_token"; 42 CFR
422.119(a) for personal representatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.evidence import identity
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.areas.shared.documents import Answer


@dataclass(frozen=True, slots=True)
class UserRead:
    """The resource that fhirUser names (``Type/id``), and the answer to reading it.

    ``opened`` says that the grant opens its type; ``foreign`` is the base of another server that holds the resource,
    which is then not requested.
    """

    user: str
    answer: Answer | None
    opened: bool = True
    foreign: str = ""


def user_is_readable(read: UserRead) -> Iterator[Finding]:
    """PA-IDEN-008: fhirUser resolves, against the FHIR base, to the resource it names."""
    if read.answer is None:
        yield Finding(
            "identity.fhir-user.foreign",
            "fhirUser names a resource of another server, for which the app has no token",
            severity="warning",
            path="fhirUser",
            expected="a resource below the FHIR base",
            found=read.foreign,
        )
        return
    if read.answer.status != 200:
        yield Finding(
            "identity.fhir-user.unreadable" if read.opened else "identity.fhir-user.closed",
            f"reading fhirUser returned HTTP {read.answer.status}"
            + ("" if read.opened else "; the grant does not open its type"),
            severity="error" if read.opened else "warning",
            path="fhirUser",
            expected="200",
            found=str(read.answer.status),
            resource=read.user,
            exchange=read.answer.number,
        )
        return
    if identity(resource_of(read.answer)) != read.user:
        yield Finding(
            "identity.fhir-user.another",
            "reading fhirUser returned another resource",
            path="fhirUser",
            expected=read.user,
            found=identity(resource_of(read.answer)),
            exchange=read.answer.number,
        )


def user_is_the_patient(user: str, patient: str) -> Iterator[Finding]:
    """PA-IDEN-009: the fhirUser of a member who opens their own record is, as a Patient, the patient in context."""
    if user != f"Patient/{patient}":
        yield Finding(
            "identity.fhir-user.not-the-patient",
            "fhirUser is not the Patient in context, although the member opened their own record",
            path="fhirUser",
            expected=f"Patient/{patient}",
            found=user,
        )


def dependent_is_open(patient: str, chosen: str) -> Iterator[Finding]:
    """PA-IDEN-010: the record in context is that of the dependent the representative chose."""
    if patient != chosen:
        yield Finding(
            "identity.representative.patient",
            "the patient in context is not the dependent whom the representative chose",
            path="patient",
            expected=chosen,
            found=patient,
        )


def user_is_not_the_dependent(user: str, chosen: str) -> Iterator[Finding]:
    """PA-IDEN-010: fhirUser is the representative, never the person represented."""
    if user == f"Patient/{chosen}":
        yield Finding(
            "identity.representative.user",
            "fhirUser is the dependent, although a representative logged in",
            path="fhirUser",
            expected="the representative as RelatedPerson, Person or Patient",
            found=user,
        )


@dataclass(frozen=True, slots=True)
class Subject:
    """``sub`` and the patient in context.

    ``answer`` is the answer to reading ``Patient/{sub}``, None when sub cannot be an id. ``others`` are patient ids
    that the target names for other people.
    """

    sub: str
    patient: str
    answer: Answer | None
    others: Collection[str] = ()


def subject_names_no_other_patient(subject: Subject, *, mode: str) -> Iterator[Finding]:
    """PA-IDEN-011: an app that takes the patient's id from ``sub`` never gets the id of another patient.

    ``standard`` and ``either``: sub may be opaque, but never another Patient. ``documented``: it is the patient's id,
    and readable as such.
    """
    bare = subject.sub.removeprefix("Patient/")
    found = resource_of(subject.answer) if subject.answer is not None and subject.answer.status == 200 else {}
    readable = found.get("resourceType") == "Patient"
    number = subject.answer.number if subject.answer is not None else 0
    if bare != subject.patient and (readable or bare in subject.others):
        yield Finding(
            "identity.sub.another-patient",
            "sub is the id of another Patient than the one in context",
            path="sub",
            expected=f"{subject.patient}, or no patient's id at all",
            found=subject.sub,
            exchange=number,
        )
    elif mode == "documented" and (bare != subject.patient or not readable):
        yield Finding(
            "identity.sub.not-the-patient",
            "the documentation takes the patient's id from sub, but sub is not the id of a readable Patient",
            path="sub",
            expected=subject.patient,
            found=subject.sub,
            exchange=number,
        )
