"""The built records: one SQLite file per generator and base date in the user's cache folder.

The key is a hash over the source of everything that shapes the file, so that a changed story is a new file.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from conformance.reference.fhir.store import Entry, Store, built
from conformance.reference.records.manifest import manifest
from conformance.reference.records.stories import Population, large, standard, with_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

POPULATIONS: dict[str, Callable[[date], Population]] = {"standard": standard, "large": large}
CLAIMS = "claims-"
KEPT_FILES = 8


def population(base: date, name: str) -> Population:
    """The population of a name: one of :data:`POPULATIONS`, or ``claims-N`` for N routine claims of Maria's."""
    if name.startswith(CLAIMS):
        return with_claims(base, int(name.removeprefix(CLAIMS)))
    return POPULATIONS[name](base)


def open_store(base: date, name: str = "standard") -> Store:
    """The records of a population as of a base date, built now if they never were."""
    folder = cache_folder()
    path = folder / f"{name}-{base}-{source_hash()}.sqlite"
    if not path.exists():
        _build(path, population(base, name))
        _tidy(folder)
    return Store.open(path)


def store_in_memory(base: date, name: str, changes: Sequence[Callable[[list[Entry]], list[Entry]]]) -> Store:
    """The records of a population after some changes; never cached.

    The manifest tells what the records were to be: it is made before the changes, or it would agree with the fault.
    """
    told = population(base, name)
    promised = orjson.dumps(manifest(told))
    entries = told.entries
    for change in changes:
        entries = change(entries)
    return Store(built(sqlite3.connect(":memory:", check_same_thread=False), entries, promised))


def cache_folder() -> Path:
    """Where built files lie: below XDG_CACHE_HOME or ~/.cache, or in a temporary folder if that is not writable."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "patient-access-conformance" / "reference"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="reference-payer-"))


def source_hash() -> str:
    """A hash over the modules that shape the file."""
    here = Path(__file__).parent
    fhir = here.parent / "fhir"
    sources = [*here.glob("*.py"), fhir / "index.py", fhir / "parameters.py", fhir / "store.py", fhir / "dates.py"]
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _build(path: Path, population: Population) -> None:
    """Write beside, then rename: two processes that build at once do not meet."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".building")
    os.close(handle)
    built(sqlite3.connect(name), population.entries, orjson.dumps(manifest(population))).close()
    Path(name).replace(path)


def _tidy(folder: Path) -> None:
    files = sorted(folder.glob("*.sqlite"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[KEPT_FILES:]:
        file.unlink(missing_ok=True)
