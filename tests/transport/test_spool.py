"""Bodies beyond the bound lie in a private folder that does not outlive the run."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.transport import Exchange
from conformance.transport.exchange import LARGE
from conformance.transport.spool import ExchangeLog, Spooled, private_folder, remove_leftovers


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def exchange(number, body):
    return Exchange(number, "GET", "http://a", {}, b"", 200, {}, body, 1.0)


def test_bodies_come_back_from_memory_and_from_disk(temporary):
    log = ExchangeLog(in_memory=10)
    for number, body in enumerate((b"12345", b"in a file", b"678", b"in a file too"), start=1):
        log.append(exchange(number, body))

    assert [kept.body for kept in log] == [b"12345", b"in a file", b"678", b"in a file too"]
    assert (log[-1].body, [kept.number for kept in log[1:3]], len(log)) == (b"in a file too", [2, 3], 4)

    (folder,) = temporary.iterdir()
    assert os.name != "posix" or stat.S_IMODE(folder.stat().st_mode) == 0o700
    log.close()
    assert list(temporary.iterdir()) == []


def test_a_large_body_is_read_when_it_is_asked_for(temporary):
    log = ExchangeLog(in_memory=10)
    large = b'{"a": "' + b"x" * LARGE + b'"}'

    given = log.append(exchange(1, large))
    renamed = replace(given, purpose="a copy")

    assert isinstance(given, Spooled)
    assert (given.body, renamed.body, len(given.json()["a"])) == (large, large, LARGE)
    log.close()
    assert given.body == b""


def test_nothing_is_written_below_the_bound(temporary):
    log = ExchangeLog()
    log.append(exchange(1, b"small"))

    assert list(temporary.iterdir()) == []


def test_the_folder_goes_with_the_process(temporary):
    made = subprocess.run(
        [sys.executable, "-c", "from conformance.transport.spool import private_folder; print(private_folder())"],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert made.stdout.strip().startswith(str(temporary))
    assert not Path(made.stdout.strip()).exists()


@pytest.mark.skipif(os.name != "posix", reason="process ids are asked for by signal")
def test_what_a_killed_process_left_is_removed_and_nothing_else(temporary):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = temporary / f"patient-access-{int(gone.stdout)}-abc"
    left.mkdir()
    (left / "bodies").write_bytes(b"member data")
    others = [temporary / "patient-access-notes", temporary / "patient-access-x-1"]
    for other in others:
        other.mkdir()
    mine = private_folder()

    remove_leftovers()

    assert not left.exists()
    assert mine.exists()
    assert all(other.exists() for other in others)
