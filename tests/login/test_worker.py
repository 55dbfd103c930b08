from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from conformance.errors import ConfigError, HarnessError
from conformance.login.worker import Worker
from tests.pace import patience


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("test")
    yield made
    made.end(timeout=patience(5))


def test_jobs_run_in_one_other_thread(worker: Worker) -> None:
    async def where() -> int:
        return threading.get_ident()

    first, second = worker.call(where(), timeout=patience(5)), worker.call(where(), timeout=patience(5))

    assert first == second != threading.get_ident()


def test_an_error_of_a_job_is_the_callers(worker: Worker) -> None:
    async def fail() -> None:
        raise ConfigError("wrong key")

    async def late() -> None:
        raise TimeoutError("its own")

    with pytest.raises(ConfigError, match="wrong key"):
        worker.call(fail(), timeout=patience(5))
    with pytest.raises(TimeoutError, match="its own"):
        worker.call(late(), timeout=patience(5))


def test_a_job_that_does_not_end_is_given_up_and_the_next_one_runs(worker: Worker) -> None:
    async def answer() -> int:
        return 7

    with pytest.raises(HarnessError, match="did not answer"):
        worker.call(asyncio.sleep(60), timeout=0.05)

    assert worker.call(answer(), timeout=patience(5)) == 7


def test_the_caller_may_have_a_loop_of_its_own(worker: Worker) -> None:
    async def inner() -> int:
        return 1

    async def outer() -> int:
        return await asyncio.to_thread(worker.call, inner(), timeout=patience(5))

    assert asyncio.run(outer()) == 1
