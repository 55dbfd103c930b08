"""A transport that answers from a table."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.redaction import Redactor
from conformance.transport import Exchange


class FakeTransport:
    """Answers by URL (without query) or with 404; keeps the arguments of every call."""

    def __init__(self) -> None:
        self.redactor = Redactor()
        self.answers: dict[str, Any] = {}
        self.calls: list[dict[str, Any]] = []

    def answer(self, url: str, body: bytes = b"", *, status: int = 200, fault: str = "", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[url] = (status, {"content-type": "application/json"} | named, body, fault)

    def request(self, method: str, url: str, **arguments: Any) -> Exchange:
        self.calls.append({"method": method, "url": url, **arguments})
        status, headers, body, fault = self.answers.get(url, (404, {}, b"", ""))
        return Exchange(len(self.calls), method, url, {}, b"", status, headers, body, 1.0, fault)


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()
