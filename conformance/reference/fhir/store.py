"""Records in SQLite: current resources, all their versions, and one index table per kind of search parameter.

The file is built once (see `records.cache`) and then only read. ``state`` of a record: live, deleted (its id answers
410), or withheld: kept, but impossible to express in FHIR, so never served (US Core "Missing Data").
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import orjson

from conformance.reference.fhir import index
from conformance.reference.fhir.dates import interval
from conformance.reference.fhir.parameters import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from conformance.reference.fhir.index import Resource

LIVE: Final = 0
DELETED: Final = 1
WITHHELD: Final = 2
SCHEMA = """
CREATE TABLE resource (pk INTEGER PRIMARY KEY, type TEXT, id TEXT, patient TEXT, updated INTEGER, version TEXT,
  state INTEGER, body BLOB, UNIQUE (type, id));
CREATE TABLE version (type TEXT, id TEXT, version TEXT, updated INTEGER, patient TEXT, state INTEGER, body BLOB,
  PRIMARY KEY (type, id, version)) WITHOUT ROWID;
CREATE TABLE manifest (document BLOB);
CREATE TABLE token (pk INTEGER, parameter TEXT, system TEXT, code TEXT, text TEXT);
CREATE TABLE date (pk INTEGER, parameter TEXT, low INTEGER, high INTEGER);
CREATE TABLE reference (pk INTEGER, parameter TEXT, type TEXT, id TEXT);
CREATE TABLE string (pk INTEGER, parameter TEXT, normal TEXT, exact TEXT);
"""
INDEXES = """
CREATE INDEX resource_patient ON resource (patient, type, state, updated);
CREATE INDEX token_pk ON token (pk, parameter);
CREATE INDEX token_code ON token (parameter, code, system, pk);
CREATE INDEX date_pk ON date (pk, parameter);
CREATE INDEX reference_pk ON reference (pk, parameter);
CREATE INDEX reference_target ON reference (type, id, parameter, pk);
CREATE INDEX string_pk ON string (pk, parameter);
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One stored resource, or one version of it. ``patient`` is "" for what belongs to no member."""

    type: str
    id: str
    patient: str
    updated: int
    version: str
    state: int
    body: bytes
    pk: int = 0

    def resource(self) -> Resource:
        """A fresh copy of the resource; free to be changed."""
        return cast("Resource", orjson.loads(self.body))


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource to be stored; the last of several with one type and id is the current version."""

    resource: Resource
    patient: str = ""
    state: Literal[0, 1, 2] = 0


class Store:
    """Read access to the records."""

    COLUMNS = "type, id, patient, updated, version, state, body"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open a built file, read-only."""
        connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        connection.execute("PRAGMA mmap_size = 268435456")
        return cls(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        """The rows of a query."""
        return self._connection.execute(sql, arguments).fetchall()

    def read(self, type_name: str, logical_id: str) -> Record | None:
        """The current record of this type and id, whatever its state."""
        found = self.rows(f"SELECT {self.COLUMNS}, pk FROM resource WHERE type = ? AND id = ?", (type_name, logical_id))  # noqa: S608
        return Record(*found[0]) if found else None

    def versions(self, type_name: str, logical_id: str) -> list[Record]:
        """All versions of a resource, the newest first."""
        sql = f"SELECT {self.COLUMNS} FROM version WHERE type = ? AND id = ? ORDER BY updated DESC"  # noqa: S608
        return [Record(*row) for row in self.rows(sql, (type_name, logical_id))]

    def manifest(self) -> bytes:
        """The fixture manifest of the records, as JSON."""
        return bytes(self.rows("SELECT document FROM manifest")[0][0])

    def records(self, pks: Sequence[int]) -> list[Record]:
        """The records of these keys, in this order."""
        found: dict[int, Record] = {}
        for start in range(0, len(pks), 500):
            chunk = pks[start : start + 500]
            marks = ",".join("?" * len(chunk))
            sql = f"SELECT {self.COLUMNS}, pk FROM resource WHERE pk IN ({marks})"  # noqa: S608
            found |= {row[-1]: Record(*row) for row in self.rows(sql, chunk)}
        return [found[pk] for pk in pks]


def built(connection: sqlite3.Connection, entries: Iterable[Entry], manifest: bytes = b"") -> sqlite3.Connection:
    """Fill an empty database with these entries, and keep the manifest that describes them."""
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
    current: dict[tuple[str, str], tuple[Any, ...]] = {}
    resources: dict[tuple[str, str], Resource] = {}
    for entry in entries:
        resource = entry.resource
        key = (resource["resourceType"], resource["id"])
        meta = resource["meta"]
        updated = interval(meta["lastUpdated"])[0]
        body = b"" if entry.state == DELETED else orjson.dumps(resource)
        current[key] = (*key, entry.patient, updated, meta["versionId"], entry.state, body)
        resources[key] = resource
        row = (*key, meta["versionId"], updated, entry.patient, entry.state, body)
        connection.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    for pk, (key, row) in enumerate(current.items(), 1):
        connection.execute("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (pk, *row))
        if row[5] == LIVE:
            _insert_index(connection, pk, resources[key])
    connection.execute("INSERT INTO manifest VALUES (?)", (manifest,))
    connection.executescript(INDEXES + "ANALYZE;")
    connection.commit()
    return connection


def _insert_index(connection: sqlite3.Connection, pk: int, resource: Resource) -> None:
    for table, found in index.rows(resource).items():
        if found:
            marks = ", ".join("?" * (len(found[0]) + 1))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", [(pk, *row) for row in found])  # noqa: S608


def compartment(resource: Resource, known: dict[str, str]) -> str:
    """The member a resource belongs to, "" for none; ``known`` tells it for targets, as ``{"Type/id": patient}``."""
    served = TYPES.get(resource["resourceType"])
    if served is None or not served.patient:
        return ""
    if served.patient == "id":
        return str(resource["id"])
    target = next(index.values(resource, f"{served.patient}.reference"), "")
    return known.get(target, "") if not target.startswith("Patient/") else str(target.removeprefix("Patient/"))
