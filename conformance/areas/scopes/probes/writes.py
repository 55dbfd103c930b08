"""Attempts to write with a token that may only read, and what becomes of a write that the server accepted.

What was created is deleted again; what cannot be deleted, and whatever else was written, is named in the run's notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.areas.scopes.rules.writes import Unchanged, Write, is_accepted, is_refused
from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.other_member import lookalike
from conformance.errors import Undecided
from conformance.fhir.reference import is_local, parse

if TYPE_CHECKING:
    from conformance.areas.scopes.probes.known import KnownRecords
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

GONE = (404, 410)


@dataclass(slots=True)
class _Record:
    """A resource of the member on which writes are tried, and the ids of its type before the attempts."""

    fhir: FhirClient
    name: str
    id: str
    before: Exchange
    listed: frozenset[str]
    attempts: list[Write] = field(default_factory=list)
    created: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def attempt(self, method: str, path: str, body: object, what: str) -> Exchange:
        """Send one write and keep what it was answered."""
        headers = {"Content-Type": "application/json-patch+json"} if method == "PATCH" else {}
        answer = self.fhir.send(method, path, body=body, headers=headers, purpose=what, endpoint=f"write {method}")
        self.attempts.append(Write(f"{what} ({method})", answer))
        return answer


def write(run: Run, session: Session, fhir: FhirClient, known: KnownRecords) -> tuple[list[Write], list[Unchanged]]:
    """Creating, updating, patching and deleting with read scopes, and the record before and after.

    The member's own record is deleted last, and only while every other attempt was refused.
    """
    if not run.target.allows("writes"):
        raise Undecided("the target does not allow write probes; add writes to allow in the target file")
    if any(scope.interactions & frozenset("cud") for scope in session.scopes):
        raise Undecided("the shared session was granted more than reading, see PA-SCOP-015", blocked_by="PA-SCOP-015")
    name = next((each for each, ids in known.found.items() if each != "Patient" and ids), "")
    if not name:
        raise Undecided("member a has nothing a write could change; give members.a a record")
    own = known.found[name][0]
    record = _Record(fhir, name, own, fhir.read(name, own, purpose="before writing"), _ids(fhir, known, name))
    _create(record)
    _change(record)
    run.notes += record.notes
    after, left = fhir.read(name, own, purpose="after writing"), _ids(fhir, known, name)
    return record.attempts, [
        Unchanged(f"{name}/{own}", _content(record.before), _content(after)),
        Unchanged(f"what searching {name} finds", record.listed, left - record.created),
    ]


def _create(record: _Record) -> None:
    """POST a copy, and PUT one under an id that does not exist; what either created is deleted."""
    name, copy = record.name, resource_of(record.before)
    unknown = lookalike(record.id)
    without_id = {key: value for key, value in copy.items() if key != "id"}
    posted = record.attempt("POST", name, without_id, f"creating a {name}")
    put = record.attempt("PUT", f"{name}/{unknown}", {**copy, "id": unknown}, f"updating a {name} with an unknown id")
    if is_accepted(posted.status):
        _remove(record, _created_id(record, posted))
    if is_accepted(put.status):
        _remove(record, _created_id(record, put) or unknown)


def _change(record: _Record) -> None:
    """PUT the record as it is, PATCH nothing of it, and DELETE it while every write was refused."""
    name, place = record.name, f"{record.name}/{record.id}"
    updated = record.attempt("PUT", place, resource_of(record.before), f"updating a {name}")
    record.attempt("PATCH", place, [{"op": "test", "path": "/id", "value": record.id}], f"patching a {name}")
    if is_accepted(updated.status):
        record.notes.append(f"the write probe updated {place} with the content that it had")
    if all(is_refused(attempt.answer.status) for attempt in record.attempts):
        deleted = record.attempt("DELETE", place, None, f"deleting a {name}")
        if is_accepted(deleted.status):
            record.notes.append(f"the write probe deleted {place}: the server accepted DELETE with read scopes")


def _remove(record: _Record, identity: str) -> None:
    """Delete what the run created, look whether it is gone, and note how that ended."""
    place = f"{record.name}/{identity}"
    if not identity:
        said = "was accepted, but the answer does not name what was created; remove it by hand"
        record.notes.append(f"the write probe's POST of a {record.name} {said}")
        return
    record.created.add(identity)
    answer = record.attempt("DELETE", place, None, f"deleting the {record.name} that was created")
    left = record.fhir.read(record.name, identity, purpose="is what was created gone")
    if left.status in GONE:
        record.notes.append(f"the write probe created {place} and deleted it")
    else:
        said = f"DELETE was answered {_said(answer)} and reading it {_said(left)}"
        record.notes.append(f"the write probe created {place} and did not delete it ({said}); remove it by hand")


def _created_id(record: _Record, answer: Exchange) -> str:
    """The id in Location, else in the body (R4 RESTful API, create); empty for one that was there before."""
    location = parse(answer.headers.get("location", "").removesuffix("/"))
    body = resource_of(answer)
    found = ""
    if location.type == record.name and is_local(location, record.fhir.base):
        found = location.id
    elif body.get("resourceType") == record.name:
        found = str(body.get("id") or "")
    return "" if found in record.listed or found == record.id else found


def _said(answer: Exchange) -> str:
    return f"HTTP {answer.status}" if answer.status else f"nothing ({answer.fault})"


def _content(answer: Exchange) -> tuple[int, dict[str, Any]]:
    return answer.status, resource_of(answer)


def _ids(fhir: FhirClient, known: KnownRecords, name: str) -> frozenset[str]:
    first = fhir.search(name, known.search(name), purpose="what is there")
    return frozenset(str(match.get("id")) for page in fhir.pages(first) for match in page.matches)
