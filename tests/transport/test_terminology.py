"""Terminology services: asked once per code, remembered on disk, given up when they cannot be used."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.transport import TerminologyService

BASE = "https://terminology.example/r4"
LOINC = "http://loinc.org"
VALUE_SET = "http://example.org/ValueSet/tests"


def answering(result: Any) -> dict[str, Any]:
    return {"resourceType": "Parameters", "parameter": [{"name": "result", "valueBoolean": result}]}


YES, NO = answering(result=True), answering(result=False)


class Spy:
    """A transport that answers as told and remembers what it was asked."""

    def __init__(self, body: Any = None, status: int = 200, fault: str = "") -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._answer = SimpleNamespace(status=status, fault=fault, json=lambda: body)

    def request(self, method: str, url: str, *, params: Any, **_: Any) -> Any:
        self.asked.append((url, dict(params)))
        return self._answer


@pytest.fixture
def service(tmp_path):
    told: list[str] = []

    def make(spy: Spy) -> Any:
        made = TerminologyService(spy, {LOINC: f"{BASE}/"}, tmp_path, told.append)
        return SimpleNamespace(ask=made, told=told, spy=spy)

    return make


@pytest.mark.parametrize("result", [True, False])
def test_an_answer_is_believed(service, result):
    it = service(Spy(answering(result)))

    assert it.ask(f"{VALUE_SET}|2.0", LOINC, "1-8") is result
    wanted = {"url": VALUE_SET, "system": LOINC, "code": "1-8", "valueSetVersion": "2.0"}
    assert it.spy.asked == [(f"{BASE}/ValueSet/$validate-code", wanted)]


def test_a_code_is_asked_for_once_by_all_runs(service):
    first, second = Spy(YES), Spy(NO)
    it = service(first)
    answers = [it.ask(VALUE_SET, LOINC, "1-8") for _ in range(3)]

    assert [*answers, service(second).ask(VALUE_SET, LOINC, "1-8")] == [True] * 4
    assert (len(first.asked), len(second.asked)) == (1, 0)


def test_systems_without_a_service_are_not_asked_about(service):
    it = service(Spy(YES))

    assert it.ask(VALUE_SET, "http://snomed.info/sct", "1") is None
    assert it.spy.asked == []


@pytest.mark.parametrize("trouble", [{"fault": "time-out", "status": 0}, {"status": 503}, {"status": 401}])
def test_a_dead_service_is_told_of_once_and_left_alone(service, trouble):
    it = service(Spy(None, **trouble))

    assert [it.ask(VALUE_SET, LOINC, code) for code in ("1-8", "2-6", "1-8")] == [None] * 3
    assert len(it.spy.asked) == 1
    assert len(it.told) == 1
    assert BASE in it.told[0]


@pytest.mark.parametrize(
    "body",
    [None, [], {"resourceType": "OperationOutcome"}, {"resourceType": "Parameters", "parameter": [{"name": "result"}]}],
)
def test_an_answer_that_decides_nothing_leaves_the_code_unknown(service, body):
    it = service(Spy(body))

    assert it.ask(VALUE_SET, LOINC, "1-8") is None
    assert it.told == []


def test_a_value_set_the_service_does_not_know_is_no_failure(service):
    it = service(Spy({"resourceType": "OperationOutcome"}, status=404))

    assert [it.ask(VALUE_SET, LOINC, "1-8"), it.told] == [None, []]


def test_broken_lines_of_the_cache_are_passed_over(service, tmp_path):
    service(Spy(YES)).ask(VALUE_SET, LOINC, "1-8")
    file = next(tmp_path.iterdir())
    file.write_text("{\n" + json.dumps([1, 2]) + "\n" + file.read_text(encoding="utf-8"), encoding="utf-8")

    assert service(Spy(None)).ask(VALUE_SET, LOINC, "1-8") is True
