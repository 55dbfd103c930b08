"""Answers and documents as a conformant deployment gives them, to be broken one by one."""

import json
from dataclasses import dataclass, field

import pytest

from conformance.areas.shared.rest_evidence import Asked

FHIR = {"content-type": "application/fhir+json; charset=utf-8"}


@dataclass
class Answer:
    status: int = 200
    content: object = None
    headers: dict = field(default_factory=lambda: {"content-type": "application/json"})
    raw: bytes = b""
    fault: str = ""
    detail: str = ""
    number: int = 7

    @property
    def body(self):
        return self.raw or (b"" if self.content is None else json.dumps(self.content).encode())

    @property
    def media_type(self):
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self):
        return json.loads(self.body)


@pytest.fixture
def answer():
    return Answer


@pytest.fixture
def asked():
    """An answer in FHIR JSON to what is called "it"."""
    return lambda status=200, **parts: Asked("it", Answer(status, **({"headers": dict(FHIR)} | parts)))


@pytest.fixture
def rules_of():
    """The rules of findings, severities of warnings marked."""
    return lambda findings: [f.rule if f.severity == "error" else f"({f.rule})" for f in findings]
