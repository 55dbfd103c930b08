"""What ``conformance validate`` does: judge files, folders, NDJSON and standard input, and say what was found.

Small inputs are judged in this process. Long NDJSON goes in chunks over the machine's cores; chunks are handed out only
as fast as their results are written, so that the memory in use does not grow with the input.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, BinaryIO, TextIO

from conformance.errors import ConfigError, ExitCode
from conformance.validator import formats, parallel, text_report
from conformance.validator.job import Job, validator_for
from conformance.validator.reading import Document, Missing, documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMATS = ("text", "json", "operationoutcome")


def validate_paths(
    paths: Sequence[str],
    *,
    guides: Sequence[str] = (),
    profiles: Sequence[str] = (),
    format: str = "text",  # noqa: A002 - the option's name
    stdin: BinaryIO | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
    workers: int | None = None,
    strict: bool = False,
) -> int:
    """Judge every resource of ``paths`` and write the findings to ``out``, progress and usage trouble to ``err``.

    Returns 0 when all are valid, 1 when one is not, 4 when a guide or profile is not known, or when a path cannot be
    read (the others are judged nevertheless). ``strict`` gives 1 also when a resource claims a profile that is not at
    hand. ``workers`` is the number of processes (default: the cores).
    """
    out, err = out or sys.stdout, err or sys.stderr
    job = Job(tuple(guides), tuple(profiles), format)
    try:
        validator = validator_for(job)
    except ConfigError as trouble:
        err.write(f"{trouble}\n")
        return ExitCode.CONFIGURATION
    if format not in FORMATS:
        err.write(f"--format {format}: one of {', '.join(FORMATS)}\n")
        return ExitCode.CONFIGURATION
    missing: list[Missing] = []
    found = _present(documents(paths, stdin), missing, err)
    totals, counts = Counter[str](), Counter[str]()
    writer = formats.WRITERS[format](out)
    progress = formats.Progress(err)
    number = workers if workers is not None else os.cpu_count() or 1
    for result in parallel.results(validator, job, found, workers=number):
        totals.update(result.totals)
        counts.update(result.not_checked)
        writer.write(result)
        progress.show(totals["valid"] + totals["invalid"])
    progress.end()
    lines = list(text_report.summary(totals, counts, validator.guides.manifest))
    writer.end(lines)
    if format != "text":
        err.write(f"{lines[-1]}\n")
    is_empty = not totals["valid"] + totals["invalid"]
    if missing or is_empty:
        if is_empty and not missing:
            err.write("nothing to judge\n")
        return ExitCode.CONFIGURATION
    failed = totals["invalid"] or (strict and totals["unjudged"])
    return ExitCode.NON_CONFORMANT if failed else ExitCode.CONFORMANT


def _present(found: Iterable[Document | Missing], missing: list[Missing], err: TextIO) -> Iterator[Document]:
    """The documents; paths that cannot be read are reported at once and remembered."""
    for one in found:
        if isinstance(one, Document):
            yield one
        else:
            missing.append(one)
            err.write(f"{one.path}: {one.reason}\n")
