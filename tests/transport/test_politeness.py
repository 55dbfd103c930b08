"""Waiting when told to, for a while, and not at all when it makes no sense."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

import pytest

from conformance.transport.politeness import MAX_WAIT, Politeness, wait_asked_for


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def patient(make_transport, clock):
    return make_transport(politeness=Politeness(clock=clock, sleep=clock.sleep))


def test_too_many_requests_is_waited_for_and_recorded(serve, patient, clock):
    answers = iter([(429, {"Retry-After": "7"}, b""), (200, {}, b"fine")])
    server = serve(lambda asked: next(answers))

    exchange = patient.request("POST", server.url)

    assert exchange.status == 200
    assert clock.slept == [7.0]
    assert [(kept.status, kept.number) for kept in patient.exchanges] == [(429, 1), (200, 2)]
    assert "sent again after 7 s" in patient.exchanges[0].detail
    assert (patient.politeness.waits, patient.politeness.waited_s) == (1, 7.0)


def test_waiting_ends(serve, patient, clock):
    server = serve(lambda asked: (429, {}, b""))

    assert patient.request("GET", server.url).status == 429
    assert len(server.asked) == 4
    assert clock.slept == [1.0, 2.0, 4.0]


def test_a_burst_can_do_without_waiting(serve, patient, clock):
    server = serve(lambda asked: (429, {"Retry-After": "1"}, b""))

    assert patient.request("GET", server.url, wait=False).status == 429
    assert clock.slept == []


def test_a_pause_holds_for_every_request_to_the_host(clock):
    politeness = Politeness(clock=clock, sleep=clock.sleep)
    politeness.back_off("busy", 5)

    with politeness.turn("idle"):
        pass
    with politeness.turn("busy"):
        pass

    assert clock.slept == [5.0]


def test_requests_are_spaced_by_the_rate(clock):
    politeness = Politeness(rate=4, clock=clock, sleep=clock.sleep)
    for _ in range(3):
        with politeness.turn("host"):
            pass

    assert clock.slept == [0.25, 0.25]


@pytest.mark.parametrize(
    ("status", "method", "headers", "tried", "waits"),
    [
        (429, "POST", {"retry-after": "3"}, 1, 3.0),
        (429, "GET", {}, 2, 2.0),
        (429, "GET", {"retry-after": "soon"}, 1, 1.0),
        (429, "GET", {"retry-after": str(int(MAX_WAIT) + 1)}, 1, None),
        (429, "GET", {"retry-after": "3"}, 4, None),
        (503, "GET", {"retry-after": "3"}, 1, 3.0),
        (503, "GET", {}, 1, None),
        (503, "POST", {"retry-after": "3"}, 1, None),
        (500, "GET", {"retry-after": "3"}, 1, None),
        (200, "GET", {"retry-after": "3"}, 1, None),
    ],
)
def test_when_it_makes_sense_to_wait(status, method, headers, tried, waits):
    assert wait_asked_for(status, method, headers, tried) == waits


def test_retry_after_may_be_a_date():
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=20)

    waits = wait_asked_for(429, "GET", {"retry-after": format_datetime(soon, usegmt=True)}, 1)

    assert 15 < waits <= 20
    assert wait_asked_for(429, "GET", {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 1) == 0.0
