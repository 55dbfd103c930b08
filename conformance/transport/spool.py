"""Bodies of a run: in memory up to a bound, beyond it in a folder only we can read, which does not outlive us."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, overload

from conformance.transport.exchange import LARGE, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

IN_MEMORY = 64_000_000
_PREFIX = "patient-access-"


class Spooled(Exchange):
    """An exchange whose body is on disk and is read each time that it is asked for."""

    __slots__ = ("_held", "_load")
    _held: bytes
    _load: Callable[[], bytes]

    @classmethod
    def of(cls, exchange: Exchange, load: Callable[[], bytes]) -> Spooled:
        """The exchange without its body, which ``load`` reads."""
        facts = {one.name: getattr(exchange, one.name) for one in fields(Exchange)}
        made = cls(**{**facts, "body": b""})
        object.__setattr__(made, "_load", load)
        return made

    @property
    def body(self) -> bytes:
        """The body, from disk unless a copy of the exchange was given another."""
        load = getattr(self, "_load", None)
        return load() if load is not None and not self._held else self._held

    @body.setter
    def body(self, value: bytes) -> None:
        object.__setattr__(self, "_held", value)


class ExchangeLog(Sequence["Exchange"]):
    """The exchanges of a run in the order of their numbers; reads like a list, bodies may come back from disk."""

    def __init__(self, *, in_memory: int = IN_MEMORY) -> None:
        self._bound = in_memory
        self._kept = 0
        self._exchanges: list[Exchange] = []
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._folder: Path | None = None

    def append(self, exchange: Exchange) -> Exchange:
        """Add the exchange; several threads may.

        Returned is what to work with: of a large body that is on disk, an exchange that reads it when it is asked for.
        """
        with self._lock:
            size = len(exchange.body)
            if self._kept + size <= self._bound:
                self._kept += size
                self._exchanges.append(exchange)
                return exchange
            file = self._open()
            place = file.seek(0, os.SEEK_END)
            file.write(exchange.body)
            spooled = Spooled.of(exchange, partial(self._read, place, size))
            self._exchanges.append(spooled)
            return spooled if size > LARGE else exchange

    def __len__(self) -> int:
        return len(self._exchanges)

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> list[Exchange]: ...
    def __getitem__(self, index: int | slice) -> Exchange | list[Exchange]:
        return self._exchanges[index]

    def _read(self, place: int, size: int) -> bytes:
        with self._lock:
            if self._file is None:
                return b""
            self._file.seek(place)
            return self._file.read(size)

    def _open(self) -> IO[bytes]:
        if self._file is None:
            self._folder = private_folder()
            self._file = (self._folder / "bodies").open("w+b")
        return self._file

    def close(self) -> None:
        """Forget what lies on disk; bodies that were there read as empty from now on."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None


def private_folder() -> Path:
    """A new folder with mode 0700, removed when the process ends; what a killed process left is removed first."""
    remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def remove_leftovers() -> None:
    """Remove the folders of our own processes that no longer run."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and _is_ours(folder) and not _runs(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (os.name != "posix" or status.st_uid == os.getuid())


def _runs(process: int) -> bool:
    if os.name != "posix":
        return process == os.getpid()  # an open file cannot be removed there, so that trying is harmless
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
