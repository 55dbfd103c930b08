"""Documents over the machine's cores, in order and with bounded memory."""

from __future__ import annotations

import multiprocessing
from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING

from conformance.validator.formats import Result, result_of
from conformance.validator.job import Job, validator_for
from conformance.validator.records import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.pool import AsyncResult

    from conformance.validator.reading import Document
    from conformance.validator.validator import Validator

ALONE = 2_000
"""So many documents are judged before other processes are worth starting."""
CHUNK_BYTES = 1_000_000
CHUNK_DOCUMENTS = 500
AHEAD = 2
"""Chunks handed out per process beyond the one it works on."""

_worker: list[tuple[Validator, Job]] = []


def results(validator: Validator, job: Job, documents: Iterable[Document], *, workers: int) -> Iterator[Result]:
    """The result of each document (or chunk of them) in the order of the input."""
    waiting = iter(documents)
    for document in islice(waiting, ALONE if workers > 1 else None):
        yield result_of(judge(validator, document, job.profiles), job.format)
    rest = next(waiting, None)
    if rest is not None:
        yield from _spread(job, chunks(chain([rest], waiting)), workers)


def chunks(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents in groups of bounded size."""
    chunk: list[Document] = []
    size = 0
    for document in documents:
        chunk.append(document)
        size += len(document.data)
        if size >= CHUNK_BYTES or len(chunk) >= CHUNK_DOCUMENTS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _spread(job: Job, groups: Iterator[list[Document]], workers: int) -> Iterator[Result]:
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, initializer=_start, initargs=(job,)) as pool:
        pending: deque[AsyncResult[Result]] = deque()
        for group in groups:
            pending.append(pool.apply_async(_work, (group,)))
            if len(pending) >= workers * AHEAD:
                yield pending.popleft().get()
        while pending:
            yield pending.popleft().get()


def _start(job: Job) -> None:
    """Give this process its validator."""
    _worker.append((validator_for(job), job))


def _work(group: list[Document]) -> Result:
    validator, job = _worker[0]
    return result_of([one for document in group for one in judge(validator, document, job.profiles)], job.format)
