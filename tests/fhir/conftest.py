"""A scripted server and a client of it; the servers are those of the transport's tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.fhir import FhirClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.transport import Transport


def _transport_fixtures() -> Any:
    name = "transport_fixtures"
    if name not in sys.modules:
        place = Path(__file__).parents[1] / "transport" / "conftest.py"
        spec = importlib.util.spec_from_file_location(name, place)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


_shared = _transport_fixtures()
serve = _shared.serve
redactor = _shared.redactor
make_transport = _shared.make_transport
transport = _shared.transport


@pytest.fixture
def as_json() -> Callable[[Any], tuple[int, dict[str, str], bytes]]:
    """An answer holding FHIR JSON."""
    answer: Callable[[Any], tuple[int, dict[str, str], bytes]] = _shared.as_json
    return answer


@pytest.fixture
def client(transport: Transport) -> Callable[[str], FhirClient]:
    """A client with the token ``t0ken`` of the service at a base."""
    return lambda base: FhirClient(transport, base, lambda: "t0ken")
